package rt

import (
	"context"
	"io"
	"sync/atomic"
)

// Host is what the worker process offers to the code it runs. Outside a worker there is none.
type Host interface {
	// Publish shows a MIME bundle (see exec.Bundle). With id != "" the display can be updated later
	// by the same id; update says that it is such an update. The output order with what was printed
	// before is kept.
	Publish(data map[string]any, metadata map[string]any, id string, update bool)
	// Show renders the value (or values, of a call with several results) of the cell's last
	// expression. It is the host that renders, so that a cell does not link the code for it.
	Show(values []any)
	// Stdout is standard output for what cells print: text appears under the cell of the goroutine
	// that writes it.
	Stdout() io.Writer
	// ClearOutput empties the cell's output area, with wait only when new output comes.
	ClearOutput(wait bool)
	// Context ends when the calling goroutine's cell is interrupted or the session ends.
	Context() context.Context
	// Flag makes room for a command-line flag that cell code defines: one of that name that a cell
	// has defined goes.
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

// Stdout is what cell code's fmt.Print prints to, so that a goroutine's text appears under the cell
// that started it.
func Stdout() io.Writer { return CurrentHost().Stdout() }

// List makes a list of the several values of one call, which then can follow other arguments.
func List(values ...any) []any { return values }

// Failure is the panic by which a cell fails with the error that its last call returned.
type Failure struct{ Err error }

// Error is the text of the error that the call returned.
func (f Failure) Error() string { return f.Err.Error() }

// Unwrap returns the error that the call returned.
func (f Failure) Unwrap() error { return f.Err }

// Show shows the values of a cell's last expression.
func Show(values ...any) {
	if h := CurrentHost(); h != nil {
		h.Show(values)
	}
}

// Fail fails the cell when the last of the values, which an error is, is not nil.
func Fail(values ...any) {
	if err, ok := values[len(values)-1].(error); ok && err != nil {
		panic(Failure{err})
	}
}

// ShowOrFail is Show for a call whose last result is an error: nil is left out, any other fails the
// cell.
func ShowOrFail(values ...any) {
	Fail(values...)
	if last := len(values) - 1; last > 0 {
		Show(values[:last]...)
	}
}
