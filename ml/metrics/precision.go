package metrics

import (
	"cmp"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/ops"
	"github.com/gonbml/gonbml/ml/losses"
)

func init() {
	Register("Precision", func() contract.Metric { return Precision{} })
	Register("Recall", func() contract.Metric { return Recall{} })
	Register("F1", func() contract.Metric { return F1{} })
}

// Average says how the figures of the classes become one figure.
type Average string

// The averages. Macro, the default, is the mean over classes. Micro counts all classes together.
// PerClass reports the figure of each class, as f1_0, f1_1 and so on.
const (
	Macro    Average = ""
	Micro    Average = "micro"
	PerClass Average = "none"
)

// Precision is the part of positive predictions that are right. A single output is positive above
// Threshold. With one output for each class, the largest one is the prediction, and the figures of
// the classes are averaged. Outputs may also be labels that do not exclude one another: with
// losses.BinaryCrossentropy, or if MultiLabel says so. Then each output is positive above
// Threshold, and the figures of the labels are averaged. Without positive predictions, the
// precision is 0.
type Precision struct {
	// Threshold is that for a single output, 0.5 by default.
	Threshold float64 `json:"threshold,omitempty"`
	// Average is that over classes, Macro by default.
	Average Average `json:"average,omitempty"`
	// MultiLabel means that outputs are labels that do not exclude one another.
	MultiLabel bool `json:"multi_label,omitempty"`

	logits bool
}

// WithLoss takes from a BinaryCrossentropy that outputs are labels, and whether they are logits.
func (m Precision) WithLoss(l contract.Loss) contract.Metric {
	m.MultiLabel, m.logits = labels(l, m.MultiLabel)
	return m
}

// Name returns "precision".
func (Precision) Name() string { return "precision" }

// Sums returns, for each class, the hits, then the false alarms, then the misses.
func (m Precision) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	return hits(targets, predictions, weights, m.Threshold, m.MultiLabel, m.logits)
}

// Value returns hits/(hits + false alarms).
func (m Precision) Value(sums []float64) float64 { return averaged(sums, m.Average, m.of) }

// Many returns true for PerClass.
func (m Precision) Many() bool { return m.Average == PerClass }

// Figures returns the figure of each class for PerClass.
func (m Precision) Figures(sums []float64) []contract.Value {
	return perClass(m.Name(), sums, m.Average, m.of)
}

func (Precision) of(hit, alarm, miss float64) float64 { return ratio(hit, hit+alarm) }

// Recall is the part of positive examples that are found. See Precision for outputs and classes.
type Recall struct {
	// Threshold is that for a single output, 0.5 by default.
	Threshold float64 `json:"threshold,omitempty"`
	// Average is that over classes, Macro by default.
	Average Average `json:"average,omitempty"`
	// MultiLabel means that outputs are labels that do not exclude one another.
	MultiLabel bool `json:"multi_label,omitempty"`

	logits bool
}

// WithLoss takes from a BinaryCrossentropy that outputs are labels, and whether they are logits.
func (m Recall) WithLoss(l contract.Loss) contract.Metric {
	m.MultiLabel, m.logits = labels(l, m.MultiLabel)
	return m
}

// Name returns "recall".
func (Recall) Name() string { return "recall" }

// Sums returns, for each class, the hits, then the false alarms, then the misses.
func (m Recall) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	return hits(targets, predictions, weights, m.Threshold, m.MultiLabel, m.logits)
}

// Value returns hits/(hits + misses).
func (m Recall) Value(sums []float64) float64 { return averaged(sums, m.Average, m.of) }

// Many returns true for PerClass.
func (m Recall) Many() bool { return m.Average == PerClass }

// Figures returns the figure of each class for PerClass.
func (m Recall) Figures(sums []float64) []contract.Value {
	return perClass(m.Name(), sums, m.Average, m.of)
}

func (Recall) of(hit, alarm, miss float64) float64 { return ratio(hit, hit+miss) }

// F1 is the harmonic mean of precision and recall. See Precision for outputs and classes.
type F1 struct {
	// Threshold is that for a single output, 0.5 by default.
	Threshold float64 `json:"threshold,omitempty"`
	// Average is that over classes, Macro by default.
	Average Average `json:"average,omitempty"`
	// MultiLabel means that outputs are labels that do not exclude one another.
	MultiLabel bool `json:"multi_label,omitempty"`

	logits bool
}

