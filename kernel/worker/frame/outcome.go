package frame

import "time"

// Outcome is how a run of a cell ended. With all fields but Duration empty it ended well.
type Outcome struct {
	// Panic is set when the cell panicked, and when it called runtime.Goexit.
	Panic *Panic `json:"panic,omitempty"`
	// Failure is set when the cell's last call returned an error, which then is the Panic's value.
	Failure *Panic `json:"failure,omitempty"`
	// Interrupted is set when the cell was stopped; Panic then tells where.
	Interrupted bool `json:"interrupted,omitempty"`
	// Abandoned is set when the cell was to stop and did not: it goes on in the background, and
	// this is the stack of its main goroutine when it was left behind.
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
	// Goexit says that the goroutine ended by runtime.Goexit and there is no value.
	Goexit bool `json:"goexit,omitempty"`
	// Frames is the stack where the panic happened, innermost first.
	Frames []Frame `json:"frames,omitempty"`
	// Stack is the same stack as the runtime prints it.
	Stack string `json:"stack,omitempty"`
}

// Frame is one call on a stack.
type Frame struct {
	// Function is the full name, with the package path.
	Function string `json:"function"`
	// File is as the compiler recorded it; a cell's is what its //line directives say.
	File string `json:"file"`
	Line int    `json:"line"`
}
