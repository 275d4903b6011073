package ml

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
)

// A model of one output is a layer of others, as in Keras: what is trained in one of them is
// trained in all. Each model has a store of its own, so the shared weights are copied: into the
// outer model when a call enters it and the inner one's have changed, into the inner one when a Fit
// of the outer one has ended.

// Kind returns "Sequential" or "Functional", what the model is called as a layer of another.
func (m *Model) Kind() string { return m.kind() }

// On applies the model to values of another model that is being put together, one for each of its
// inputs. Applied twice, it is shared. See contract.On.
func (m *Model) On(x ...*contract.Tensor) *contract.Tensor { return contract.On(m, x...) }

// OutputShape returns the shape of one example of the output of a model of one input.
func (m *Model) OutputShape(in []int) ([]int, error) { return m.JointShape([][]int{in}) }

// JointShape returns the shape of one example of the output, given those of the inputs, in the
// order of Inputs.
func (m *Model) JointShape(in [][]int) ([]int, error) {
	n, err := m.layer(in)
	if err != nil {
		return nil, err
	}
	return n.outputShapes()[0], nil
}

// Apply adds a model of one input to a graph as a layer: its variables are looked for in the scope,
// not in the model's own store. See Forward for the latter.
func (m *Model) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	return m.Join(scope, []*graph.Node{x})
}

// Join is Apply for any number of inputs.
func (m *Model) Join(scope *model.Scope, x []*graph.Node) *graph.Node {
	var in [][]int
	for _, v := range x {
		in = append(in, v.Shape().Dimensions[1:])
	}
	n, err := m.layer(in)
	if err != nil {
		panic(err)
	}
	m.mu.Lock()
	m.joined = in
	m.mu.Unlock()
	return n.run(scope, x)[0]
}

// layer returns a copy of the model's network for values of these shapes: a model may stand at
// several places, with a shape at each.
func (m *Model) layer(in [][]int) (network, error) {
	n := m.network
	switch {
	case m.mistake != nil:
		return n, m.mistake
	case len(n.outputs) != 1:
		return n, fmt.Errorf("expected a model of one output as a layer. Got one of %s", strings.Join(n.names, ", "))
	case len(in) != len(n.inputs):
		return n, fmt.Errorf("expected a value for each input, %s. Got %d", strings.Join(n.inputNames(), ", "), len(in))
	}
	m.mu.Lock()
	n.compute = m.compute
	copies := map[*placed]*placed{}
	n.layers = nil
	for _, p := range m.layers {
		c := *p
		copies[p] = &c
		n.layers = append(n.layers, &c)
	}
	m.mu.Unlock()
	n.calls = nil
	for _, c := range m.calls {
		n.calls = append(n.calls, &use{placed: copies[c.placed], from: c.from})
	}
	return n, n.shapes(in)
}

// modelsIn calls f for the model that a layer is, or for those in it, each with the names of the
// scopes that lead to it below the layer's.
func modelsIn(l contract.Layer, f func(m *Model, names []string)) {
	var look func(l contract.Layer, names []string)
	look = func(l contract.Layer, names []string) {
		if m, ok := l.(*Model); ok {
			f(m, slices.Clone(names))
			return
		}
		for _, c := range children(l) {
			below := names
			if c.Scope != "" {
				below = append(slices.Clone(names), c.Scope)
			}
			look(c.Layer, below)
		}
	}
	look(l, nil)
}

// inner is a model that stands in another one.
type inner struct {
	*placed
	model *Model
	// names lead from the layer's scope to the model's; none where the layer is the model.
	names []string
	// same are the values of the variables in the inner model and in the outer one when they were
	// last made the same, by their path in the layer.
	same map[string][2]*tensors.Tensor
	// settings is what was frozen then, and the policy.
	settings string
}

// inners finds the models in a model. Each may be there only once, or it would have two sets of
// weights.
func inners(n *network) (all []*inner, mistake error) {
	seen := map[*Model]bool{}
	var look func(n *network)
	look = func(n *network) {
		for _, p := range n.layers {
			modelsIn(p.Layer, func(m *Model, _ []string) {
				if seen[m] {
					mistake = fmt.Errorf("ml: %s: expected a model at one place among the layers of another, where ml.Functional may use it several times. It stands in it twice", p.path())
				}
				seen[m] = true
				look(&m.network)
			})
		}
	}
	look(n)
	for _, p := range n.layers {
		modelsIn(p.Layer, func(m *Model, names []string) {
			all = append(all, &inner{placed: p, model: m, names: names, same: map[string][2]*tensors.Tensor{}})
		})
	}
	return all, mistake
}

// scope is where the outer model has the inner one's variables.
func (i *inner) scope(m *Model) *model.Scope {
	scope := m.Scope().At("%s", i.placed.name)
	for _, name := range i.names {
		scope = scope.At("%s", name)
	}
	return scope
}

// pull brings what has changed in the models that stand in m into it. The caller has entered m.
func (m *Model) pull(ctx context.Context) error {
	if !m.built {
		return nil
	}
	for _, i := range m.inners {
		if err := i.model.enter(ctx); err != nil {
			return err
		}
		err := i.pull(m)
		i.model.leave()
		if err != nil {
			return fmt.Errorf("taking over the weights of %s: %w", i.path(), err)
		}
	}
	return nil
}

