package rt

import (
	"sync"
	"unsafe"
)

// Box holds a value. Something in the process refers to the box for good, while the value can be
// replaced.
type Box struct {
	mu sync.RWMutex
	v  any
}

// NewBox returns a box that holds the value.
func NewBox(v any) *Box { return &Box{v: v} }

// Get returns the value.
func (b *Box) Get() any {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.v
}

// Set replaces the value.
func (b *Box) Set(v any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.v = v
}

// NoOwner is the owner of what belongs to the process itself.
var NoOwner unsafe.Pointer

// kept holds the boxes that cell code has registered, by whom it was registered with and under
// which name.
var kept sync.Map

type keptKey struct {
	owner unsafe.Pointer
	name  string
}

// Keep remembers a box that was registered.
func Keep(owner unsafe.Pointer, name string, b *Box) { kept.Store(keptKey{owner, name}, b) }

// Kept returns the box that was registered.
func Kept(owner unsafe.Pointer, name string) (b *Box, ok bool) {
	v, ok := kept.Load(keptKey{owner, name})
	if !ok {
		return nil, false
	}
	return v.(*Box), true
}

// Flag makes room for a command-line flag that cell code defines, and returns its name.
func Flag(name string) string {
	if h := CurrentHost(); h != nil {
		h.Flag(name)
	}
	return name
}