// WithLoss takes from a BinaryCrossentropy that outputs are labels, and whether they are logits.
func (m F1) WithLoss(l contract.Loss) contract.Metric {
	m.MultiLabel, m.logits = labels(l, m.MultiLabel)
	return m
}

// Name returns "f1".
func (F1) Name() string { return "f1" }

// Sums returns, for each class, the hits, then the false alarms, then the misses.
func (m F1) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	return hits(targets, predictions, weights, m.Threshold, m.MultiLabel, m.logits)
}

// Value returns 2·hits/(2·hits + false alarms + misses).
func (m F1) Value(sums []float64) float64 { return averaged(sums, m.Average, m.of) }

// Many returns true for PerClass.
func (m F1) Many() bool { return m.Average == PerClass }

// Figures returns the figure of each class for PerClass.
func (m F1) Figures(sums []float64) []contract.Value {
	return perClass(m.Name(), sums, m.Average, m.of)
}

func (F1) of(hit, alarm, miss float64) float64 { return ratio(2*hit, 2*hit+alarm+miss) }

// labels says whether a loss, or the metric itself, takes outputs as labels that do not exclude one
// another, and whether the outputs are logits.
func labels(l contract.Loss, own bool) (multi, logits bool) {
	b, ok := l.(losses.BinaryCrossentropy)
	return own || ok, ok && b.FromLogits
}

// hits returns the weights of hits, of false alarms and of misses, each by class.
func hits(
	targets, predictions, weights *graph.Node, threshold float64, multi, logits bool,
) *graph.Node {
	classes := predictions.Shape().Dim(-1)
	var truth, found *graph.Node
	if classes == 1 || multi {
		if multi && logits && classes > 1 {
			predictions = graph.Sigmoid(predictions)
		}
		above := func(x *graph.Node, bound float64) *graph.Node {
			return graph.ConvertDType(graph.GreaterThan(x, graph.ConstAs(x, bound)), dtypes.Float32)
		}
		truth = above(ops.Like(targets, predictions), 0)
		found = above(predictions, cmp.Or(threshold, 0.5))
	} else {
		truth = graph.ConvertDType(oneHot(targets, predictions), dtypes.Float32)
		found = graph.OneHot(graph.ArgMax(predictions, -1, dtypes.Int32), classes, dtypes.Float32)
	}
	batch := weights.Shape().Dim(0)
	count := func(x *graph.Node) *graph.Node {
		x = graph.ReduceSum(graph.Reshape(x, batch, x.Shape().Size()/batch/classes, classes), 1)
		return graph.ReduceSum(graph.Mul(x, graph.InsertAxes(weights, -1)), 0)
	}
	hit := graph.Mul(truth, found)
	alarm, miss := graph.Sub(found, hit), graph.Sub(truth, hit)
	return graph.Concatenate([]*graph.Node{count(hit), count(alarm), count(miss)}, 0)
}

// averaged makes one figure of hits, false alarms and misses by class.
func averaged(sums []float64, a Average, f func(hit, alarm, miss float64) float64) float64 {
	n := len(sums) / 3
	var total, hit, alarm, miss float64
	for i := range n {
		total += f(sums[i], sums[n+i], sums[2*n+i])
		hit, alarm, miss = hit+sums[i], alarm+sums[n+i], miss+sums[2*n+i]
	}
	if a == Micro {
		return f(hit, alarm, miss)
	}
	return total / float64(n)
}

// perClass makes a figure for each class of its hits, false alarms and misses, if the average says
// so.
func perClass(
	name string, sums []float64, a Average, f func(hit, alarm, miss float64) float64,
) []contract.Value {
	if a != PerClass {
		return nil
	}
	n := len(sums) / 3
	var all []contract.Value
	for i := range n {
		all = append(all, contract.Value{
			Name:  fmt.Sprintf("%s_%d", name, i),
			Value: f(sums[i], sums[n+i], sums[2*n+i]),
		})
	}
	return all
}
