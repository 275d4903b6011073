// Package display shows values in a notebook. Any Go value has a rendering (Of), a rendering can be
// published (Show, Publish), and what is published can be replaced in place (Handle). In a program
// that does not run in a notebook, the plain text goes to standard output, so the same code works
// as an ordinary program.
package display

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"sync/atomic"

	"github.com/gonbml/gonbml/session/rt"
)

// Bundle is a rendering, as a map from MIME type to content, like that of Jupyter's display_data.
// The content of text types is a string, that of binary types a string in base64, that of JSON
// types any value that encoding/json accepts.
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

// HTML returns a bundle of an HTML fragment. The text is shown where HTML cannot be.
func HTML(html, text string) Bundle { return Bundle{MIMEHTML: html, MIMEText: text} }

// Markdown returns a bundle of Markdown text.
func Markdown(s string) Bundle { return Bundle{MIMEMarkdown: s, MIMEText: s} }

// SVG returns a bundle of an SVG document. The text is shown where SVG cannot be.
func SVG(svg, text string) Bundle { return Bundle{MIMESVG: svg, MIMEText: text} }

// PNG returns a bundle of an encoded PNG image. The text is shown where the image cannot be.
func PNG(png []byte, text string) Bundle {
	return Bundle{MIMEPNG: base64.StdEncoding.EncodeToString(png), MIMEText: text}
}

// Publish shows a rendering below the running cell.
func Publish(b Bundle) { publish(b, "", false) }

// Interactive says whether a notebook front end shows what is published.
func Interactive() bool { return rt.CurrentHost() != nil }

// Clear empties the output area of the running cell. With wait, it does so only when new output
// comes. Outside a notebook it does nothing.
func Clear(wait bool) {
	if h := rt.CurrentHost(); h != nil {
		h.ClearOutput(wait)
	}
}

// Handle is a place in the notebook whose content can be replaced. The zero value is ready to use.
// Its methods may be called from several goroutines.
type Handle struct {
	id atomic.Pointer[string]
}

var handles atomic.Int64

// Publish shows the rendering at the handle's place. The first call makes the place; later ones
// replace its content, even after the cell that made it has ended.
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
