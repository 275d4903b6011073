package ml

import (
	"strings"

	"github.com/gonbml/gonbml/ml/contract"
)

// Figure returns the metric that a figure of the epochs' records, such as "val_accuracy", is of;
// nil if the figure is a loss. There is none for a name that no record has.
func (r *Run) Figure(name string) (metric contract.Metric, ok bool) {
	name = strings.TrimPrefix(name, "val_")
	if name == "loss" {
		return nil, true
	}
	for _, h := range r.Model.heads.all {
		if h.loss != nil && r.Model.heads.separate && name == h.name+"_loss" {
			return nil, true
		}
		for i, m := range h.metrics {
			own := h.labels[i].of(m.Name())
			number, numbered := strings.CutPrefix(name, h.labels[i].prefix+m.Name()+"_")
			if name == own || manyOf(m) && numbered && numeral(number) {
				return m, true
			}
		}
	}
	return nil, false
}
