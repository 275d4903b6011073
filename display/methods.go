package display

import (
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"reflect"
)

// method is one way in which a value can say how it looks.
type method struct {
	name, mime string
	// call returns the content, and false if the value has no such method.
	call func(v any) (content any, ok bool, err error)
}

// methods are tried in this order; all that the value has take part.
var methods = []method{
	{"HTML", MIMEHTML, func(v any) (any, bool, error) {
		m, ok := v.(interface{ HTML() string })
		if !ok {
			return nil, false, nil
		}
		return m.HTML(), true, nil
	}},
	{"Markdown", MIMEMarkdown, func(v any) (any, bool, error) {
		m, ok := v.(interface{ Markdown() string })
		if !ok {
			return nil, false, nil
		}
		return m.Markdown(), true, nil
	}},
	{"Latex", MIMELatex, func(v any) (any, bool, error) {
		m, ok := v.(interface{ Latex() string })
		if !ok {
			return nil, false, nil
		}
		return m.Latex(), true, nil
	}},
	{"SVG", MIMESVG, func(v any) (any, bool, error) {
		m, ok := v.(interface{ SVG() string })
		if !ok {
			return nil, false, nil
		}
		return m.SVG(), true, nil
	}},
	{"PNG", MIMEPNG, func(v any) (any, bool, error) {
		switch m := v.(type) {
		case interface{ PNG() []byte }:
			return m.PNG(), true, nil
		case interface{ PNG() ([]byte, error) }:
			data, err := m.PNG()
			return data, true, err
		}
		return nil, false, nil
	}},
	{"JPEG", MIMEJPEG, func(v any) (any, bool, error) {
		switch m := v.(type) {
		case interface{ JPEG() []byte }:
			return m.JPEG(), true, nil
		case interface{ JPEG() ([]byte, error) }:
			data, err := m.JPEG()
			return data, true, err
		}
		return nil, false, nil
	}},
	{"MIMEBundle", "", func(v any) (any, bool, error) {
		switch m := v.(type) {
		case interface{ MIMEBundle() map[string]any }:
			return m.MIMEBundle(), true, nil
		case interface{ MIMEBundle() Bundle }:
			return map[string]any(m.MIMEBundle()), true, nil
		}
		return nil, false, nil
	}},
}

// own renders a value by its own methods, also those of its pointer; nil if it has none.
func own(v any) Bundle {
	if b := ownMethods(v); b != nil {
		return b
	}
	if t := reflect.TypeOf(v); t.Kind() != reflect.Pointer && t.Name() != "" && t.Kind() != reflect.Interface && reflect.PointerTo(t).NumMethod() > t.NumMethod() {
		p := reflect.New(t)
		p.Elem().Set(reflect.ValueOf(v))
		return ownMethods(p.Interface())
	}
	return nil
}

func ownMethods(v any) Bundle {
	var b Bundle
	var failures string
	for _, m := range methods {
		content, ok, err := guarded(m, v)
		if !ok {
			continue
		}
		if b == nil {
			b = Bundle{}
		}
		if err != nil {
			if isNil(v) {
				return Text("<nil>")
			}
			failures += fmt.Sprintf("%T.%s: %s\n", v, m.name, sprint(err))
			continue
		}
		if all, ok := content.(map[string]any); ok {
			maps.Copy(b, all)
		} else {
			b[m.mime] = content
		}
	}
	if b == nil {
		return nil
	}
	for mime, content := range b {
		if raw, ok := content.([]byte); ok {
			if mime == MIMEText || mime == MIMEHTML || mime == MIMESVG || mime == MIMEMarkdown || mime == MIMELatex {
				b[mime] = string(raw)
			} else {
				b[mime] = base64.StdEncoding.EncodeToString(raw)
			}
		}
	}
	if failures != "" {
		b[MIMEText] = failures
	} else if _, ok := b[MIMEText]; !ok {
		b[MIMEText] = fallbackText(v)
	}
	return b
}

// guarded calls a method of a value; a panic is an error.
func guarded(m method, v any) (content any, ok bool, err error) {
	defer func() {
		if wrong := caught(recover()); wrong != "" {
			content, ok, err = nil, true, errors.New(wrong)
		}
	}()
	return m.call(v)
}

// fallbackText stands for a value where its own rendering cannot be shown: what it prints itself,
// else its type.
func fallbackText(v any) string {
	if printsItself(reflect.TypeOf(v)) {
		return textOf(v)
	}
	return fmt.Sprintf("%T", v)
}
