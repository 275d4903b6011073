package ml

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/gonbml/gonbml/ml/contract"
)

// label is what a metric's figures are called beside their own name: the output's before it, and a number behind it where another metric has that
// name.
type label struct{ prefix, suffix string }

func (l label) of(name string) string { return l.prefix + name + l.suffix }

// historyColumns are what tables of a history have beside its figures.
var historyColumns = []string{"epoch", "step", "learning_rate", "seconds"}

// label gives the metrics of all heads names that are told apart, as Keras does: the second accuracy of an output is accuracy_1.
func (m *Model) label(heads []head) error {
	taken := map[string]bool{"loss": true}
	if m.separate() {
		for _, h := range heads {
			if h.loss != nil {
				taken[h.name+"_loss"] = true
			}
		}
	}
	for _, c := range historyColumns {
		taken[c] = true
	}
	var classes []string // those whose figures are numbered by class
	seen := map[string]int{}
	for i := range heads {
		h := &heads[i]
		h.labels = nil
		for _, metric := range h.metrics {
			l := label{}
			if m.separate() {
				l.prefix = h.name + "_"
			}
			name, many := l.of(metric.Name()), manyOf(metric)
			key := name
			if many {
				key += "_*"
			}
			if n := seen[key]; n > 0 {
				l.suffix = "_" + strconv.Itoa(n)
				name += l.suffix
			}
			seen[key]++
			switch {
			case many && l.suffix == "":
				classes = append(classes, name)
			case many: // f1_0_1, f1_1_1, ...
			case taken[name]:
				return fmt.Errorf("expected metrics whose names are told apart from one another, from the loss and from %s. Got %q for two of them", strings.Join(historyColumns, ", "), name)
			case strings.HasPrefix(name, "val_"):
				return fmt.Errorf("expected a metric whose name does not begin with val_, as the figures of validation do. Got %q", name)
			}
			if !many {
				taken[name] = true
			}
			h.labels = append(h.labels, l)
		}
	}
	for _, class := range classes {
		for _, name := range slices.Sorted(maps.Keys(taken)) {
			if number, ok := strings.CutPrefix(name, class+"_"); ok && numeral(number) {
				return fmt.Errorf("expected metrics whose names are told apart. Got %q for two of them: %s reports a figure for each class by that name; leave one out, or give it a name of its own", name, class)
			}
		}
	}
	return nil
}

// numeral says whether s is a number, or several joined by underlines, as behind the names of numbered figures.
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
