package multicore

import (
	"slices"

	"github.com/gomlx/compute"
)

// schedule puts the steps in order, and those of the inner backend together as far as that is
// possible, because starting it takes longer than a small operation.
func (p *plan) schedule() bool {
	maker := map[*node]*step{}
	for _, s := range p.steps {
		for _, n := range s.makes {
			maker[n] = s
		}
	}
	waiting := slices.Clone(p.steps)
	slices.Reverse(waiting)
	done := map[*step]bool{}
	ready := func(s *step) bool {
		for _, n := range s.reads {
			if m := maker[n]; m != nil && m != s && !done[m] {
				return false
			}
		}
		return true
	}
	// take takes the steps of a kind that are ready, those that become ready by that included.
	take := func(others bool) (taken []*step) {
		waiting = slices.DeleteFunc(waiting, func(s *step) bool {
			if (s.others != nil) != others || !ready(s) {
				return false
			}
			done[s] = true
			taken = append(taken, s)
			return true
		})
		return taken
	}
	var order []*step
	for len(waiting) > 0 {
		own := take(false)
		order = append(order, own...)
		others := take(true)
		if len(others) > 0 {
			s, ok := p.inner(others)
			if !ok {
				return false
			}
			order = append(order, s)
		}
		if len(own)+len(others) == 0 {
			return false
		}
	}
	p.steps = order
	return true
}

// inner makes one step of several of the inner backend's, which are in order.
func (p *plan) inner(steps []*step) (*step, bool) {
	b := p.backend.Backend.Builder("part")
	f := b.Main()
	one := &step{}
	values := map[*node]compute.Value{}
	value := func(n *node) (compute.Value, error) {
		if n == nil {
			return nil, nil
		}
		if v := values[n]; v != nil {
			return v, nil
		}
		if n.op == opConstant {
			v, err := n.emit(f, nil)
			if err != nil {
				return nil, err
			}
			values[n] = v[0]
			return v[0], nil
		}
		v, err := f.Parameter("", n.shape, nil)
		if err != nil {
			return nil, err
		}
		one.reads = append(one.reads, n)
		values[n] = v
		return v, nil
	}
	inside := map[*node]bool{}
	for _, s := range steps {
		n := s.others[0]
		var in []compute.Value
		for _, x := range p.inputs(n) {
			v, err := value(x)
			if err != nil {
				return nil, false
			}
			in = append(in, v)
		}
		out, err := n.emit(f, in)
		if err != nil {
			return nil, false
		}
		for i, r := range s.others {
			values[r] = out[i]
		}
		inside[n] = true
	}
	var outputs []compute.Value
	for _, s := range steps {
		for _, r := range s.others {
			if p.leaves(r, inside) {
				one.makes = append(one.makes, r)
				outputs = append(outputs, values[r])
			}
		}
	}
	if err := f.Return(outputs, nil); err != nil {
		return nil, false
	}
	e, err := b.Compile()
	if err != nil {
		return nil, false
	}
	one.others = one.makes
	one.run = func(_ *workers, to, from []cell) error {
		in := make([]compute.Buffer, len(from))
		for i, c := range from {
			in[i] = c.buffer
		}
		out, err := e.Execute(in, nil, 0)
		if err != nil {
			return err
		}
		for i, b := range out {
			if to[i], err = cellOf(b); err != nil {
				return err
			}
		}
		return nil
	}
	return one, true
}

// leaves says whether anything outside the operations inside needs the node.
func (p *plan) leaves(n *node, inside map[*node]bool) bool {
	if p.isOutput(n) {
		return true
	}
	for _, r := range p.readers[n] {
		if !inside[r] && !(r.results != nil && inside[r.results[0]]) {
			return true
		}
	}
	return false
}
