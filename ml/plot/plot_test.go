package plot_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/display"
	"github.com/gonbml/gonbml/ml/data"
	"github.com/gonbml/gonbml/ml/plot"
	"github.com/gonbml/gonbml/ml/report"
)

// curves is a history of made-up figures.
type curves map[string][]float64

func (c curves) Names() []string {
	var names []string
	for _, n := range []string{"loss", "accuracy", "val_loss", "val_accuracy"} {
		if c[n] != nil {
			names = append(names, n)
		}
	}
	return names
}
func (c curves) Values(name string) []float64 { return c[name] }

func digits(t *testing.T) data.Dataset {
	d, err := data.Digits()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func confusion(t *testing.T) *report.Confusion {
	d := digits(t)
	guess := make([]int, d.Len())
	for i, c := range d.Y {
		guess[i] = c
		if i%9 == 0 {
			guess[i] = (c + i) % 10
		}
	}
	c, err := report.NewConfusion(d.Y, guess, d.Classes)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFigures(t *testing.T) {
	d := digits(t)
	history := curves{"loss": {1, 0.5, 0.3}, "accuracy": {0.7, 0.85, 0.9}, "val_loss": {0.9, 0.6, 0.5}, "val_accuracy": {0.72, 0.8, 0.86}}
	tests := []struct {
		name    string
		make    func() (*plot.Figure, error)
		drawing bool
		texts   []string
	}{
		{"history", func() (*plot.Figure, error) { return plot.History(history) }, true, []string{"epoch", "training", "validation", "loss", "accuracy"}},
		{"one curve", func() (*plot.Figure, error) { return plot.History(history, "accuracy") }, true, []string{"accuracy"}},
		{"one epoch", func() (*plot.Figure, error) { return plot.History(curves{"loss": {1}}) }, true, []string{"loss"}},
		{"not a number", func() (*plot.Figure, error) { return plot.History(curves{"loss": {1, math.NaN(), math.Inf(1)}}) }, true, []string{"loss"}},
		{"counts", func() (*plot.Figure, error) { return plot.Counts("digits", d.ClassCounts()) }, true, []string{"digits", "class", "examples", "7"}},
		{"confusion", func() (*plot.Figure, error) { return plot.Confusion(confusion(t)) }, true, []string{"predicted class", "true class", "right"}},
		{"pictures", func() (*plot.Figure, error) { return plot.Pictures(d.Head(25)) }, false, nil},
		{"captions", func() (*plot.Figure, error) { return plot.Pictures(d.Head(3), "a zero taken for a six", "b") }, false, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f, err := test.make()
			if err != nil {
				t.Fatal(err)
			}
			img, err := png.Decode(bytes.NewReader(f.PNGBytes()))
			if err != nil {
				t.Fatal(err)
			}
			if w := img.Bounds().Dx(); w < 90 || w > 1000 {
				t.Errorf("the picture is %d pixels wide. Expected 90 to 1000", w)
			}
			if r, g, b, a := img.At(1, 1).RGBA(); r+g+b+a != 4*0xffff {
				t.Error("the ground is not white, so that the figure is not legible on a dark page")
			}
			bundle := f.MIMEBundle()
			if bundle["image/png"] == nil || bundle["text/plain"] == nil {
				t.Errorf("the bundle lacks PNG or text: %v", bundle)
			}
			if !test.drawing {
				if _, ok := display.Of(f)["image/svg+xml"]; ok {
					t.Error("a grid of pictures is shown as an empty SVG")
				}
				return
			}
			if err := wellFormed(f.SVGText()); err != nil {
				t.Errorf("SVG: %v", err)
			}
			spec, err := json.Marshal(bundle["application/vnd.vegalite.v5+json"])
			if err != nil {
				t.Fatalf("Vega-Lite: %v", err)
			}
			for _, want := range test.texts {
				if !strings.Contains(string(spec), want) {
					t.Errorf("Vega-Lite lacks %q: %s", want, spec)
				}
				if !strings.Contains(f.SVGText(), want) {
					t.Errorf("SVG lacks %q", want)
				}
			}
		})
	}
}

func wellFormed(doc string) error {
	d := xml.NewDecoder(strings.NewReader(doc))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func TestErrors(t *testing.T) {
	d := digits(t)
	plain := d
	plain.Width = 0
	_, none := plot.History(curves{})
	_, unknown := plot.History(curves{"loss": {1}}, "speed")
	_, nothing := plot.Pictures(d.Head(0))
	_, table := plot.Pictures(plain.Head(3))
	_, empty := plot.Counts("", nil)
	_, noClasses := plot.Confusion(&report.Confusion{})
	f, err := plot.Pictures(d.Head(1))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		err  error
		want string
	}{
		{none, "at least one epoch"}, {unknown, `[loss]. Got "speed"`}, {nothing, "1 to 1000 pictures"}, {table, "that are pictures"},
		{empty, "at least one class"}, {noClasses, "with classes"}, {f.Save("x.pdf"), ".png"}, {f.Save(filepath.Join(t.TempDir(), "x.svg")), "no pictures"},
		{f.Save(filepath.Join(t.TempDir(), "none", "x.png")), "saving a figure"},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) {
			t.Errorf("got %v. Expected %q", test.err, test.want)
		}
	}
}

func ExampleHistory() {
	f, err := plot.History(curves{"loss": {1, 0.5}, "val_loss": {1.1, 0.7}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f) // the last expression of a cell shows the drawing instead
	// Output: [figure: history of loss]
}
