package rt

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
)

// Interrupt is what a panic carries when the user stopped the cell.
type Interrupt struct{}

// Error lets code that recovers the panic print it.
func (Interrupt) Error() string { return "interrupted" }

// stopping is the number of execs that are being interrupted; loops in cells read it at every turn.
var stopping atomic.Int32

// Check is called at every turn of a loop and at the head of every function of cell code.
func Check() {
	if stopping.Load() != 0 {
		checkSlow()
	}
}

// checkSlow stops the goroutine if it belongs to an exec that is being interrupted: other cells' goroutines go on.
func checkSlow() {
	if e := current(); e != nil && e.stop.Load() {
		panic(Interrupt{})
	}
}

// Exec is one run of a cell in the worker. Goroutines that cell code starts belong to the exec that started them.
type Exec struct {
	// ID is the kernel's number of the run.
	ID   int64
	stop atomic.Bool
	// Context ends when the exec is interrupted; set before the exec runs.
	Context context.Context
	// Failed takes the panic of a goroutine that the exec started; set before the exec runs.
	Failed func(e *Exec, value any, stack []byte)
}

// owners maps goroutine numbers to the exec that they belong to.
var owners sync.Map

// Run calls f as the main goroutine of the exec and returns when it ends; a panic passes through.
func (e *Exec) Run(f func()) {
	g := goid()
	owners.Store(g, e)
	defer owners.Delete(g)
	f()
}

// Stop makes the exec's goroutines panic with Interrupt at their next check.
func (e *Exec) Stop() {
	if e.stop.CompareAndSwap(false, true) {
		stopping.Add(1)
	}
}

// Release ends what Stop began, so that checks are cheap again; the exec's goroutines that still run then go on.
func (e *Exec) Release() {
	if e.stop.CompareAndSwap(true, false) {
		stopping.Add(-1)
	}
}

// Stopped says whether Stop was called and Release not yet.
func (e *Exec) Stopped() bool { return e.stop.Load() }

// Current returns the exec that the calling goroutine belongs to, or nil for a goroutine that library code started.
func Current() *Exec { return current() }

func current() *Exec {
	if e, ok := owners.Load(goid()); ok {
		return e.(*Exec)
	}
	return nil
}

// Started is what a go statement of cell code hands to the new goroutine.
type Started struct{ e *Exec }

// Go is evaluated by the goroutine that runs a go statement.
func Go() Started { return Started{current()} }

// Enter is evaluated first by the new goroutine.
func (s Started) Enter() Started {
	if s.e != nil {
		owners.Store(goid(), s.e)
	}
	return s
}

// Leave is deferred by every goroutine that cell code starts: one bare panic in a goroutine would end the process and
// with it all state. It reports the panic under the cell that started the goroutine.
func (s Started) Leave() {
	if r := recover(); r != nil {
		buf := make([]byte, 64<<10)
		buf = buf[:runtime.Stack(buf, false)]
		if s.e != nil && s.e.Failed != nil {
			s.e.Failed(s.e, r, buf)
		} else {
			println("panic in a goroutine:", string(buf))
		}
	}
	owners.Delete(goid())
}

// goid reads the number of the calling goroutine from the head of its stack trace ("goroutine 7 [running]:"), the only
// supported place where the runtime shows it.
func goid() int64 {
	var buf [40]byte
	n := runtime.Stack(buf[:], false)
	var id int64
	for _, c := range buf[len("goroutine "):n] {
		if c < '0' || c > '9' {
			break
		}
		id = id*10 + int64(c-'0')
	}
	return id
}
