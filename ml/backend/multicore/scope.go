package multicore

import "github.com/gomlx/compute"

// scope is a function: the main one's scope, or another function or closure, whose operations are
// the inner backend's alone. It knows what is ours around it, and takes ours apart where an
// operation takes functions.
type scope struct {
	compute.Function
	builder *builder
	// parent is the function in which it was defined, or nil; self is the function itself.
	parent, self compute.Function
}

func (b *builder) newScope(inner, parent compute.Function, err error) (compute.Function, error) {
	if err != nil {
		return nil, err
	}
	s := &scope{Function: inner, builder: b, parent: parent}
	s.self = s
	return s, nil
}

// innerFunction is the inner backend's function.
func innerFunction(f compute.Function) compute.Function {
	switch own := f.(type) {
	case *function:
		return own.Function
	case *scope:
		return own.Function
	}
	return f
}

// Builder returns the builder of which the function is part.
func (s *scope) Builder() compute.Builder { return s.builder }

// Parent returns the function in which it was defined.
func (s *scope) Parent() compute.Function { return s.parent }

// Closure starts a function within the function.
func (s *scope) Closure() (compute.Function, error) {
	s.builder.whole = true
	inner, err := s.Function.Closure()
	return s.builder.newScope(inner, s.self, err)
}

// Call calls another function.
func (s *scope) Call(called compute.Function, inputs ...compute.Value) ([]compute.Value, error) {
	s.builder.whole = true
	return s.Function.Call(innerFunction(called), inputs...)
}

// Sort sorts along an axis.
func (s *scope) Sort(comparator compute.Function, axis int, stable bool, inputs ...compute.Value) ([]compute.Value, error) {
	s.builder.whole = true
	return s.Function.Sort(innerFunction(comparator), axis, stable, inputs...)
}

// While loops.
func (s *scope) While(cond, body compute.Function, initial ...compute.Value) ([]compute.Value, error) {
	s.builder.whole = true
	return s.Function.While(innerFunction(cond), innerFunction(body), initial...)
}

// If takes one of two branches.
func (s *scope) If(predicate compute.Value, yes, no compute.Function) ([]compute.Value, error) {
	s.builder.whole = true
	return s.Function.If(predicate, innerFunction(yes), innerFunction(no))
}
