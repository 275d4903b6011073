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

// Average says how a figure of each class becomes one figure.
type Average string

// The averages: Macro, the default, is the mean over classes; Micro counts all classes together; PerClass reports each class's figure by itself,
// as f1_0, f1_1, and so on.
const (
	Macro    Average = ""
	Micro    Average = "micro"
	PerClass Average = "none"
)

// Precision is the part of positive predictions that are right. With one output per example it is positive
// above Threshold. With one output for each class the largest output is the prediction, and the classes'
// figures are averaged. Where outputs are labels that do not exclude one another, which is so with
// losses.BinaryCrossentropy or where MultiLabel says so, each is positive above Threshold, and their
// figures are averaged. Without any positive prediction it is 0.
type Precision struct {
	// Threshold is 0.5 by default.
	Threshold float64 `json:"threshold,omitempty"`
	// Average is Macro by default.
	Average Average `json:"average,omitempty"`
	// MultiLabel says that outputs are labels that do not exclude one another.
	MultiLabel bool `json:"multi_label,omitempty"`

	logits bool
}

// WithLoss takes over from a BinaryCrossentropy that outputs are labels, and whether they are logits.
func (m Precision) WithLoss(l contract.Loss) contract.Metric {
	m.MultiLabel, m.logits = labels(l, m.MultiLabel)
	return m
}

// Name returns "precision".
func (Precision) Name() string { return "precision" }

// Sums returns for each class the hits, the false alarms and the misses.
func (m Precision) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	return hits(targets, predictions, weights, m.Threshold, m.MultiLabel, m.logits)
}

// Value is hits/(hits + false alarms).
func (m Precision) Value(sums []float64) float64 { return averaged(sums, m.Average, m.of) }

// Many is true for PerClass.
func (m Precision) Many() bool { return m.Average == PerClass }

// Figures returns each class's figure for PerClass.
func (m Precision) Figures(sums []float64) []contract.Value {
	return perClass(m.Name(), sums, m.Average, m.of)
}

func (Precision) of(hit, alarm, miss float64) float64 { return part(hit, hit+alarm) }

// Recall is the part of positive examples that are found; see Precision for outputs and classes.
type Recall struct {
	// Threshold is 0.5 by default.
	Threshold float64 `json:"threshold,omitempty"`
	// Average is Macro by default.
	Average Average `json:"average,omitempty"`
	// MultiLabel says that outputs are labels that do not exclude one another.
	MultiLabel bool `json:"multi_label,omitempty"`

	logits bool
}

// WithLoss takes over from a BinaryCrossentropy that outputs are labels, and whether they are logits.
func (m Recall) WithLoss(l contract.Loss) contract.Metric {
	m.MultiLabel, m.logits = labels(l, m.MultiLabel)
	return m
}

// Name returns "recall".
func (Recall) Name() string { return "recall" }

// Sums returns for each class the hits, the false alarms and the misses.
func (m Recall) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	return hits(targets, predictions, weights, m.Threshold, m.MultiLabel, m.logits)
}

// Value is hits/(hits + misses).
func (m Recall) Value(sums []float64) float64 { return averaged(sums, m.Average, m.of) }

// Many is true for PerClass.
func (m Recall) Many() bool { return m.Average == PerClass }

// Figures returns each class's figure for PerClass.
func (m Recall) Figures(sums []float64) []contract.Value {
	return perClass(m.Name(), sums, m.Average, m.of)
}

func (Recall) of(hit, alarm, miss float64) float64 { return part(hit, hit+miss) }

// F1 is the harmonic mean of precision and recall; see Precision for outputs and classes.
type F1 struct {
	// Threshold is 0.5 by default.
	Threshold float64 `json:"threshold,omitempty"`
	// Average is Macro by default.
	Average Average `json:"average,omitempty"`
	// MultiLabel says that outputs are labels that do not exclude one another.
	MultiLabel bool `json:"multi_label,omitempty"`

	logits bool
}

// WithLoss takes over from a BinaryCrossentropy that outputs are labels, and whether they are logits.
func (m F1) WithLoss(l contract.Loss) contract.Metric {
	m.MultiLabel, m.logits = labels(l, m.MultiLabel)
	return m
}

// Name returns "f1".
func (F1) Name() string { return "f1" }

// Sums returns for each class the hits, the false alarms and the misses.
func (m F1) Sums(targets, predictions, weights *graph.Node) *graph.Node {
	return hits(targets, predictions, weights, m.Threshold, m.MultiLabel, m.logits)
}

// Value is 2·hits/(2·hits + false alarms + misses).
func (m F1) Value(sums []float64) float64 { return averaged(sums, m.Average, m.of) }

// Many is true for PerClass.
func (m F1) Many() bool { return m.Average == PerClass }

// Figures returns each class's figure for PerClass.
func (m F1) Figures(sums []float64) []contract.Value {
	return perClass(m.Name(), sums, m.Average, m.of)
}

func (F1) of(hit, alarm, miss float64) float64 { return part(2*hit, 2*hit+alarm+miss) }

// labels says whether a loss, or the metric itself, takes outputs for labels that do not exclude one
// another, and whether they are logits.
func labels(l contract.Loss, own bool) (multi, logits bool) {
	b, ok := l.(losses.BinaryCrossentropy)
	return own || ok, ok && b.FromLogits
}

// hits counts by class, weighted by example: hits, then false alarms, then misses.
func hits(targets, predictions, weights *graph.Node, threshold float64, multi, logits bool) *graph.Node {
	classes := predictions.Shape().Dim(-1)
	var truth, found *graph.Node
	if classes == 1 || multi {
		if multi && logits && classes > 1 {
			predictions = graph.Sigmoid(predictions)
		}
		truth = graph.ConvertDType(graph.GreaterThan(ops.Like(targets, predictions), graph.ScalarZero(predictions.Graph(), predictions.DType())), dtypes.Float32)
		found = graph.ConvertDType(graph.GreaterThan(predictions, graph.ConstAs(predictions, cmp.Or(threshold, 0.5))), dtypes.Float32)
	} else {
		truth = graph.ConvertDType(hot(targets, predictions), dtypes.Float32)
		found = graph.OneHot(graph.ArgMax(predictions, -1, dtypes.Int32), classes, dtypes.Float32)
	}
	batch := weights.Shape().Dim(0)
	count := func(x *graph.Node) *graph.Node {
		x = graph.ReduceSum(graph.Reshape(x, batch, x.Shape().Size()/batch/classes, classes), 1)
		return graph.ReduceSum(graph.Mul(x, graph.InsertAxes(weights, -1)), 0)
	}
	hit := graph.Mul(truth, found)
	return graph.Concatenate([]*graph.Node{count(hit), count(graph.Sub(found, hit)), count(graph.Sub(truth, hit))}, 0)
}

// averaged makes one figure of the classes' hits, false alarms and misses.
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

// perClass makes a figure of each class's hits, false alarms and misses, if the average says so.
func perClass(name string, sums []float64, a Average, f func(hit, alarm, miss float64) float64) []contract.Value {
	if a != PerClass {
		return nil
	}
	n := len(sums) / 3
	var all []contract.Value
	for i := range n {
		all = append(all, contract.Value{Name: fmt.Sprintf("%s_%d", name, i), Value: f(sums[i], sums[n+i], sums[2*n+i])})
	}
	return all
}

// part is a/b, and 0 without any b.
func part(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}
