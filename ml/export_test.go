package ml

import (
	"slices"
)

// BuiltinKinds are the kinds of layers that Load can read.
func BuiltinKinds() []string {
	return slices.DeleteFunc(registry.Kinds(), func(k string) bool { return k == "Sequential" || k == "Functional" })
}

// BuiltinLosses are the names of the losses that Load can read.
func BuiltinLosses() []string { return lossRegistry.Kinds() }

// NextPiece is how many steps the next execution makes, given those of the last and how long they took.
var NextPiece = nextPiece

// Again counts the steps that a TerminateOnNaN made again.
func (r *Run) Again() int { return r.again }
