package ml

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/extent"
	"github.com/gonbml/gonbml/ml/internal/mistake"
	"github.com/gonbml/gonbml/ml/layers"
)

// network is a model's layers and how values pass through them: a graph without cycles. That of Sequential is a chain.
type network struct {
	// layers are all layers in the order in which values reach them first, each once, inputs among them.
	layers []*placed
	// calls are the uses of layers, each behind those whose results it takes. A shared layer has several.
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

// String is the layer's, but short for a model.
func (p *placed) String() string {
	if m, ok := p.Layer.(*Model); ok {
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

// newChain is the network of a Sequential. What is wrong with it comes back as an error beside it.
func newChain(all []contract.Layer) (network, error) {
	n := network{chain: true}
	if len(all) == 0 {
		n.add(&layers.InputLayer{}, nil).implicit = true
		n.outputs = []int{0}
		return n, errors.New("ml: expected at least one layer in Sequential. Got none")
	}
	var mistake error
	if m, ok := all[0].(*Model); ok && m.mistake == nil && len(m.declared()) == 1 {
		n.add(&layers.InputLayer{Shape: m.declared()[0]}, nil)
	} else if _, ok := all[0].(*layers.InputLayer); !ok {
		n.add(&layers.InputLayer{}, nil).implicit = true
	}
	for i, l := range all {
		if l == nil {
			mistake = fmt.Errorf("ml: expected layers in Sequential. Got nil at place %d", i+1)
			continue
		}
		var from []int
		if len(n.calls) > 0 {
			from = []int{len(n.calls) - 1}
		}
		p := n.add(l, from)
		if _, ok := l.(*layers.InputLayer); ok && i > 0 {
			mistake = fmt.Errorf("ml: expected %s as the first layer. It stands behind %s", p, n.calls[from[0]].path())
		}
	}
	n.outputs = []int{len(n.calls) - 1}
	if err := n.name(nil); mistake == nil {
		mistake = err
	}
	return n, mistake
}

// add puts a call of a layer that stands nowhere else behind the others.
func (n *network) add(l contract.Layer, from []int) *placed {
	p := &placed{Layer: l, chain: n.chain}
	if _, ok := l.(*layers.InputLayer); ok {
		n.inputs = append(n.inputs, len(n.calls))
	} else {
		p.number = 1
		for _, other := range n.layers {
			p.number = max(p.number, other.number+1)
		}
	}
	n.layers = append(n.layers, p)
	n.calls = append(n.calls, &use{placed: p, from: from})
	return p
}

// newNetwork follows the outputs back to the inputs. If inputs is not nil, all inputs must be among them, and it gives their order. Known
// are the layers' names; nil means that they are named here. Values cannot go in circles: each is made of older ones.
func newNetwork(inputs, outputs contract.Tensors, known map[contract.Layer]string) (network, error) {
	var n network
	if len(outputs) == 0 {
		return n, errors.New("ml: expected at least one output in Functional. Got none")
	}
	places := map[*contract.Tensor]int{}
	shared := map[contract.Layer]*placed{}
	var visit func(t *contract.Tensor) (int, error)
	visit = func(t *contract.Tensor) (int, error) {
		if t == nil || t.Layer() == nil {
			return 0, errors.New("ml: expected values that ml.In or a layer's On returned. Got nil")
		}
		if at, ok := places[t]; ok {
			return at, nil
		}
		var from []int
		for _, f := range t.From() {
			at, err := visit(f)
			if err != nil {
				return 0, err
			}
			from = append(from, at)
		}
		if _, ok := t.Layer().(*layers.InputLayer); ok {
			if len(t.From()) > 0 {
				return 0, fmt.Errorf("ml: expected an input made by ml.In. Got %s applied to other values", t.Layer())
			}
			if inputs != nil && !slices.Contains(inputs, t) {
				return 0, fmt.Errorf("ml: expected every input among Functional's inputs. %q is not", t.Layer().(*layers.InputLayer).Name)
			}
		}
		at := len(n.calls)
		if p := shared[sharing(t.Layer())]; p != nil {
			n.calls = append(n.calls, &use{placed: p, from: from})
		} else {
			p = n.add(t.Layer(), from)
			if key := sharing(t.Layer()); key != nil {
				shared[key] = p
			}
		}
		places[t] = at
		return at, nil
	}
	for _, t := range inputs {
		if t == nil {
			return n, errors.New("ml: expected Functional's inputs made by ml.In. Got nil")
		}
		if _, ok := t.Layer().(*layers.InputLayer); !ok {
			return n, fmt.Errorf("ml: expected Functional's inputs made by ml.In. Got what %s returns", t.Layer())
		}
		if _, err := visit(t); err != nil {
			return n, err
		}
	}
	for _, t := range outputs {
		at, err := visit(t)
		if err != nil {
			return n, err
		}
		if slices.Contains(n.outputs, at) {
			return n, fmt.Errorf("ml: expected each output once. Got that of %s twice", n.calls[at].placed)
		}
		n.outputs = append(n.outputs, at)
	}
	if len(n.inputs) == 0 {
		return n, errors.New("ml: expected at least one input, made by ml.In. Got none")
	}
	used := map[int]bool{}
	for _, c := range n.calls {
		for _, f := range c.from {
			used[f] = true
		}
	}
	for _, i := range n.inputs {
		if !used[i] && !slices.Contains(n.outputs, i) {
			return n, fmt.Errorf("ml: expected outputs that depend on every input. None depends on %s", n.calls[i].placed)
		}
	}
	return n, n.name(known)
}

// sharing is what tells whether two layers are one: a pointer to something. Values are told apart by nothing, and are never one.
func sharing(l contract.Layer) contract.Layer {
	if t := reflect.TypeOf(l); t.Kind() == reflect.Pointer && t.Elem().Size() > 0 {
		return l
	}
	return nil
}

// name names the layers as Keras does, dense, dense_1, dense_2, if they bring no names of their own; and the outputs after their layers.
func (n *network) name(known map[contract.Layer]string) error {
	taken := map[string]bool{}
	for _, p := range n.layers {
		own := ownName(p.Layer)
		if known != nil {
			own = known[p.Layer]
		}
		if own == "" {
			own = snake(p.Kind())
		}
		p.name = own
		for i := 1; taken[p.name]; i++ {
			p.name = own + "_" + strconv.Itoa(i)
		}
		if strings.Contains(p.name, model.ScopeSeparator) {
			return fmt.Errorf("ml: %s: expected a name without %q. Got %q", p.path(), model.ScopeSeparator, p.name)
		}
		taken[p.name] = true
	}
	for _, at := range n.outputs {
		own := n.calls[at].placed.name
		name := own
		for i := 1; slices.Contains(n.names, name); i++ {
			name = own + "_" + strconv.Itoa(i)
		}
		n.names = append(n.names, name)
	}
	return nil
}

// ownName is the layer's field Name; empty without one.
func ownName(l contract.Layer) string {
	v := reflect.Indirect(reflect.ValueOf(l))
	if v.Kind() != reflect.Struct {
		return ""
	}
	if f := v.FieldByName("Name"); f.IsValid() && f.Kind() == reflect.String {
		return f.String()
	}
	return ""
}

// inputNames are the names by which the inputs' data is found.
func (n *network) inputNames() []string {
	var all []string
	for _, i := range n.inputs {
		all = append(all, n.calls[i].placed.name)
	}
	return all
}

// declared are the inputs' shapes as their layers say; nil if one does not.
func (n *network) declared() [][]int {
	var all [][]int
	for _, i := range n.inputs {
		c := n.calls[i]
		if c.implicit {
			return nil
		}
		all = append(all, c.Layer.(*layers.InputLayer).Shape)
	}
	return all
}

// shapes sets the shapes before and behind each call, given the inputs'.
func (n *network) shapes(in [][]int) error {
	for i, at := range n.inputs {
		n.calls[at].in = [][]int{in[i]}
	}
	for _, c := range n.calls {
		if c.implicit {
			c.out = c.in[0]
			continue
		}
		if _, ok := c.Layer.(*layers.InputLayer); !ok {
			c.in = nil
			for _, f := range c.from {
				c.in = append(c.in, n.calls[f].out)
			}
		}
		out, err := contract.OutputShape(c.Layer, c.in)
		if err != nil {
			return &mistake.AtLayer{Path: c.path(), In: c.in, Err: err}
		}
		c.out = out
	}
	return nil
}

// outputShapes are the shapes of one example of each output.
func (n *network) outputShapes() [][]int {
	var all [][]int
	for _, at := range n.outputs {
		all = append(all, n.calls[at].out)
	}
	return all
}

// forward adds the layers to a graph and returns the outputs.
func (n *network) forward(scope *model.Scope, x []*graph.Node) []*graph.Node {
	return n.run(scope.At("%s", strings.TrimPrefix(modelScope, model.ScopeSeparator)), x)
}

// run is forward with the scope of the layers themselves. What holds for a model that these stand in,
// such as its policy, holds here, too: see Frozen, ComputeType and probing.
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

const probeParam = "gonbml_probe"

// probing returns what is shown, in a graph that is looked at, what each layer of the scope makes, with
// how errors name the layer; nil in other graphs. Two layers that are computed together count as the
// second.
func probing(scope *model.Scope, g *graph.Graph) func(path string, value *graph.Node) {
	v, _ := scope.GetGraphParam(g, probeParam)
	probe, _ := v.(func(path string, value *graph.Node))
	return probe
}

func setProbe(scope *model.Scope, g *graph.Graph, probe func(path string, value *graph.Node)) {
	scope.SetGraphParam(g, probeParam, probe)
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

// snake turns MaxPooling2D into max_pooling2d and Conv2DTranspose into conv2d_transpose, as Keras does.
func snake(kind string) string {
	var s strings.Builder
	for i, r := range kind {
		begins := i > 0 && i+1 < len(kind) && unicode.IsLower(rune(kind[i+1]))
		if unicode.IsUpper(r) && (begins || i > 0 && unicode.IsLower(rune(kind[i-1]))) {
			s.WriteByte('_')
		}
		s.WriteRune(unicode.ToLower(r))
	}
	return s.String()
}
