package gradcheck_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/gradcheck"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
)

// wrongSquare is x² with a gradient that lacks the 2.
func wrongSquare(_ *model.Scope, x []*graph.Node) *graph.Node {
	half := graph.MulScalar(graph.Square(x[0]), 0.5)
	return graph.Add(half, graph.StopGradient(half))
}

func TestWrongGradientIsFound(t *testing.T) {
	for _, x := range []*tensors.Tensor{tensors.FromValue([]float64{1, -2, 3}), tensors.FromValue([]float32{1, -2, 3})} {
		r, err := gradcheck.Func(wrongSquare, []*tensors.Tensor{x}, gradcheck.Config{})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Wrong()) != 3 || r.Err() == nil || !strings.Contains(r.Err().Error(), "Got 3 of 3 beyond it:\ninput 0[") {
			t.Errorf("%v: %v", r, r.Err())
		}
	}
}

func TestWrongGradientOfAWeightIsFound(t *testing.T) {
	f := func(scope *model.Scope, x []*graph.Node) *graph.Node {
		w := scope.VariableWithValue("w", []float64{1.5, 2}).NodeValue(x[0])
		return graph.Add(graph.Mul(x[0], w), graph.StopGradient(graph.Square(w)))
	}
	r, err := gradcheck.Func(f, []*tensors.Tensor{tensors.FromValue([]float64{1, 2})}, gradcheck.Config{})
	if err != nil {
		t.Fatal(err)
	}
	wrong := r.Wrong()
	if len(r.Elements) != 4 || len(wrong) != 2 || wrong[0].Of != "/w" {
		t.Errorf("%v: %+v. Expected both elements of /w to be wrong", r, wrong)
	}
}

func TestErrors(t *testing.T) {
	bad := func(_ *model.Scope, x []*graph.Node) *graph.Node { return graph.Reshape(x[0], 7) }
	if _, err := gradcheck.Func(bad, []*tensors.Tensor{tensors.FromValue([]float64{1, 2})}, gradcheck.Config{}); err == nil {
		t.Error("a function that panics was checked")
	}
}

func ExampleFunc() {
	r, err := gradcheck.Func(func(_ *model.Scope, x []*graph.Node) *graph.Node {
		return graph.Mul(graph.Sin(x[0]), x[1])
	}, []*tensors.Tensor{tensors.FromValue([]float64{0.5, 2}), tensors.FromValue([]float64{3, -1})}, gradcheck.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(r.Elements), "elements;", r.Err())
	// Output: 4 elements; <nil>
}

func ExampleLayer() {
	r, err := gradcheck.Layer(layers.Dense(3, layers.Tanh), gradcheck.Config{}, []int{5, 4})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(r.Elements), "elements;", r.Err())
	// Output: 35 elements; <nil>
}

func ExampleLoss() {
	predictions := tensors.FromValue([][]float64{{0.2, -1, 0.5}, {1, 0.3, -0.7}})
	r, err := gradcheck.Loss(losses.SparseCategoricalCrossentropy{FromLogits: true}, []int32{2, 0}, predictions, gradcheck.Config{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(r.Elements), "elements;", r.Err())
	// Output: 6 elements; <nil>
}
