package multicore

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// cell is where a node's numbers or truths are; the buffer is set where the inner backend or the
// caller sees them.
type cell struct {
	f      []float32
	b      []bool
	buffer compute.Buffer
}

// cellOf is the cell of an inner buffer.
func cellOf(b compute.Buffer) (cell, error) {
	flat, err := b.Data()
	if err != nil {
		return cell{}, err
	}
	f, _ := flat.([]float32)
	t, _ := flat.([]bool)
	return cell{f, t, b}, nil
}

// layout says what is in which cell.
type layout struct {
	// cells are those that every execution begins with: constants. The others are empty.
	cells []cell
	// parameters are the cells of the parameters, -1 for those that nothing reads.
	parameters []int
	// slabs are the lengths of the pieces of memory that results between steps share, in turn;
	// parts are what cells have of them.
	slabs []int
	parts map[int]part
	// buffers are the shapes of those that the inner backend reads.
	buffers map[int]shapes.Shape
	// outputs are the cells of the outputs. Those in fresh are made by us, in a new buffer or in
	// that of one of the parameters numbered, if it is donated.
	outputs []int
	fresh   map[int][]int
	shapes  []shapes.Shape
	// foreign are the cells that are another execution's for the next one: of parameters, outputs
	// and results of the inner backend.
	foreign []int
	// to and from are the cells that each step makes and reads.
	to, from [][]int
}

// part is the beginning of a slab.
type part struct{ slab, length int }

// place decides where everything is kept.
func (p *plan) place() bool {
	l := &p.layout
	l.parts, l.buffers, l.fresh = map[int]part{}, map[int]shapes.Shape{}, map[int][]int{}
	cellFor := func(n *node) int {
		at, ok := p.places[n]
		if !ok {
			at = len(l.cells)
			p.places[n] = at
			l.cells = append(l.cells, cell{})
		}
		return at
	}
	for _, n := range p.main.parameters {
		l.parameters = append(l.parameters, -1)
		if p.demanded[n] {
			at := cellFor(n)
			l.parameters[len(l.parameters)-1] = at
			l.foreign = append(l.foreign, at)
		}
	}
	last := map[*node]int{}
	seen := map[*node]bool{}
	inner := map[*node]bool{}
	for i, s := range p.steps {
		for _, n := range s.reads {
			last[n] = i
			inner[n] = inner[n] || s.others != nil
			if n.op == opConstant {
				c := cell{}
				c.f, _ = n.attr.([]float32)
				c.b, _ = n.attr.([]bool)
				if c.f == nil && c.b == nil {
					return false
				}
				l.cells[cellFor(n)] = c
			}
		}
	}
	ends := make([][]*node, len(p.steps)) // what is read for the last time at each step
	for i, s := range p.steps {
		for _, n := range s.reads {
			if last[n] == i && !slices.Contains(ends[i], n) {
				ends[i] = append(ends[i], n)
			}
		}
	}
	var free []int
	for i, s := range p.steps {
		var to, from []int
		for _, n := range s.reads {
			if n.op != opParameter && n.op != opConstant && !seen[n] {
				return false
			}
			from = append(from, cellFor(n))
		}
		for k, n := range s.makes {
			at := cellFor(n)
			seen[n] = true
			to = append(to, at)
			switch {
			case s.others != nil:
				l.foreign = append(l.foreign, at)
			case p.isOutput(n):
				l.foreign = append(l.foreign, at)
				l.fresh[at] = p.reusable(s, k, i, last)
			case inner[n]:
				l.buffers[at] = n.shape
			default:
				l.parts[at] = part{p.slab(&free, n.shape.Size()), n.shape.Size()}
			}
		}
		l.to, l.from = append(l.to, to), append(l.from, from)
		for _, n := range ends[i] {
			if part, ok := l.parts[p.places[n]]; ok && seen[n] && !slices.Contains(free, part.slab) {
				free = append(free, part.slab)
			}
		}
	}
	for _, n := range p.main.output {
		n = p.same(n)
		if !seen[n] {
			return false
		}
		l.outputs, l.shapes = append(l.outputs, p.places[n]), append(l.shapes, n.shape)
	}
	return true
}

