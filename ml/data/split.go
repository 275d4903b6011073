package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// SplitConfig says how to split a data set.
type SplitConfig struct {
	// Seed determines which example goes where.
	Seed int64
	// Stratified takes the same fraction of every class.
	Stratified bool
	// InOrder takes the last examples instead of random ones.
	InOrder bool
}

// Split divides the data set in two at random. The second gets the fraction part (from 0 to 1) of
// the examples, the first gets the rest. Both keep the order of d. For three parts, split twice.
func (d Dataset) Split(part float64, config SplitConfig) (rest, split Dataset, err error) {
	if part < 0 || part > 1 || math.IsNaN(part) {
		return Dataset{}, Dataset{}, fmt.Errorf("data: expected a part from 0 to 1 to split off. Got %g", part)
	}
	if config.InOrder && config.Stratified {
		return Dataset{}, Dataset{}, fmt.Errorf("data: a split in order cannot be stratified: choose one of InOrder and Stratified")
	}
	groups := [][]int{count(d.Len())}
	if config.Stratified {
		groups = d.byClass()
	}
	r := rand.New(rand.NewPCG(uint64(config.Seed), 0x5b117))
	var left, taken []int
	for _, g := range groups {
		if !config.InOrder {
			r.Shuffle(len(g), func(i, j int) { g[i], g[j] = g[j], g[i] })
		}
		n := len(g) - int(math.Round(part*float64(len(g))))
		left, taken = append(left, g[:n]...), append(taken, g[n:]...)
	}
	slices.Sort(left)
	slices.Sort(taken)
	return d.Rows(left), d.Rows(taken), nil
}

// byClass returns the numbers of each class's examples.
func (d Dataset) byClass() [][]int {
	groups := make([][]int, len(d.Classes))
	for i, c := range d.Y {
		for c >= len(groups) {
			groups = append(groups, nil)
		}
		groups[c] = append(groups[c], i)
	}
	return groups
}

// Shuffle returns a new data set with the examples in a random order that the seed determines.
func (d Dataset) Shuffle(seed int64) Dataset {
	return d.Rows(rand.New(rand.NewPCG(uint64(seed), 0x5f1e)).Perm(d.Len()))
}
