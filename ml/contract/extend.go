package contract

import (
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/internal/ops"
)

// What a Layer can be besides: each is an interface of its own, so that a layer says only what
// concerns it.

// Autocaster is a Layer that says whether it computes in the type of the model's policy: with
// MixedBFloat16 the floating-point values that reach it are turned into bfloat16 before. It should
// say so where products of weights are the work. A Layer without the method gets its values in the
// type that they have, so that class numbers and token ids stay exact. It is Keras's autocast.
type Autocaster interface {
	Layer
	Autocast() bool
}

// Regularized is a Layer that adds to the loss in training and evaluation, as Keras's add_loss does.
type Regularized interface {
	Layer
	// RegularizationLoss returns a scalar, or nil for none. The scope is what Apply was given; the
	// layer's variables are in the graph already.
	RegularizationLoss(scope *model.Scope, g *graph.Graph) *graph.Node
}

// Composite is a Layer with layers in it. It applies them by Call, each below its own scope, and
// tells which they are, so that their regularisers count, and a model among them keeps its weights
// together with those that it has by itself.
type Composite interface {
	Layer
	// Children returns the layers, always in the same order.
	Children() []Child
}

// Child is a layer in a Composite.
type Child struct {
	// Scope is where the child's variables are below the composite's scope, one name; empty means
	// in that scope itself.
	Scope string
	Layer Layer
}

// Within is the child's scope, given the composite's.
func (c Child) Within(scope *model.Scope) *model.Scope {
	if c.Scope == "" {
		return scope
	}
	return scope.At("%s", c.Scope)
}

// Below returns the rest of a path, of a variable below the composite's scope, below the child's, and
// whether it is the child's.
func (c Child) Below(path string) (rest string, ok bool) {
	if c.Scope == "" {
		return path, true
	}
	return strings.CutPrefix(path, c.Scope+model.ScopeSeparator)
}

// Fuser is a Layer that can be computed together with the one behind it.
type Fuser interface {
	Layer
	// Fuse returns how to compute both where that is faster than one after the other, with the same
	// result, as Apply of the two would; nil where it is not.
	Fuse(next Layer) func(scope *model.Scope, x *graph.Node) *graph.Node
}

// RegularizationLoss is what a layer, and the layers in it, add to the loss; nil for nothing.
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
