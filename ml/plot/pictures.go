package plot

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"unicode/utf8"

	xdraw "golang.org/x/image/draw"
	xfont "golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// Pictured is a set of pictures with the names of their classes. A data.Dataset of pictures is one.
type Pictured interface {
	Len() int
	Image(i int) image.Image
	Label(i int) string
}

// The sizes of a grid of pictures, in pixels.
const (
	gridWidth   = 880 // the most that the grid is wide
	cellSide    = 76  // a picture's width
	cellGap     = 10
	captionLine = 15
	gridMargin  = 10
)

// Pictures draws the pictures in a grid, each above its caption, which is the name of its class or
// the caption given for it.
func Pictures(d Pictured, captions ...string) (*Figure, error) {
	n := d.Len()
	if n == 0 || n > 1000 {
		return nil, fmt.Errorf("plot: expected 1 to 1000 pictures. Got %d; take some, as in train.Head(40)", n)
	}
	if d.Image(0) == nil {
		return nil, fmt.Errorf("plot: expected examples that are pictures. Got examples without Width and Height")
	}
	side := cellSide
	for i := range n {
		side = max(side, basicfont.Face7x13.Advance*utf8.RuneCountInString(caption(d, captions, i)))
	}
	columns := min(n, (gridWidth-2*gridMargin+cellGap)/(side+cellGap))
	if columns < 1 {
		columns = 1
	}
	rows := (n + columns - 1) / columns
	height := cellSide + captionLine + cellGap
	sheet := image.NewRGBA(image.Rect(0, 0, 2*gridMargin+columns*(side+cellGap)-cellGap, 2*gridMargin+rows*height-cellGap))
	draw.Draw(sheet, sheet.Bounds(), image.White, image.Point{}, draw.Src)
	for i := range n {
		x, y := gridMargin+i%columns*(side+cellGap), gridMargin+i/columns*height
		left := x + (side-cellSide)/2
		img := d.Image(i)
		// Pixels stay visible as squares: a smooth picture would show more than the model sees.
		xdraw.NearestNeighbor.Scale(sheet, image.Rect(left, y, left+cellSide, y+cellSide), img, img.Bounds(), xdraw.Src, nil)
		write(sheet, caption(d, captions, i), x+side/2, y+cellSide+captionLine-3)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, sheet); err != nil {
		return nil, fmt.Errorf("plot: a grid of %d pictures: %w", n, err)
	}
	return &Figure{png: b.Bytes(), title: fmt.Sprintf("%d pictures", n)}, nil
}

func caption(d Pictured, captions []string, i int) string {
	if i < len(captions) {
		return captions[i]
	}
	return d.Label(i)
}

// write puts a line of text centred at x with its foot at y.
func write(on *image.RGBA, s string, x, y int) {
	pen := xfont.Drawer{Dst: on, Src: image.NewUniform(color.Color(ink)), Face: basicfont.Face7x13}
	pen.Dot = fixed.P(x-pen.MeasureString(s).Round()/2, y)
	pen.DrawString(s)
}
