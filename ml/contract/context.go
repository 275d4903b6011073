package contract

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// What a layer can ask while it is being added to a graph is kept in the graph's parameters, by
// scope. So a layer inside another one finds what was set for the outer one.

const (
	frozenParam  = "gonbml_frozen"
	computeParam = "gonbml_compute"
)

// Frozen says whether the layer of this scope, or a model that contains it, is frozen: its weights
// do not change, and its statistics should not change either.
func Frozen(scope *model.Scope, g *graph.Graph) bool {
	v, _ := scope.GetGraphParam(g, frozenParam)
	frozen, _ := v.(bool)
	return frozen
}

// SetFrozen sets what Frozen returns for the layers of a scope in a graph.
func SetFrozen(scope *model.Scope, g *graph.Graph, frozen bool) {
	scope.SetGraphParam(g, frozenParam, frozen)
}

// ComputeType returns the type in which those layers of the scope compute whose Autocast is true.
// dtypes.InvalidDType means the type of their input.
func ComputeType(scope *model.Scope, g *graph.Graph) dtypes.DType {
	v, _ := scope.GetGraphParam(g, computeParam)
	d, ok := v.(dtypes.DType)
	if !ok {
		return dtypes.InvalidDType
	}
	return d
}

// SetComputeType sets what ComputeType returns for the layers of a scope in a graph.
func SetComputeType(scope *model.Scope, g *graph.Graph, d dtypes.DType) {
	scope.SetGraphParam(g, computeParam, d)
}

// Call adds a layer to a graph. Models and Composites add their layers with it. It casts the inputs
// as Cast does, and hands one input to Apply, several to Join.
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

// Cast converts x to ComputeType if it is of a floating-point type and the layer is an Autocaster
// that asks for it. Otherwise it returns x.
func Cast(l Layer, scope *model.Scope, x *graph.Node) *graph.Node {
	a, ok := l.(Autocaster)
	d := ComputeType(scope, x.Graph())
	if !ok || !a.Autocast() || d == dtypes.InvalidDType || !x.DType().IsFloat() {
		return x
	}
	return graph.ConvertDType(x, d)
}
