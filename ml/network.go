package ml

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"

	"github.com/gonbml/gonbml/ml/contract"
)

// modelScope is where the layers' variables live; everything else in the store belongs to the
// optimiser, but for the state of the random numbers.
const modelScope = "/model"

// network is a model's layers and how values pass through them: a graph without cycles. That of
// Sequential is a chain.
type network struct {
	// layers are all layers in the order in which values reach them first, each once, inputs among
	// them.
	layers []*placed
	// calls are the uses of layers, each behind those whose results it takes. A shared layer has
	// several.
	calls []*use
	// inputs and outputs are numbers of calls; those of inputs are of Input layers.
	inputs, outputs []int
	// names are the outputs' names.
	names []string
	// chain says that it was made by Sequential.
	chain bool
	// compute is the type in which layers compute; the invalid one means that of their input.
	compute dtypes.DType
}

// use is one call of a layer.
type use struct {
	*placed
	// from are the numbers of the calls whose results it takes.
	from []int
	// in and out are the shapes of one example before and behind it; nil until they are known.
	in  [][]int
	out []int
}

// placed is a layer at its place in a model.
type placed struct {
	contract.Layer
	// number counts the layers from 1 as users do, without Input, which is 0.
	number int
	// name is unique in the model and the layer's scope under /model.
	name string
	// frozen says that Freeze stopped the layer's training.
	frozen bool
	// implicit says that it is the input of a Sequential that declares none.
	implicit bool
	// chain says that it stands in a Sequential, where its number says enough.
	chain bool
}

// submodel is a layer that is a model itself: what the network in which it stands asks of it.
type submodel interface {
	// self is the model.
	self() contract.Layer
	// brief says what it is in a few words, for tables and error texts.
	brief() string
	// expected are the shapes of one example of each input, where its layers say so; nil otherwise.
	expected() [][]int
	// holds says whether a variable is of a layer that is frozen in it, given the path below the
	// layers' scope.
	holds(path string) bool
	// pathOf is how errors name the layer of a variable, given the same; empty if it is none's.
	pathOf(path string) string
}

// submodelOf returns the model that a layer is; nil if it is none. A layer of the user's own that
// has a model embedded in it is none.
func submodelOf(l contract.Layer) submodel {
	if m, ok := l.(submodel); ok && m.self() == l {
		return m
	}
	return nil
}

// String is the layer's, but short for a model.
func (p *placed) String() string {
	if m := submodelOf(p.Layer); m != nil {
		return m.brief()
	}
	return p.Layer.String()
}

// path is how errors name the layer.
func (p *placed) path() string {
	switch {
	case p.implicit:
		return "the input"
	case p.number == 0:
		return p.String()
	case p.chain:
		return fmt.Sprintf("layer %d %s", p.number, p)
	}
	return fmt.Sprintf("layer %s, %s", p.name, p)
}

// inputNames are the names by which the inputs' data is found.
func (n *network) inputNames() []string {
	var all []string
	for _, i := range n.inputs {
		all = append(all, n.calls[i].placed.name)
	}
	return all
}

// uses lists for each call those that take its result.
func (n *network) uses() [][]int {
	all := make([][]int, len(n.calls))
	for i, c := range n.calls {
		for _, f := range c.from {
			all[f] = append(all[f], i)
		}
	}
	return all
}

// String lists the layers of a chain, and the inputs and outputs of another network.
func (n *network) String() string {
	var all []string
	if !n.chain {
		return fmt.Sprintf("Functional(%s -> %s)", strings.Join(n.inputNames(), ", "), strings.Join(n.names, ", "))
	}
	for _, p := range n.layers {
		if !p.implicit {
			all = append(all, p.Layer.String())
		}
	}
	return "Sequential(" + strings.Join(all, ", ") + ")"
}

// named returns the layer of that name; nil if there is none.
func (n *network) named(name string) *placed {
	i := slices.IndexFunc(n.layers, func(p *placed) bool { return p.name == name })
	if i < 0 {
		return nil
	}
	return n.layers[i]
}

// kind is what a model of this network is called as a layer of another.
func (n *network) kind() string {
	if n.chain {
		return "Sequential"
	}
	return "Functional"
}

// brief says what the network is in a few words, for tables and error texts.
func (n *network) brief() string {
	count := 0
	for _, p := range n.layers {
		if p.number > 0 {
			count++
		}
	}
	if count == 1 {
		return n.kind() + " of a layer"
	}
	return fmt.Sprintf("%s of %d layers", n.kind(), count)
}
