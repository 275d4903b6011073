package rt

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// A method that calls itself without end would overflow its goroutine's stack, which ends the
// process. So goroutines are watched while they call methods of values on the kernel's behalf.

// How deep a watched goroutine may go: so many calls when all stacks together have so many bytes.
// The second pair is for calls that have much on the stack.
const (
	deepStacks, deepCalls   = 60 << 20, 30_000
	largeStacks, largeCalls = 250 << 20, 500
)

// checksPerLook is at which of the checks a watched goroutine's depth is looked at.
const checksPerLook = 128

var (
	watching atomic.Int32 // watches that have not ended; stopping counts them too
	checks   atomic.Uint32
	watches  sync.Map // goroutine number to its *Watching
	stacks   atomic.Pointer[func() uint64]
	seen     atomic.Uint64 // bytes of all stacks at the last look
)

// Endless is the value that is reported for a goroutine which was ended because of a call without
// end. It was no panic: package fmt recovers those, and would make ever longer texts of them.
type Endless struct{}

// Error is the text that is reported.
func (Endless) Error() string { return "a method of a value calls itself without end" }

// SetStacks sets what tells how many bytes all stacks take. The worker process calls it once.
func SetStacks(bytes func() uint64) { stacks.Store(&bytes) }

// Watching is one watch over the calling goroutine.
type Watching struct {
	goroutine int64 // 0 for a watch within a watch
	endless   bool
}

// Watch watches over the calling goroutine while it calls methods that may be of a cell's making,
// until End. A call without end in them ends the goroutine.
func Watch() *Watching {
	w := &Watching{}
	if stacks.Load() == nil {
		return w
	}
	g := goid()
	if _, within := watches.LoadOrStore(g, w); within {
		return w
	}
	w.goroutine = g
	watching.Add(1)
	stopping.Add(1)
	return w
}

// End ends the watch, and says whether the goroutine ends because of a call without end.
func (w *Watching) End() bool {
	if w.goroutine != 0 {
		watches.Delete(w.goroutine)
		w.goroutine = 0
		stopping.Add(-1)
		watching.Add(-1)
	}
	return w.endless
}

// checkDepth ends the calling goroutine if it is watched and too deep.
func checkDepth() {
	if checks.Add(1)%checksPerLook != 0 {
		return
	}
	// A stack that grows doubles. What is asked of a stack below costs more the deeper it is.
	bytes := (*stacks.Load())()
	if seen.Swap(bytes) == bytes || bytes < deepStacks {
		return
	}
	var pc [1]uintptr
	if runtime.Callers(deepCalls, pc[:]) == 0 && (bytes < largeStacks || runtime.Callers(largeCalls, pc[:]) == 0) {
		return
	}
	g := goid()
	found, ok := watches.Load(g)
	if !ok || found.(*Watching).endless {
		return
	}
	found.(*Watching).endless = true
	if e := OwnerOf(g); e != nil {
		e.endless.Store(g)
	}
	runtime.Goexit()
}

// Endless says whether the calling goroutine, which is one of the exec's, ends because of a call
// without end.
func (e *Exec) Endless() bool { return e.endless.Load() == goid() }
