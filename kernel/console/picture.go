package console

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	_ "image/gif" // pictures that cells show
	_ "image/jpeg"
	_ "image/png"
	"os"
	"strings"

	scale "golang.org/x/image/draw"

	"github.com/gonbml/gonbml/kernel/exec"
)

// maxRows is the most rows of text that a picture takes.
const maxRows = 24

// picture draws a bundle's image with half blocks, two pixels a character: the upper in the text's
// colour, the lower in the background's. It returns "" for a bundle without an image that can be
// read.
func picture(data exec.Bundle, columns int) string {
	for _, mime := range []string{"image/png", "image/jpeg", "image/gif"} {
		encoded, _ := data[mime].(string)
		raw, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(encoded), ""))
		if err != nil || len(raw) == 0 {
			continue
		}
		// A picture may announce a size that would fill the memory.
		head, _, err := image.DecodeConfig(bytes.NewReader(raw))
		if err != nil || head.Width <= 0 || head.Height <= 0 || head.Width > 1<<28/head.Height {
			continue
		}
		if img, _, err := image.Decode(bytes.NewReader(raw)); err == nil {
			return halfBlocks(img, columns-1)
		}
	}
	return ""
}

// halfBlocks draws an image at most columns wide, on white where it is transparent.
func halfBlocks(img image.Image, columns int) string {
	from := img.Bounds()
	width := min(columns, from.Dx())
	height := max(1, from.Dy()*width/from.Dx())
	if height > 2*maxRows {
		height = 2 * maxRows
		width = max(1, from.Dx()*height/from.Dy())
	}
	small := image.NewRGBA(image.Rect(0, 0, width, height+height%2))
	draw.Draw(small, small.Bounds(), image.White, image.Point{}, draw.Src)
	scale.ApproxBiLinear.Scale(small, image.Rect(0, 0, width, height), img, from, draw.Over, nil)
	paint := painter()
	var text strings.Builder
	for y := 0; y < height; y += 2 {
		for x := range width {
			text.WriteString("\x1b[38;" + paint(small.RGBAAt(x, y)) + ";48;" + paint(small.RGBAAt(x, y+1)) + "m▀")
		}
		text.WriteString("\x1b[0m\n")
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// painter returns how the terminal is told a colour: as it is, or as the nearest of the cube of 216
// that all know.
func painter() func(color.RGBA) string {
	if c := os.Getenv("COLORTERM"); c == "truecolor" || c == "24bit" {
		return func(c color.RGBA) string { return fmt.Sprintf("2;%d;%d;%d", c.R, c.G, c.B) }
	}
	level := func(v uint8) int { return (int(v)*5 + 127) / 255 }
	return func(c color.RGBA) string {
		return fmt.Sprintf("5;%d", 16+36*level(c.R)+6*level(c.G)+level(c.B))
	}
}
