package rt

import (
	"context"
	"sync/atomic"
)

// Host is what the worker process offers to the code it runs. Outside a worker there is none.
type Host interface {
	// Publish shows a MIME bundle (see exec.Bundle). With id != "" the display can be updated later by the same id;
	// update says that it is such an update. The output order with what was printed before is kept.
	Publish(data map[string]any, metadata map[string]any, id string, update bool)
	// Result shows the value of the cell's last expression.
	Result(data map[string]any, metadata map[string]any)
	// ClearOutput empties the cell's output area, with wait only when new output comes.
	ClearOutput(wait bool)
	// Context ends when the calling goroutine's cell is interrupted or the session ends.
	Context() context.Context
	// Input asks the user for a line.
	Input(prompt string, password bool) (string, error)
}

var host atomic.Pointer[Host]

// SetHost is called once by the worker process before it runs cells.
func SetHost(h Host) { host.Store(&h) }

// CurrentHost returns the worker's host, or nil in a program that gonbml does not run.
func CurrentHost() Host {
	if h := host.Load(); h != nil {
		return *h
	}
	return nil
}
