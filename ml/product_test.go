package ml_test

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
)

// The forms that the Go backend computes faster give the gradients of the plain ones, where largest values are shared, too.
func TestGradientsOfFormsForGo(t *testing.T) {
	golang, err := backend.NewGo()
	if err != nil {
		t.Fatal(err)
	}
	for name, parts := range map[string][]contract.Layer{
		"dense, wide":   {layers.Input(5), layers.Dense(7, layers.Tanh), layers.Dense(3)},
		"dense, narrow": {layers.Input(9), layers.Dense(4, layers.ReLU), layers.Dense(2)},
		"sequence":      {layers.Input(4, 3), layers.Dense(5, layers.Tanh), layers.Flatten(), layers.Dense(2)},
		"no bias":       {layers.Input(6), layers.Dense(4, layers.NoBias), layers.Dense(2)},
		"convolutions":  {layers.Input(9, 8, 2), layers.Conv2D(3, 3, layers.ReLU), layers.MaxPooling2D(2), layers.Conv2D(12, 2), layers.Activate(layers.Tanh), layers.Flatten(), layers.Dense(3)},
		"wide tiles":    {layers.Input(7, 7, 1), layers.Conv2D(2, 2), layers.MaxPooling2D(3), layers.Flatten(), layers.Dense(2)},
		"same padding":  {layers.Input(6, 6, 2), layers.Conv2D(4, 3, layers.Same, layers.ReLU), layers.Conv2D(3, 3, layers.Strides(2)), layers.Flatten(), layers.Dense(2)},
		"line":          {layers.Input(8, 2), layers.Conv1D(3, 3, layers.ReLU), layers.Flatten(), layers.Dense(2)},
	} {
		t.Run(name, func(t *testing.T) {
			m := ml.Sequential(parts...)
			if err := m.Build(1); err != nil {
				t.Fatal(err)
			}
			var weights []*model.Variable
			for v := range m.Store().IterVariables() {
				if v.Trainable && v.Name() != model.RNGStateVariableName {
					weights = append(weights, v)
				}
			}
			shape := shapes.Make(dtypes.Float32, append([]int{4}, parts[0].(*layers.InputLayer).Shape...)...)
			x := make([]float32, shape.Size())
			for i := range x {
				x[i] = float32(i * i % 3) // few values, so that windows are alike
			}
			gradients := func(own bool) [][]float32 {
				exec, err := model.NewExec(golang.GoMLX(), m.Store(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
					g := in[0].Graph()
					m.Store().SetTraining(g, true)
					if own {
						contract.SetBatchMask(graph.Ones(g, shapes.Make(dtypes.Float32, 4)))
					}
					var values []*graph.Node
					out := m.ForwardAll(in...)[0]
					for _, v := range weights {
						values = append(values, v.NodeValue(g))
					}
					return graph.Gradient(graph.ReduceAllSum(graph.Square(out)), values...)
				})
				if err != nil {
					t.Fatal(err)
				}
				defer exec.Finalize()
				out, err := exec.Call(tensors.FromFlatDataAndDimensions(x, shape.Dimensions...))
				if err != nil {
					t.Fatal(err)
				}
				var all [][]float32
				for _, o := range out {
					all = append(all, tensors.MustCopyFlatData[float32](o))
				}
				return all
			}
			fast, plain := gradients(true), gradients(false)
			for i, v := range weights {
				largest := 0.0
				for _, p := range plain[i] {
					largest = max(largest, math.Abs(float64(p)))
				}
				for k, p := range plain[i] {
					if d := math.Abs(float64(fast[i][k] - p)); d > 1e-5*max(1, largest) {
						t.Fatalf("%s, element %d: got %g. Expected %g", v.Path(), k, fast[i][k], p)
					}
				}
			}
		})
	}
}
