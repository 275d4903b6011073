package display

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
)

// encodePNG encodes an image whose methods are not trusted: it may be of a cell's own making.
func encodePNG(img image.Image) (data []byte, err error) {
	defer func() {
		if wrong := caught(recover()); wrong != "" {
			err = fmt.Errorf("encode the image: %s", wrong)
		}
	}()
	if img.Bounds().Empty() {
		return nil, errors.New("the image is empty")
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		return nil, fmt.Errorf("encode the image: %w", err)
	}
	return buf.Bytes(), nil
}

// mostPixels is how many pixels an image is shown with, and longestSide how long a larger one's
// sides become.
const (
	mostPixels  = 4 << 20
	longestSide = 1600
)

// reduced returns an image of few of the pixels of one that has too many.
func reduced(img image.Image) (smaller image.Image, ok bool) {
	defer func() {
		// The image's own methods have panicked. They will again, and be reported, when it is
		// encoded.
		if caught(recover()) != "" {
			smaller, ok = nil, false
		}
	}()
	b := img.Bounds()
	if b.Empty() || b.Dx() <= mostPixels/max(b.Dy(), 1) {
		return nil, false
	}
	step := (max(b.Dx(), b.Dy()) + longestSide - 1) / longestSide
	small := image.NewNRGBA(image.Rect(0, 0, max(b.Dx()/step, 1), max(b.Dy()/step, 1)))
	for y := range small.Rect.Dy() {
		for x := range small.Rect.Dx() {
			small.Set(x, y, img.At(b.Min.X+x*step, b.Min.Y+y*step))
		}
	}
	return small, true
}

// JSON returns a bundle of the value as a tree that the user can fold. A value that encoding/json
// refuses becomes a text that says so.
func JSON(v any) Bundle {
	var data []byte
	var err error
	if wrong := trusting(func() { data, err = json.MarshalIndent(v, "", "  ") }); wrong != "" {
		return Text("display.JSON: " + wrong)
	}
	if err != nil {
		return Text("display.JSON: " + sprint(err))
	}
	return Bundle{MIMEJSON: json.RawMessage(data), MIMEText: cut(string(data))}
}
