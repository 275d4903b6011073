package display

import (
	"fmt"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// longestText is how much text one value is shown with, in bytes.
	longestText = 20_000
	// manyElements is how many elements a value may have, all levels together, to be printed in
	// full.
	manyElements = 1000
	// ends is how many elements are shown at each end of a long list.
	ends = 10
)

// textOf is the text of any value, as fmt prints it, but never much of it.
func textOf(v any) string {
	if v == nil {
		return "<nil>"
	}
	rv := reflect.ValueOf(v)
	if !printsItself(rv.Type()) {
		switch rv.Kind() {
		case reflect.Func:
			return fmt.Sprintf("%T", v)
		case reflect.Chan:
			if !rv.IsNil() {
				return fmt.Sprintf("%T with %d of %d elements", v, rv.Len(), rv.Cap())
			}
		case reflect.String:
			return cut(rv.String())
		}
		pointed := ""
		if rv.Kind() == reflect.Pointer && !rv.IsNil() && rv.Elem().Kind() >= reflect.Array {
			pointed, rv = "&", rv.Elem() // fmt follows a pointer at the top
		}
		if count(rv, manyElements) > manyElements {
			var sb strings.Builder
			sb.WriteString(pointed)
			abbreviate(&sb, rv)
			return cut(sb.String())
		}
	}
	return cut(sprint(v))
}

// printsItself says whether fmt asks the type's own methods how to print a value.
func printsItself(t reflect.Type) bool {
	return t.Implements(errorType) || t.Implements(stringerType) || t.Implements(formatterType)
}

var (
	errorType     = reflect.TypeFor[error]()
	stringerType  = reflect.TypeFor[fmt.Stringer]()
	formatterType = reflect.TypeFor[fmt.Formatter]()
)

// cut shortens a text to the longest that is shown and says how much is missing.
func cut(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= longestText {
		return s
	}
	n := longestText
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return fmt.Sprintf("%s ... (%d more bytes)", s[:n], len(s)-n)
}

// count counts elements and fields on all levels, as far as limit, following what fmt would follow.
func count(v reflect.Value, limit int) int {
	n := 1
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		if k := v.Type().Elem().Kind(); k < reflect.Array || k == reflect.String && v.Len() > limit {
			return n + v.Len() // numbers and the like
		}
		for i := 0; i < v.Len() && n <= limit; i++ {
			n += count(v.Index(i), limit-n)
		}
	case reflect.Map:
		for it := v.MapRange(); n <= limit && it.Next(); {
			n += count(it.Key(), limit-n) + count(it.Value(), limit-n)
		}
	case reflect.Struct:
		for i := 0; i < v.NumField() && n <= limit; i++ {
			n += count(v.Field(i), limit-n)
		}
	case reflect.Interface:
		if !v.IsNil() {
			n += count(v.Elem(), limit-n)
		}
	case reflect.Pointer:
		// fmt follows a pointer only at the top, where it is to a composite; below it prints an
		// address.
	case reflect.String:
		n += v.Len() / 20
	}
	return n
}

// abbreviate prints a value as fmt does, with only the ends of long lists.
func abbreviate(sb *strings.Builder, v reflect.Value) {
	if sb.Len() > longestText {
		return // cut makes an end
	}
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		sb.WriteByte('[')
		for i := 0; i < v.Len(); i++ {
			if i > 0 {
				sb.WriteByte(' ')
			}
			if v.Len() > 2*ends+1 && i == ends {
				sb.WriteString("... ")
				i = v.Len() - ends
			}
			abbreviate(sb, v.Index(i))
		}
		sb.WriteByte(']')
		if v.Len() > 2*ends+1 {
			fmt.Fprintf(sb, " (%d elements)", v.Len())
		}
	case reflect.Map:
		sb.WriteString("map[")
		for i, e := range sortedEntries(v) {
			if i == 2*ends {
				break
			}
			if i > 0 {
				sb.WriteByte(' ')
			}
			abbreviate(sb, e.key)
			sb.WriteByte(':')
			abbreviate(sb, e.value)
		}
		if v.Len() > 2*ends {
			sb.WriteString(" ...")
		}
		sb.WriteByte(']')
		if v.Len() > 2*ends {
			fmt.Fprintf(sb, " (%d keys)", v.Len())
		}
	case reflect.Struct:
		if v.CanInterface() && printsItself(v.Type()) {
			sb.WriteString(cut(sprint(v.Interface())))
			return
		}
		sb.WriteByte('{')
		for i := 0; i < v.NumField(); i++ {
			if i > 0 {
				sb.WriteByte(' ')
			}
			abbreviate(sb, v.Field(i))
		}
		sb.WriteByte('}')
	case reflect.Interface:
		if v.IsNil() {
			sb.WriteString("<nil>")
			return
		}
		abbreviate(sb, v.Elem())
	case reflect.String:
		sb.WriteString(cut(v.String()))
	default:
		sb.WriteString(sprint(v))
	}
}

// textual says whether bytes are text, the last rune of which may be cut off.
func textual(raw []byte) bool {
	for cut := 0; cut < utf8.UTFMax && cut <= len(raw); cut++ {
		if utf8.Valid(raw[:len(raw)-cut]) {
			return true
		}
	}
	return false
}

// bytesText shows bytes as quoted text where they are text, else in hexadecimal, the first of them
// only.
func bytesText(raw []byte) string {
	const most = 64
	if len(raw) == 0 {
		return "[] (0 bytes)"
	}
	if textual(raw[:min(len(raw), 4096)]) && !strings.ContainsFunc(string(raw[:min(len(raw), 4096)]), func(r rune) bool { return !unicode.IsPrint(r) && !unicode.IsSpace(r) }) {
		return cut(fmt.Sprintf("%q", raw[:min(len(raw), longestText)])) + fmt.Sprintf(" (%d bytes)", len(raw))
	}
	text := fmt.Sprintf("% x", raw[:min(len(raw), most)])
	if len(raw) > most {
		text += " ..."
	}
	return text + fmt.Sprintf(" (%d bytes)", len(raw))
}
