package multicore

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// builder builds a computation twice: as the inner backend's, and as a graph of nodes. Its methods
// that are not here are the inner builder's.
//
// Values are the inner backend's own. So an operation that this package does not know, of a newer
// GoMLX say, works without being here: it is the inner backend's, and what reads its result finds
// no node for it and leaves the computation to the inner backend as a whole. Functions are our own,
// and operations on them must be here: see scope.
type builder struct {
	compute.Builder
	backend *Backend
	main    *function
	// whole says that the computation cannot be planned and is the inner backend's.
	whole bool
}

// function notes the operations of the main function.
type function struct {
	scope
	// seen finds the node of an inner value, because the inner backend returns the same value for
	// the same operation again.
	seen               map[compute.Value]*node
	parameters, output []*node
}

// node is a value of the computation: what an operation returns.
type node struct {
	shape  shapes.Shape
	op     opcode
	inputs []*node
	// attr is what else the operation takes: see opcode.
	attr any
	// emit adds the operation to an inner function, whose values in are.
	emit emitter
	// results are all that the operation returns, of which the node is number result.
	results []*node
	result  int
	// index is larger than those of the inputs.
	index int
}

type emitter = func(g compute.Function, in []compute.Value) ([]compute.Value, error)

// Main returns the function that is compiled.
func (b *builder) Main() compute.Function {
	if b.main == nil {
		b.main = &function{scope: scope{Function: b.Builder.Main(), builder: b}, seen: map[compute.Value]*node{}}
		b.main.self = b.main
	}
	return b.main
}

// NewFunction starts another function.
func (b *builder) NewFunction(name string) (compute.Function, error) {
	b.whole = true
	inner, err := b.Builder.NewFunction(name)
	return b.newScope(inner, nil, err)
}

// Compile ends the computation's definition.
func (b *builder) Compile() (compute.Executable, error) {
	whole, err := b.Builder.Compile()
	if err != nil {
		return nil, err
	}
	e := &executable{Executable: whole, backend: b.backend}
	if !b.whole && b.main != nil {
		e.plan = newPlan(b.backend, b.main)
	}
	b.main = nil
	return e, nil
}

// node returns the node of a value, and nil for one that is left out. A value that no operation
// here has made has none, and the computation is left to the inner backend.
func (f *function) node(v compute.Value) *node {
	n := f.seen[v]
	if v != nil && n == nil {
		f.builder.whole = true
	}
	return n
}

// note returns the node of a new value, or the one that it had before.
func (f *function) note(value compute.Value, made node) (*node, error) {
	if n := f.seen[value]; n != nil {
		return n, nil
	}
	shape, err := f.Function.Shape(value)
	if err != nil {
		return nil, err
	}
	n := &made
	n.shape, n.index = shape, len(f.seen)
	if shape.IsDynamic() {
		f.builder.whole = true
	}
	f.seen[value] = n
	return n, nil
}

// all adds an operation to the inner function and notes its results.
func (f *function) all(op opcode, attr any, emit emitter, inputs []compute.Value) ([]compute.Value, error) {
	values, err := emit(f.Function, inputs)
	if err != nil {
		return nil, err
	}
	made := node{op: op, attr: attr, emit: emit, results: make([]*node, len(values))}
	for _, v := range inputs {
		made.inputs = append(made.inputs, f.node(v))
	}
	for i, v := range values {
		made.result = i
		n, err := f.note(v, made)
		if err != nil {
			return nil, err
		}
		made.results[i] = n
	}
	return values, nil
}

// several is all of an operation that is not known here.
func (f *function) several(emit emitter, inputs ...compute.Value) ([]compute.Value, error) {
	return f.all(opOther, nil, emit, inputs)
}

// one is all of an operation with one result.
func (f *function) one(op opcode, attr any, emit func(g compute.Function, in []compute.Value) (compute.Value, error), inputs ...compute.Value) (compute.Value, error) {
	out, err := f.all(op, attr, func(g compute.Function, in []compute.Value) ([]compute.Value, error) {
		v, err := emit(g, in)
		return []compute.Value{v}, err
	}, inputs)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

func (f *function) unary(op opcode, method func(compute.Function, compute.Value) (compute.Value, error), x compute.Value) (compute.Value, error) {
	return f.one(op, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) { return method(g, in[0]) }, x)
}

func (f *function) binary(op opcode, method func(compute.Function, compute.Value, compute.Value) (compute.Value, error), x, y compute.Value) (compute.Value, error) {
	return f.one(op, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) { return method(g, in[0], in[1]) }, x, y)
}

// Parameter adds a parameter.
func (f *function) Parameter(name string, shape shapes.Shape, sharding *compute.ShardingSpec) (compute.Value, error) {
	v, err := f.Function.Parameter(name, shape, sharding)
	if err != nil {
		return nil, err
	}
	n, err := f.note(v, node{op: opParameter, attr: len(f.parameters)})
	if err != nil {
		return nil, err
	}
	f.parameters = append(f.parameters, n)
	return v, nil
}

// Constant adds a constant; its values are copied.
func (f *function) Constant(flat any, dims ...int) (compute.Value, error) {
	switch v := flat.(type) {
	case []float32:
		flat = slices.Clone(v)
	case []bool:
		flat = slices.Clone(v)
	}
	return f.one(opConstant, flat, func(g compute.Function, _ []compute.Value) (compute.Value, error) { return g.Constant(flat, dims...) })
}

// Return ends the function.
func (f *function) Return(outputs []compute.Value, shardings []*compute.ShardingSpec) error {
	for _, v := range outputs {
		f.output = append(f.output, f.node(v))
	}
	return f.Function.Return(outputs, shardings)
}
