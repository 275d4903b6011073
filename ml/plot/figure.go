// Package plot draws what matters in training: curves of a history, confusion matrices, grids of
// pictures, counts of classes.
//
// Each function returns a Figure, which a notebook shows in the best form that its front end
// supports: an interactive Vega-Lite chart, or SVG, or PNG (JupyterLab hides SVG in a notebook that
// it does not trust). Figures have a white background, so they are legible on a dark page, too. The
// package draws with gonum/plot. It links neither GoMLX nor package ml, but takes their results
// through small interfaces.
package plot

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image/color"
	"os"
	"path/filepath"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Figure is a drawing in several forms.
type Figure struct {
	png   []byte
	svg   string
	vega  map[string]any
	title string
}

// PNGBytes returns the drawing as an encoded PNG.
func (f *Figure) PNGBytes() []byte { return f.png }

// SVGText returns the drawing as an SVG document. It is empty for a grid of pictures, which are
// pixels anyway. The method is not called SVG, because a notebook would then show its result even
// if it is empty.
func (f *Figure) SVGText() string { return f.svg }

// VegaLite returns the drawing as a specification for Vega-Lite version 5, or nil for a grid of
// pictures.
func (f *Figure) VegaLite() map[string]any { return f.vega }

// String returns the text that is shown where nothing can be drawn.
func (f *Figure) String() string { return "[figure: " + f.title + "]" }

// MIMEBundle returns all forms for a notebook's front end to choose from.
func (f *Figure) MIMEBundle() map[string]any {
	b := map[string]any{"text/plain": f.String(), "image/png": base64.StdEncoding.EncodeToString(f.png)}
	if f.svg != "" {
		b["image/svg+xml"] = f.svg
	}
	if f.vega != nil {
		b["application/vnd.vegalite.v5+json"] = f.vega
	}
	return b
}

// Save writes the figure to a file. The end of the file's name says in which form: .png or .svg.
func (f *Figure) Save(file string) error {
	content := f.png
	switch ext := strings.ToLower(filepath.Ext(file)); {
	case ext == ".svg" && f.svg != "":
		content = []byte(f.svg)
	case ext != ".png":
		return fmt.Errorf("plot: expected a name that ends in .png, or .svg for figures that are no pictures. Got %q", file)
	}
	if err := os.WriteFile(file, content, 0o666); err != nil {
		return fmt.Errorf("plot: saving a figure: %w", err)
	}
	return nil
}

// The colours are those of Okabe and Ito, which colour-blind people can tell apart.
var (
	blue   = color.NRGBA{0x00, 0x72, 0xb2, 0xff}
	orange = color.NRGBA{0xd5, 0x5e, 0x00, 0xff}
	grid   = color.NRGBA{0xe4, 0xe4, 0xe4, 0xff}
	ink    = color.NRGBA{0x33, 0x33, 0x33, 0xff}
	// strong is the end of the scale of a heat map that begins with white.
	strong = color.NRGBA{0x08, 0x51, 0x9c, 0xff}
)

// blend returns the colour so far between white and strong.
func blend(part float64) color.NRGBA {
	mix := func(to uint8) uint8 { return uint8(255 + part*(float64(to)-255)) }
	return color.NRGBA{mix(strong.R), mix(strong.G), mix(strong.B), 255}
}

func hex(c color.NRGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// dpi of the PNG form: sharp enough on fine screens, without being shown too large on others.
const dpi = 110

// newPlot returns a plot in the style of this package.
func newPlot(title, x, y string) *plot.Plot {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Title.Padding = vg.Points(8)
	sans := func(size vg.Length) font.Font { return font.Font{Typeface: "Liberation", Variant: "Sans", Size: size} }
	p.Title.TextStyle.Font, p.Title.TextStyle.Color = sans(vg.Points(12)), ink
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.Label.TextStyle.Font, a.Label.TextStyle.Color = sans(vg.Points(10)), ink
		a.Label.Padding = vg.Points(4)
		a.Tick.Label.Font, a.Tick.Label.Color = sans(vg.Points(9)), ink
		a.LineStyle.Color, a.LineStyle.Width = ink, vg.Points(0.6)
		a.Tick.LineStyle.Color, a.Tick.LineStyle.Width = ink, vg.Points(0.6)
	}
	p.Legend.TextStyle.Font, p.Legend.TextStyle.Color = sans(vg.Points(10)), ink
	p.Legend.Padding, p.Legend.ThumbnailWidth = vg.Points(3), vg.Points(22)
	return p
}

// render draws the plots side by side in one figure of the given size.
func render(title string, width, height vg.Length, vega map[string]any, plots ...*plot.Plot) (*Figure, error) {
	drawOn := func(c vg.CanvasSizer) {
		whole := draw.New(c)
		whole.SetColor(color.White)
		whole.Fill(whole.Rectangle.Path())
		inner := draw.Crop(whole, vg.Points(8), -vg.Points(10), vg.Points(6), -vg.Points(6))
		tiles := draw.Tiles{Rows: 1, Cols: len(plots), PadX: vg.Points(22)}
		canvases := plot.Align([][]*plot.Plot{plots}, tiles, inner)
		for i, p := range plots {
			p.Draw(canvases[0][i])
		}
	}
	picture := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(dpi))
	drawOn(picture)
	var png, svg bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: picture}).WriteTo(&png); err != nil {
		return nil, fmt.Errorf("plot: %s as PNG: %w", title, err)
	}
	drawing := vgsvg.New(width, height)
	drawOn(drawing)
	if _, err := drawing.WriteTo(&svg); err != nil {
		return nil, fmt.Errorf("plot: %s as SVG: %w", title, err)
	}
	return &Figure{png: png.Bytes(), svg: svg.String(), vega: vega, title: title}, nil
}

// vegaChart returns the head that all specifications share.
func vegaChart(title string, rest map[string]any) map[string]any {
	spec := map[string]any{
		"$schema": "https://vega.github.io/schema/vega-lite/v5.json", "title": title, "background": "white",
		"config": map[string]any{"axis": map[string]any{"gridColor": hex(grid)}},
	}
	for k, v := range rest {
		spec[k] = v
	}
	return spec
}
