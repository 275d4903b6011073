package display

import (
	"fmt"
	"reflect"
	"strings"
)

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
