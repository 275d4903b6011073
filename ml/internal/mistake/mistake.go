package mistake

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gonbml/gonbml/ml/internal/extent"
)

// Building calls f, which builds graph nodes, and returns a panic of f as an error.
func Building(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = Of(r)
		}
	}()
	f()
	return nil
}

// Of makes an error of what GoMLX panicked with or returned: the root cause, without the stack
// trace and the names of internal functions around it. An AtLayer is passed on.
func Of(r any) error {
	if err, ok := r.(error); ok {
		if passed, ok := errors.AsType[*AtLayer](err); ok {
			return passed
		}
		for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
			err = inner
		}
		return errors.New(firstLine(err.Error()))
	}
	return errors.New(firstLine(fmt.Sprint(r)))
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

// AtLayer is a mistake at one layer.
type AtLayer struct {
	// Path names the layer.
	Path string
	// In are the shapes of its inputs, Out is the shape that it should return; nil if that does not
	// matter. Both are of one example.
	In  [][]int
	Out []int
	// Err is the reason.
	Err error
}

// Error names the layer, what it was given, what it should return, and the reason.
func (e *AtLayer) Error() string {
	var given []string
	for _, in := range e.In {
		given = append(given, extent.Dims(in))
	}
	s := e.Path
	if len(given) > 0 {
		s += ", given " + strings.Join(given, " and ")
	}
	if e.Out != nil {
		s += fmt.Sprintf(" and expected to return %s", extent.Dims(e.Out))
	}
	return s + ": " + e.Err.Error()
}

// Unwrap returns the reason.
func (e *AtLayer) Unwrap() error { return e.Err }
