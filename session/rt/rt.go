// Package rt is the run-time support that the worker and every compiled cell link. It has what
// generated code calls (registration, interrupt checks, recovery of goroutines) and nothing that
// would cost cells link time: it does not import fmt, encoding or plugin. Its names are exported
// for generated code; users have no need of them.
package rt

import (
	"sync"
	"unsafe"
)

// Cast reinterprets a value of a struct type as another struct type with the same layout: the
// mirror of a type whose unexported fields belong to another cell.
func Cast[M, T any](t T) M { return *(*M)(unsafe.Pointer(&t)) }

// Zero returns the zero value of T. A "var x T" that is run again resets x to it.
func Zero[T any]() (t T) { return }

// Runs holds the entry points of all loaded cells.
var cells = struct {
	sync.Mutex
	runs map[string]func()
	fns  map[string][]version
}{runs: map[string]func(){}, fns: map[string][]version{}}

// Register makes a loaded cell known by its package path. The cell's init calls it.
func Register(path string, run func()) {
	cells.Lock()
	defer cells.Unlock()
	cells.runs[path] = run
}

// Lookup returns the entry point of a loaded cell, or nil.
func Lookup(path string) func() {
	cells.Lock()
	defer cells.Unlock()
	return cells.runs[path]
}

// version is one definition of a function: set installs in it the function to forward to, if that
// has the same type, or with clear none.
type version struct {
	path string
	set  func(fn any, clear bool)
	fn   any
}

// RegisterFunc registers one version of the function or method named key ("f" or "T.m").
func RegisterFunc(key, path string, set func(fn any, clear bool), fn any) {
	cells.Lock()
	defer cells.Unlock()
	cells.fns[key] = append(cells.fns[key], version{path, set, fn})
}

// Activate makes path's version of key the current one: every other version with the same signature
// forwards to it.
func Activate(key, path string) {
	cells.Lock()
	defer cells.Unlock()
	var fn any
	for _, v := range cells.fns[key] {
		if v.path == path {
			fn = v.fn
		}
	}
	for _, v := range cells.fns[key] {
		if v.path == path {
			v.set(nil, true)
		} else {
			v.set(fn, false)
		}
	}
}
