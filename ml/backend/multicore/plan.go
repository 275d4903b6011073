package multicore

import (
	"slices"

	"github.com/gomlx/compute"
)

// plan says how a computation is carried out: its steps in order, and where what they make is kept.
type plan struct {
	backend *Backend
	main    *function
	// stands maps nodes to those that stand for them: see same.
	stands map[*node]*node
	// readers are the nodes that read a node, of those on which an output depends.
	readers map[*node][]*node
	outputs map[*node]int
	// demanded are the nodes that are kept in memory.
	demanded map[*node]bool
	steps    []*step
	// places are the numbers of the cells of the nodes in memory.
	places map[*node]int
	layout layout
}

// step is a part of the computation that is carried out at once.
type step struct {
	// reads and makes are the nodes in memory that it takes and leaves there.
	reads, makes []*node
	// run computes; to and from are the cells of makes and reads.
	run func(w *workers, to, from []cell) error
	// program is set if the step is one; then a result may be made where a leaf is.
	program *program
	// others are the operations that are the inner backend's.
	others []*node
}

// maxMembers bounds a program, whose registers should fit the cache.
const maxMembers = 64

// newPlan plans the function, or returns nil if it is better left to the inner backend.
func newPlan(b *Backend, main *function) (p *plan) {
	defer func() {
		// A mistake here must not cost the user the computation, which the inner backend can carry
		// out, too.
		if e := recover(); e != nil {
			if b.strict {
				panic(e)
			}
			p = nil
		}
	}()
	p = &plan{backend: b, main: main, stands: map[*node]*node{}, readers: map[*node][]*node{}, outputs: map[*node]int{},
		demanded: map[*node]bool{}, places: map[*node]int{}}
	for i, n := range main.output {
		n = p.same(n)
		if _, twice := p.outputs[n]; twice || n.op == opParameter || n.op == opConstant {
			return nil
		}
		p.outputs[n] = i
	}
	live := p.alive()
	work := 0
	for _, n := range live {
		if n.op != opParameter && n.op != opConstant {
			work += n.shape.Size()
		}
		if n.op == opDot {
			for _, axis := range n.attr.(dotting).leftSummed {
				work += n.shape.Size() * p.inputs(n)[0].shape.Dim(axis) / 64
			}
		}
	}
	if work < b.least {
		return nil
	}
	for n := range p.outputs {
		p.demanded[n] = true
	}
	for _, n := range slices.Backward(live) {
		if p.demanded[n] && n.op != opParameter && n.op != opConstant && !p.made(n) {
			p.add(n)
		}
	}
	if !p.schedule() || !p.place() {
		return nil
	}
	return p
}

// same is the node whose value is the node's: a choice by a constant is the one chosen, a sum with
// 0 the other summand.
func (p *plan) same(n *node) *node {
	if s := p.stands[n]; s != nil {
		return s
	}
	s := n
	alike := func(x *node) bool { return x.shape.Equal(n.shape) }
	switch n.op {
	case opWhere:
		if v, ok := n.inputs[0].attr.([]bool); ok && n.inputs[0].op == opConstant && len(v) == 1 {
			chosen := n.inputs[2]
			if v[0] {
				chosen = n.inputs[1]
			}
			if alike(chosen) {
				s = p.same(chosen)
			}
		}
	case opAdd:
		for i, x := range n.inputs {
			x = p.same(x)
			if v, ok := x.attr.([]float32); ok && x.op == opConstant && len(v) == 1 && v[0] == 0 && alike(n.inputs[1-i]) {
				s = p.same(n.inputs[1-i])
			}
		}
	}
	p.stands[n] = s
	return s
}

// inputs are the nodes that the node reads; what is left out is nil.
func (p *plan) inputs(n *node) []*node {
	in := make([]*node, len(n.inputs))
	for i, x := range n.inputs {
		if x != nil {
			in[i] = p.same(x)
		}
	}
	return in
}

// alive returns the nodes on which outputs depend, in order, and notes who reads them.
func (p *plan) alive() []*node {
	seen := map[*node]bool{}
	var all []*node
	var visit func(n *node)
	visit = func(n *node) {
		if n == nil || seen[n] {
			return
		}
		seen[n] = true
		for _, in := range p.inputs(n) {
			visit(in)
			if in != nil {
				p.readers[in] = append(p.readers[in], n)
			}
		}
		all = append(all, n)
	}
	for n := range p.outputs {
		visit(n)
	}
	slices.SortFunc(all, func(a, b *node) int { return a.index - b.index })
	return all
}

func (p *plan) own(n *node) bool { return n.own(p.inputs(n)) }

