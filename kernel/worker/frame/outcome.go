package frame

import "time"

// Outcome is how a run of a cell ended. If all fields but Duration are empty, it ended well.
type Outcome struct {
	// Panic is set if the cell panicked or called runtime.Goexit.
	Panic *Panic `json:"panic,omitempty"`
	// Failure is set if the cell failed because a call returned an error, which then is the value
	// of Panic.
	Failure *Panic `json:"failure,omitempty"`
	// Interrupted is set if the cell was stopped. Panic then says where.
	Interrupted bool `json:"interrupted,omitempty"`
	// Abandoned is set if the cell should have stopped and did not. It goes on in the background;
	// this is the stack of its main goroutine at the moment when it was left behind.
	Abandoned string `json:"abandoned,omitempty"`
	// AbandonedAt are the frames of that stack.
	AbandonedAt []Frame `json:"abandoned_at,omitempty"`
	// Duration is how long the run took.
	Duration time.Duration `json:"duration"`
}

// Panic reports a panic.
type Panic struct {
	// Value is the panic's value as fmt prints it, such as the text of an error.
	Value string `json:"value"`
	// Type is the Go type of the value, such as "runtime.boundsError".
	Type string `json:"type"`
	// Runtime says that the value is a runtime.Error.
	Runtime bool `json:"runtime,omitempty"`
	// Call is the name of the call that returned the value, if the cell failed because it did and
	// it was not the cell's last call. Ran says how many of the cell's statements had run by then.
	Call string `json:"call,omitempty"`
	Ran  int    `json:"ran,omitempty"`
	// Noted are errors, with the calls that returned them, from which a panic on a nil value may
	// come.
	Noted []string `json:"noted,omitempty"`
	// Goexit says that the goroutine ended by runtime.Goexit, so there is no value.
	Goexit bool `json:"goexit,omitempty"`
	// Frames is the stack where the panic happened, innermost first.
	Frames []Frame `json:"frames,omitempty"`
	// Stack is the same stack, as the runtime prints it.
	Stack string `json:"stack,omitempty"`
}

// Frame is one call on a stack.
type Frame struct {
	// Function is the full name, with the package path.
	Function string `json:"function"`
	// File is the name that the compiler recorded. For a cell it is what the //line directives say.
	File string `json:"file"`
	Line int    `json:"line"`
}
