package plot_test

import (
	"bytes"
	"image/png"
	"math"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/ml/plot"
)

func bowl(x, y float64) float64 { return x*x + 3*y*y }

// shade is how dark a pixel of a figure is, at parts of its width and height.
func shade(t *testing.T, f *plot.Figure, x, y float64) uint32 {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(f.PNGBytes()))
	if err != nil {
		t.Fatal(err)
	}
	b := img.Bounds()
	red, _, _, _ := img.At(b.Min.X+int(x*float64(b.Dx())), b.Min.Y+int(y*float64(b.Dy()))).RGBA()
	return red
}

func TestSurfaceIsDarkerWhereItIsHigher(t *testing.T) {
	f, err := plot.Surface(func(x, y float64) float64 { return y }, plot.SurfaceConfig{Contours: 1, YFrom: -2, YTo: 5})
	if err != nil {
		t.Fatal(err)
	}
	if top, foot := shade(t, f, 0.3, 0.15), shade(t, f, 0.3, 0.8); top >= foot {
		t.Errorf("red is %d at the top, %d at the foot", top, foot)
	}
}

func TestSurfaceDrawsPathsAndContours(t *testing.T) {
	config := plot.SurfaceConfig{Title: "a bowl", X: "θ1", Y: "θ2", XFrom: -2, XTo: 2, YFrom: -1, YTo: 1}
	path := plot.Path{Label: "downhill", Points: [][2]float64{{-1.5, 0.8}, {-1, 0.1}, {math.NaN(), 0}}}
	f, err := plot.Surface(bowl, config, path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(f.SVGText(), "downhill") || strings.Count(f.SVGText(), "<path") < 10 {
		t.Errorf("the drawing lacks the legend or the contours:\n%.2000s", f.SVGText())
	}
	if !strings.Contains(f.SVGText(), `preserveAspectRatio="none"`) {
		t.Error("the heat map's picture does not fill its place, which is no square")
	}
	plain, err := plot.Surface(bowl, config)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(plain.PNGBytes(), f.PNGBytes()) {
		t.Error("the path is not drawn")
	}
}

func TestSurfaceOfOddFunctions(t *testing.T) {
	for name, f := range map[string]func(x, y float64) float64{
		"constant": func(x, y float64) float64 { return 2 },
		"with a hole": func(x, y float64) float64 {
			if x*x+y*y < 0.1 {
				return math.Inf(1)
			}
			return x
		},
	} {
		if _, err := plot.Surface(f, plot.SurfaceConfig{}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestContoursOfAPlane(t *testing.T) {
	f, err := plot.Surface(func(x, y float64) float64 { return x }, plot.SurfaceConfig{Contours: 3})
	if err != nil {
		t.Fatal(err)
	}
	// One stroke for each level, each as many pieces as the grid has rows.
	pieces := 0
	for _, part := range strings.Split(f.SVGText(), "<path")[1:] {
		d, _, _ := strings.Cut(part, "/>")
		if n := strings.Count(d, "L"); strings.Count(d, "M") == 80 && n == 80 {
			pieces++
		}
	}
	if pieces != 3 {
		t.Errorf("%d contours of 80 pieces. Expected 3", pieces)
	}
}

func TestSurfaceErrors(t *testing.T) {
	tests := []struct {
		f      func(x, y float64) float64
		config plot.SurfaceConfig
		path   []plot.Path
		want   string
	}{
		{bowl, plot.SurfaceConfig{XFrom: 1, XTo: -1}, nil, "Got 1 to -1"},
		{func(x, y float64) float64 { return math.NaN() }, plot.SurfaceConfig{}, nil, "finite values"},
		{bowl, plot.SurfaceConfig{}, []plot.Path{{Label: "nowhere"}}, `Got none in "nowhere"`},
	}
	for _, test := range tests {
		if _, err := plot.Surface(test.f, test.config, test.path...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v. Expected %q", err, test.want)
		}
	}
}
