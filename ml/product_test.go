package ml

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/backend"
)

// The forms that the Go backend computes faster give the gradients of the plain ones, where largest values are shared, too.
func TestGradientsOfFormsForGo(t *testing.T) {
	golang, err := backend.NewGo()
	if err != nil {
		t.Fatal(err)
	}
	for name, layers := range map[string][]Layer{
		"dense, wide":   {Input(5), Dense(7, Tanh), Dense(3)},
		"dense, narrow": {Input(9), Dense(4, ReLU), Dense(2)},
		"sequence":      {Input(4, 3), Dense(5, Tanh), Flatten(), Dense(2)},
		"no bias":       {Input(6), Dense(4, NoBias), Dense(2)},
		"convolutions":  {Input(9, 8, 2), Conv2D(3, 3, ReLU), MaxPooling2D(2), Conv2D(12, 2), Activate(Tanh), Flatten(), Dense(3)},
		"wide tiles":    {Input(7, 7, 1), Conv2D(2, 2), MaxPooling2D(3), Flatten(), Dense(2)},
		"same padding":  {Input(6, 6, 2), Conv2D(4, 3, Same, ReLU), Conv2D(3, 3, Strides(2)), Flatten(), Dense(2)},
		"line":          {Input(8, 2), Conv1D(3, 3, ReLU), Flatten(), Dense(2)},
	} {
		t.Run(name, func(t *testing.T) {
			m := Sequential(layers...)
			if err := m.Build(1); err != nil {
				t.Fatal(err)
			}
			var weights []*model.Variable
			for v := range m.store.IterVariables() {
				if v.Trainable && v.Name() != model.RNGStateVariableName {
					weights = append(weights, v)
				}
			}
			shape := shapes.Make(dtypes.Float32, append([]int{4}, layers[0].(*InputLayer).Shape...)...)
			x := make([]float32, shape.Size())
			for i := range x {
				x[i] = float32(i * i % 3) // few values, so that windows are alike
			}
			gradients := func(own bool) [][]float32 {
				exec, err := model.NewExec(golang.GoMLX(), m.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
					g := in[0].Graph()
					m.store.SetTraining(g, true)
					if own {
						SetBatchMask(graph.Ones(g, shapes.Make(dtypes.Float32, 4)))
					}
					var values []*graph.Node
					out := m.forward(scope, in)[0]
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

// Both forms of the largest values of tiles give the gradient to the first of equals.
func TestFirstOfEqualsGetsTheGradient(t *testing.T) {
	best, err := backend.Default()
	if err != nil {
		t.Fatal(err)
	}
	golang, err := backend.NewGo()
	if err != nil {
		t.Fatal(err)
	}
	// Two tiles of 2 by 3: the largest value stands twice in the first, everywhere in the second.
	x := []float32{1, 5, 2, 7, 7, 7, 0, 5, 5, 7, 7, 7}
	want := []float32{0, 2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0}
	for _, b := range []*backend.Backend{golang, best} {
		for _, form := range []string{"reduced", "compared"} {
			out, err := graph.CallOnce(b.GoMLX(), func(x *graph.Node) *graph.Node {
				tl := tiles{size: [2]int{2, 3}, dims: []int{1, 1, 2, 2, 3, 1}}
				reduce, route := tl.reduced, tl.marked
				if form == "compared" {
					reduce, route = tl.compared, tl.chained
				}
				largest := reduce(x)
				return graph.Reshape(route(x, largest, graph.MulScalar(graph.OnesLike(largest), 2)), 12)
			}, tensors.FromFlatDataAndDimensions(x, 1, 2, 6, 1))
			if err != nil {
				t.Fatal(err)
			}
			for i, g := range tensors.MustCopyFlatData[float32](out) {
				if g != want[i] {
					t.Errorf("%s, %s: place %d got %g. Expected %v", b, form, i, g, want)
				}
			}
		}
	}
}