// slab returns a piece of memory for so many numbers: the smallest free one that is large enough,
// or the largest, enlarged, or a new one.
func (p *plan) slab(free *[]int, size int) int {
	best := -1
	slabs := p.layout.slabs
	for i, s := range *free {
		switch {
		case best < 0,
			slabs[s] >= size && (slabs[(*free)[best]] < size || slabs[s] < slabs[(*free)[best]]),
			slabs[s] < size && slabs[(*free)[best]] < size && slabs[s] > slabs[(*free)[best]]:
			best = i
		}
	}
	if best < 0 {
		p.layout.slabs = append(slabs, size)
		return len(slabs)
	}
	s := (*free)[best]
	*free = append((*free)[:best], (*free)[best+1:]...)
	slabs[s] = max(slabs[s], size)
	return s
}

// reusable returns the parameters in whose place the program's result number k may be made: those
// that nothing reads after the program, nor the program itself after the result's instruction, or
// elsewhere than at the result's place.
func (p *plan) reusable(s *step, k, number int, last map[*node]int) (parameters []int) {
	if s.program == nil || s.makes[k].shape.DType != dtypes.Float32 {
		return nil
	}
	made := s.program.results[k].made
next:
	for i, n := range p.main.parameters {
		if !n.shape.Equal(s.makes[k].shape) || last[n] > number {
			continue
		}
		if _, read := last[n]; !read {
			continue
		}
		for _, l := range s.program.leaves {
			if l.node == n && (l.register >= 0 || l.last > made) {
				continue next
			}
		}
		parameters = append(parameters, i)
	}
	return parameters
}

// executable is a compiled computation: the inner backend's, carried out by the plan if there is
// one. Its methods that are not here are the inner's.
type executable struct {
	compute.Executable
	backend *Backend
	plan    *plan
	// mu guards plan, finalized and free: memory for executions that are not under way.
	mu        sync.Mutex
	finalized bool
	free      [][]cell
}

// Finalize frees the executable's memory. Executions by the plan that are under way go on to their
// end.
func (e *executable) Finalize() {
	e.mu.Lock()
	e.free, e.plan, e.finalized = nil, nil, true
	e.mu.Unlock()
	e.Executable.Finalize()
}

// Execute computes the outputs.
func (e *executable) Execute(inputs []compute.Buffer, donate []bool, device compute.DeviceNum) ([]compute.Buffer, error) {
	inner := make([]compute.Buffer, len(inputs))
	for i, b := range inputs {
		own, ok := b.(*buffer)
		if !ok {
			return nil, fmt.Errorf("expected buffers of this backend. Got %T as input %d", b, i)
		}
		inner[i] = own.Buffer
	}
	out, err := e.execute(inner, donate, device)
	if err != nil {
		return nil, err
	}
	for i, b := range out {
		out[i] = &buffer{b, e.backend}
	}
	return out, nil
}

