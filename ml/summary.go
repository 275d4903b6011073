package ml

import (
	"errors"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/gonbml/gonbml/ml/internal/extent"
)

// Summary is a table of a model's layers. As a cell's last expression it is shown as a table;
// String is the same in text.
type Summary struct {
	// Rows are the layers in order.
	Rows []SummaryRow
	// Trainable counts the numbers in weights that training changes, Fixed those in the others:
	// weights of frozen layers, and statistics.
	Trainable, Fixed int
	// Chain says that each layer takes the result of the one before, so that the table need not say
	// so.
	Chain bool
}

// SummaryRow is one layer.
type SummaryRow struct {
	// Name is the layer's name, by which Freeze knows it.
	Name string
	// Layer is the layer as its constructor was called.
	Layer string
	// Shape is that of the output, with "batch" first.
	Shape string
	// Trainable and Fixed count the numbers in its weights.
	Trainable, Fixed int
	// From are the names of the layers whose results it takes, in order; those of all its uses if
	// it is shared.
	From []string
}

// Summary returns the table of layers, output shapes and weights. It needs a model whose input is
// known: one that begins with an Input layer, or was trained or loaded. It makes no weights, so
// that the seed of a later Fit still decides about them.
func (m *Model) Summary() (Summary, error) {
	if err := m.enterCell(); err != nil {
		return Summary{}, fmt.Errorf("ml: Summary: %w", err)
	}
	defer m.leave()
	if m.built {
		return m.summary(), nil
	}
	in := m.declared()
	if in == nil {
		return Summary{}, errors.New("ml: Summary: expected a model whose input is known. Begin it with layers.Input(...), or call Fit first")
	}
	twin := newModel(m.network, m.mistake)
	twin.inners = nil // they keep what they have
	if err := twin.build(in, 0); err != nil {
		return Summary{}, err
	}
	return twin.summary(), nil
}

func (m *Model) summary() Summary {
	s := Summary{Chain: m.chain}
	for _, p := range m.layers {
		if p.implicit {
			continue
		}
		row := SummaryRow{Name: p.name, Layer: p.String()}
		var shapes []string
		for _, c := range m.calls {
			if c.placed != p {
				continue
			}
			if shape := extent.Dims(c.out); !slices.Contains(shapes, shape) {
				shapes = append(shapes, shape)
			}
			for _, f := range c.from {
				row.From = append(row.From, m.calls[f].name)
			}
		}
		row.Shape = strings.Join(shapes, ", ")
		for v := range m.store.Scope(modelScope).In("%s", p.name).IterVariables() {
			if v.Trainable {
				row.Trainable += v.Shape().Size()
			} else {
				row.Fixed += v.Shape().Size()
			}
		}
		s.Rows = append(s.Rows, row)
		s.Trainable += row.Trainable
		s.Fixed += row.Fixed
	}
	return s
}

// header names the columns.
func (s Summary) header() []string {
	columns := []string{"name", "layer", "output shape", "weights", "trained"}
	if !s.Chain {
		columns = append(columns, "connected to")
	}
	return columns
}

// cells are a row's.
func (s Summary) cells(r SummaryRow) []string {
	cells := []string{r.Name, r.Layer, r.Shape, strconv.Itoa(r.Trainable + r.Fixed), r.trained()}
	if !s.Chain {
		cells = append(cells, strings.Join(r.From, ", "))
	}
	return cells
}

// String is the table in text.
func (s Summary) String() string {
	rows := [][]string{s.header()}
	for _, r := range s.Rows {
		rows = append(rows, s.cells(r))
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			fmt.Fprintf(&line, "%-*s  ", widths[i], cell)
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String() + s.total()
}

// trained says how much of the layer is trained.
func (r SummaryRow) trained() string {
	switch {
	case r.Trainable+r.Fixed == 0:
		return "-"
	case r.Fixed == 0:
		return "yes"
	case r.Trainable == 0:
		return "no"
	}
	return fmt.Sprintf("%d of them", r.Trainable)
}

func (s Summary) total() string {
	return fmt.Sprintf("%d weights, %d of them trained, %.1f KB as float32\n", s.Trainable+s.Fixed, s.Trainable, float64(s.Trainable+s.Fixed)*4/1024)
}

// MIMEBundle returns the table as HTML and as text.
func (s Summary) MIMEBundle() map[string]any {
	var b strings.Builder
	line := func(tag string, cells []string) {
		b.WriteString("<tr>")
		for _, c := range cells {
			fmt.Fprintf(&b, "<%s>%s</%s>", tag, html.EscapeString(c), tag)
		}
		b.WriteString("</tr>")
	}
	b.WriteString("<table><thead>")
	line("th", s.header())
	b.WriteString("</thead><tbody>")
	for _, r := range s.Rows {
		line("td", s.cells(r))
	}
	fmt.Fprintf(&b, "</tbody></table><p>%s</p>", strings.TrimSpace(s.total()))
	return map[string]any{"text/html": b.String(), "text/plain": s.String()}
}
