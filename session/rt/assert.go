package rt

import (
	"runtime"
	"strings"
)

// Assert is x.(I) for an interface with unexported methods, to which generated code gives exported
// names. If it fails, the text of the panic has the user's names.
func Assert[I any](x any) I {
	i, ok := x.(I)
	if !ok {
		fail[I](x)
	}
	return i
}

func fail[I any](x any) {
	defer func() {
		if err, ok := recover().(*runtime.TypeAssertionError); ok {
			panic(assertionError{err})
		}
	}()
	_ = x.(I)
}

// assertionError is Go's own error in all but its text.
type assertionError struct{ *runtime.TypeAssertionError }

// Error is the text without the mark of generated names.
func (e assertionError) Error() string {
	return strings.Replace(e.TypeAssertionError.Error(), "missing method Ɛ", "missing method ", 1)
}

// Unwrap gives errors.As Go's own error.
func (e assertionError) Unwrap() error { return e.TypeAssertionError }
