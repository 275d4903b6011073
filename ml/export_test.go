package ml

import (
	"maps"
	"reflect"
	"slices"
)

// BuiltinKinds are the kinds of layers that Load can read.
func BuiltinKinds() []string { return slices.Sorted(maps.Keys(builtin)) }

// BuiltinLosses are the names of the losses that Load can read.
func BuiltinLosses() []string {
	var all []string
	for name, t := range parts {
		if t.Implements(reflect.TypeFor[Loss]()) {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// NextPiece is how many steps the next execution makes, given those of the last and how long they took.
var NextPiece = nextPiece

// Again counts the steps that a TerminateOnNaN made again.
func (r *Run) Again() int { return r.again }
