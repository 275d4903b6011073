//go:build ignore

// Gen draws the kernel's logo and writes it as SVG and as PNG in Jupyter's two sizes: go run gen.go
// in this folder. The pictures are made from one list of shapes, so that they agree.
package main

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"log"
	"math"
	"os"
	"strings"
)

// size is the side of the drawing in its own units.
const size = 64

// shape is an area of one colour: inside says whether a point belongs to it, svg is the same as an
// SVG element.
type shape struct {
	colour color.NRGBA
	inside func(x, y float64) bool
	svg    string
}

var (
	teal  = color.NRGBA{0x00, 0x6f, 0x8c, 0xff}
	white = color.NRGBA{0xff, 0xff, 0xff, 0xff}
	amber = color.NRGBA{0xff, 0xc1, 0x2e, 0xff}
)

// The word Go over the cursor of a notebook cell, on a tile that stands out from light and dark
// backgrounds alike.
var shapes = []shape{
	tile(1, 1, 62, 62, 13, teal),
	arc(20, 27, 10.5, 5.5, 20, 320, white),
	tile(20, 27, 13.2, 5.5, 0, white),
	arc(45, 31.5, 6.8, 5.5, 0, 360, white),
	tile(10, 48, 44, 6, 3, amber),
}

func tile(x, y, w, h, r float64, c color.NRGBA) shape {
	return shape{c, func(px, py float64) bool {
		dx := math.Max(math.Max(x+r-px, px-(x+w-r)), 0)
		dy := math.Max(math.Max(y+r-py, py-(y+h-r)), 0)
		return px >= x && px <= x+w && py >= y && py <= y+h && dx*dx+dy*dy <= r*r+1e-9
	}, fmt.Sprintf(`<rect x="%g" y="%g" width="%g" height="%g" rx="%g" fill="%s"/>`, x, y, w, h, r, hex(c))}
}

// arc is a ring of the given radius and width, from one angle to another in degrees, clockwise from
// the right.
func arc(cx, cy, radius, width, from, to float64, c color.NRGBA) shape {
	inside := func(x, y float64) bool {
		d := math.Hypot(x-cx, y-cy)
		angle := math.Mod(math.Atan2(y-cy, x-cx)*180/math.Pi+360, 360)
		return math.Abs(d-radius) <= width/2 && angle >= from && angle <= to
	}
	stroke := fmt.Sprintf(`fill="none" stroke="%s" stroke-width="%g"`, hex(c), width)
	if to-from >= 360 {
		return shape{c, inside, fmt.Sprintf(`<circle cx="%g" cy="%g" r="%g" %s/>`, cx, cy, radius, stroke)}
	}
	at := func(degrees float64) string {
		s, co := math.Sincos(degrees * math.Pi / 180)
		return fmt.Sprintf("%.2f %.2f", cx+radius*co, cy+radius*s)
	}
	return shape{c, inside, fmt.Sprintf(`<path d="M%s A%g %g 0 1 1 %s" %s/>`, at(from), radius, radius, at(to), stroke)}
}

func hex(c color.NRGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// draw rasterises the shapes with 8 by 8 samples a pixel.
func draw(side int) image.Image {
	const samples = 8
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	for py := range side {
		for px := range side {
			var r, g, b, covered float64
			for s := range samples * samples {
				x := (float64(px) + (float64(s%samples)+0.5)/samples) * size / float64(side)
				y := (float64(py) + (float64(s/samples)+0.5)/samples) * size / float64(side)
				for i := len(shapes) - 1; i >= 0; i-- {
					if c := shapes[i].colour; shapes[i].inside(x, y) {
						r, g, b, covered = r+float64(c.R), g+float64(c.G), b+float64(c.B), covered+1
						break
					}
				}
			}
			if covered > 0 {
				img.SetNRGBA(px, py, color.NRGBA{uint8(r / covered), uint8(g / covered), uint8(b / covered),
					uint8(255 * covered / (samples * samples))})
			}
		}
	}
	return img
}

func main() {
	for _, side := range []int{32, 64} {
		f, err := os.Create(fmt.Sprintf("logo-%dx%d.png", side, side))
		if err != nil {
			log.Fatal(err)
		}
		if err := png.Encode(f, draw(side)); err != nil {
			log.Fatal(err)
		}
		if err := f.Close(); err != nil {
			log.Fatal(err)
		}
	}
	var elements []string
	for _, s := range shapes {
		elements = append(elements, "  "+s.svg)
	}
	text := fmt.Sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"Go\">\n%s\n</svg>\n",
		size, size, size, size, strings.Join(elements, "\n"))
	if err := os.WriteFile("logo-svg.svg", []byte(text), 0o644); err != nil {
		log.Fatal(err)
	}
}
