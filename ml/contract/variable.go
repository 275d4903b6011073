package contract

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Filler gives a variable its first values. An initializers.Initializer is a Filler.
type Filler interface {
	// Values adds the first values of a variable of the given shape to a graph. Random numbers must
	// come from the scope, so that FitConfig.Seed determines them.
	Values(scope *model.Scope, g *graph.Graph, shape shapes.Shape) *graph.Node
}

// VariableKind says what a variable is for, as the collections of Flax and the flags of Keras's
// add_weight do. KindOf returns it.
type VariableKind string

// The kinds of variables.
const (
	// WeightVariable is trained, unless its layer is frozen, and saved with the model.
	WeightVariable VariableKind = "weight"
	// StateVariable is never trained, but saved with the model: a moving average, or a table that
	// is not learned. A variable that a layer makes untrainable with SetTrainable(false) is one,
	// too.
	StateVariable VariableKind = "state"
	// CacheVariable is neither trained nor saved: it can be computed again. After Load it has its
	// first values.
	CacheVariable VariableKind = "cache"
)

// Weight returns a trained weight of a layer as a node of x's type. If the scope has no variable of
// that name, one is made, with the shape dims and the filler's values. It is stored in float32 if x
// has a smaller type, as under MixedBFloat16, otherwise in x's type.
func Weight(scope *model.Scope, name string, fill Filler, x *graph.Node, dims ...int) *graph.Node {
	shape := shapes.Make(WeightType(x.DType()), dims...)
	return graph.ConvertDType(Variable(scope, name, fill, shape).NodeValue(x), x.DType())
}

// State returns a variable that is saved with the model and that training does not change, with the
// shape dims and a type as Weight's: a layer that may get bfloat16 turns x into WeightType first,
// or the node into x's type. Use NodeValue to read it in the graph, and SetNodeValue to change it
// there.
func State(scope *model.Scope, name string, fill Filler, x *graph.Node,
	dims ...int) *model.Variable {
	shape := shapes.Make(WeightType(x.DType()), dims...)
	return Variable(scope, name, fill, shape).SetTrainable(false)
}

// Cache is like State, but the variable is not saved with the model.
func Cache(scope *model.Scope, name string, fill Filler, x *graph.Node,
	dims ...int) *model.Variable {
	v := State(scope, name, fill, x, dims...)
	scope.Store().SetParam(markOf(v, cacheMark), true)
	return v
}

// Variable returns the variable of that name in the scope, as Weight does, but with a given type
// and without a conversion to another one.
func Variable(scope *model.Scope, name string, fill Filler, shape shapes.Shape) *model.Variable {
	return scope.WithInitializer(func(g *graph.Graph, shape shapes.Shape) *graph.Node {
		return fill.Values(scope, g, shape)
	}).VariableWithShape(name, shape)
}

// The marks of variables are parameters of the store below the variable's path.
const (
	cacheMark  = "gonbml_cache"
	frozenMark = "gonbml_frozen"
)

func markOf(v *model.Variable, name string) string {
	return v.Path() + model.ScopeSeparator + name
}

func marked(store *model.Store, v *model.Variable, name string) bool {
	on, _ := store.GetParam(markOf(v, name))
	is, _ := on.(bool)
	return is
}

// KindOf returns what a variable of the store is for.
func KindOf(store *model.Store, v *model.Variable) VariableKind {
	switch {
	case marked(store, v, cacheMark):
		return CacheVariable
	case v.Trainable || marked(store, v, frozenMark):
		return WeightVariable
	}
	return StateVariable
}

// FreezeVariable stops or resumes the training of a variable. It does not change state and caches:
// what was made untrainable in another way stays so.
func FreezeVariable(store *model.Store, v *model.Variable, frozen bool) {
	was := marked(store, v, frozenMark)
	switch {
	case frozen && v.Trainable:
		store.SetParam(markOf(v, frozenMark), true)
		v.SetTrainable(false)
	case !frozen && was:
		store.SetParam(markOf(v, frozenMark), false)
		v.SetTrainable(true)
	}
}

// WeightType returns the type in which weights are stored for a computation in the given type:
// float32 for smaller types, otherwise the same.
func WeightType(d dtypes.DType) dtypes.DType {
	if d == dtypes.BFloat16 || d == dtypes.Float16 {
		return dtypes.Float32
	}
	return d
}
