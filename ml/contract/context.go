package contract

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// What a layer can ask while it is added to a graph is kept as parameters of the graph by scope: a
// layer in a layer finds what was said for the one around it.

const (
	frozenParam  = "gonbml_frozen"
	computeParam = "gonbml_compute"
)

// Frozen says whether the layer of this scope, or a model that it stands in, is frozen: its weights
// stay as they are, and statistics should not move either.
func Frozen(scope *model.Scope, g *graph.Graph) bool {
	v, _ := scope.GetGraphParam(g, frozenParam)
	frozen, _ := v.(bool)
	return frozen
}

// SetFrozen says so for the layers of a scope in a graph.
func SetFrozen(scope *model.Scope, g *graph.Graph, frozen bool) {
	scope.SetGraphParam(g, frozenParam, frozen)
}

// ComputeType is the type in which layers of this scope that Autocast compute; the invalid type
// means that of their input.
func ComputeType(scope *model.Scope, g *graph.Graph) dtypes.DType {
	v, _ := scope.GetGraphParam(g, computeParam)
	d, ok := v.(dtypes.DType)
	if !ok {
		return dtypes.InvalidDType
	}
	return d
}

// SetComputeType says in which type layers of a scope compute in a graph.
func SetComputeType(scope *model.Scope, g *graph.Graph, d dtypes.DType) {
	scope.SetGraphParam(g, computeParam, d)
}

// Call adds a layer to a graph, as a model and a Composite do it: values of floating-point types are
// turned into the type of the model's policy for a layer that asks for it, and one value goes to
// Apply, several to Join.
func Call(layer Layer, scope *model.Scope, x ...*graph.Node) *graph.Node {
	in := make([]*graph.Node, len(x))
	for i, v := range x {
		in[i] = Cast(layer, scope, v)
	}
	if joint, ok := layer.(JointLayer); ok && len(in) != 1 {
		return joint.Join(scope, in)
	}
	return layer.Apply(scope, in[0])
}

// cast turns a value into the type in which the layer computes.
func Cast(l Layer, scope *model.Scope, x *graph.Node) *graph.Node {
	a, ok := l.(Autocaster)
	d := ComputeType(scope, x.Graph())
	if !ok || !a.Autocast() || d == dtypes.InvalidDType || !x.DType().IsFloat() {
		return x
	}
	return graph.ConvertDType(x, d)
}
