package plot

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Curves is what History draws: figures by name, with a value for each epoch. A *ml.History is one.
type Curves interface {
	Names() []string
	Values(name string) []float64
}

// validationPrefix is how the figures on validation data are named after those in training.
const validationPrefix = "val_"

// History draws the loss and each metric against the epochs, each in its own panel, with a line for
// training and a dashed line for validation. If names are given, only these are drawn.
func History(h Curves, names ...string) (*Figure, error) {
	if len(names) == 0 {
		for _, n := range h.Names() {
			if !strings.HasPrefix(n, validationPrefix) {
				names = append(names, n)
			}
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("plot: expected a history with at least one epoch. Got none")
	}
	var plots []*plot.Plot
	var panels []any
	for _, name := range names {
		values := h.Values(name)
		if len(values) == 0 {
			return nil, fmt.Errorf("plot: expected one of the figures %v. Got %q", h.Names(), name)
		}
		p := newPlot(name, "epoch", "")
		p.X.Tick.Marker = wholeTicks{}
		p.Y.Tick.Marker = shortTicks{}
		p.Add(lines())
		rows := []any{}
		add := func(label string, values []float64, c color.NRGBA, dashed bool) error {
			points := plotter.XYs{}
			for i, v := range values {
				if math.IsNaN(v) || math.IsInf(v, 0) {
					continue // there is no place for it in a chart
				}
				points = append(points, plotter.XY{X: float64(i + 1), Y: v})
				rows = append(rows, map[string]any{"epoch": i + 1, "value": v, "data": label})
			}
			if len(points) == 0 {
				return nil
			}
			line, dots, err := plotter.NewLinePoints(points)
			if err != nil {
				return fmt.Errorf("plot: %s: %w", name, err)
			}
			line.Color, line.Width, dots.Color, dots.Radius = c, vg.Points(1.8), c, vg.Points(1.8)
			dots.Shape = draw.CircleGlyph{}
			if dashed {
				line.Dashes = []vg.Length{vg.Points(5), vg.Points(3)}
			}
			p.Add(line, dots)
			p.Legend.Add(label, line)
			return nil
		}
		if err := add("training", values, blue, false); err != nil {
			return nil, err
		}
		if val := h.Values(validationPrefix + name); len(val) > 0 {
			if err := add("validation", val, orange, true); err != nil {
				return nil, err
			}
		}
		// The legend stands where curves are not: losses fall, metrics mostly rise.
		p.Legend.Top = values[len(values)-1] <= values[0]
		p.Y.Padding, p.X.Padding = vg.Points(6), vg.Points(6)
		plots = append(plots, p)
		panels = append(panels, historyPanel(name, rows))
	}
	title := "history of " + strings.Join(names, " and ")
	width := vg.Length(len(names)) * 4.1 * vg.Inch
	return render(title, max(width, 5*vg.Inch), 3.1*vg.Inch, vegaChart("", map[string]any{"hconcat": panels}), plots...)
}

func historyPanel(name string, rows []any) map[string]any {
	return map[string]any{
		"title": name, "width": 300, "height": 200, "data": map[string]any{"values": rows},
		"mark": map[string]any{"type": "line", "point": true, "tooltip": true},
		"encoding": map[string]any{
			"x": map[string]any{"field": "epoch", "type": "quantitative", "axis": map[string]any{"tickMinStep": 1}},
			"y": map[string]any{"field": "value", "type": "quantitative", "title": nil, "scale": map[string]any{"zero": false}},
			"color": map[string]any{"field": "data", "type": "nominal", "title": nil, "legend": map[string]any{"orient": "bottom"},
				"scale": map[string]any{"domain": []string{"training", "validation"}, "range": []string{hex(blue), hex(orange)}}},
			"strokeDash": map[string]any{"field": "data", "type": "nominal", "legend": nil, "scale": map[string]any{"domain": []string{"training", "validation"}, "range": [][]int{{1, 0}, {5, 3}}}},
		},
	}
}

// lines returns a grid in the style of this package.
func lines() *plotter.Grid {
	g := plotter.NewGrid()
	g.Horizontal.Color, g.Vertical.Color = grid, grid
	g.Horizontal.Width, g.Vertical.Width = vg.Points(0.6), vg.Points(0.6)
	return g
}

// wholeTicks marks whole numbers only: there is no epoch 1.5.
type wholeTicks struct{}

// Ticks returns at most about ten marks.
func (wholeTicks) Ticks(low, high float64) []plot.Tick {
	step := 1.0
	for _, s := range []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000} {
		step = s
		if (high-low)/s <= 10 {
			break
		}
	}
	var ticks []plot.Tick
	for v := math.Ceil(low); v <= high; v++ {
		if math.Mod(v, step) == 0 || v == 1 && step <= 2 {
			ticks = append(ticks, plot.Tick{Value: v, Label: fmt.Sprint(int(v))})
		}
	}
	return ticks
}

// shortTicks are the usual marks with no more digits than they need.
type shortTicks struct{}

// Ticks returns the marks.
func (shortTicks) Ticks(low, high float64) []plot.Tick {
	ticks := plot.DefaultTicks{}.Ticks(low, high)
	for i := range ticks {
		if ticks[i].Label != "" {
			ticks[i].Label = fmt.Sprintf("%.4g", ticks[i].Value)
		}
	}
	return slices.Clip(ticks)
}
