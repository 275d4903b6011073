package ml

import (
	"errors"
	"fmt"
	"html"
	"strings"
	"text/tabwriter"
)

// Summary is a table of a model's layers. As a cell's last expression it is shown as a table; String is the same in text.
type Summary struct {
	// Rows are the layers in order.
	Rows []SummaryRow
	// Trainable and Fixed count the numbers in weights that training changes, and in the others: of frozen layers, and statistics.
	Trainable, Fixed int
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
}

// Summary returns the table of layers, output shapes and weights. It needs a model whose input is known: one that begins with an Input layer,
// or was trained or loaded. It makes no weights, so that the seed of a later Fit still decides about them.
func (m *Model) Summary() (Summary, error) {
	m.mustEnter()
	defer m.mu.Unlock()
	if m.built {
		return m.summary(), nil
	}
	in, ok := m.layers[0].Layer.(*InputLayer)
	if !ok {
		return Summary{}, errors.New("ml: Summary: expected a model whose input is known. Begin it with ml.Input(...), or call Fit first")
	}
	twin := Sequential(m.Layers()...)
	for i, p := range m.layers {
		twin.layers[i].frozen = p.frozen
	}
	if err := twin.build(in.Shape, 0); err != nil {
		return Summary{}, err
	}
	return twin.summary(), nil
}

func (m *Model) summary() Summary {
	var s Summary
	for _, p := range m.layers {
		row := SummaryRow{Name: p.name, Layer: p.String(), Shape: dims(p.out)}
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

// String is the table in text.
func (s Summary) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "name\tlayer\toutput shape\tweights\ttrained")
	for _, r := range s.Rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\n", r.Name, r.Layer, r.Shape, r.Trainable+r.Fixed, r.trained())
	}
	w.Flush()
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
	b.WriteString("<table><thead><tr><th>name</th><th>layer</th><th>output shape</th><th>weights</th><th>trained</th></tr></thead><tbody>")
	for _, r := range s.Rows {
		fmt.Fprintf(&b, "<tr><td>%s</td><td>%s</td><td>%s</td><td>%d</td><td>%s</td></tr>",
			html.EscapeString(r.Name), html.EscapeString(r.Layer), r.Shape, r.Trainable+r.Fixed, r.trained())
	}
	fmt.Fprintf(&b, "</tbody></table><p>%s</p>", strings.TrimSpace(s.total()))
	return map[string]any{"text/html": b.String(), "text/plain": s.String()}
}
