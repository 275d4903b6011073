package multicore

import (
	"sync/atomic"
	"testing"
)

// TestPanickingTask: a task's panic is the caller's, whichever goroutine did the task, and the
// workers work on.
func TestPanickingTask(t *testing.T) {
	w := &workers{cores: 4}
	for i := range 200 {
		func() {
			defer func() {
				if e := recover(); e != "of a task" {
					t.Fatalf("expected the panic of a task. Got %v", e)
				}
			}()
			w.run(100, func(task int) {
				if task == i%100 {
					panic("of a task")
				}
			})
		}()
		var done atomic.Int64
		w.run(100, func(int) { done.Add(1) })
		if n := done.Load(); n != 100 {
			t.Fatalf("expected 100 tasks done after a panic. Got %d", n)
		}
	}
}