// made says whether a step makes the node already.
func (p *plan) made(n *node) bool {
	for _, s := range p.steps {
		if slices.Contains(s.makes, n) {
			return true
		}
	}
	return false
}

// demand notes that the node must be in memory, and returns it.
func (p *plan) demand(n *node) *node {
	p.demanded[n] = true
	return n
}

// add adds the step that makes the node. Steps are added from the last to the first.
func (p *plan) add(n *node) {
	in := p.inputs(n)
	switch {
	case !p.own(n):
		s := &step{others: n.results, makes: n.results}
		if n.results == nil {
			s.others, s.makes = []*node{n}, []*node{n}
		}
		for _, x := range in {
			if x != nil && x.op != opConstant {
				s.reads = append(s.reads, p.demand(x))
			}
		}
		p.steps = append(p.steps, s)
	case n.op == opDot:
		p.addDot(n, n)
	case n.op == opTranspose && p.turnsDot(n):
		p.addDot(in[0], n)
	case n.op == opTranspose || n.op == opSlice:
		source, v := p.look(n)
		p.addMoves(n, []*node{source}, []move{newMove(packed(n.shape.Dimensions), v)}, nil)
	case n.op == opBroadcast:
		source, v := p.look(in[0])
		v = v.stretched(n.shape.Dimensions, n.attr.([]int))
		p.addMoves(n, []*node{source}, []move{newMove(packed(n.shape.Dimensions), v)}, nil)
	case n.op == opConcatenate:
		axis, to := n.attr.(int), packed(n.shape.Dimensions)
		var sources []*node
		var moves []move
		starts, limits := make([]int, len(to.dims)), slices.Clone(to.dims)
		for _, x := range in {
			limits[axis] = starts[axis] + x.shape.Dim(axis)
			source, v := p.look(x)
			sources, moves = append(sources, source), append(moves, newMove(to.part(starts, limits, nil), v))
			starts[axis] = limits[axis]
		}
		p.addMoves(n, sources, moves, nil)
	case n.op == opPad:
		to := packed(n.shape.Dimensions)
		// The last axes may have no padding.
		starts, limits, strides := make([]int, len(to.dims)), slices.Clone(to.dims), slices.Repeat([]int{1}, len(to.dims))
		for i, a := range n.attr.([]compute.PadAxis) {
			starts[i], limits[i], strides[i] = a.Start, to.dims[i]-a.End, a.Interior+1
		}
		source, v := p.look(in[0])
		p.addMoves(n, []*node{source}, []move{newMove(to.part(starts, limits, strides), v)}, in[1])
	case n.op == opReduceSum || n.op == opReduceMax:
		outer, mid, inner, _ := n.reduced(in[0])
		r := reduction{n.op, outer, mid, inner}
		p.steps = append(p.steps, &step{reads: []*node{p.demand(p.source(in[0]))}, makes: []*node{n}, run: func(w *workers, to, from []cell) error {
			r.run(w, to[0].f, from[0].f)
			return nil
		}})
	default:
		p.addProgram(n)
	}
}

// source is the node with the same numbers in the same order that is in memory.
func (p *plan) source(n *node) *node {
	for n.op == opReshape && p.own(n) && !p.isOutput(n) {
		n = p.inputs(n)[0]
	}
	return n
}

// bytes says whether a node of truths is kept as such, because others than programs see it; else it
// is kept as numbers 1 and 0.
func (p *plan) bytes(n *node) bool {
	for _, r := range p.readers[n] {
		if !p.own(r) {
			return true
		}
	}
	return p.isOutput(n) || !p.own(n)
}

func (p *plan) isOutput(n *node) bool {
	_, ok := p.outputs[n]
	return ok
}

// look returns a view of a node that is in memory in which the node's numbers are found, so that
// transposing and slicing need not be carried out.
func (p *plan) look(n *node) (*node, view) {
	if p.own(n) && !p.isOutput(n) {
		in := p.inputs(n)
		switch n.op {
		case opTranspose:
			if !p.turnsDot(n) {
				source, v := p.look(in[0])
				return source, v.transposed(n.attr.([]int))
			}
		case opSlice:
			source, v := p.look(in[0])
			s := n.attr.(slicing)
			return source, v.part(s.starts, s.limits, s.strides)
		}
	}
	return p.source(n), packed(n.shape.Dimensions)
}

