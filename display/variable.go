package display

import (
	"fmt"
	"image"
	"reflect"
	"strconv"
)

// Variable is a summary of a variable, for those who do not want to see all of it.
type Variable struct {
	Name string `json:"name"`
	// Type is the type as the user's program spells it.
	Type string `json:"type"`
	// Shape is the dimensions of a tensor, matrix, list of lists or image, or the length of
	// anything else that has one. It is "" for a single value.
	Shape string `json:"shape,omitempty"`
	// Bytes is the memory that the value takes up, as far as it was examined. Partial says that
	// there is more.
	Bytes   int64 `json:"bytes"`
	Partial bool  `json:"partial,omitempty"`
	// Value is the beginning of the value as text.
	Value string `json:"value"`
}

// Describe looks at the variable that pointer points to. With changing set, other goroutines may be
// writing to it at the same time. Then only those parts are read that can be read safely (numbers,
// lengths, the beginnings of lists of numbers), no method of the value is called, and maps and
// whatever lies behind pointers are left alone.
func Describe(name, typ string, pointer any, changing bool) (d Variable) {
	d = Variable{Name: name, Type: typ}
	v := reflect.ValueOf(pointer).Elem()
	if changing {
		// A text or list that is replaced while it is read may seem to lie where nothing is.
		if wrong := trusting(func() {
			d.Bytes, d.Shape, d.Value = shallowSize(v), shallowShape(v), plainText(v)
			d.Partial = leadsOn(v.Type())
		}); wrong != "" {
			d.Value = "(cannot be read: " + wrong + ")"
		}
		return d
	}
	var wrong string
	for _, look := range []func(){
		func() { d.Bytes, d.Partial = sizeOf(v) },
		func() { d.Shape = shapeOf(v) },
		func() { d.Value = previewOf(v) },
	} {
		if w := trusting(look); w != "" {
			wrong = w
		}
	}
	if wrong != "" {
		d.Value = "(cannot be read: " + wrong + ")"
	}
	return d
}

// shapeOf is the shape of any value.
func shapeOf(v reflect.Value) string {
	for v.Kind() == reflect.Interface && !v.IsNil() {
		v = v.Elem()
	}
	if v.CanInterface() && v.Kind() != reflect.Interface {
		x := v.Interface()
		if elem, dims, ok := tensorShape(x); ok {
			return fmt.Sprintf("%v %s", dims, elem)
		}
		if !isNil(x) {
			switch x := x.(type) {
			case matrix:
				rows, columns := x.Dims()
				return fmt.Sprintf("%d x %d", rows, columns)
			case image.Image:
				size := x.Bounds().Size()
				return fmt.Sprintf("%d x %d", size.X, size.Y)
			case record:
				return fmt.Sprintf("%d x %d", x.NumRows(), x.NumCols())
			}
		}
	}
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && v.Elem().Kind() != reflect.Pointer && v.Elem().Kind() != reflect.Interface {
			return shapeOf(v.Elem())
		}
	case reflect.Map:
		return strconv.Itoa(v.Len())
	case reflect.Slice, reflect.Array:
		if k := v.Type().Elem().Kind(); (k == reflect.Slice || k == reflect.Array) && v.Len() > 0 {
			return fmt.Sprintf("%d x %s", v.Len(), rowShape(v))
		}
	}
	return shallowShape(v)
}

// rowShape is the shape of the first row of a list of lists. A list may hold itself.
func rowShape(v reflect.Value) string {
	shape := ""
	for depth := 0; depth < deepest; depth++ {
		if v = v.Index(0); v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
			break
		}
		if depth > 0 {
			shape += " x "
		}
		if shape += strconv.Itoa(v.Len()); v.Len() == 0 {
			break
		}
	}
	return shape
}

// deepest is how many dimensions a list of lists is looked at for.
const deepest = 16

// shallowShape is the length of a value that has one in itself.
func shallowShape(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Slice, reflect.Array, reflect.String:
		return strconv.Itoa(v.Len())
	case reflect.Chan:
		return fmt.Sprintf("%d of %d", v.Len(), v.Cap())
	}
	return ""
}

// previewOf is the beginning of any value as text.
func previewOf(v reflect.Value) string {
	if v.Kind() == reflect.Interface && v.IsNil() {
		return "<nil>"
	}
	inner := v
	for inner.Kind() == reflect.Interface && !inner.IsNil() {
		inner = inner.Elem()
	}
	if inner.CanInterface() {
		x := inner.Interface()
		if b := tensorOf(x); b != nil {
			text, _ := b[MIMEText].(string)
			return shorten(text)
		}
		if _, ok := x.(matrix); ok && !isNil(x) {
			return ""
		}
		if _, ok := x.(image.Image); ok && !isNil(x) {
			return fmt.Sprintf("%T", x)
		}
		switch inner.Kind() {
		case reflect.Func:
			if inner.IsNil() {
				return "<nil>"
			}
			return inner.Type().String()
		case reflect.Pointer, reflect.Chan:
			if !printsItself(inner.Type()) {
				return shorten(textOf(x))
			}
		case reflect.Slice:
			if raw, ok := x.([]byte); ok {
				return shorten(bytesText(raw))
			}
		case reflect.String:
			if !printsItself(inner.Type()) {
				return shorten(strconv.Quote(inner.String()[:min(inner.Len(), 4*widest)]))
			}
		}
	}
	return cellText(inner)
}

// plainText is the beginning of a value that may be changing: numbers, and lists and structs of
// them.
func plainText(v reflect.Value) string {
	const most = 10
	switch k := v.Kind(); {
	case k == reflect.Bool:
		return strconv.FormatBool(v.Bool())
	case isNumber(k), k == reflect.Uintptr:
		switch {
		case v.CanInt():
			return strconv.FormatInt(v.Int(), 10)
		case v.CanUint():
			return strconv.FormatUint(v.Uint(), 10)
		case v.CanFloat():
			return strconv.FormatFloat(v.Float(), 'g', 6, 64)
		}
		return strconv.FormatComplex(v.Complex(), 'g', 6, 128)
	case k == reflect.String:
		return shorten(strconv.Quote(string([]byte(v.String()[:min(v.Len(), 4*widest)]))))
	case k == reflect.Slice || k == reflect.Array:
		if hasPointers(v.Type().Elem()) {
			return ""
		}
		text := "["
		for i := range min(v.Len(), most) {
			if i > 0 {
				text += " "
			}
			text += plainText(v.Index(i))
		}
		if v.Len() > most {
			text += " ..."
		}
		return shorten(text + "]")
	case k == reflect.Struct && !hasPointers(v.Type()):
		text := "{"
		for i := range v.NumField() {
			if i > 0 {
				text += " "
			}
			text += plainText(v.Field(i))
		}
		return shorten(text + "}")
	}
	return ""
}

// Pointed renders the value of the variable that pointer points to, as Of does.
func Pointed(pointer any) (b Bundle) {
	defer func() {
		if wrong := caught(recover()); wrong != "" {
			b = Text("cannot be shown: " + wrong)
		}
	}()
	return Of(reflect.ValueOf(pointer).Elem().Interface())
}
