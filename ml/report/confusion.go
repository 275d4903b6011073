// Package report judges finished predictions of classes: it has accuracy, precision, recall, F1,
// the confusion matrix, and a report of all of them.
//
// It works on plain class numbers, wherever they come from, and links neither GoMLX nor package ml.
// Metrics that are computed on the device during training belong to package metrics. The formulas
// are those of scikit-learn's functions of the same names.
package report

import (
	"fmt"
	"slices"
)

// Confusion is a confusion matrix: it counts how often each class was predicted as each class.
type Confusion struct {
	// Classes names the classes.
	Classes []string
	// Counts[t][p] is the number of examples of class t that were predicted as class p.
	Counts [][]int
}

// NewConfusion counts the predictions. Truth and predicted are class numbers from 0, one for each
// example. Classes are the names of the classes; if it is nil, their numbers serve as names.
func NewConfusion(truth, predicted []int, classes []string) (*Confusion, error) {
	if len(truth) != len(predicted) {
		return nil, fmt.Errorf("report: expected as many predictions as true classes, %d. Got %d",
			len(truth), len(predicted))
	}
	if len(truth) == 0 {
		return nil, fmt.Errorf("report: expected at least one example. Got none")
	}
	n := max(len(classes), slices.Max(truth)+1, slices.Max(predicted)+1)
	if low := min(slices.Min(truth), slices.Min(predicted)); low < 0 {
		return nil, fmt.Errorf("report: expected class numbers from 0. Got %d", low)
	}
	if classes != nil && n > len(classes) {
		return nil, fmt.Errorf("report: expected class numbers below %d, the number of class names. Got %d",
			len(classes), n-1)
	}
	c := &Confusion{Classes: slices.Clone(classes), Counts: make([][]int, n)}
	for i := len(c.Classes); i < n; i++ {
		c.Classes = append(c.Classes, fmt.Sprint(i))
	}
	for i := range c.Counts {
		c.Counts[i] = make([]int, n)
	}
	for i, t := range truth {
		c.Counts[t][predicted[i]]++
	}
	return c, nil
}

// Total returns the number of examples.
func (c *Confusion) Total() int {
	n := 0
	for _, row := range c.Counts {
		for _, k := range row {
			n += k
		}
	}
	return n
}

// Accuracy returns the part of examples that are predicted right.
func (c *Confusion) Accuracy() float64 {
	right := 0
	for i := range c.Counts {
		right += c.Counts[i][i]
	}
	return ratio(right, c.Total())
}

// Score has the figures of one class, or their average over classes.
type Score struct {
	// Class names the class or the average.
	Class string
	// Precision is the part of the examples predicted as the class that belong to it. Recall is the
	// part of the class's examples that were predicted as it. F1 is their harmonic mean. A figure
	// without examples to count is 0.
	Precision, Recall, F1 float64
	// Support is the number of examples of the class.
	Support int
}

// Score returns the figures for a class.
func (c *Confusion) Score(class int) Score {
	s := Score{Class: c.Classes[class]}
	taken := 0
	for i := range c.Counts {
		taken += c.Counts[i][class]
		s.Support += c.Counts[class][i]
	}
	right := c.Counts[class][class]
	s.Precision, s.Recall = ratio(right, taken), ratio(right, s.Support)
	s.F1 = ratio(2*right, taken+s.Support)
	return s
}

// Scores returns the figures of all classes.
func (c *Confusion) Scores() []Score {
	all := make([]Score, len(c.Classes))
	for i := range all {
		all[i] = c.Score(i)
	}
	return all
}

// Macro returns the mean of the classes' figures, in which all classes count the same. Classes that
// neither occur nor are predicted are left out.
func (c *Confusion) Macro() Score {
	return c.average("macro average", func(Score) float64 { return 1 })
}

// Weighted returns the mean of the classes' figures, weighted by their numbers of examples.
func (c *Confusion) Weighted() Score {
	return c.average("weighted average", func(s Score) float64 { return float64(s.Support) })
}

// Micro returns the figures of all examples counted together. Since each example has one class, all
// three are the accuracy.
func (c *Confusion) Micro() Score {
	a := c.Accuracy()
	return Score{"micro average", a, a, a, c.Total()}
}

func (c *Confusion) average(name string, weight func(Score) float64) Score {
	mean := Score{Class: name, Support: c.Total()}
	var sum float64
	for i, s := range c.Scores() {
		if s.Support == 0 && !c.predicts(i) {
			continue
		}
		w := weight(s)
		mean.Precision += w * s.Precision
		mean.Recall += w * s.Recall
		mean.F1 += w * s.F1
		sum += w
	}
	if sum > 0 {
		mean.Precision, mean.Recall, mean.F1 = mean.Precision/sum, mean.Recall/sum, mean.F1/sum
	}
	return mean
}

// predicts says whether any example was predicted as the class.
func (c *Confusion) predicts(class int) bool {
	return slices.ContainsFunc(c.Counts, func(row []int) bool { return row[class] > 0 })
}

func ratio(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

// Accuracy returns the part of the predictions that are right. Its arguments are those of
// NewConfusion.
func Accuracy(truth, predicted []int) (float64, error) {
	c, err := NewConfusion(truth, predicted, nil)
	if err != nil {
		return 0, err
	}
	return c.Accuracy(), nil
}

// Wrong returns the indices of the examples that are predicted wrong.
func Wrong(truth, predicted []int) []int {
	var wrong []int
	for i := range min(len(truth), len(predicted)) {
		if truth[i] != predicted[i] {
			wrong = append(wrong, i)
		}
	}
	return wrong
}
