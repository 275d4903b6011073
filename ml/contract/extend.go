package contract

import (
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/internal/ops"
)

// What else a Layer can be. Each ability is an interface of its own, so that a layer implements
// only those that it needs.

// Autocaster is a Layer that says whether it computes in the type that the model's policy sets, as
// Keras's autocast does. Under MixedBFloat16, floating-point inputs of such a layer are converted
// to bfloat16. A layer whose work is products with its weights should return true. A Layer without
// this method gets its inputs in the type that they have, so that class numbers and token ids stay
// exact.
type Autocaster interface {
	Layer
	// Autocast says whether inputs are converted.
	Autocast() bool
}

// Regularized is a Layer that adds to the loss in training and evaluation, as Keras's add_loss
// does.
type Regularized interface {
	Layer
	// RegularizationLoss returns a scalar, or nil for nothing. The scope is the one that Apply was
	// given; the layer's variables are already in the graph.
	RegularizationLoss(scope *model.Scope, g *graph.Graph) *graph.Node
}

// Composite is a Layer that contains layers. It applies them with Call, each in a scope below its
// own, and lists them, so that their regularisers count and a model among them has the same weights
// here as everywhere else.
type Composite interface {
	Layer
	// Children returns the layers, always in the same order.
	Children() []Child
}

// Child is a layer in a Composite.
type Child struct {
	// Scope is the name, below the composite's scope, of the scope with the child's variables.
	// Empty means the composite's scope itself.
	Scope string
	// Layer is the child itself.
	Layer Layer
}

// Within returns the child's scope, given the composite's.
func (c Child) Within(scope *model.Scope) *model.Scope {
	if c.Scope == "" {
		return scope
	}
	return scope.At("%s", c.Scope)
}

// Below says whether a variable belongs to the child. It takes the variable's path below the
// composite's scope, and returns its path below the child's scope.
func (c Child) Below(path string) (rest string, ok bool) {
	if c.Scope == "" {
		return path, true
	}
	return strings.CutPrefix(path, c.Scope+model.ScopeSeparator)
}

// Fuser is a Layer that can be computed together with the next one.
type Fuser interface {
	Layer
	// Fuse returns a function that computes this layer and the next one together, with the result
	// that both would have one after the other. It returns nil where that would not be faster.
	Fuse(next Layer) func(scope *model.Scope, x *graph.Node) *graph.Node
}

// RegularizationLoss returns what a layer and the layers inside it add to the loss; nil if that is
// nothing.
func RegularizationLoss(l Layer, scope *model.Scope, g *graph.Graph) *graph.Node {
	var sum *graph.Node
	if r, ok := l.(Regularized); ok {
		sum = r.RegularizationLoss(scope, g)
	}
	if c, ok := l.(Composite); ok {
		for _, child := range c.Children() {
			sum = ops.Sum(sum, RegularizationLoss(child.Layer, child.Within(scope), g))
		}
	}
	return sum
}
