package ml_test

import (
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

func TestAccuracyOfOtherShapes(t *testing.T) {
	tests := []struct {
		name string
		p, y any
		want float64
	}{
		{"one output", [][]float32{{0.9}, {0.2}, {0.4}, {0.6}}, []int{1, 0, 1, 0}, 0.5},
		{"one-hot", [][]float32{{0.9, 0.1}, {0.2, 0.8}, {0.6, 0.4}}, [][]float32{{1, 0}, {1, 0}, {1, 0}}, 2. / 3},
		{"classes", [][]float32{{1, 3, 2}, {5, 3, 2}}, []int{1, 2}, 0.5},
	}
	for _, test := range tests {
		m := ml.Sequential(layers.Dropout(0))
		m.UseBackend(backends[0])
		m.Compile(optimizers.Adam{}, losses.LossFunc("none", func(y, p *graph.Node) *graph.Node { return graph.ReduceSum(graph.ZerosLike(p), -1) }), metrics.Accuracy{})
		s, err := m.Evaluate(t.Context(), test.p, test.y)
		if err != nil || math.Abs(s.Accuracy()-test.want) > 1e-7 {
			t.Errorf("%s: %v, %v. Expected %g", test.name, s, err, test.want)
		}
	}
}
