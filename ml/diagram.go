package ml

import (
	"fmt"
	"html"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/gonbml/gonbml/ml/internal/extent"
)

// Diagram is a drawing of a model's layers and how values pass through them, from the inputs at the
// top to the outputs at the bottom. As a cell's last expression it is shown; SVG is the same as
// text.
type Diagram struct {
	boxes         []box
	lines         [][]point
	width, height float64
}

// box is a layer's rectangle with lines of text in it; an empty one is a place through which a line
// passes.
type box struct {
	point
	width float64
	text  []string
	row   int
	// above are the boxes from which values come.
	above []int
}

type point struct{ x, y float64 }

// The measures, in pixels. Texts are set in a font whose characters are at most charWidth wide.
const (
	boxHeight, rowGap, boxGap, pathWidth = 58.0, 34.0, 28.0, 12.0
	charWidth, boxMargin, drawingMargin  = 7.3, 12.0, 10.0
)

// Plot draws the model. It needs a model whose input is known, as Summary does.
func (m *Model) Plot() (Diagram, error) {
	if _, err := m.Summary(); err != nil { // sets the shapes
		return Diagram{}, err
	}
	if err := m.enterCell(); err != nil {
		return Diagram{}, fmt.Errorf("ml: Plot: %w", err)
	}
	defer m.leave()
	d := Diagram{}
	at := make([]int, len(m.calls))
	for i, c := range m.calls {
		b := box{text: []string{c.name, c.String(), extent.Dims(c.out)}}
		if c.implicit {
			b.text = []string{c.name, extent.Dims(c.out)}
		}
		for _, f := range c.from {
			b.row = max(b.row, d.boxes[at[f]].row+1)
		}
		for _, f := range c.from {
			b.above = append(b.above, d.path(at[f], b.row))
		}
		for _, line := range b.text {
			b.width = max(b.width, float64(utf8.RuneCountInString(line))*charWidth+2*boxMargin)
		}
		at[i] = len(d.boxes)
		d.boxes = append(d.boxes, b)
	}
	d.arrange()
	return d, nil
}

// path leads a value from a box down to the row above the given one, by empty boxes, and returns
// the last.
func (d *Diagram) path(from, row int) int {
	for r := d.boxes[from].row + 1; r < row; r++ {
		d.boxes = append(d.boxes, box{row: r, width: pathWidth, above: []int{from}})
		from = len(d.boxes) - 1
	}
	return from
}

// arrange puts the boxes of a row beside one another, in the order of the middle of what is above
// each, and joins them by lines.
func (d *Diagram) arrange() {
	var rows [][]int
	for i, b := range d.boxes {
		for len(rows) <= b.row {
			rows = append(rows, nil)
		}
		rows[b.row] = append(rows[b.row], i)
	}
	middle := func(i int) float64 {
		var sum float64
		for _, a := range d.boxes[i].above {
			sum += d.boxes[a].x
		}
		return sum / float64(max(1, len(d.boxes[i].above)))
	}
	widths := make([]float64, len(rows))
	for r, row := range rows {
		slices.SortStableFunc(row, func(a, b int) int {
			switch x, y := middle(a), middle(b); {
			case x < y:
				return -1
			case x > y:
				return 1
			}
			return 0
		})
		// x counts from the row's middle, so that rows stand one below the other.
		for _, i := range row {
			widths[r] += d.boxes[i].width
		}
		widths[r] += boxGap * float64(len(row)-1)
		x := -widths[r] / 2
		for _, i := range row {
			b := &d.boxes[i]
			b.point = point{x + b.width/2, drawingMargin + float64(r)*(boxHeight+rowGap)}
			x += b.width + boxGap
		}
	}
	d.width = slices.Max(widths) + 2*drawingMargin
	d.height = float64(len(rows))*(boxHeight+rowGap) - rowGap + 2*drawingMargin
	for i := range d.boxes {
		d.boxes[i].x += d.width / 2
	}
	for _, b := range d.boxes {
		for _, a := range b.above {
			d.lines = append(d.lines, []point{{d.boxes[a].x, d.boxes[a].y + boxHeight}, b.point})
			if b.text == nil {
				d.lines = append(d.lines, []point{b.point, {b.x, b.y + boxHeight}})
			}
		}
	}
}

// SVG returns the drawing.
func (d Diagram) SVG() string {
	var s strings.Builder
	fmt.Fprintf(&s, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" font-family="monospace" font-size="12">`,
		d.width, d.height, d.width, d.height)
	for _, l := range d.lines {
		// Half way down, so that lines leave and reach boxes upright.
		half := (l[0].y + l[1].y) / 2
		fmt.Fprintf(&s, `<path d="M%.1f %.1f C%.1f %.1f %.1f %.1f %.1f %.1f" fill="none" stroke="#888" stroke-width="1.5"/>`,
			l[0].x, l[0].y, l[0].x, half, l[1].x, half, l[1].x, l[1].y)
	}
	for _, b := range d.boxes {
		if b.text == nil {
			continue
		}
		fmt.Fprintf(&s, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.0f" rx="6" fill="#eef3fb" stroke="#4a6fa5"/>`, b.x-b.width/2, b.y, b.width, boxHeight)
		for i, line := range b.text {
			weight := ""
			if i == 0 {
				weight = ` font-weight="bold"`
			}
			y := b.y + boxHeight/2 + 4 + 17*(float64(i)-float64(len(b.text)-1)/2)
			fmt.Fprintf(&s, `<text x="%.1f" y="%.1f" text-anchor="middle" fill="#1b2a41"%s>%s</text>`, b.x, y, weight, html.EscapeString(line))
		}
	}
	s.WriteString("</svg>")
	return s.String()
}

// Save writes the drawing to an SVG file.
func (d Diagram) Save(path string) error {
	if err := os.WriteFile(path, []byte(d.SVG()), 0o666); err != nil {
		return fmt.Errorf("ml: saving the model's drawing: %w", err)
	}
	return nil
}

// MIMEBundle returns the drawing as SVG, and the layers' names as text.
func (d Diagram) MIMEBundle() map[string]any {
	var names []string
	for _, b := range d.boxes {
		if b.text != nil {
			names = append(names, b.text[0])
		}
	}
	return map[string]any{"image/svg+xml": d.SVG(), "text/plain": "Diagram(" + strings.Join(names, ", ") + ")"}
}
