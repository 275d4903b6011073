package display

import (
	"fmt"
	"runtime/debug"

	"github.com/gonbml/gonbml/session/rt"
)

// Methods of values are not trusted: they may panic, even with a value that panics when it is
// printed, or lead to memory that is not there. One that calls itself without end ends the
// goroutine, not the process.

// trusting calls f, which calls methods of a value. It returns what went wrong, "" for nothing. An
// interrupt of the cell is not the value's doing and goes on.
func trusting(f func()) (wrong string) {
	defer rt.Watch().End()
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if text := caught(recover()); text != "" {
			wrong = text
		}
	}()
	f()
	return ""
}

// caught is the text of a panic of a value's method, "" for nil. An interrupt of the cell goes on.
func caught(value any) string {
	switch value.(type) {
	case nil:
		return ""
	case rt.Interrupt:
		panic(value)
	}
	return "panic: " + sprint(value)
}

// sprint is fmt.Sprint for any value: fmt gives up where printing a panic panics.
func sprint(v any) (text string) {
	defer func() {
		switch r := recover(); r.(type) {
		case nil:
		case rt.Interrupt:
			panic(r)
		default:
			text = fmt.Sprintf("a value of type %T, whose methods panic", v)
		}
	}()
	return fmt.Sprint(v)
}
