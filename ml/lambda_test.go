package ml_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

func ExampleLambda() {
	m := ml.Sequential(layers.Input(3), layers.Lambda("squares", graph.Square))
	p, err := m.Predict(context.Background(), [][]float32{{1, 2, 3}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Row(0))
	// Output: [1 4 9]
}

// ExampleLayerFunc has a layer with a weight of its own, which is trained as those of other layers are.
func ExampleLayerFunc() {
	scale := layers.LayerFunc("scale", func(scope *model.Scope, x []*graph.Node) *graph.Node {
		factor := scope.WithInitializer(graph.Ones).VariableWithShape("factor", shapes.Make(dtypes.Float32))
		return graph.Mul(x[0], factor.NodeValue(x[0]))
	})
	m := ml.Sequential(layers.Input(1), scale)
	m.Compile(optimizers.SGD{LearningRate: 0.1}, losses.MeanSquaredError{})
	if _, err := m.Fit(context.Background(), []float32{1, 2}, []float32{3, 6}, ml.FitConfig{Epochs: 50, Quiet: true}); err != nil {
		fmt.Println(err)
		return
	}
	p, _ := m.Predict(context.Background(), []float32{10})
	fmt.Printf("%.1f\n", p.Values[0])
	// Output: 30.0
}

// ExampleMetricFunc reports the largest error.
func ExampleMetricFunc() {
	m := ml.Sequential(layers.Input(1), layers.Lambda("same", func(x *graph.Node) *graph.Node { return x }))
	m.Compile(optimizers.SGD{}, losses.MeanSquaredError{}, metrics.MetricFunc("within_one", func(y, p *graph.Node) *graph.Node {
		near := graph.LessThan(graph.Abs(graph.Sub(graph.Reshape(y, p.Shape().Dimensions...), p)), graph.OnesLike(p))
		return graph.ReduceMean(graph.ConvertDType(near, dtypes.Float32), -1)
	}))
	s, err := m.Evaluate(context.Background(), []float32{1, 2, 3, 4}, []float32{1, 2, 3.5, 9})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Metric("within_one"))
	// Output: 0.75
}

func TestLambda(t *testing.T) {
	onEach(t, func(t *testing.T, b *backend.Backend) {
		x, y := ml.In("x", 2), ml.In("y", 2)
		distance := layers.LayerFunc("distance", func(_ *model.Scope, v []*graph.Node) *graph.Node {
			return graph.Sqrt(graph.ReduceAndKeep(graph.Square(graph.Sub(v[0], v[1])), graph.ReduceSum, -1))
		})
		d := distance.On(x, y)
		if shape, err := d.Shape(); err != nil || len(shape) != 1 || shape[0] != 1 {
			t.Errorf("shape %v, %v. Expected [1]", shape, err)
		}
		m := ml.Functional(ml.Tensors{x, y}, ml.Tensors{d})
		m.UseBackend(b)
		p, err := m.Predict(t.Context(), ml.Arrays{"x": [][]float32{{0, 0}}, "y": [][]float32{{3, 4}}})
		if err != nil || p.Values[0] != 5 {
			t.Errorf("%v, %v. Expected 5", p.Values, err)
		}
		if err := m.Save(t.TempDir() + "/m"); err == nil || !strings.Contains(err.Error(), "its code is not part of the model") {
			t.Errorf("saving: %v", err)
		}
	})
	for _, c := range []struct {
		f    func(x *graph.Node) *graph.Node
		want string
	}{
		{func(x *graph.Node) *graph.Node { return graph.ReduceAllSum(x) }, "layer 1 Lambda(f), given [batch, 3]: expected a result whose first axis is the batch"},
		{func(x *graph.Node) *graph.Node { return graph.Reshape(x, 7) }, "layer 1 Lambda(f), given [batch, 3]: "},
	} {
		if err := ml.Sequential(layers.Input(3), layers.Lambda("f", c.f)).Build(0); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v. Expected an error with %q", err, c.want)
		}
	}
}

// TestLambdaIsTriedOnce predicts twice: the second time the result's shape is known, and the graph is there.
func TestLambdaIsTriedOnce(t *testing.T) {
	tried := 0
	m := ml.Sequential(layers.Input(2), layers.Lambda("twice", func(x *graph.Node) *graph.Node {
		tried++
		return graph.MulScalar(x, 2)
	}))
	m.UseBackend(backends[0])
	x := [][]float32{{1, 2}}
	outputs(t, m, x)
	before := tried
	outputs(t, m, x)
	if tried != before {
		t.Errorf("the function was called %d times more", tried-before)
	}
}
