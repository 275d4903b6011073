package plot

import (
	"fmt"
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/gonbml/gonbml/ml/report"
)

// Confusion draws a confusion matrix: a row for each true class, a column for each predicted class,
// darker where there are more examples. The shade is the share of the row, so that rare classes are
// visible, too.
func Confusion(c *report.Confusion) (*Figure, error) {
	n := len(c.Classes)
	if n == 0 {
		return nil, fmt.Errorf("plot: expected a confusion matrix with classes. Got an empty one")
	}
	title := fmt.Sprintf("confusion matrix, %.2f%% of %d right", 100*c.Accuracy(), c.Total())
	p := newPlot(title, "predicted class", "true class")
	var columns, rows plot.ConstantTicks
	for i, name := range c.Classes {
		columns = append(columns, plot.Tick{Value: float64(i), Label: name})
		rows = append(rows, plot.Tick{Value: float64(n - 1 - i), Label: name})
	}
	p.X.Tick.Marker, p.Y.Tick.Marker = columns, rows
	p.X.Tick.Length, p.Y.Tick.Length = 0, 0
	p.X.LineStyle.Width, p.Y.LineStyle.Width = 0, 0
	if n > 12 {
		p.X.Tick.Label.Rotation = math.Pi / 3
		p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = text.XRight, text.YCenter
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = -0.5, float64(n)-0.5, -0.5, float64(n)-0.5
	p.Add(&matrix{c})
	side := max(4, min(9, 1.2+0.4*float64(n)))
	return render(title, vg.Length(side)*vg.Inch, vg.Length(side*0.92)*vg.Inch, confusionVega(title, c), p)
}

// matrix is the plotter of the cells.
type matrix struct{ c *report.Confusion }

// Plot draws the cells and their counts.
func (m *matrix) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	n := len(m.c.Classes)
	style := text.Style{Font: font.Font{Typeface: "Liberation", Variant: "Sans", Size: vg.Points(9)}, XAlign: text.XCenter, YAlign: text.YCenter, Handler: p.TextHandler}
	for t, row := range m.c.Counts {
		for pred, k := range row {
			part := share(row, k)
			at := vg.Rectangle{Min: vg.Point{X: x(float64(pred) - 0.5), Y: y(float64(n-1-t) - 0.5)}, Max: vg.Point{X: x(float64(pred) + 0.5), Y: y(float64(n-1-t) + 0.5)}}
			// The square root makes the few errors visible beside the many right ones.
			c.SetColor(blend(math.Sqrt(part)))
			c.Fill(at.Path())
			c.SetColor(color.White)
			c.SetLineWidth(vg.Points(1))
			c.Stroke(at.Path())
			if k == 0 || n > 20 {
				continue
			}
			style.Color = ink
			if part > 0.3 {
				style.Color = color.White
			}
			c.FillText(style, vg.Point{X: (at.Min.X + at.Max.X) / 2, Y: (at.Min.Y + at.Max.Y) / 2}, fmt.Sprint(k))
		}
	}
}

// share is a count's part of its row.
func share(row []int, k int) float64 {
	sum := 0
	for _, v := range row {
		sum += v
	}
	if sum == 0 {
		return 0
	}
	return float64(k) / float64(sum)
}

func confusionVega(title string, c *report.Confusion) map[string]any {
	var rows []any
	for t, row := range c.Counts {
		for p, k := range row {
			rows = append(rows, map[string]any{"true": c.Classes[t], "predicted": c.Classes[p], "examples": k, "share": share(row, k)})
		}
	}
	axis := func(field, title string) map[string]any {
		return map[string]any{"field": field, "type": "nominal", "title": title, "sort": c.Classes, "axis": map[string]any{"labelAngle": 0}}
	}
	side := min(520, 60+34*len(c.Classes))
	return vegaChart(title, map[string]any{
		"width": side, "height": side, "data": map[string]any{"values": rows},
		"encoding": map[string]any{"x": axis("predicted", "predicted class"), "y": axis("true", "true class")},
		"layer": []any{
			map[string]any{
				"mark": map[string]any{"type": "rect", "tooltip": map[string]any{"content": "data"}},
				"encoding": map[string]any{"color": map[string]any{"field": "share", "type": "quantitative", "legend": nil,
					"scale": map[string]any{"type": "sqrt", "domain": []int{0, 1}, "range": []string{"#ffffff", hex(strong)}}}},
			},
			map[string]any{
				"transform": []any{map[string]any{"filter": "datum.examples > 0"}},
				"mark":      map[string]any{"type": "text"},
				"encoding": map[string]any{
					"text":  map[string]any{"field": "examples"},
					"color": map[string]any{"condition": map[string]any{"test": "datum.share > 0.3", "value": "white"}, "value": hex(ink)},
				},
			},
		},
	})
}
