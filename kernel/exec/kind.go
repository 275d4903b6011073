package exec

// Kind is the class of a failure, as users and front ends read it: Jupyter's ename.
type Kind string

// The kinds of failure.
const (
	// CompileError says that the cell is not right Go, or that a package which it imports is
	// missing or broken: nothing of it has run.
	CompileError Kind = "CompileError"
	// CommandError says that a line of the cell which is not Go was not carried out.
	CommandError Kind = "CommandError"
	// Panic says that the cell's code ended by a panic.
	Panic Kind = "Panic"
	// ReturnedError says that a call returned an error which the cell does not look at.
	ReturnedError Kind = "Error"
	// NoValue says that an expression, which was to be evaluated, has no value.
	NoValue Kind = "NoValue"
	// Interrupted says that the cell was interrupted, before it began or while it ran.
	Interrupted Kind = "Interrupted"
	// WorkerExit says that the process in which cells run has ended, and with it the values of all
	// cells.
	WorkerExit Kind = "WorkerExit"
	// EngineError says that the session itself could not do its work; the cell may be right.
	EngineError Kind = "EngineError"
)
