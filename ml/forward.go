package ml

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/extent"
	"github.com/gonbml/gonbml/ml/internal/mistake"
	"github.com/gonbml/gonbml/ml/internal/ops"
)

// forward adds the layers to a graph and returns the outputs.
func (n *network) forward(scope *model.Scope, x []*graph.Node) []*graph.Node {
	return n.run(scope.At("%s", strings.TrimPrefix(modelScope, model.ScopeSeparator)), x)
}

// run is forward with the scope of the layers themselves. What holds for a model that these stand
// in, such as its policy, holds here, too: see Frozen, ComputeType and probing.
func (n *network) run(scope *model.Scope, x []*graph.Node) []*graph.Node {
	g := x[0].Graph()
	if n.compute != dtypes.InvalidDType {
		contract.SetComputeType(scope, g, n.compute)
	}
	values := make([]*graph.Node, len(n.calls))
	uses := n.uses()
	for i, at := range n.inputs {
		values[at] = x[i]
	}
	probe := probing(scope, g)
	for i, c := range n.calls {
		if len(c.from) == 0 || values[i] != nil { // an input, or made together with the layer before
			continue
		}
		in := make([]*graph.Node, len(c.from))
		for k, f := range c.from {
			in[k] = values[f]
		}
		var fused func(scope *model.Scope, x *graph.Node) *graph.Node
		out, to := c.out, i
		if f, ok := c.Layer.(contract.Fuser); ok && len(in) == 1 && len(uses[i]) == 1 && !slices.Contains(n.outputs, i) {
			next := n.calls[uses[i][0]]
			if fused = f.Fuse(next.Layer); fused != nil {
				out, to = next.out, uses[i][0]
			}
		}
		err := mistake.Building(func() {
			layer := scope.At("%s", c.placed.name)
			if c.frozen {
				contract.SetFrozen(layer, g, true)
			}
			if probe != nil {
				setProbe(layer, g, func(path string, value *graph.Node) { probe(path+" of "+c.path(), value) })
			}
			if fused != nil {
				values[to] = fused(layer, contract.Cast(c.Layer, layer, in[0]))
			} else {
				values[to] = contract.Call(c.Layer, layer, in...)
			}
			c.hold(layer, contract.Frozen(layer, g))
		})
		if err == nil && out != nil && !slices.Equal(values[to].Shape().Dimensions[1:], out) {
			err = fmt.Errorf("got %s", extent.Dims(values[to].Shape().Dimensions[1:]))
		}
		if err != nil {
			var shapes [][]int
			for _, v := range in {
				shapes = append(shapes, v.Shape().Dimensions[1:])
			}
			panic(&mistake.AtLayer{Path: c.path(), In: shapes, Out: out, Err: err})
		}
		if probe != nil {
			probe(n.calls[to].path(), values[to])
		}
	}
	var outputs []*graph.Node
	for _, at := range n.outputs {
		y := values[at]
		if contract.ComputeType(scope, g) != dtypes.InvalidDType {
			y = graph.ConvertDType(y, dtypes.Float32)
		}
		outputs = append(outputs, y)
	}
	return outputs
}

// penalty adds to a graph what the layers' regularisers add to the loss, each layer once, given the
// layers' scope; nil without any.
func (n *network) penalty(scope *model.Scope, g *graph.Graph) *graph.Node {
	var sum *graph.Node
	for _, p := range n.layers {
		sum = ops.Sum(sum, contract.RegularizationLoss(p.Layer, scope.At("%s", p.name), g))
	}
	return sum
}

const probeParam = "gonbml_probe"

// probing returns what is shown, in a graph that is looked at, what each layer of the scope makes,
// with how errors name the layer; nil in other graphs. Two layers that are computed together count
// as the second.
func probing(scope *model.Scope, g *graph.Graph) func(path string, value *graph.Node) {
	v, _ := scope.GetGraphParam(g, probeParam)
	probe, _ := v.(func(path string, value *graph.Node))
	return probe
}

func setProbe(scope *model.Scope, g *graph.Graph, probe func(path string, value *graph.Node)) {
	scope.SetGraphParam(g, probeParam, probe)
}
