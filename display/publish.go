// Package display shows values in a notebook: any Go value has a rendering (Of), a rendering can be
// published (Show, Publish) and a published one can be replaced in place (Handle). In a program
// that does not run in a notebook the plain text form goes to standard output, so that the same
// code serves as an ordinary program.
package display

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"sync/atomic"

	"github.com/gonbml/gonbml/session/rt"
)

// Bundle is a rendering: MIME type to content, as in Jupyter's display_data. Text types hold a
// string, binary types base64 in a string, JSON types any value that encoding/json accepts.
type Bundle map[string]any

// MIME types that front ends render.
const (
	MIMEText     = "text/plain"
	MIMEHTML     = "text/html"
	MIMEMarkdown = "text/markdown"
	MIMELatex    = "text/latex"
	MIMESVG      = "image/svg+xml"
	MIMEPNG      = "image/png"
	MIMEJPEG     = "image/jpeg"
	MIMEJSON     = "application/json"
	MIMEVegaLite = "application/vnd.vegalite.v5+json"
)

// Text returns a bundle of plain text.
func Text(s string) Bundle { return Bundle{MIMEText: s} }

// HTML returns a bundle of an HTML fragment; text stands for it where HTML cannot be shown.
func HTML(html, text string) Bundle { return Bundle{MIMEHTML: html, MIMEText: text} }

// Markdown returns a bundle of Markdown text.
func Markdown(s string) Bundle { return Bundle{MIMEMarkdown: s, MIMEText: s} }

// SVG returns a bundle of an SVG document; text stands for it where it cannot be shown.
func SVG(svg, text string) Bundle { return Bundle{MIMESVG: svg, MIMEText: text} }

// PNG returns a bundle of an encoded PNG image; text stands for it where it cannot be shown.
func PNG(png []byte, text string) Bundle {
	return Bundle{MIMEPNG: base64.StdEncoding.EncodeToString(png), MIMEText: text}
}

// Publish shows a rendering below the running cell.
func Publish(b Bundle) { publish(b, "", false) }

// Interactive says whether a notebook front end shows what is published.
func Interactive() bool { return rt.CurrentHost() != nil }

// Clear empties the output area of the running cell, with wait only when new output comes. Outside
// a notebook it does nothing.
func Clear(wait bool) {
	if h := rt.CurrentHost(); h != nil {
		h.ClearOutput(wait)
	}
}

// Handle is one place in the notebook whose content can be replaced. The zero value is ready to
// use; methods may be called from several goroutines.
type Handle struct {
	id atomic.Pointer[string]
}

var handles atomic.Int64

// Publish shows the rendering at the handle's place: the first call makes the place, later ones
// replace its content, also when the cell that made it has ended.
func (h *Handle) Publish(b Bundle) {
	if id := h.id.Load(); id != nil {
		publish(b, *id, true)
		return
	}
	id := "gonbml-" + strconv.FormatInt(handles.Add(1), 36) + "-" + instance
	if h.id.CompareAndSwap(nil, &id) {
		publish(b, id, false)
	} else {
		publish(b, *h.id.Load(), true)
	}
}

func publish(b Bundle, id string, update bool) {
	if h := rt.CurrentHost(); h != nil {
		h.Publish(b, nil, id, update)
		return
	}
	if text, ok := b[MIMEText].(string); ok {
		fmt.Println(text)
	}
}
