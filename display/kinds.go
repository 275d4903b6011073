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
		e = unwrapped(e)
	}
	body := "<pre style=\"color: var(--jp-error-color1, #c62828); white-space: pre-wrap\">" + html.EscapeString(text) + "</pre>"
	return HTML(body+"<div "+faint+">"+html.EscapeString(strings.Join(chain, " ← "))+"</div>", text)
}

// unwrapped is errors.Unwrap for an error whose methods are not trusted.
func unwrapped(err error) (inner error) {
	defer func() {
		if recover() != nil {
			inner = nil
		}
	}()
	return errors.Unwrap(err)
}

// typeBundle renders a type: what it is, its size, its fields and its methods.
func typeBundle(t reflect.Type) Bundle {
	var sb strings.Builder
	fmt.Fprintf(&sb, "%s", t)
	if t.Name() != "" && t.Kind().String() != t.Name() {
		fmt.Fprintf(&sb, ": %s", t.Kind())
	}
	if t.Kind() != reflect.Interface {
		fmt.Fprintf(&sb, ", %d bytes", t.Size())
	}
	if t.Kind() == reflect.Struct {
		for i := range t.NumField() {
			if i == 2*ends {
				fmt.Fprintf(&sb, "\n    ... (%d fields)", t.NumField())
				break
			}
			f := t.Field(i)
			fmt.Fprintf(&sb, "\n    %s %s", f.Name, f.Type)
			if f.Tag != "" {
				fmt.Fprintf(&sb, " `%s`", f.Tag)
			}
		}
	}
	receiver := t
	if t.Kind() != reflect.Interface && t.Kind() != reflect.Pointer && t.Name() != "" {
		receiver = reflect.PointerTo(t)
	}
	for i := range receiver.NumMethod() {
		if i == 2*ends {
			fmt.Fprintf(&sb, "\n    ... (%d methods)", receiver.NumMethod())
			break
		}
		m := receiver.Method(i)
		signature := strings.TrimPrefix(m.Type.String(), "func")
		if t.Kind() != reflect.Interface { // the receiver is the first parameter
			_, rest, found := strings.Cut(signature, ", ")
			if m.Type.NumIn() == 1 || !found {
				_, rest, _ = strings.Cut(signature, ")")
				signature = "()" + rest
			} else {
				signature = "(" + rest
			}
		}
		fmt.Fprintf(&sb, "\n    func %s%s", m.Name, signature)
	}
	return Text(cut(sb.String()))
}
