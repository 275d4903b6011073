package rt

import "sync"

// vars holds pointers to the variables of all loaded cells.
var vars = struct {
	sync.Mutex
	at map[[2]string]any
}{at: map[[2]string]any{}}

// RegisterVar makes a variable of a cell known by its name and the cell's package path, so that it
// can be inspected from outside. The cell's init calls it with a pointer to the variable.
func RegisterVar(name, path string, pointer any) {
	vars.Lock()
	defer vars.Unlock()
	vars.at[[2]string{name, path}] = pointer
}

// Var returns a pointer to a variable of a loaded cell, or nil.
func Var(name, path string) any {
	vars.Lock()
	defer vars.Unlock()
	return vars.at[[2]string{name, path}]
}

// Busy says whether a goroutine of a cell that has ended is still alive.
func Busy() bool { return late.Load() != 0 }
