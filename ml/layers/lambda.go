package layers

import (
	"errors"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/mistake"
)

// LambdaLayer is a layer made from a function on graph nodes. A model with such a layer can be
// trained but not saved, because the code is not part of the model.
type LambdaLayer struct {
	// Name is the layer's name in the model and in error texts.
	Name string
	// join is the function.
	join func(scope *model.Scope, x []*graph.Node) *graph.Node
}

// Lambda returns a layer without weights that computes f of a batch x, [batch, ...]. The result
// must be a batch, too. The function works with GoMLX's package graph, and with numbers that are
// known when the graph is built. The shape of the result is found by a trial.
func Lambda(name string, f func(x *graph.Node) *graph.Node) *LambdaLayer {
	return LayerFunc(name, func(_ *model.Scope, x []*graph.Node) *graph.Node { return f(x[0]) })
}

// LayerFunc returns a layer that computes f of any number of inputs. Its weights are the variables
// that f makes in the scope, with contract.Weight for instance. They are trained and frozen like
// those of other layers, unless f makes them untrainable; see contract.State.
func LayerFunc(name string, f func(scope *model.Scope, x []*graph.Node) *graph.Node) *LambdaLayer {
	return &LambdaLayer{Name: name, join: f}
}

// On applies the layer to tensors of a functional model. See contract.On.
func (l *LambdaLayer) On(x ...*contract.Tensor) *contract.Tensor { return contract.On(l, x...) }

// Kind returns "Lambda".
func (*LambdaLayer) Kind() string { return "Lambda" }

// String returns "Lambda(name)".
func (l *LambdaLayer) String() string { return "Lambda(" + l.Name + ")" }

// OutputShape returns the shape of the function's result.
func (l *LambdaLayer) OutputShape(in []int) ([]int, error) { return l.JointShape([][]int{in}) }

// JointShape returns the shape of the function's result. To find it, the function is called once,
// for a batch of two.
func (l *LambdaLayer) JointShape(in [][]int) (out []int, err error) {
	b, err := backend.NewGo()
	if err != nil {
		return nil, err
	}
	var examples []shapes.Shape
	for _, shape := range in {
		examples = append(examples, shapes.Make(dtypes.Float32, append([]int{2}, shape...)...))
	}
	store := model.NewStore()
	defer store.Finalize()
	trial := func(scope *model.Scope, x []*graph.Node) *graph.Node {
		y := l.join(scope, x)
		if y.Shape().Rank() == 0 || y.Shape().Dim(0) != 2 {
			panic(errors.New("expected a result whose first axis is the batch. Got shape " +
				y.Shape().String() + " for a batch of 2"))
		}
		out = y.Shape().Dimensions[1:]
		return y
	}
	exec, err := model.NewExec(b.GoMLX(), store, trial)
	if err != nil {
		return nil, mistake.Of(err)
	}
	defer exec.Finalize()
	var failed error
	if err := mistake.Building(func() { _, failed = exec.Compile(examples...) }); err != nil {
		return nil, err
	}
	if failed != nil {
		return nil, mistake.Of(failed)
	}
	return out, nil
}

// Apply computes the function of x.
func (l *LambdaLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	return l.join(scope, []*graph.Node{x})
}

// Join computes the function of the inputs.
func (l *LambdaLayer) Join(scope *model.Scope, x []*graph.Node) *graph.Node {
	return l.join(scope, x)
}
