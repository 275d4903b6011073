package multicore

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// workers divide work among the cores. One goroutine at a time has them; others that come meanwhile
// do their work alone.
//
// Its goroutines: one less than there are cores, each of which waits for work in helper, from the
// first work on until the process ends. After some work a helper looks out for more for a moment
// before it sleeps, because waking it takes longer than a small step of a computation.
type workers struct {
	// cores is how many goroutines work, the caller's included.
	cores int
	start sync.Once
	// busy is held by the goroutine that has them.
	busy sync.Mutex
	// wake is sent to for each helper that sleeps.
	wake []chan struct{}
	// sleeps says which helpers do.
	sleeps []atomic.Bool
	// round counts the pieces of work; tasks, do and next belong to the current one.
	round   atomic.Uint64
	tasks   int
	do      func(task int)
	next    atomic.Int64
	working atomic.Int64
	// failed is what the first task panicked with that a helper did.
	failed atomic.Pointer[any]
}

// alone works on the calling goroutine only.
var alone *workers

// shared are the process's.
var shared = &workers{cores: runtime.GOMAXPROCS(0)}

// scratches holds what products pack into.
var scratches = sync.Pool{New: func() any { return new(scratch) }}

// count is how many goroutines work.
func (w *workers) count() int {
	if w == nil {
		return 1
	}
	return w.cores
}

// run calls do for each task, in any order and on several goroutines, and returns when all are
// done. If a task panics, run does, when no goroutine works any more.
func (w *workers) run(tasks int, do func(task int)) {
	if tasks < 2 || w.count() < 2 || !w.busy.TryLock() {
		for i := range tasks {
			do(i)
		}
		return
	}
	defer w.busy.Unlock()
	w.start.Do(func() {
		w.wake, w.sleeps = make([]chan struct{}, w.cores-1), make([]atomic.Bool, w.cores-1)
		for i := range w.wake {
			w.wake[i] = make(chan struct{}, 1)
			go w.helper(i)
		}
	})
	w.tasks, w.do = tasks, do
	w.next.Store(0)
	w.working.Store(int64(w.cores - 1))
	w.round.Add(1)
	for i := range w.sleeps {
		if w.sleeps[i].CompareAndSwap(true, false) {
			w.wake[i] <- struct{}{}
		}
	}
	defer func() {
		// Also when the caller's own task has panicked: what the helpers do must end before others
		// have them.
		for w.working.Load() > 0 {
			runtime.Gosched()
		}
		w.do = nil
		if e := w.failed.Swap(nil); e != nil {
			panic(*e)
		}
	}()
	w.take()
}

// take does tasks until none is left.
func (w *workers) take() {
	for i := w.next.Add(1) - 1; i < int64(w.tasks); i = w.next.Add(1) - 1 {
		w.do(int(i))
	}
}

// look is how many times a helper looks out for more work before it sleeps.
const look = 200

func (w *workers) helper(i int) {
	seen := uint64(0)
	for {
		for tries := 0; w.round.Load() == seen; tries++ {
			if tries < look {
				runtime.Gosched()
				continue
			}
			w.sleeps[i].Store(true)
			if w.round.Load() != seen && w.sleeps[i].CompareAndSwap(true, false) {
				break
			}
			<-w.wake[i]
		}
		seen++
		w.help()
	}
}

// help does tasks, and keeps what one panics with for the goroutine that has the workers: here it
// would end the process.
func (w *workers) help() {
	defer w.working.Add(-1)
	defer func() {
		if e := recover(); e != nil {
			w.failed.CompareAndSwap(nil, &e)
		}
	}()
	w.take()
}
