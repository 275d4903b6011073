package ml

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gonbml/gonbml/ml/contract"
)

// label is what a metric's figures are called beside their own name: the output's before it, and a
// number behind it where another metric has that name.
type label struct{ prefix, suffix string }

func (l label) of(name string) string { return l.prefix + name + l.suffix }

// historyColumns are what tables of a history have beside its figures.
var historyColumns = []string{"epoch", "step", "learning_rate", "seconds"}

// labeler gives the metrics of a model labels that tell them apart, as Keras does: the second
// accuracy of an output is accuracy_1.
type labeler struct {
	// taken are the names of figures so far.
	taken map[string]bool
	// seen counts the metrics by name.
	seen map[string]int
	// classes are the names of metrics whose figures are numbered by class.
	classes []string
}

// newLabeler returns a labeler for metrics beside figures of these names.
func newLabeler(figures ...string) *labeler {
	l := &labeler{taken: map[string]bool{}, seen: map[string]int{}}
	for _, name := range slices.Concat(figures, historyColumns) {
		l.taken[name] = true
	}
	return l
}

// label is that of the next metric, whose figures have the prefix.
func (l *labeler) label(prefix string, metric contract.Metric) (label, error) {
	made := label{prefix: prefix}
	name, many := made.of(metric.Name()), manyOf(metric)
	key := name
	if many {
		key += "_*"
	}
	if n := l.seen[key]; n > 0 {
		made.suffix = "_" + strconv.Itoa(n)
		name += made.suffix
	}
	l.seen[key]++
	switch {
	case many && made.suffix == "":
		l.classes = append(l.classes, name)
	case many: // f1_0_1, f1_1_1, ...
	case l.taken[name]:
		return label{}, fmt.Errorf("expected metrics whose names are told apart from one another, from the loss and from %s. Got %q for two of them", strings.Join(historyColumns, ", "), name)
	case strings.HasPrefix(name, "val_"):
		return label{}, fmt.Errorf("expected a metric whose name does not begin with val_, as the figures of validation do. Got %q", name)
	}
	if !many {
		l.taken[name] = true
	}
	return made, nil
}

// check says, when all metrics have labels, whether figures that are numbered by class are told
// apart from the others.
func (l *labeler) check() error {
	for _, class := range l.classes {
		for _, name := range slices.Sorted(maps.Keys(l.taken)) {
			if number, ok := strings.CutPrefix(name, class+"_"); ok && numeral(number) {
				return fmt.Errorf("expected metrics whose names are told apart. Got %q for two of them: %s reports a figure for each class by that name; leave one out, or give it a name of its own", name, class)
			}
		}
	}
	return nil
}

// numeral says whether s is a number, or several joined by underlines, as behind the names of
// numbered figures.
func numeral(s string) bool {
	for part := range strings.SplitSeq(s, "_") {
		if _, err := strconv.Atoi(part); err != nil {
			return false
		}
	}
	return true
}

// figures returns a metric's figures if it has several, else nil.
func figures(m contract.Metric, sums []float64) []contract.Value {
	if manyOf(m) {
		return m.(contract.ManyMetric).Figures(sums)
	}
	return nil
}

// manyOf says whether a metric has several figures.
func manyOf(m contract.Metric) bool {
	many, ok := m.(contract.ManyMetric)
	return ok && many.Many()
}
