// Package exec holds the words in which a front end (the Jupyter server, a headless notebook run, a console) and the
// engine speak of one run of one cell. It owns no behaviour: it exists so that front ends do not import the engine,
// nor the engine a front end, and so that either can be tested against a small implementation of the other.
package exec

import "context"

// Request asks for one run of a cell.
type Request struct {
	// Code is the cell's text as the user wrote it, with its magic and shell lines.
	Code string
	// Lane names the queue that the cell comes from; empty for the main one. Runs of one lane follow one another.
	Lane string
	// Count is the number shown beside the cell ("In [3]"); errors name the cell by it.
	Count int
	// Expression says that Code is a single Go expression, to be evaluated without a trace: it defines nothing, is not
	// replayed, and what ran before stays what ran last.
	Expression bool
	// Silent runs the cell without showing its last value.
	Silent bool
	// AllowStdin says whether Output.Input may ask the user; otherwise a read from standard input fails at once.
	AllowStdin bool
}

// Bundle is a MIME bundle as Jupyter defines it: MIME type to content. Text types hold a string, binary types base64
// in a string, JSON types (application/json, application/*+json) any value that encoding/json accepts.
type Bundle map[string]any

// Display is one display_data or, with Update, one update_display_data.
type Display struct {
	Data     Bundle
	Metadata map[string]any
	// ID is Jupyter's transient display_id; empty for a display that is never updated.
	ID     string
	Update bool
}

// Output receives what a run produces, in the order in which the program produced it. The engine calls it from one
// goroutine at a time, and for a goroutine that a cell left behind also after Execute has returned: an implementation
// then publishes under that cell.
type Output interface {
	// Stream takes text written to "stdout" or "stderr"; it is valid UTF-8.
	Stream(name, text string)
	Display(d Display)
	ClearOutput(wait bool)
	// Result takes the value of the cell's last expression (Jupyter's execute_result).
	Result(data Bundle, metadata map[string]any)
	// Input asks the user for a line; it fails when the front end does not allow it or ctx ends.
	Input(ctx context.Context, prompt string, password bool) (string, error)
}

// Failure says why a cell failed, in the three parts of Jupyter's error message.
type Failure struct {
	// Name is the class of the failure; front ends show it.
	Name Kind
	// Value is one line for the user.
	Value string
	// Traceback is the whole text for the user, line by line, with ANSI colours.
	Traceback []string
}

// Error makes a Failure usable where Go wants an error.
func (f *Failure) Error() string { return string(f.Name) + ": " + f.Value }

// Completeness is the answer to "would this text run as it stands?", as in Jupyter's is_complete_reply.
type Completeness struct {
	// Status is "complete", "incomplete", "invalid" or "unknown".
	Status string
	// Indent is the white space to start the next line with when Status is "incomplete".
	Indent string
}

// Engine runs cells. Its methods may be called from several goroutines; the runs of a lane follow one another in the order
// of the calls.
type Engine interface {
	// Execute runs a cell and returns nil, or why it failed. It returns within 2.5 s of Interrupt.
	Execute(ctx context.Context, req Request, out Output) *Failure
	// Interrupt stops the running cells and keeps the session's state; without a running cell it does nothing.
	Interrupt()
	// IsComplete tells whether the text can run as it stands. It never waits for a running cell.
	IsComplete(code string) Completeness
	// Complete says what could stand at the cursor, which counts the text's Unicode code points. It never waits for a
	// running cell, and answers within half a second.
	Complete(ctx context.Context, code string, cursor int) Completions
	// Inspect says what stands at the cursor: at detail 0 what it is and what is written about it, at detail 1 with its
	// source. It never waits for a running cell, and answers within a second.
	Inspect(ctx context.Context, code string, cursor, detail int) Inspection
	// Close ends the session and its processes.
	Close() error
}

// Pager is an output that can show a text apart from what the cell produces, as the answer to "strings.Cut?" is.
type Pager interface {
	Page(data Bundle)
}
