package multicore

import (
	"slices"
	"sync"

	"github.com/gomlx/compute/dtypes"
)

// program computes a tree of elementwise operations in one pass, block by block, so that what lies
// between them never leaves the cache.
type program struct {
	size   int
	leaves []leaf
	// results are the nodes that are kept, each with the number of the instruction that makes it.
	results []result
	code    []instruction
	// registers is how many blocks it needs for itself.
	registers int
}

// leaf is what a program reads.
type leaf struct {
	node *node
	at   repetition
	// register is where it is put for each block; -1 means that it is read where it is.
	register int
	// last is the last instruction that reads it.
	last int
}

type result struct {
	node *node
	made int
}

// instruction computes one operation.
type instruction struct {
	do   kernel
	to   operand
	args [3]operand
}

// operand is one of the program's registers, leaves or results; none has no kind.
type operand struct {
	kind  operandKind
	index int
}

type operandKind int

const (
	noOperand operandKind = iota
	inRegister
	inLeaf
	inResult
)

// block is how many numbers are computed at a time.
const block = 1024

// compiler makes a program.
type compiler struct {
	p      *plan
	prog   *program
	free   []int
	places map[*node]operand
	// uses counts the instructions that are still to read a member.
	uses map[*node]int
}

// compile makes the program of the members, which are in order; those that are wanted are kept.
func (p *plan) compile(members []*node, wanted func(*node) bool) *program {
	c := &compiler{p: p, prog: &program{size: members[len(members)-1].shape.Size()}, places: map[*node]operand{}, uses: map[*node]int{}}
	for _, n := range members {
		for _, in := range p.inputs(n) {
			c.uses[in]++
		}
	}
	in := map[*node]bool{}
	for _, n := range members {
		in[n] = true
	}
	for _, n := range members {
		var i instruction
		for k, arg := range p.inputs(n) {
			if in[arg] {
				i.args[k] = c.places[arg]
			} else {
				i.args[k] = c.leaf(n, arg)
			}
		}
		// A register is free for the result once its last reader is this instruction.
		for _, arg := range p.inputs(n) {
			if c.uses[arg]--; in[arg] && c.uses[arg] == 0 && c.places[arg].kind == inRegister {
				c.free = append(c.free, c.places[arg].index)
			}
		}
		if wanted(n) {
			i.to = operand{inResult, len(c.prog.results)}
			c.prog.results = append(c.prog.results, result{n, len(c.prog.code)})
		} else {
			i.to = operand{inRegister, c.register()}
		}
		i.do = kernels[n.op]
		c.places[n] = i.to
		c.prog.code = append(c.prog.code, i)
	}
	return c.prog
}

func (c *compiler) register() int {
	if k := len(c.free); k > 0 {
		r := c.free[k-1]
		c.free = c.free[:k-1]
		return r
	}
	c.prog.registers++
	return c.prog.registers - 1
}

// leaf returns the operand of an input that is no member.
func (c *compiler) leaf(n, in *node) operand {
	l := c.p.leaf(n, in)
	l.last = len(c.prog.code)
	for i, other := range c.prog.leaves {
		if other.node == l.node && other.at == l.at {
			c.prog.leaves[i].last = l.last
			return c.prog.leaves[i].operand(i)
		}
	}
	l.register = -1
	if (l.at != repetition{c.prog.size, 1}) || l.node.shape.DType != dtypes.Float32 && c.p.bytes(l.node) {
		// Its register is its own: taken anew, never given back.
		l.register = c.prog.registers
		c.prog.registers++
	}
	c.prog.leaves = append(c.prog.leaves, l)
	return l.operand(len(c.prog.leaves) - 1)
}

func (l leaf) operand(i int) operand {
	if l.register >= 0 {
		return operand{inRegister, l.register}
	}
	return operand{inLeaf, i}
}

// data is what a program reads and writes, in the order of leaves and results.
type data struct {
	leaves, results []cell
}

var registers = sync.Pool{New: func() any { return new([]float32) }}

// run computes the program.
func (p *program) run(w *workers, d data) {
	// A task fills registers anew, so there are few.
	each := (p.size/(4*w.count())/block + 1) * block
	if p.size*len(p.code) < 2*grain {
		each = p.size
	}
	w.run((p.size+each-1)/each, func(task int) {
		memory := registers.Get().(*[]float32)
		*memory = slices.Grow((*memory)[:0], (p.registers+len(p.results))*block)[:(p.registers+len(p.results))*block]
		p.blocks(d, *memory, task*each, min(p.size, (task+1)*each))
		registers.Put(memory)
	})
}

// blocks computes what lies from first to last.
func (p *program) blocks(d data, memory []float32, first, last int) {
	for from := first; from < last; from += block {
		n := min(block, last-from)
		register := func(i int) []float32 { return memory[i*block:][:n] }
		for i, l := range p.leaves {
			if l.register >= 0 && (from == first || l.at.mid > 1) {
				l.read(register(l.register), d.leaves[i], from)
			}
		}
		for i := range p.code {
			code := &p.code[i]
			var args [3][]float32
			for k, o := range code.args {
				switch o.kind {
				case inRegister:
					args[k] = register(o.index)
				case inLeaf:
					args[k] = d.leaves[o.index].f[from : from+n]
				case inResult:
					args[k] = p.result(d, memory, o.index, from, n)
				}
			}
			switch code.to.kind {
			case inRegister:
				code.do(register(code.to.index), args[0], args[1], args[2])
			default:
				code.do(p.result(d, memory, code.to.index, from, n), args[0], args[1], args[2])
			}
		}
		for i := range p.results {
			if to := d.results[i].b; to != nil {
				for k, v := range memory[(p.registers+i)*block:][:n] {
					to[from+k] = v != 0
				}
			}
		}
	}
}

// result is where a block of a result is made.
func (p *program) result(d data, memory []float32, i, from, n int) []float32 {
	if d.results[i].b == nil {
		return d.results[i].f[from : from+n]
	}
	return memory[(p.registers+i)*block:][:n]
}

// read fills a register with the leaf's numbers from a place on.
func (l leaf) read(to []float32, from cell, start int) {
	at, inner := l.at, l.at.inner
	switch {
	case from.b != nil && inner == 1 && start+len(to) <= at.mid:
		for i, v := range from.b[start:][:len(to)] {
			to[i] = truth(v)
		}
	case from.b != nil:
		for i := range to {
			to[i] = truth(from.b[(start+i)/inner%at.mid])
		}
	case at.mid == 1:
		fill(to, from.f[0])
	case inner == 1:
		for i := start % at.mid; len(to) > 0; i = 0 {
			to = to[copy(to, from.f[i:at.mid]):]
		}
	default:
		for i, left := start/inner%at.mid, inner-start%inner; len(to) > 0; i, left = (i+1)%at.mid, inner {
			left = min(left, len(to))
			fill(to[:left], from.f[i])
			to = to[left:]
		}
	}
}
