package rt

import "sync"

// A cell's own statements are a script, in which no error goes unheard: generated code takes the
// errors off that they do not look at, and fails the cell with those that are not nil.

// Failure is the panic with which a cell fails because a call returned an error.
type Failure struct {
	Err error
	// Call is the name of the call; "" for the cell's last one, whose value is shown.
	Call string
	// Ran says, with Call, how many of the cell's statements have run to their end.
	Ran int
}

// Error is the text of the error that the call returned.
func (f Failure) Error() string { return f.Err.Error() }

// Unwrap returns the error that the call returned.
func (f Failure) Unwrap() error { return f.Err }

// Heard fails the cell if err is not nil. Call is what returned it, ran how many of the cell's
// statements have run.
func Heard(err error, call string, ran int) {
	if err != nil {
		panic(Failure{err, call, ran})
	}
}

// HeardIn is Heard within the head of an if: it returns true.
func HeardIn(err error, call string, ran int) bool {
	Heard(err, call, ran)
	return true
}

// Taken0 to Taken4 hold what a call returned besides an error.
type (
	Taken0        struct{ err error }
	Taken1[A any] struct {
		a   A
		err error
	}
	Taken2[A, B any] struct {
		a   A
		b   B
		err error
	}
	Taken3[A, B, C any] struct {
		a   A
		b   B
		c   C
		err error
	}
	Taken4[A, B, C, D any] struct {
		a   A
		b   B
		c   C
		d   D
		err error
	}
)

// Take0 to Take4 take what a call returns. They cannot take more, since the results of a call that
// has several are all arguments that a call may have; its name follows with From.
func Take0(err error) Taken0                           { return Taken0{err} }
func Take1[A any](a A, err error) Taken1[A]            { return Taken1[A]{a, err} }
func Take2[A, B any](a A, b B, err error) Taken2[A, B] { return Taken2[A, B]{a, b, err} }
func Take3[A, B, C any](a A, b B, c C, err error) Taken3[A, B, C] {
	return Taken3[A, B, C]{a, b, c, err}
}
func Take4[A, B, C, D any](a A, b B, c C, d D, err error) Taken4[A, B, C, D] {
	return Taken4[A, B, C, D]{a, b, c, d, err}
}

// TakeAll takes what a call returns that nobody wants to have, and whose last result is an error.
func TakeAll(values ...any) Taken0 {
	err, _ := values[len(values)-1].(error)
	return Taken0{err}
}

// From fails the cell with the error, or returns what else the call has returned.
func (t Taken0) From(call string, ran int) { Heard(t.err, call, ran) }

// From fails the cell with the error, or returns what else the call has returned.
func (t Taken1[A]) From(call string, ran int) A {
	Heard(t.err, call, ran)
	return t.a
}

// From fails the cell with the error, or returns what else the call has returned.
func (t Taken2[A, B]) From(call string, ran int) (A, B) {
	Heard(t.err, call, ran)
	return t.a, t.b
}

// From fails the cell with the error, or returns what else the call has returned.
func (t Taken3[A, B, C]) From(call string, ran int) (A, B, C) {
	Heard(t.err, call, ran)
	return t.a, t.b, t.c
}

// From fails the cell with the error, or returns what else the call has returned.
func (t Taken4[A, B, C, D]) From(call string, ran int) (A, B, C, D) {
	Heard(t.err, call, ran)
	return t.a, t.b, t.c, t.d
}

// noted holds the errors of a run that its cell looks at later, or never: a panic on a nil value
// may come from one of them.
type noted struct {
	mu     sync.Mutex
	errors []Failure
}

// notedMost is how many errors of a run are noted, the last ones.
const notedMost = 3

// Note remembers an error that is not nil, and the call that returned it.
func Note(err error, call string) {
	if err != nil {
		note(err, call)
	}
}

func note(err error, call string) {
	e := Current()
	if e == nil {
		return
	}
	n := &e.noted
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.errors = append(n.errors, Failure{Err: err, Call: call}); len(n.errors) > notedMost {
		n.errors = n.errors[1:]
	}
}

// Noted returns the last errors that were noted while the exec ran.
func (e *Exec) Noted() []Failure {
	e.noted.mu.Lock()
	defer e.noted.mu.Unlock()
	return e.noted.errors
}
