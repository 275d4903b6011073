package progress

import (
	"fmt"
	"html"
	"math"
	"strings"
	"time"
)

// Epoch is the record of an epoch that has ended.
type Epoch struct {
	Number int
	Values []Value
	Took   time.Duration
}

// validationPrefix marks the figures on validation data: val_loss belongs to loss.
const validationPrefix = "val_"

// HistoryHTML returns the curves of the epochs and, below them, a table of the last epochs.
func HistoryHTML(epochs []Epoch) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<div style="%s">%s`, css, curves(thin(epochs)))
	n := &Notebook{}
	n.rows = epochs
	if hidden := len(epochs) - shownEpochs; hidden > 0 {
		n.rows, n.dropped = epochs[hidden:], hidden
	}
	n.table(&b, State{}, true)
	b.WriteString("</div>")
	return b.String()
}

// Chart is a drawing for a notebook.
type Chart struct{ html, text string }

// HTML returns the drawing as a part of a page.
func (c Chart) HTML() string { return c.html }

// String returns the text that is shown where nothing can be drawn.
func (c Chart) String() string { return c.text }

// Curves draws the curves of the epochs. With fewer than two epochs there are none.
func Curves(epochs []Epoch) Chart {
	text := fmt.Sprintf("[curves of %d epochs]", len(epochs))
	if len(epochs) < 2 {
		return Chart{"<i>no curves before the second epoch</i>", text}
	}
	return Chart{fmt.Sprintf(`<div style="%s">%s</div>`, css, curves(thin(epochs))), text}
}

// The size of a panel, and of the margins for its numbers, in pixels.
const (
	panelWidth, panelHeight = 300, 150
	marginLeft, marginFoot  = 46, 20
	marginHead              = 20
)

// curves draws a panel for each figure: training as a line, validation dashed. The ink is the
// page's own text colour, so that light and dark pages both show it. With fewer than two epochs
// there is nothing to draw.
func curves(epochs []Epoch) string {
	if len(epochs) < 2 {
		return ""
	}
	var b strings.Builder
	b.WriteString(`<div style="display:flex;flex-wrap:wrap;margin-top:.6em">`)
	for _, v := range epochs[0].Values {
		if strings.HasPrefix(v.Name, validationPrefix) {
			continue
		}
		panel(&b, v.Name, series(epochs, v.Name), series(epochs, validationPrefix+v.Name), epochs)
	}
	b.WriteString(`</div>`)
	return b.String()
}

// series returns a figure over the epochs, NaN where it was not recorded; nil if it never was.
func series(epochs []Epoch, name string) []float64 {
	var values []float64
	for i, e := range epochs {
		for _, v := range e.Values {
			if v.Name == name {
				for len(values) < i {
					values = append(values, math.NaN())
				}
				values = append(values, v.Value)
			}
		}
	}
	return values
}

// finite says whether a value has a place in a chart.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

func panel(b *strings.Builder, name string, training, validation []float64, epochs []Epoch) {
	low, high := math.Inf(1), math.Inf(-1)
	for _, values := range [][]float64{training, validation} {
		for _, v := range values {
			if finite(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if low > high {
		return
	}
	if low == high {
		low, high = low-0.5, high+0.5
	}
	first, last := epochs[0].Number, epochs[len(epochs)-1].Number
	x := func(i int) float64 {
		return marginLeft + float64(epochs[i].Number-first)*(panelWidth-marginLeft-8)/float64(max(1, last-first))
	}
	y := func(v float64) float64 {
		return marginHead + (high-v)/(high-low)*(panelHeight-marginHead-marginFoot)
	}
	fmt.Fprintf(b, `<svg width="%d" height="%d" style="margin-right:1em" fill="currentColor" font-size="11" font-family="system-ui,sans-serif">`, panelWidth, panelHeight)
	fmt.Fprintf(b, `<text x="%d" y="12">%s</text>`, marginLeft, html.EscapeString(name))
	if len(validation) > 0 {
		fmt.Fprintf(b, `<text x="%d" y="12" text-anchor="end"><tspan fill="#2f7ed8">training</tspan> <tspan fill="#d9822b">validation</tspan></text>`, panelWidth-8)
	}
	for _, v := range []float64{low, (low + high) / 2, high} {
		fmt.Fprintf(b, `<path d="M%d %.1fH%d" stroke="currentColor" opacity=".2"/><text x="%d" y="%.1f" text-anchor="end" opacity=".7">%.3g</text>`, marginLeft, y(v), panelWidth-8, marginLeft-5, y(v)+4, v)
	}
	fmt.Fprintf(b, `<text x="%d" y="%d" opacity=".7">%d</text><text x="%d" y="%d" text-anchor="end" opacity=".7">%d</text>`, marginLeft, panelHeight-5, first, panelWidth-8, panelHeight-5, last)
	line := func(values []float64, style string) {
		var points []string
		for i, v := range values {
			if finite(v) {
				points = append(points, fmt.Sprintf("%.1f,%.1f", x(i), y(v)))
			}
		}
		fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke-width="2" %s/>`, strings.Join(points, " "), style)
	}
	line(training, `stroke="#2f7ed8"`)
	if len(validation) > 0 {
		line(validation, `stroke="#d9822b" stroke-dasharray="5 3"`)
	}
	b.WriteString("</svg>")
}
