package rt

import (
	"context"
	"io"
	"sync/atomic"
)

// Host is what the worker process offers to the code that it runs. Outside a worker there is no
// host.
type Host interface {
	// Publish shows a MIME bundle (see exec.Bundle). If id is not empty, the display can be updated
	// later under the same id; update says that this is such an update. The order relative to what
	// was printed before is kept.
	Publish(data map[string]any, metadata map[string]any, id string, update bool)
	// Show renders the value of the cell's last expression, or the values of a call with several
	// results. The host does the rendering, so that cells need not link the code for it.
	Show(values []any)
	// Stdout is the standard output for what cells print. Text appears under the cell of the
	// goroutine that writes it.
	Stdout() io.Writer
	// ClearOutput empties the cell's output area. With wait, it does so only when new output comes.
	ClearOutput(wait bool)
	// Context ends when the calling goroutine's cell is interrupted or the session ends.
	Context() context.Context
	// Flag makes room for a command-line flag that cell code defines: a flag of that name goes if a
	// cell has defined it.
	Flag(name string)
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

// Stdout is where fmt.Print in cell code prints to, so that a goroutine's text appears under the
// cell that started it.
func Stdout() io.Writer { return CurrentHost().Stdout() }

// List makes a list of the values that one call returns, so that they can follow other arguments.
func List(values ...any) []any { return values }

// Show shows the values of a cell's last expression.
func Show(values ...any) {
	if h := CurrentHost(); h != nil {
		h.Show(values)
	}
}

// Fail fails the cell if the last of the values, which is an error, is not nil.
func Fail(values ...any) {
	if err, ok := values[len(values)-1].(error); ok && err != nil {
		panic(Failure{Err: err})
	}
}

// ShowOrFail is Show for a call whose last result is an error: nil is left out, and any other error
// fails the cell.
func ShowOrFail(values ...any) {
	Fail(values...)
	if last := len(values) - 1; last > 0 {
		Show(values[:last]...)
	}
}
