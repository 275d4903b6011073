// Package notebook reads, runs and writes notebook files (.ipynb, nbformat 4). It owns the file
// format and what Jupyter stores about a run: outputs, how they are merged and updated, execution
// counts, injected parameters. It runs cells only through an exec.Engine, so it knows nothing about
// Go, compilers or sockets. Package webpage turns a notebook into HTML.
//
// A file that Jupyter wrote is written back byte for byte. Unknown fields are kept and the layout
// is that of Jupyter's nbformat, so that in version control a run changes nothing but outputs.
package notebook

import (
	"slices"
	"strings"
)

// Notebook is the content of a notebook file.
type Notebook struct {
	Cells    []*Cell
	Metadata map[string]any
	// Minor is the format's minor version: 5 means nbformat 4.5.
	Minor int

	extra map[string]any // fields of the file that are not known here
}

// The types of cells.
const (
	CodeCell     = "code"
	MarkdownCell = "markdown"
	RawCell      = "raw"
)

// Cell is one cell of a notebook.
type Cell struct {
	// Type is CodeCell, MarkdownCell or RawCell.
	Type string
	// ID identifies the cell. Only nbformat 4.5 has it.
	ID       string
	Source   string
	Metadata map[string]any
	// Attachments are files that Markdown may show, as a map from name to MIME type to content.
	Attachments map[string]map[string]any
	// Count is the number of the run that made Outputs, as in "In [3]". It is 0 if the cell was not
	// run.
	Count   int
	Outputs []*Output

	extra map[string]any
}

// The types of outputs.
const (
	StreamOutput  = "stream"
	DisplayOutput = "display_data"
	ResultOutput  = "execute_result"
	ErrorOutput   = "error"
)

// Output is one output of a code cell. Which fields are used depends on Type.
type Output struct {
	Type string
	// Name and Text are a stream's: "stdout" or "stderr", and what was printed.
	Name, Text string
	// Data and Metadata are those of a display or a result, as maps from MIME type to content, like
	// an exec.Bundle.
	Data, Metadata map[string]any
	// Count is a result's execution count.
	Count int
	// EName, EValue and Traceback are an error's.
	EName, EValue string
	Traceback     []string

	extra map[string]any
}

// Tagged says whether the cell carries a tag.
func (c *Cell) Tagged(tag string) bool {
	tags, _ := c.Metadata["tags"].([]any)
	return slices.Contains(tags, any(tag))
}

// Language returns the programming language that the notebook says it is written in, in lower case.
// It is empty if the notebook does not say.
func (nb *Notebook) Language() string {
	spec, _ := nb.Metadata["kernelspec"].(map[string]any)
	info, _ := nb.Metadata["language_info"].(map[string]any)
	for _, v := range []any{spec["language"], info["name"]} {
		if s, ok := v.(string); ok && s != "" {
			return strings.ToLower(s)
		}
	}
	// Files from before kernelspecs had a language: the names that Go kernels are installed under.
	if name, _ := spec["name"].(string); name != "" {
		if slices.Contains([]string{"gonbml", "gonb", "go", "gophernotes", "lgo"}, name) {
			return "go"
		}
		return strings.ToLower(name)
	}
	return ""
}

// Title returns the notebook's title: that of its metadata, or its first heading, or "".
func (nb *Notebook) Title() string {
	if t, _ := nb.Metadata["title"].(string); t != "" {
		return t
	}
	for _, c := range nb.Cells {
		if c.Type != MarkdownCell {
			continue
		}
		for line := range strings.Lines(c.Source) {
			if text := strings.TrimLeft(line, "#"); text != line && strings.HasPrefix(text, " ") {
				return strings.TrimSpace(strings.TrimRight(strings.TrimSpace(text), "#"))
			}
		}
	}
	return ""
}
