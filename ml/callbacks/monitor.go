package callbacks

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/contract"
)

// Mode says which way a monitored figure gets better. Left empty, the metric says it.
type Mode string

// The modes, by Keras's names.
const (
	// Min means that lower is better, as of losses and errors.
	Min Mode = "min"
	// Max means that higher is better, as of accuracies.
	Max Mode = "max"
)

// rising and falling are parts of names whose direction is known: of metrics that do not say which way
// they get better, such as those of metrics.MetricFunc.
var (
	rising  = []string{"accuracy", "precision", "recall", "f1", "auc", "r2_score"}
	falling = []string{"loss", "error", "perplexity", "divergence"}
)

// of returns the mode for a figure: m itself, or what the metric says that the figure is of, or what the
// metric's own name says. The name of an output says nothing.
func (m Mode) of(r *ml.Run, figure string) (Mode, error) {
	metric, known := r.Figure(figure)
	switch {
	case m == Min || m == Max:
		return m, nil
	case m != "":
		return "", fmt.Errorf("expected the mode callbacks.Min or callbacks.Max. Got %q", m)
	case known && metric == nil:
		return Min, nil
	}
	name := figure // of a record's figure that another callback puts there
	if known {
		name = metric.Name()
		if d, ok := contract.Inner(metric).(contract.DirectedMetric); ok {
			if d.HigherIsBetter() {
				return Max, nil
			}
			return Min, nil
		}
	}
	has := func(part string) bool { return strings.Contains(name, part) }
	switch {
	case slices.ContainsFunc(falling, has):
		return Min, nil
	case slices.ContainsFunc(rising, has):
		return Max, nil
	}
	return "", fmt.Errorf("expected a Mode, callbacks.Min or callbacks.Max, for a figure whose name does not tell which way it gets better. Got none for %q", figure)
}

// better says whether value is better than best by more than delta.
func (m Mode) better(value, best, delta float64) bool {
	if m == Max {
		return value-delta > best
	}
	return value+delta < best
}

// worst is what everything is better than.
func (m Mode) worst() float64 {
	if m == Max {
		return math.Inf(-1)
	}
	return math.Inf(1)
}

// monitor is how callbacks watch a figure.
type monitor struct {
	name string
	mode Mode
}

// watch returns the monitor for a callback's fields. Without a name it is the loss, of validation where there is one.
func watch(r *ml.Run, name string, mode Mode) (monitor, error) {
	if name == "" {
		name = "loss"
		if r.Validates() {
			name = "val_loss"
		}
	}
	mode, err := mode.of(r, name)
	return monitor{name, mode}, err
}

// value reads the figure at the end of an epoch.
func (m monitor) value(r *ml.Run) (float64, error) {
	v, ok := r.Value(m.name)
	if !ok {
		return 0, fmt.Errorf("expected one of the figures %s to monitor. Got %q", strings.Join(r.History.Names(), ", "), m.name)
	}
	return v, nil
}