// turnsDot says whether the node is the transposition of a product that nothing else reads; then
// the product is written transposed. Its two axes must be a matrix's rows and columns: none of them
// a batch's, nor both of the same factor.
func (p *plan) turnsDot(n *node) bool {
	x := p.inputs(n)[0]
	if x.op != opDot || x.shape.Rank() != 2 || !p.own(x) || len(p.readers[x]) != 1 || p.isOutput(x) || !slices.Equal(n.attr.([]int), []int{1, 0}) {
		return false
	}
	d := x.attr.(dotting)
	return len(d.leftBatch) == 0 && p.inputs(x)[0].shape.Rank()-len(d.leftSummed) == 1
}

// addDot adds the step that computes a product, and puts it where to says: to is the product or its
// transposition.
func (p *plan) addDot(n, to *node) {
	in, d := p.inputs(n), n.attr.(dotting)
	left, leftView := p.look(in[0])
	right, rightView := p.look(in[1])
	work, ok := d.products(leftView, rightView)
	if !ok {
		left, right = in[0], in[1]
		work, _ = n.dot(left, right)
	}
	if to != n {
		work.result = matrix{nil, 1, work.n}
	}
	p.steps = append(p.steps, &step{reads: []*node{p.demand(left), p.demand(right)}, makes: []*node{to}, run: func(w *workers, to, from []cell) error {
		work.run(w, to[0].f, from[0].f, from[1].f)
		return nil
	}})
}

// addMoves adds the step that makes a node of parts of others; the rest is filled with the fill, if
// there is one.
func (p *plan) addMoves(n *node, sources []*node, moves []move, filling *node) {
	s := &step{makes: []*node{n}}
	for _, x := range sources {
		s.reads = append(s.reads, p.demand(x))
	}
	if filling != nil {
		s.reads = append(s.reads, p.demand(p.source(filling)))
	}
	s.run = func(w *workers, to, from []cell) error {
		if filling != nil {
			all, v := to[0].f, from[len(sources)].f[0]
			w.run((len(all)+grain-1)/grain, func(i int) { fill(all[i*grain:min(len(all), (i+1)*grain)], v) })
		}
		for i, m := range moves {
			m.run(w, to[0].f, from[i].f)
		}
		return nil
	}
	p.steps = append(p.steps, s)
}

// addProgram adds the program that makes an elementwise node and what only leads to it.
func (p *plan) addProgram(root *node) {
	members := map[*node]bool{root: true}
	size := root.shape.Size()
	candidates := p.inputs(root)
	for len(candidates) > 0 && len(members) < maxMembers {
		// The last one first: all that could read it are members by then.
		n := slices.MaxFunc(candidates, func(a, b *node) int { return a.index - b.index })
		candidates = slices.DeleteFunc(candidates, func(x *node) bool { return x == n })
		if !p.joins(n, size, members) {
			continue
		}
		members[n] = true
		candidates = append(candidates, p.inputs(n)...)
	}
	var order []*node
	for n := range members {
		order = append(order, n)
	}
	slices.SortFunc(order, func(a, b *node) int { return a.index - b.index })
	prog := p.compile(order, func(n *node) bool { return n == root || p.isOutput(n) })
	s := &step{program: prog}
	for _, l := range prog.leaves {
		s.reads = append(s.reads, p.demand(l.node))
	}
	for _, r := range prog.results {
		s.makes = append(s.makes, r.node)
	}
	s.run = func(w *workers, to, from []cell) error {
		prog.run(w, data{from, to})
		return nil
	}
	p.steps = append(p.steps, s)
}

// joins says whether a node can be computed along with the members, of that size.
func (p *plan) joins(n *node, size int, members map[*node]bool) bool {
	if n.shape.Size() != size || !n.op.elementwise() && n.op != opReshape || !p.own(n) {
		return false
	}
	for _, r := range p.readers[n] {
		if !members[r] {
			return false
		}
	}
	return true
}

// leaf is what a program reads for an input of a member.
func (p *plan) leaf(n, in *node) leaf {
	size := n.shape.Size()
	l := leaf{node: in, at: repetition{size, 1}}
	if in.shape.Size() != size {
		axes := make([]int, in.shape.Rank())
		for i := range axes {
			axes[i] = i
		}
		l.at = repetition{1, 1}
		if in.shape.Size() > 1 {
			l.at, _ = repeated(in.shape.Dimensions, n.shape.Dimensions, axes)
		}
		l.node = p.source(in)
		return l
	}
	in = p.source(in)
	l.node = in
	if in.op == opBroadcast && p.own(in) && !p.isOutput(in) {
		x := p.inputs(in)[0]
		if at, ok := repeated(x.shape.Dimensions, in.shape.Dimensions, in.attr.([]int)); ok {
			l.node, l.at = p.source(x), at
		}
	}
	return l
}
