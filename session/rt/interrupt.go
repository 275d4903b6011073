package rt

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Interrupt is the value of a panic that stops a cell on the user's behalf.
type Interrupt struct{}

// Error lets code that recovers the panic print it.
func (Interrupt) Error() string { return "interrupted" }

// stopping is the number of execs that are being interrupted and of goroutines that are watched
// (see Watch); loops in cells read it at every turn.
var stopping atomic.Int32

// Check is called at every turn of every loop and at the head of every function in cell code.
func Check() {
	if stopping.Load() != 0 {
		checkSlow()
	}
}

// checkSlow stops the goroutine if it belongs to an exec that is being interrupted: other cells'
// goroutines go on.
func checkSlow() {
	if n := watching.Load(); n != 0 {
		if checkDepth(); stopping.Load() == n {
			return
		}
	}
	e := current()
	if e == nil || !e.stop.Load() {
		return
	}
	// What a cell defers must be able to clean up: the panic is not repeated at once.
	g, now := goid(), time.Now()
	if t, ok := e.raised.Load(g); ok && now.Sub(t.(time.Time)) < grace {
		return
	}
	e.raised.Store(g, now)
	panic(Interrupt{})
}

// grace is how long the deferred functions of an interrupted goroutine run undisturbed.
const grace = 500 * time.Millisecond

// Exec is one run of a cell in the worker. Goroutines that cell code starts belong to the exec that
// started them.
type Exec struct {
	// ID is the number that the kernel has given the run.
	ID     int64
	stop   atomic.Bool
	raised sync.Map // goroutine number to the time of its last Interrupt
	// The main goroutine has begun and not ended; true only while busy counts the exec.
	running atomic.Bool
	endless atomic.Int64 // the last goroutine that a call without end has ended

	mu    sync.Mutex
	held  int // see Hold
	live  int // goroutines that cell code started and that have not ended
	ended bool
	noted noted
	// Context ends when the exec is interrupted. It is set before the exec runs.
	Context context.Context
	// Failed is called with the panic of a goroutine that the exec started. It is set before the
	// exec runs.
	Failed func(e *Exec, value any, stack []byte)
	// Quiet is called when the exec and all goroutines that its cell code started have ended. It is
	// set before the exec runs.
	Quiet func(e *Exec)
}

// owners maps goroutine numbers to the exec that they belong to.
var owners sync.Map

// Run calls f as the main goroutine of the exec and returns when f ends. A panic passes through.
func (e *Exec) Run(f func()) {
	g := goid()
	owners.Store(g, e)
	defer owners.Delete(g)
	busy.Add(1)
	defer busy.Add(-1)
	e.running.Store(true)
	defer e.running.Store(false)
	defer e.end()
	f()
}

// late is the number of goroutines that live on after the exec that started them has ended.
var late atomic.Int64

func (e *Exec) end() {
	e.mu.Lock()
	e.ended = true
	late.Add(int64(e.live))
	quiet := e.live+e.held == 0
	e.mu.Unlock()
	if quiet && e.Quiet != nil {
		e.Quiet(e)
	}
}

// count notes that a goroutine of the exec has begun (1) or ended (-1).
func (e *Exec) count(n int) {
	e.mu.Lock()
	e.live += n
	if e.ended {
		late.Add(int64(n))
	}
	quiet := e.ended && e.live+e.held == 0
	e.mu.Unlock()
	if quiet && e.Quiet != nil {
		e.Quiet(e)
	}
}

// Hold, with 1, keeps the exec from becoming quiet, because code may yet be run on its behalf; with
// -1 it ends that.
func (e *Exec) Hold(n int) {
	e.mu.Lock()
	e.held += n
	quiet := e.ended && e.live+e.held == 0
	e.mu.Unlock()
	if quiet && e.Quiet != nil {
		e.Quiet(e)
	}
}

// Started is for a goroutine that library code starts on behalf of the exec. The goroutine counts
// as one of the cell's.
func (e *Exec) Started() Started {
	if e != nil {
		e.count(1)
	}
	return Started{e}
}

// busy is the number of execs whose main goroutine has not ended.
var busy atomic.Int64

// front is the exec that text belongs to which is written to the output streams.
var front atomic.Pointer[Exec]

// SetFront says which exec is in front. The host calls it.
func SetFront(e *Exec) { front.Store(e) }

// Aside returns the exec of the calling goroutine if what the goroutine prints must not go to the
// output streams, because that exec has ended or another one is in front. Otherwise it returns nil.
func Aside() *Exec {
	// In this order, because an exec that ends becomes late before it stops being busy.
	if frontAlone() && late.Load() == 0 {
		return nil
	}
	e := current()
	if e == nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.ended && e == front.Load() {
		return nil
	}
	return e
}

// frontAlone says whether no exec is busy but the one in front.
func frontAlone() bool {
	f := front.Load()
	if f == nil || !f.running.Load() {
		return busy.Load() == 0
	}
	return busy.Load() == 1 && f.running.Load() // still: an end in between leaves another alone
}

// Stop makes the exec's goroutines panic with Interrupt at their next check.
func (e *Exec) Stop() {
	if e.stop.CompareAndSwap(false, true) {
		stopping.Add(1)
	}
}

// Release undoes Stop, so that checks are cheap again. Goroutines of the exec that are still
// running then go on.
func (e *Exec) Release() {
	if e.stop.CompareAndSwap(true, false) {
		stopping.Add(-1)
	}
}

// Stopped says whether Stop has been called without Release.
func (e *Exec) Stopped() bool { return e.stop.Load() }

// Current returns the exec to which the calling goroutine belongs, or nil for a goroutine that
// library code started.
func Current() *Exec { return current() }

func current() *Exec { return OwnerOf(goid()) }

// OwnerOf returns the exec to which the goroutine with this number belongs, or nil.
func OwnerOf(goroutine int64) *Exec {
	if e, ok := owners.Load(goroutine); ok {
		return e.(*Exec)
	}
	return nil
}

// Started is what a go statement in cell code hands to the new goroutine.
type Started struct{ e *Exec }

// Go is evaluated by the goroutine that runs a go statement.
func Go() Started {
	e := current()
	if e != nil {
		e.count(1)
	}
	return Started{e}
}

// Enter is evaluated first by the new goroutine.
func (s Started) Enter() Started {
	if s.e != nil {
		owners.Store(goid(), s.e)
	}
	return s
}

// Leave is deferred by every goroutine that cell code starts, because an unrecovered panic in a
// goroutine would end the process and all state with it. Leave reports the panic under the cell
// that started the goroutine.
func (s Started) Leave() {
	r := recover()
	if r == nil && s.e != nil && s.e.endless.Load() != 0 && s.e.Endless() {
		r = Endless{}
	}
	if r != nil {
		buf := make([]byte, 64<<10)
		buf = buf[:runtime.Stack(buf, false)]
		if s.e != nil && s.e.Failed != nil {
			s.e.Failed(s.e, r, buf)
		} else {
			println("panic in a goroutine:", string(buf))
		}
	}
	owners.Delete(goid())
	if s.e != nil {
		s.e.count(-1)
	}
}

// goid reads the number of the calling goroutine from the head of its stack trace ("goroutine 7
// [running]:"), the only supported place where the runtime shows it.
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
