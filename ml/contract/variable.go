package contract

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Filler gives a variable its first values: [initializers.Initializer] is one.
type Filler interface {
	// Values adds the values of a variable of that shape to a graph. Random numbers come from the
	// scope's store, so that a seed decides about them.
	Values(scope *model.Scope, g *graph.Graph, shape shapes.Shape) *graph.Node
}

// VariableKind says what a layer keeps a variable for, as the collections of Flax and the flags of
// Keras's add_weight do. The variable itself carries it: see KindOf.
type VariableKind string

// The kinds of variables.
const (
	// WeightVariable is trained, unless its layer is frozen, and saved with the model.
	WeightVariable VariableKind = "weight"
	// StateVariable is never trained, and saved with the model: moving averages, tables that are
	// not learned. Any variable is one for whose Trainable somebody has set false.
	StateVariable VariableKind = "state"
	// CacheVariable is neither trained nor saved: what can be computed anew. It begins with its
	// first values after Load.
	CacheVariable VariableKind = "cache"
)

// Weight returns a trained weight of a layer as a node of x's type. The variable is made where there
// is none of that name in the scope, of shape dims and with the filler's values. It is kept in
// float32 at least, also where x has a smaller type, as under MixedBFloat16.
func Weight(scope *model.Scope, name string, fill Filler, x *graph.Node, dims ...int) *graph.Node {
	shape := shapes.Make(WeightType(x.DType()), dims...)
	return graph.ConvertDType(Variable(scope, name, fill, shape).NodeValue(x), x.DType())
}

// State returns a variable that training leaves alone and that is saved with the model: use its
// NodeValue in the graph, and SetNodeValue to change it there. Its type is float32 at least, x's
// otherwise, so that a layer which may get bfloat16 turns x into WeightType first, or the node into
// x's type; its shape is dims.
func State(scope *model.Scope, name string, fill Filler, x *graph.Node, dims ...int) *model.Variable {
	return Variable(scope, name, fill, shapes.Make(WeightType(x.DType()), dims...)).SetTrainable(false)
}

// Cache is State for what is not saved with the model.
func Cache(scope *model.Scope, name string, fill Filler, x *graph.Node, dims ...int) *model.Variable {
	v := State(scope, name, fill, x, dims...)
	scope.Store().SetParam(markOf(v, cacheMark), true)
	return v
}

// Variable is the variable behind Weight, of the shape given, for what wants to be its node itself.
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

// KindOf says what a variable of the store is for.
func KindOf(store *model.Store, v *model.Variable) VariableKind {
	switch {
	case marked(store, v, cacheMark):
		return CacheVariable
	case v.Trainable || marked(store, v, frozenMark):
		return WeightVariable
	}
	return StateVariable
}

// FreezeVariable stops or resumes the training of a variable. It leaves state and caches alone: what
// was made untrainable by other means than this is so for ever.
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

// WeightType is the type in which weights are kept for a computation in the given type: at least float32.
func WeightType(d dtypes.DType) dtypes.DType {
	if d == dtypes.BFloat16 || d == dtypes.Float16 {
		return dtypes.Float32
	}
	return d
}