func (e *executable) execute(inputs []compute.Buffer, donate []bool, device compute.DeviceNum) ([]compute.Buffer, error) {
	e.mu.Lock()
	p, finalized := e.plan, e.finalized
	e.mu.Unlock()
	if finalized {
		return nil, errors.New("the computation is finalized already")
	}
	if p == nil {
		return e.Executable.Execute(inputs, donate, device)
	}
	if err := p.check(inputs, donate); err != nil {
		return nil, err
	}
	cells := e.take(p)
	defer e.giveBack(p, cells)
	for i, at := range p.layout.parameters {
		if at < 0 {
			continue
		}
		c, err := cellOf(inputs[i])
		if err != nil {
			return nil, err
		}
		cells[at] = c
	}
	reused, err := p.fresh(cells, inputs, donate)
	if err != nil {
		return nil, err
	}
	var to, from []cell
	for i, s := range p.steps {
		to, from = to[:0], from[:0]
		for _, at := range p.layout.from[i] {
			from = append(from, cells[at])
		}
		for _, at := range p.layout.to[i] {
			to = append(to, cells[at])
		}
		if err := s.run(e.backend.workers, to, from); err != nil {
			return nil, err
		}
		if s.others != nil {
			for k, at := range p.layout.to[i] {
				cells[at] = to[k]
			}
		}
	}
	out := make([]compute.Buffer, len(p.layout.outputs))
	for i, at := range p.layout.outputs {
		out[i] = cells[at].buffer
	}
	for i := range inputs {
		if i < len(donate) && donate[i] && !reused[i] {
			if err := inputs[i].Finalize(); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// check says what is wrong with an execution's inputs.
func (p *plan) check(inputs []compute.Buffer, donate []bool) error {
	want := p.main.parameters
	if len(inputs) != len(want) || len(donate) > 0 && len(donate) != len(want) {
		return fmt.Errorf("expected %d inputs. Got %d, and %d that say whether they are donated", len(want), len(inputs), len(donate))
	}
	for i, b := range inputs {
		s, err := b.Shape()
		if err != nil {
			return err
		}
		if !s.Equal(want[i].shape) {
			return fmt.Errorf("expected input %d of shape %s. Got %s", i, want[i].shape, s)
		}
	}
	return nil
}

// fresh gives the outputs that are made here their memory, and returns the inputs whose memory that
// is.
func (p *plan) fresh(cells []cell, inputs []compute.Buffer, donate []bool) (map[int]bool, error) {
	reused := map[int]bool{}
	for i, at := range p.layout.outputs {
		candidates, ours := p.layout.fresh[at]
		if !ours {
			continue
		}
		b := compute.Buffer(nil)
		for _, k := range candidates {
			if k < len(donate) && donate[k] && !reused[k] && !given(inputs, k) {
				b = inputs[k]
				reused[k] = true
				break
			}
		}
		if b == nil {
			var err error
			if b, _, err = p.backend.Backend.NewSharedBuffer(0, p.layout.shapes[i]); err != nil {
				return nil, err
			}
		}
		c, err := cellOf(b)
		if err != nil {
			return nil, err
		}
		cells[at] = c
	}
	return reused, nil
}

// given says whether an input is given for another parameter, too.
func given(inputs []compute.Buffer, k int) bool {
	return slices.Contains(inputs[:k], inputs[k]) || slices.Contains(inputs[k+1:], inputs[k])
}

// take returns cells for an execution.
func (e *executable) take(p *plan) []cell {
	e.mu.Lock()
	defer e.mu.Unlock()
	if k := len(e.free); k > 0 {
		cells := e.free[k-1]
		e.free = e.free[:k-1]
		return cells
	}
	l := &p.layout
	cells := make([]cell, len(l.cells))
	copy(cells, l.cells)
	slabs := make([][]float32, len(l.slabs))
	for i, n := range l.slabs {
		slabs[i] = make([]float32, n)
	}
	for at, p := range l.parts {
		cells[at].f = slabs[p.slab][:p.length]
	}
	for at, s := range l.buffers {
		b, _, err := e.backend.Backend.NewSharedBuffer(0, s)
		if err == nil {
			cells[at], _ = cellOf(b)
		}
	}
	return cells
}

// most is how many numbers an executable may hold between executions: 256 MB.
const most = 1 << 26

// giveBack keeps an execution's own memory for the next one, unless it is a lot.
func (e *executable) giveBack(p *plan, cells []cell) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.plan == nil {
		return // finalized meanwhile
	}
	for _, at := range p.layout.foreign {
		cells[at] = cell{}
	}
	size := 0
	for _, n := range p.layout.slabs {
		size += n
	}
	if len(e.free) == 0 && size <= most {
		e.free = append(e.free, cells)
	}
}
