package ml

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
)

// newChain is the network of a Sequential. What is wrong with it comes back as an error beside it.
func newChain(all []contract.Layer) (network, error) {
	n := network{chain: true}
	if len(all) == 0 {
		n.add(&layers.InputLayer{}, nil).implicit = true
		n.outputs = []int{0}
		return n, errors.New("ml: expected at least one layer in Sequential. Got none")
	}
	var mistake error
	if in := expectedBy(all[0]); len(in) == 1 {
		n.add(&layers.InputLayer{Shape: in[0]}, nil)
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

// expectedBy are the shapes that a layer expects if it is a model whose inputs' are known.
func expectedBy(l contract.Layer) [][]int {
	if m := submodelOf(l); m != nil {
		return m.expected()
	}
	return nil
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

// newNetwork follows the outputs back to the inputs. If inputs is not nil, all inputs must be among
// them, and it gives their order. Known are the layers' names; nil means that they are named here.
// Values cannot go in circles: each is made of older ones.
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

// sharing is what tells whether two layers are one: a pointer to something. Values are told apart
// by nothing, and are never one.
func sharing(l contract.Layer) contract.Layer {
	if t := reflect.TypeOf(l); t.Kind() == reflect.Pointer && t.Elem().Size() > 0 {
		return l
	}
	return nil
}
