package backend

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// nested is a backend in whose functions closures can stand in closures: a loop in a loop. GoMLX
// 0.28.3 asks for every closure of a graph at the main function, wherever in the graph it stands,
// while XLA takes a loop's closures only from the function in which the loop stands. Here the main
// function's place is taken, for as long as a closure is being built, by that closure.
//
// It belongs to GoMLX's way of building: functions are built one inside the other, each up to its
// Return.
type nested struct{ compute.Backend }

// Unwrap returns the backend without nested functions.
func (n *nested) Unwrap() compute.Backend { return n.Backend }

// Builder returns a builder for one graph.
func (n *nested) Builder(name string) compute.Builder {
	b := n.Backend.Builder(name)
	if b == nil {
		return nil
	}
	return &nestedBuilder{Builder: b, backend: n}
}

// nestedBuilder knows which functions are being built, the innermost last.
type nestedBuilder struct {
	compute.Builder
	backend *nested
	main    *nestedFunction
	open    []*nestedFunction
	// parameters is how many parameters the closures have.
	parameters int
}

// Main returns the innermost of the functions that are being built; if there is none, the main
// function.
func (b *nestedBuilder) Main() compute.Function {
	if n := len(b.open); n > 0 {
		return b.open[n-1]
	}
	if b.main == nil {
		b.main = &nestedFunction{b.Builder.Main(), b, nil}
	}
	return b.main
}

// NewFunction begins a function with a name.
func (b *nestedBuilder) NewFunction(name string) (compute.Function, error) {
	f, err := b.Builder.NewFunction(name)
	if err != nil {
		return nil, err
	}
	return b.begin(f, nil), nil
}

func (b *nestedBuilder) begin(f compute.Function, parent *nestedFunction) *nestedFunction {
	n := &nestedFunction{f, b, parent}
	b.open = append(b.open, n)
	return n
}

// nestedFunction is a function of the backend. What takes functions gets the backend's own.
type nestedFunction struct {
	compute.Function
	builder *nestedBuilder
	parent  *nestedFunction
}

// own is the function as the backend knows it.
func own(f compute.Function) compute.Function {
	if n, ok := f.(*nestedFunction); ok {
		return n.Function
	}
	return f
}

// Parameter adds a parameter. In a closure its name gets a number, because XLA's names must be
// unique in all functions around.
func (f *nestedFunction) Parameter(name string, shape shapes.Shape, sharding *compute.ShardingSpec) (compute.Value, error) {
	if f.parent != nil {
		f.builder.parameters++
		name = fmt.Sprintf("%s_%d", name, f.builder.parameters)
	}
	return f.Function.Parameter(name, shape, sharding)
}

func (f *nestedFunction) Builder() compute.Builder { return f.builder }

func (f *nestedFunction) Parent() compute.Function {
	if f.parent == nil {
		return nil
	}
	return f.parent
}

// Closure begins a function in this one.
func (f *nestedFunction) Closure() (compute.Function, error) {
	c, err := f.Function.Closure()
	if err != nil {
		return nil, err
	}
	return f.builder.begin(c, f), nil
}

// Return ends the function.
func (f *nestedFunction) Return(outputs []compute.Value, shardings []*compute.ShardingSpec) error {
	f.builder.open = slices.DeleteFunc(f.builder.open, func(o *nestedFunction) bool { return o == f })
	return f.Function.Return(outputs, shardings)
}

func (f *nestedFunction) Call(called compute.Function, inputs ...compute.Value) ([]compute.Value, error) {
	return f.Function.Call(own(called), inputs...)
}

func (f *nestedFunction) Sort(comparator compute.Function, axis int, stable bool, inputs ...compute.Value) ([]compute.Value, error) {
	return f.Function.Sort(own(comparator), axis, stable, inputs...)
}

func (f *nestedFunction) While(cond, body compute.Function, state ...compute.Value) ([]compute.Value, error) {
	return f.Function.While(own(cond), own(body), state...)
}

func (f *nestedFunction) If(pred compute.Value, yes, no compute.Function) ([]compute.Value, error) {
	return f.Function.If(pred, own(yes), own(no))
}

// Compile makes a program of the graph.
func (b *nestedBuilder) Compile() (compute.Executable, error) {
	e, err := b.Builder.Compile()
	if err != nil {
		return nil, err
	}
	return &nestedExecutable{e, b.backend}, nil
}

// nestedExecutable is a program whose values belong to the nested backend: GoMLX asks values whose
// they are.
type nestedExecutable struct {
	compute.Executable
	backend *nested
}

// Execute runs the program.
func (e *nestedExecutable) Execute(inputs []compute.Buffer, donate []bool, device compute.DeviceNum) ([]compute.Buffer, error) {
	in := make([]compute.Buffer, len(inputs))
	for i, b := range inputs {
		in[i] = b
		if n, ok := b.(*nestedBuffer); ok {
			in[i] = n.Buffer
		}
	}
	out, err := e.Executable.Execute(in, donate, device)
	for i, b := range out {
		out[i] = e.backend.wrap(b)
	}
	return out, err
}

// nestedBuffer is a value on the device.
type nestedBuffer struct {
	compute.Buffer
	backend *nested
}

func (n *nested) wrap(b compute.Buffer) compute.Buffer {
	if b == nil {
		return nil
	}
	return &nestedBuffer{b, n}
}

// Backend returns the nested backend.
func (b *nestedBuffer) Backend() compute.Backend { return b.backend }

// CopyToDevice returns a copy on another device.
func (b *nestedBuffer) CopyToDevice(device compute.DeviceNum) (compute.Buffer, error) {
	c, err := b.Buffer.CopyToDevice(device)
	return b.backend.wrap(c), err
}

// BufferFromFlatData copies values to a device.
func (n *nested) BufferFromFlatData(device compute.DeviceNum, flat any, shape shapes.Shape) (compute.Buffer, error) {
	b, err := n.Backend.BufferFromFlatData(device, flat, shape)
	return n.wrap(b), err
}

// NewSharedBuffer makes a value that the program can write to.
func (n *nested) NewSharedBuffer(device compute.DeviceNum, shape shapes.Shape) (compute.Buffer, any, error) {
	b, flat, err := n.Backend.NewSharedBuffer(device, shape)
	return n.wrap(b), flat, err
}
