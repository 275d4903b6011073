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
		if r := recover(); r != nil {
			err = fmt.Errorf("encode the image: panic: %v", r)
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

// JSON returns a bundle of the value as a tree that front ends let the user fold. A value that encoding/json refuses
// becomes a text that says so.
func JSON(v any) Bundle {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return Text("display.JSON: " + err.Error())
	}
	return Bundle{MIMEJSON: json.RawMessage(data), MIMEText: cut(string(data))}
}
