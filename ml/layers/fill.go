package layers

import (
	"fmt"
	"slices"
)

// Fill says what comes in from outside a picture when it is moved, by Keras's name.
type Fill string

// The fills. Reflect, the default, mirrors the picture at its edges, with the pixels of the edge
// twice. Nearest repeats the pixels of the edge. Black is 0, Keras's constant.
const (
	Reflect Fill = ""
	Nearest Fill = "nearest"
	Black   Fill = "constant"
)

func (f Fill) check() error {
	if !slices.Contains([]Fill{Reflect, Nearest, Black}, f) {
		return fmt.Errorf("expected a fill %q, %q or none. Got %q", Nearest, Black, f)
	}
	return nil
}

// Set sets the fill.
func (f Fill) Set(s *Settings) { s.Fill = f }

// PictureOption says that layers which move pictures take a Fill.
func (Fill) PictureOption() {}
