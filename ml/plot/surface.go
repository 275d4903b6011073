package plot

import (
	"errors"
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

// SurfaceConfig says which part of a surface to draw, and how. The zero value draws -1 to 1 along
// both axes.
type SurfaceConfig struct {
	// Title is shown above. X and Y are the names of the axes, "x" and "y" by default.
	Title, X, Y string
	// The surface is drawn from XFrom to XTo and from YFrom to YTo. If both ends are zero, they are
	// -1 and 1.
	XFrom, XTo, YFrom, YTo float64
	// Contours is the number of contour lines, 12 by default. Their heights divide the picture
	// evenly, so that flat parts have lines, too.
	Contours int
}

// Path is a walk over a surface.
type Path struct {
	// Label is its name in the legend.
	Label string
	// Points are the x and y of each step. Points outside the drawn part are cut off.
	Points [][2]float64
}

// resolution is the number of points along each axis at which a surface is computed.
const resolution = 81

// Surface draws a function of two numbers as a heat map, darker where it is higher, with contour
// lines. It also draws walks over the surface, each with a ring at its start and a dot at its end.
// Values that are not finite are left blank.
func Surface(f func(x, y float64) float64, config SurfaceConfig, paths ...Path) (*Figure, error) {
	c := &config
	if c.XFrom == 0 && c.XTo == 0 {
		c.XFrom, c.XTo = -1, 1
	}
	if c.YFrom == 0 && c.YTo == 0 {
		c.YFrom, c.YTo = -1, 1
	}
	if !(c.XFrom < c.XTo) || !(c.YFrom < c.YTo) || c.Contours < 0 {
		return nil, fmt.Errorf("plot: expected a surface from lower to higher x and y, and 0 or more contours. Got %g to %g, %g to %g and %d", c.XFrom, c.XTo, c.YFrom, c.YTo, c.Contours)
	}
	for text, standard := range map[*string]string{&c.X: "x", &c.Y: "y", &c.Title: "surface"} {
		if *text == "" {
			*text = standard
		}
	}
	if c.Contours == 0 {
		c.Contours = 12
	}
	s := newSurface(f, c)
	if len(s.finite) == 0 {
		return nil, errors.New("plot: expected a function with finite values on the surface. Got none")
	}
	p := newPlot(c.Title, c.X, c.Y)
	heat := plotter.NewHeatMap(s, shades(64))
	heat.Rasterized = true
	p.Add(heat)
	p.Add(&contours{s, s.levels(c.Contours)})
	for i, path := range paths {
		if err := walk(p, path, walkers[i%len(walkers)]); err != nil {
			return nil, err
		}
	}
	p.X.Min, p.X.Max, p.Y.Min, p.Y.Max = c.XFrom, c.XTo, c.YFrom, c.YTo
	p.Legend.Top = true
	figure, err := render(c.Title, 5.6*vg.Inch, 4.6*vg.Inch, nil, p)
	if err == nil {
		// The heat map is a picture of one pixel for each point, which has to fill its place
		// whatever the shape of that.
		figure.svg = strings.ReplaceAll(figure.svg, "<image ", `<image preserveAspectRatio="none" `)
	}
	return figure, err
}

// walkers are the colours of paths, of Okabe and Ito's on a blue ground.
var walkers = []color.NRGBA{orange, {0x00, 0x9e, 0x73, 0xff}, {0xcc, 0x79, 0xa7, 0xff}, {0xe6, 0x9f, 0x00, 0xff}, {0x00, 0x00, 0x00, 0xff}}

// walk adds a path.
func walk(p *plot.Plot, path Path, c color.NRGBA) error {
	points := plotter.XYs{}
	for _, at := range path.Points {
		if !finite(at[0]) || !finite(at[1]) {
			break // it has left every picture
		}
		points = append(points, plotter.XY{X: at[0], Y: at[1]})
	}
	if len(points) == 0 {
		return fmt.Errorf("plot: expected a path with at least one finite point. Got none in %q", path.Label)
	}
	line, err := plotter.NewLine(points)
	if err != nil {
		return fmt.Errorf("plot: path %q: %w", path.Label, err)
	}
	steps, err := plotter.NewScatter(points)
	if err != nil {
		return fmt.Errorf("plot: path %q: %w", path.Label, err)
	}
	line.Color, line.Width = c, vg.Points(1.6)
	last := len(points) - 1
	steps.GlyphStyleFunc = func(i int) draw.GlyphStyle {
		style := draw.GlyphStyle{Color: c, Radius: vg.Points(1.4), Shape: draw.CircleGlyph{}}
		switch i {
		case 0:
			style.Radius, style.Shape = vg.Points(4), draw.RingGlyph{}
		case last:
			style.Radius = vg.Points(4)
		}
		return style
	}
	p.Add(line, steps)
	if path.Label != "" {
		p.Legend.Add(path.Label, line)
	}
	return nil
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// surface holds the values on a grid; finite are those that are, in order.
type surface struct {
	config *SurfaceConfig
	values []float64
	finite []float64
}

func newSurface(f func(x, y float64) float64, c *SurfaceConfig) *surface {
	s := &surface{config: c}
	for row := range resolution {
		for column := range resolution {
			v := f(s.X(column), s.Y(row))
			if finite(v) {
				s.finite = append(s.finite, v)
			} else {
				v = math.NaN()
			}
			s.values = append(s.values, v)
		}
	}
	slices.Sort(s.finite)
	return s
}

// levels are heights that part the values evenly.
func (s *surface) levels(n int) []float64 {
	var all []float64
	for i := range n {
		all = append(all, s.finite[(i+1)*(len(s.finite)-1)/(n+1)])
	}
	return slices.Compact(all)
}

// contours is the plotter of lines of equal height.
type contours struct {
	surface *surface
	levels  []float64
}

// Plot draws a line across each cell of the grid whose corners lie on both sides of a level.
// Corners at the level count as above it, so that a side is crossed or not, and never twice.
func (l *contours) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	c.SetColor(color.NRGBA{0x33, 0x33, 0x33, 0x70})
	c.SetLineWidth(vg.Points(0.5))
	for _, level := range l.levels {
		var line vg.Path
		for row := range resolution - 1 {
			for column := range resolution - 1 {
				crossings := l.surface.crossings(column, row, level)
				for i := 0; i+1 < len(crossings); i += 2 {
					line.Move(vg.Point{X: x(crossings[i][0]), Y: y(crossings[i][1])})
					line.Line(vg.Point{X: x(crossings[i+1][0]), Y: y(crossings[i+1][1])})
				}
			}
		}
		c.Stroke(line)
	}
}

// crossings are where the level crosses the sides of a cell, found by linear interpolation; two
// that follow belong together.
func (s *surface) crossings(column, row int, level float64) (all [][2]float64) {
	corners := [4][2]int{{column, row}, {column + 1, row}, {column + 1, row + 1}, {column, row + 1}}
	for i, from := range corners {
		to := corners[(i+1)%4]
		a, b := s.Z(from[0], from[1]), s.Z(to[0], to[1])
		if math.IsNaN(a) || math.IsNaN(b) {
			return nil
		}
		if (a >= level) == (b >= level) {
			continue
		}
		part := (level - a) / (b - a)
		all = append(all, [2]float64{
			s.X(from[0]) + part*(s.X(to[0])-s.X(from[0])),
			s.Y(from[1]) + part*(s.Y(to[1])-s.Y(from[1])),
		})
	}
	return all
}

// Dims, X, Y, Z, Min and Max are how gonum's plotters see the grid.
func (s *surface) Dims() (columns, rows int) { return resolution, resolution }

// Z returns the value at a point.
func (s *surface) Z(column, row int) float64 { return s.values[row*resolution+column] }

// X returns a column's place.
func (s *surface) X(column int) float64 {
	return s.config.XFrom + (s.config.XTo-s.config.XFrom)*float64(column)/(resolution-1)
}

// Y returns a row's place.
func (s *surface) Y(row int) float64 {
	return s.config.YFrom + (s.config.YTo-s.config.YFrom)*float64(row)/(resolution-1)
}

// Min returns the lowest value.
func (s *surface) Min() float64 { return s.finite[0] }

// Max returns the highest value; where all are the same a little more, because a scale needs two
// ends.
func (s *surface) Max() float64 {
	low, high := s.finite[0], s.finite[len(s.finite)-1]
	if low == high {
		return high + 1
	}
	return high
}

// shades is a palette of so many colours from white to strong.
type shades int

// Colors returns the colours.
func (n shades) Colors() []color.Color {
	var all []color.Color
	for i := range int(n) {
		all = append(all, blend(0.6*float64(i)/float64(n-1)))
	}
	return all
}
