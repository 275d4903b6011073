package rt

import "unsafe"

// Some types have no name outside their package (that of encoding/binary's LittleEndian, say).
// Generated code declares variables of such types by letting the compiler infer them from a
// witness: a pointer to a value of the type, or an expression that makes one out of others. Nothing
// is ever read through a witness; most are nil.

// New returns a variable of the witness's type.
func New[T any](*T) *T { return new(T) }

// At returns a pointer to a variable that is of the witness's type.
func At[T any](_ *T, p unsafe.Pointer) *T { return (*T)(p) }

// Of returns a witness for the type of a constant.
func Of[T any](T) *T { return nil }

// Elem returns a witness for what a pointer points to.
func Elem[T any](**T) *T { return nil }

// Pointer returns a witness for a pointer.
func Pointer[T any](*T) **T { return nil }

// Slice returns a witness for a slice.
func Slice[T any](*T) *[]T { return nil }

// The others return a witness for the result of a function with so many parameters, V for one whose
// last is variadic, or for the first of two results.

func Result0[R any](func() R) *R                            { return nil }
func Result1[A, R any](func(A) R) *R                        { return nil }
func Result2[A, B, R any](func(A, B) R) *R                  { return nil }
func Result3[A, B, C, R any](func(A, B, C) R) *R            { return nil }
func Result1V[A, R any](func(...A) R) *R                    { return nil }
func Result2V[A, B, R any](func(A, ...B) R) *R              { return nil }
func Result3V[A, B, C, R any](func(A, B, ...C) R) *R        { return nil }
func First0[R, S any](func() (R, S)) *R                     { return nil }
func First1[A, R, S any](func(A) (R, S)) *R                 { return nil }
func First2[A, B, R, S any](func(A, B) (R, S)) *R           { return nil }
func First3[A, B, C, R, S any](func(A, B, C) (R, S)) *R     { return nil }
func First1V[A, R, S any](func(...A) (R, S)) *R             { return nil }
func First2V[A, B, R, S any](func(A, ...B) (R, S)) *R       { return nil }
func First3V[A, B, C, R, S any](func(A, B, ...C) (R, S)) *R { return nil }
