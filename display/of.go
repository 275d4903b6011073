package display

import (
	"fmt"
	"image"
	"reflect"
	"strings"
)

// Of renders any value. The first of these rules that fits applies:
//
//   - a Bundle is used as it is;
//   - a value with any of the methods MIMEBundle, HTML, Markdown, Latex, SVG, PNG or JPEG decides
//     itself how it looks; several of them make one bundle, from which the front end takes what it
//     shows best;
//   - an image.Image becomes a PNG, scaled down if it is very large;
//   - a tensor shows its shape, its first and last values, and their range;
//   - slices of structs and of maps, matrices (gonum's, too), records of Arrow and maps become
//     tables (see Table);
//   - an error shows what it wraps, and a reflect.Type its fields and methods;
//   - everything else is text, as fmt.Print prints it; long text is cut in the middle of a
//     repetition, or at its end.
//
// If a method of the value panics, the cell does not fail; the text says so.
func Of(v any) (b Bundle) {
	if wrong := trusting(func() { b = of(v) }); wrong != "" {
		return Text(fmt.Sprintf("%T: %s", v, wrong))
	}
	return b
}

func of(v any) Bundle {
	switch v := v.(type) {
	case nil:
		return Text("<nil>")
	case Bundle:
		return v
	}
	if b := own(v); b != nil {
		return b
	}
	if img, ok := v.(image.Image); ok && !isNil(v) {
		return Image(img)
	}
	if b := tensorOf(v); b != nil {
		return b
	}
	if t := foreignTable(v); t != nil {
		return t.bundle()
	}
	switch v := v.(type) {
	case []byte:
		return Text(bytesText(v))
	case reflect.Type:
		if !isNil(v) {
			return typeBundle(v)
		}
	case error:
		if !isNil(v) {
			return errorBundle(v)
		}
	}
	if !printsItself(reflect.TypeOf(v)) {
		if t := tableOf(reflect.ValueOf(v)); t != nil {
			return t.bundle()
		}
	}
	return Text(textOf(v))
}

// Values renders the values of one expression: a single value as Of does, several values as a line
// of text.
func Values(values ...any) Bundle {
	if len(values) == 1 {
		return Of(values[0])
	}
	texts := make([]string, len(values))
	for i, v := range values {
		b := Of(v)
		text, ok := b[MIMEText].(string)
		if !ok {
			text = fmt.Sprintf("%T", v)
			if wrong := trusting(func() { text = textOf(v) }); wrong != "" {
				text += ": " + wrong
			}
		}
		texts[i] = text
	}
	return Text(cut(strings.Join(texts, " ")))
}

// Show publishes the rendering of each value below the running cell.
func Show(values ...any) {
	for _, v := range values {
		Publish(Of(v))
	}
}

// Image returns a bundle of the image as a PNG. Its text gives the image's type and size.
func Image(img image.Image) (b Bundle) {
	if wrong := trusting(func() { b = imageBundle(img) }); wrong != "" {
		return Text(fmt.Sprintf("%T: %s", img, wrong))
	}
	return b
}

func imageBundle(img image.Image) Bundle {
	size := img.Bounds().Size()
	text := fmt.Sprintf("%T %dx%d", img, size.X, size.Y)
	if small, ok := reduced(img); ok {
		img = small
		text += fmt.Sprintf(", shown as %dx%d", img.Bounds().Dx(), img.Bounds().Dy())
	}
	raw, err := encodePNG(img)
	if err != nil {
		return Text(text + ": " + err.Error())
	}
	return PNG(raw, text)
}

// isNil says whether an interface value holds a nil pointer or the like.
func isNil(v any) bool {
	switch rv := reflect.ValueOf(v); rv.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan, reflect.Interface:
		return rv.IsNil()
	}
	return false
}
