package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// The expected figures are worked out from the definitions by hand, as fractions.
func TestScores(t *testing.T) {
	truth := []int{0, 1, 2, 2, 2, 1, 0, 0, 1, 2}
	predicted := []int{0, 2, 2, 2, 1, 1, 0, 1, 1, 2}
	c, err := NewConfusion(truth, predicted, []string{"cat", "dog", "owl"})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		got  Score
		want Score
	}{
		{c.Score(0), Score{"cat", 1, 2. / 3, 0.8, 3}},
		{c.Score(1), Score{"dog", 0.5, 2. / 3, 4. / 7, 3}},
		{c.Score(2), Score{"owl", 0.75, 0.75, 0.75, 4}},
		{c.Macro(), Score{"macro average", 0.75, 25. / 36, 0.70714286, 10}},
		{c.Weighted(), Score{"weighted average", 0.75, 0.7, 0.71142857, 10}},
		{c.Micro(), Score{"micro average", 0.7, 0.7, 0.7, 10}},
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-7 }
	for _, test := range tests {
		g, w := test.got, test.want
		if g.Class != w.Class || g.Support != w.Support || !near(g.Precision, w.Precision) ||
			!near(g.Recall, w.Recall) || !near(g.F1, w.F1) {
			t.Errorf("got %+v. Expected %+v", g, w)
		}
	}
	if !near(c.Accuracy(), 0.7) {
		t.Errorf("accuracy %g. Expected 0.7", c.Accuracy())
	}
	if got := Wrong(truth, predicted); !slices.Equal(got, []int{1, 4, 7}) {
		t.Errorf("wrong: %v", got)
	}
}

func TestClassWithoutExamples(t *testing.T) {
	c, err := NewConfusion([]int{0, 0}, []int{0, 1}, []string{"a", "b", "never"})
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Score(1); s.Precision != 0 || s.Recall != 0 || s.F1 != 0 {
		t.Errorf("a class without examples: %+v", s)
	}
	if s := c.Macro(); s.Precision != 0.5 || s.Recall != 0.25 {
		t.Errorf("macro average: %+v. Expected the class that never occurs to be left out", s)
	}
}

func TestErrors(t *testing.T) {
	tests := []struct {
		truth, predicted []int
		classes          []string
		want             string
	}{
		{[]int{1}, []int{1, 2}, nil, "as many predictions as true classes, 1. Got 2"},
		{nil, nil, nil, "at least one example"},
		{[]int{-1}, []int{0}, nil, "from 0. Got -1"},
		{[]int{0}, []int{5}, []string{"a", "b"}, "below 2, the number of class names. Got 5"},
	}
	for _, test := range tests {
		if _, err := NewConfusion(test.truth, test.predicted, test.classes); err == nil ||
			!strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, %v, %v: got %v. Expected %q", test.truth, test.predicted, test.classes,
				err, test.want)
		}
	}
}

func TestReportHTMLEscapes(t *testing.T) {
	c, _ := NewConfusion([]int{0}, []int{0}, []string{"<b>"})
	if h := c.Report().HTML(); strings.Contains(h, "<b>") || !strings.Contains(h, "1.0000") {
		t.Errorf("%s", h)
	}
}

func ExampleConfusion_Report() {
	c, err := NewConfusion([]int{0, 0, 1, 1, 1}, []int{0, 1, 1, 1, 0}, []string{"ham", "spam"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c)
	fmt.Println(c.Report())
	// Output:
	//        ham spam
	//   ham    1    1
	//  spam    1    2
	//                   precision     recall         F1   examples
	//              ham     0.5000     0.5000     0.5000          2
	//             spam     0.6667     0.6667     0.6667          3
	//         accuracy                           0.6000          5
	//    macro average     0.5833     0.5833     0.5833          5
	// weighted average     0.6000     0.6000     0.6000          5
}
