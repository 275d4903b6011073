package multicore_test

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// drawn is a random graph that is built at once on several backends. Its numbers are small whole
// ones, of which sums and products are exact in whatever order they are computed, until a function
// like the exponential is applied.
type drawn struct {
	choice    func(n int) int
	functions []compute.Function
	values    []value
	// parameters are among the values.
	parameters []int
	story      []string
	// special says that parameters have NaN, infinities and -0, too.
	special bool
	// control says that loops and calls may occur, with which nothing is planned.
	control bool
}

// value is a node of a drawn graph.
type value struct {
	on    []compute.Value
	shape shapes.Shape
	// most is the largest absolute value, except for infinity.
	most  float64
	exact bool
}

// limit is the largest whole number up to which sums stay exact.
const limit = 1 << 22

// choices draws numbers from the data, and when that is used up from a generator that it seeds.
func choices(data []byte) func(n int) int {
	h := fnv.New64a()
	h.Write(data)
	r := rand.New(rand.NewPCG(h.Sum64(), 1))
	return func(n int) int {
		if len(data) > 0 && n <= 256 {
			c := int(data[0]) % n
			data = data[1:]
			return c
		}
		return r.IntN(n)
	}
}

type building = func(f compute.Function, in []compute.Value) ([]compute.Value, error)

// add adds an operation on all backends. They must agree on whether it is one.
func (d *drawn) add(t *testing.T, story string, most float64, exact bool, build building, inputs ...int) {
	t.Helper()
	if most > limit {
		return
	}
	var made []value
	var failed error
	for b, f := range d.functions {
		in := make([]compute.Value, len(inputs))
		for i, at := range inputs {
			in[i] = d.values[at].on[b]
		}
		out, err := build(f, in)
		switch {
		case b == 0:
			failed = err
			made = make([]value, len(out))
		case (failed == nil) != (err == nil):
			t.Fatalf("%s on %v: expected the error %v, as from the inner backend. Got %v\n%v", story, inputs, failed, err, d.story)
		}
		if err != nil {
			continue
		}
		for i, v := range out {
			s, err := f.Shape(v)
			if err != nil {
				t.Fatal(err)
			}
			if b > 0 && !s.Equal(made[i].shape) {
				t.Fatalf("%s on %v: expected shape %s, as from the inner backend. Got %s\n%v", story, inputs, made[i].shape, s, d.story)
			}
			made[i].shape, made[i].on = s, append(made[i].on, v)
			made[i].most, made[i].exact = most, exact
		}
	}
	if failed != nil {
		return
	}
	for _, v := range made {
		if v.shape.Size() > 40000 {
			return
		}
	}
	d.story = append(d.story, fmt.Sprintf("%d: %s of %v: %s\n", len(d.values), story, inputs, made[0].shape))
	d.values = append(d.values, made...)
}

func (d *drawn) dims() []int {
	sizes := []int{1, 1, 2, 3, 4, 5, 7, 8, 9, 16, 31, 33, 70, 600, 0}
	size := 1
	var dims []int
	for range d.choice(5) {
		n := sizes[d.choice(len(sizes)-1)]
		if d.choice(60) == 0 {
			n = 0
		}
		if size*n > 20000 {
			n = 1
		}
		size *= max(1, n)
		dims = append(dims, n)
	}
	return dims
}

func (d *drawn) parameter(t *testing.T) {
	types := []dtypes.DType{dtypes.Float32, dtypes.Float32, dtypes.Float32, dtypes.Float32, dtypes.Bool, dtypes.Int32, dtypes.Float64, dtypes.BFloat16}
	s := shapes.Make(types[d.choice(len(types))], d.dims()...)
	if len(d.parameters) > 0 && d.choice(2) == 0 {
		s = d.values[d.parameters[0]].shape
	}
	name := fmt.Sprint("p", len(d.parameters))
	before := len(d.values)
	d.add(t, "parameter", 4, true, func(f compute.Function, _ []compute.Value) ([]compute.Value, error) {
		v, err := f.Parameter(name, s, nil)
		return []compute.Value{v}, err
	})
	if len(d.values) > before {
		d.parameters = append(d.parameters, before)
	}
}

// pick returns a value, or -1, that fits; the latest ones are likelier.
func (d *drawn) pick(fits func(v value) bool) int {
	for range 12 {
		at := d.choice(len(d.values))
		if d.choice(2) == 0 {
			at = len(d.values) - 1 - d.choice(min(4, len(d.values)))
		}
		if fits(d.values[at]) {
			return at
		}
	}
	return -1
}