func (i *inner) pull(m *Model) error {
	if now := i.model.settings(); now != i.settings {
		i.settings = now
		i.hold(m.Scope().At("%s", i.placed.name), false)
		m.forget()
	}
	if !i.model.built {
		return nil
	}
	return i.each(m, func(from, to *model.Variable, same [2]*tensors.Tensor) (bool, error) {
		value, err := from.Value()
		if err != nil || value == same[0] {
			return false, err
		}
		return true, copyValue(to, value)
	})
}

// push brings what has changed in m into the models that stand in it. The caller has entered m.
func (m *Model) push() error {
	if !m.built {
		return nil
	}
	for _, i := range m.inners {
		if err := i.model.enterCell(); err != nil {
			return err
		}
		err := i.push(m)
		i.model.leave()
		if err != nil {
			return fmt.Errorf("giving %s its weights: %w", i.path(), err)
		}
	}
	return nil
}

func (i *inner) push(m *Model) error {
	if err := i.each(m, func(to, from *model.Variable, same [2]*tensors.Tensor) (bool, error) {
		value, err := from.Value()
		if err != nil || value == same[1] {
			return false, err
		}
		return true, copyValue(to, value)
	}); err != nil {
		return err
	}
	return i.model.push()
}

// each calls f for each variable in the inner model and in the outer one, with the values that were
// last the same, and keeps those of now if f has changed one.
func (i *inner) each(m *Model, f func(inner, outer *model.Variable, same [2]*tensors.Tensor) (bool, error)) error {
	outer := i.scope(m)
	for _, ends := range [2][2]*model.Scope{{i.model.Scope(), outer}, {outer, i.model.Scope()}} {
		if err := copyStates(ends[0], ends[1]); err != nil {
			return err
		}
	}
	for v := range i.model.Scope().IterVariables() {
		path := below(i.model.Scope(), v)
		o := m.store.GetVariable(outer.Scope() + model.ScopeSeparator + path)
		if o == nil || !o.Shape().Equal(v.Shape()) {
			return fmt.Errorf("expected a variable %s of shape %s in both models. Got none in the outer one", path, v.Shape())
		}
		if contract.KindOf(i.model.store, v) == contract.StateVariable {
			o.SetTrainable(false) // whoever said so said it of both
		}
		changed, err := f(v, o, i.same[path])
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if !changed {
			continue
		}
		values := [2]*tensors.Tensor{}
		for k, v := range []*model.Variable{v, o} {
			if values[k], err = v.Value(); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
		i.same[path] = values
	}
	return nil
}

// copyStates makes the states of one scope that another lacks there, too: a layer may have some
// that it makes in training only.
func copyStates(from, to *model.Scope) error {
	for v := range from.IterVariables() {
		at := to.Scope() + model.ScopeSeparator + below(from, v)
		if contract.KindOf(from.Store(), v) == contract.WeightVariable || to.Store().GetVariable(at) != nil {
			continue
		}
		value, err := v.Value()
		if err == nil {
			value, err = value.LocalClone()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", v.Path(), err)
		}
		scope, name := path.Split(at)
		to.Store().Scope(path.Clean(scope)).VariableWithValue(name, value).SetTrainable(false)
	}
	return nil
}

// meet makes the weights the same when m has just got its own: those of the inner model count, if
// it has any.
func (m *Model) meet(seed int64) error {
	for _, i := range m.inners {
		if err := i.model.enterCell(); err != nil {
			return err
		}
		err := func() error {
			defer i.model.leave()
			if i.model.built {
				return i.pull(m)
			}
			i.model.mu.Lock()
			in := i.model.joined
			i.model.mu.Unlock()
			if err := i.model.build(in, seed); err != nil {
				return err
			}
			i.settings = i.model.settings()
			return i.push(m)
		}()
		if err != nil {
			return fmt.Errorf("%s: %w", i.path(), err)
		}
	}
	return nil
}

// settings says what is frozen in a model, and how it computes.
func (m *Model) settings() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.compute.String()
	for _, p := range m.layers {
		s += fmt.Sprint(",", p.frozen)
		modelsIn(p.Layer, func(m *Model, _ []string) { s += "(" + m.settings() + ")" })
	}
	return s
}

func copyValue(to *model.Variable, value *tensors.Tensor) error {
	value, err := value.LocalClone()
	if err != nil {
		return err
	}
	return to.SetValue(value)
}

// self, expected, holds and pathOf are a submodel's, for networks in which the model stands.
func (m *Model) self() contract.Layer { return m }

func (m *Model) expected() [][]int {
	if m.mistake != nil {
		return nil
	}
	return m.declared()
}

func (m *Model) holds(path string) bool {
	name, rest, _ := strings.Cut(path, model.ScopeSeparator)
	p := m.named(name)
	return p != nil && (m.isFrozen(p) || held(p.Layer, rest))
}

func (m *Model) isFrozen(p *placed) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return p.frozen
}
