// Package notebook reads, runs and writes notebook files (.ipynb, nbformat 4). It owns the file
// format and what Jupyter stores of a run: outputs, their merging and updating, execution counts,
// injected parameters. It runs cells through exec.Engine only, and so knows nothing of Go,
// compilers or sockets; package webpage turns a notebook into HTML.
//
// A file that Jupyter wrote is written back byte for byte: fields that this package does not know
// are kept, and the layout is that of Jupyter's nbformat, so that a run changes nothing in version
// control but outputs.
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

// Types of cells.
const (
	CodeCell     = "code"
	MarkdownCell = "markdown"
	RawCell      = "raw"
)

// Cell is one cell of a notebook.
type Cell struct {
	// Type is CodeCell, MarkdownCell or RawCell.
	Type string
	// ID names the cell; only nbformat 4.5 has it.
	ID       string
	Source   string
	Metadata map[string]any
	// Attachments are files that Markdown may show: name to MIME type to content.
	Attachments map[string]map[string]any
	// Count is the number of the run that made Outputs, as in "In [3]"; 0 when the cell was not
	// run.
	Count   int
	Outputs []*Output

	extra map[string]any
}

// Types of outputs.
const (
	StreamOutput  = "stream"
	DisplayOutput = "display_data"
	ResultOutput  = "execute_result"
	ErrorOutput   = "error"
)

// Output is one output of a code cell. Which fields count depends on Type.
type Output struct {
	Type string
	// Name and Text are a stream's: "stdout" or "stderr", and what was printed.
	Name, Text string
	// Data and Metadata are those of a display or a result: MIME type to content, as in
	// exec.Bundle.
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

// Language returns the programming language that the notebook says it is written in, in lower case;
// empty when it says nothing.
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

// Title returns the notebook's title: its metadata's, else its first heading, else "".
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
