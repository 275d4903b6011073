package multicore

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// builder builds a computation twice: as the inner backend's, and as a graph of nodes. Its methods
// that are not here are the inner builder's.
type builder struct {
	compute.Builder
	backend *Backend
	main    *function
	// whole says that the computation cannot be planned and is the inner backend's.
	whole bool
}

// function notes the operations of a function.
type function struct {
	compute.Function
	builder *builder
	parent  *function
	// seen finds the node of an inner value, because the inner backend returns the same value for
	// the same operation again.
	seen               map[compute.Value]*node
	parameters, output []*node
}

// node is a value of the computation: what an operation returns.
type node struct {
	value  compute.Value
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

func (b *builder) newFunction(inner compute.Function, parent *function) *function {
	return &function{Function: inner, builder: b, parent: parent, seen: map[compute.Value]*node{}}
}

// Main returns the function that is compiled.
func (b *builder) Main() compute.Function {
	if b.main == nil {
		b.main = b.newFunction(b.Builder.Main(), nil)
	}
	return b.main
}

// NewFunction starts another function.
func (b *builder) NewFunction(name string) (compute.Function, error) {
	b.whole = true
	f, err := b.Builder.NewFunction(name)
	if err != nil {
		return nil, err
	}
	return b.newFunction(f, nil), nil
}

// OpShape returns the shape of a value.
func (b *builder) OpShape(v compute.Value) (shapes.Shape, error) { return b.Builder.OpShape(inner(v)) }

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

// inner is the inner backend's value.
func inner(v compute.Value) compute.Value {
	if n, ok := v.(*node); ok {
		return n.value
	}
	return v
}

func inners(all []compute.Value) []compute.Value {
	in := make([]compute.Value, len(all))
	for i, v := range all {
		in[i] = inner(v)
	}
	return in
}

// note returns the node of a new inner value, or the one that it had before.
func (f *function) note(value compute.Value, made node) (*node, error) {
	if n := f.seen[value]; n != nil {
		return n, nil
	}
	shape, err := f.Function.Shape(value)
	if err != nil {
		return nil, err
	}
	n := &made
	n.value, n.shape, n.index = value, shape, len(f.seen)
	if shape.IsDynamic() {
		f.builder.whole = true
	}
	f.seen[value] = n
	return n, nil
}

// all adds an operation to the inner function and notes its results.
func (f *function) all(op opcode, attr any, emit emitter, inputs []compute.Value) ([]compute.Value, error) {
	values, err := emit(f.Function, inners(inputs))
	if err != nil {
		return nil, err
	}
	made := node{op: op, attr: attr, emit: emit, results: make([]*node, len(values))}
	for _, v := range inputs {
		n, _ := v.(*node)
		made.inputs = append(made.inputs, n)
	}
	out := make([]compute.Value, len(values))
	for i, v := range values {
		made.result = i
		n, err := f.note(v, made)
		if err != nil {
			return nil, err
		}
		made.results[i], out[i] = n, n
	}
	return out, nil
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

// Builder returns the builder of which the function is part.
func (f *function) Builder() compute.Builder { return f.builder }

// Parent returns the function in which it was defined.
func (f *function) Parent() compute.Function {
	if f.parent == nil {
		return nil
	}
	return f.parent
}

// Closure starts a function within the function.
func (f *function) Closure() (compute.Function, error) {
	f.builder.whole = true
	inner, err := f.Function.Closure()
	if err != nil {
		return nil, err
	}
	return f.builder.newFunction(inner, f), nil
}

// Shape returns the shape of a value.
func (f *function) Shape(v compute.Value) (shapes.Shape, error) { return f.Function.Shape(inner(v)) }

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
	return n, nil
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
		n, ok := v.(*node)
		if !ok {
			return fmt.Errorf("expected the outputs to be values of this backend. Got %T", v)
		}
		f.output = append(f.output, n)
	}
	return f.Function.Return(inners(outputs), shardings)
}

// innerFunction is the inner backend's function.
func innerFunction(f compute.Function) compute.Function {
	if own, ok := f.(*function); ok {
		return own.Function
	}
	return f
}

// Call calls another function.
func (f *function) Call(called compute.Function, inputs ...compute.Value) ([]compute.Value, error) {
	f.builder.whole = true
	return f.several(func(g compute.Function, in []compute.Value) ([]compute.Value, error) {
		return g.Call(innerFunction(called), in...)
	}, inputs...)
}

// Sort sorts along an axis.
func (f *function) Sort(comparator compute.Function, axis int, stable bool, inputs ...compute.Value) ([]compute.Value, error) {
	f.builder.whole = true
	return f.several(func(g compute.Function, in []compute.Value) ([]compute.Value, error) {
		return g.Sort(innerFunction(comparator), axis, stable, in...)
	}, inputs...)
}

// While loops.
func (f *function) While(cond, body compute.Function, initial ...compute.Value) ([]compute.Value, error) {
	f.builder.whole = true
	return f.several(func(g compute.Function, in []compute.Value) ([]compute.Value, error) {
		return g.While(innerFunction(cond), innerFunction(body), in...)
	}, initial...)
}

// If takes one of two branches.
func (f *function) If(predicate compute.Value, yes, no compute.Function) ([]compute.Value, error) {
	f.builder.whole = true
	return f.several(func(g compute.Function, in []compute.Value) ([]compute.Value, error) {
		return g.If(in[0], innerFunction(yes), innerFunction(no))
	}, predicate)
}
