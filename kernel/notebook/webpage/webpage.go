// Package webpage writes a notebook as one HTML file that needs nothing else: no server, no
// network, no script. It owns the look of the page and the choice between the renderings of an
// output.
//
// The outputs of a notebook are whatever its cells made, and its Markdown may contain any HTML.
// None of this is filtered. Instead, the page has a content security policy under which browsers
// run no scripts and load nothing but pictures.
package webpage

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/gonbml/gonbml/kernel/notebook"
)

// Options say how to write a notebook.
type Options struct {
	// Dir is the notebook's folder. Pictures in it that the notebook's Markdown names are embedded
	// in the page. Empty means none.
	Dir string
	// Name is the notebook's file name. It is shown at the end of the page, and is the page's title
	// if the notebook has no heading.
	Name string
}

//go:embed page.html
var pageText string

//go:embed page.css
var pageStyle string

var page = template.Must(template.New("page").Parse(pageText))

// view is what the page's template shows.
type view struct {
	Title, Name string
	Style       template.CSS
	Cells       []cellView
}

// cellView is one cell; its parts are HTML already.
type cellView struct {
	Markdown template.HTML
	// Code is nil-like (empty) for Markdown and raw cells.
	Code    template.HTML
	Raw     string
	Count   int
	Outputs []outputView
}

// outputView is one output.
type outputView struct {
	Count int
	Class string
	HTML  template.HTML
}

// Write writes the page.
func Write(w io.Writer, nb *notebook.Notebook, o Options) error {
	v := view{Title: nb.Title(), Name: o.Name}
	if v.Title == "" {
		v.Title = o.Name
	}
	style, err := highlightStyle()
	if err != nil {
		return err
	}
	v.Style = template.CSS(pageStyle + style)
	md := newMarkdown(o.Dir)
	for i, c := range nb.Cells {
		cv, err := md.cell(c)
		if err != nil {
			return fmt.Errorf("cell %d: %w", i+1, err)
		}
		v.Cells = append(v.Cells, cv)
	}
	return page.Execute(w, v)
}

// cell renders one cell.
func (m *markdown) cell(c *notebook.Cell) (v cellView, err error) {
	switch c.Type {
	case notebook.MarkdownCell:
		v.Markdown, err = m.render(c.Source, c.Attachments)
	case notebook.RawCell:
		v.Raw = c.Source
	default:
		v.Count = c.Count
		if v.Code, err = highlightCell(c.Source); err != nil {
			return v, err
		}
		for _, o := range c.Outputs {
			ov, err := m.output(o)
			if err != nil {
				return v, err
			}
			if ov.HTML != "" {
				v.Outputs = append(v.Outputs, ov)
			}
		}
	}
	return v, err
}

// WriteFile writes the page to a file, either whole or not at all.
func WriteFile(path string, nb *notebook.Notebook, o Options) error {
	var b bytes.Buffer
	if err := Write(&b, nb, o); err != nil {
		return fmt.Errorf("web page %s: %w", path, err)
	}
	if err := notebook.ReplaceFile(path, b.Bytes()); err != nil {
		return fmt.Errorf("write web page: %w", err)
	}
	return nil
}
