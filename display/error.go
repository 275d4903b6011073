package display

import (
	"errors"
	"fmt"
	"html"
	"reflect"
	"strings"
)

// faint is the style of what is said about a value rather than by it, legible in light and dark
// themes.
const faint = `style="color: var(--jp-ui-font-color2, inherit); opacity: 0.8"`

// errorBundle renders an error: its text, and in HTML the types of the errors that it wraps.
func errorBundle(err error) Bundle {
	text := textOf(err)
	var chain []string
	for e := err; e != nil && len(chain) < 10; {
		chain = append(chain, fmt.Sprintf("%T", e))
		inner := unwrapped(e)
		if inner != nil && reflect.TypeOf(inner).Comparable() && same(inner, e) {
			break // it wraps itself
		}
		e = inner
	}
	body := "<pre style=\"color: var(--jp-error-color1, #c62828); white-space: pre-wrap\">" + html.EscapeString(text) + "</pre>"
	return HTML(body+"<div "+faint+">"+html.EscapeString(strings.Join(chain, " ← "))+"</div>", text)
}

// unwrapped is errors.Unwrap for an error whose methods are not trusted.
func unwrapped(err error) (inner error) {
	defer func() {
		if caught(recover()) != "" {
			inner = nil
		}
	}()
	return errors.Unwrap(err)
}

// same says whether the errors are one. Comparing panics if an interface in them holds what cannot
// be compared.
func same(a, b error) (equal bool) {
	defer func() { _ = recover() }()
	return a == b
}
