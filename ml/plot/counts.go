package plot

import (
	"fmt"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/gonbml/gonbml/ml/data"
)

// Counts draws a bar for each class.
func Counts(title string, counts []data.Count) (*Figure, error) {
	if len(counts) == 0 {
		return nil, fmt.Errorf("plot: expected at least one class to count. Got none")
	}
	p := newPlot(title, "class", "examples")
	g := lines()
	g.Vertical.Width = 0
	p.Add(g)
	var names []string
	var values plotter.Values
	var rows []any
	for _, c := range counts {
		names = append(names, c.Class)
		values = append(values, float64(c.Count))
		rows = append(rows, map[string]any{"class": c.Class, "examples": c.Count})
	}
	width := max(4.5, min(10, 1.2+0.5*float64(len(counts))))
	bars, err := plotter.NewBarChart(values, vg.Length((width-1.2)/float64(len(counts))*0.72)*vg.Inch)
	if err != nil {
		return nil, fmt.Errorf("plot: %s: %w", title, err)
	}
	bars.Color, bars.LineStyle.Width = blue, 0
	p.Add(bars)
	p.NominalX(names...)
	p.X.Tick.Length, p.X.LineStyle.Width = 0, 0
	p.Y.Min = 0
	p.Y.Tick.Marker = shortTicks{}
	spec := vegaChart(title, map[string]any{
		"width": 60 * width, "height": 220, "data": map[string]any{"values": rows},
		"mark": map[string]any{"type": "bar", "tooltip": true, "color": hex(blue)},
		"encoding": map[string]any{
			"x": map[string]any{"field": "class", "type": "nominal", "sort": nil, "axis": map[string]any{"labelAngle": 0}},
			"y": map[string]any{"field": "examples", "type": "quantitative"},
		},
	})
	return render(title, vg.Length(width)*vg.Inch, 3*vg.Inch, spec, p)
}
