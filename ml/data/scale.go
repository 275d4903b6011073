package data

import (
	"fmt"
	"math"
)

// Scaler moves and scales inputs. Fit it on the training data and apply it to all data, or the test
// data would leak into the training.
type Scaler struct {
	// Shift is subtracted first, then the result is divided by Scale. Each is one number for all
	// inputs, or one for each feature.
	Shift, Scale []float32
}

// FitRange returns the scaler that maps the smallest value in x to 0 and the largest to 1, which
// suits pictures. Values that are not finite numbers are not counted.
func FitRange(x Array) (Scaler, error) {
	low, high := float32(math.Inf(1)), float32(math.Inf(-1))
	for _, v := range x.Values {
		if finite(v) {
			low, high = min(low, v), max(high, v)
		}
	}
	if low > high {
		return Scaler{}, fmt.Errorf("data: expected finite numbers to fit a range to. Got none")
	}
	if low == high {
		high = low + 1 // all values are the same: they become 0
	}
	return Scaler{[]float32{low}, []float32{high - low}}, nil
}

// FitStandard returns the scaler that gives each feature of x the mean 0 and the standard deviation
// 1, which suits tables. A feature that never changes becomes 0. Values that are not finite numbers
// are not counted.
func FitStandard(x Array) (Scaler, error) {
	if x.Len() == 0 {
		return Scaler{}, fmt.Errorf("data: expected examples to fit a scaler to. Got none")
	}
	k := x.Features()
	s := Scaler{make([]float32, k), make([]float32, k)}
	for f := range k {
		// Two passes, because the difference of large squares loses its digits.
		var sum, n float64
		for i := f; i < len(x.Values); i += k {
			if finite(x.Values[i]) {
				sum += float64(x.Values[i])
				n++
			}
		}
		mean := sum / max(n, 1)
		var squares float64
		for i := f; i < len(x.Values); i += k {
			if finite(x.Values[i]) {
				squares += (float64(x.Values[i]) - mean) * (float64(x.Values[i]) - mean)
			}
		}
		s.Shift[f], s.Scale[f] = float32(mean), float32(math.Sqrt(squares/max(n, 1)))
		if s.Scale[f] == 0 {
			s.Scale[f] = 1
		}
	}
	return s, nil
}

func finite(v float32) bool { return !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0) }

// Apply returns a new data set with scaled inputs.
func (s Scaler) Apply(d Dataset) (Dataset, error) {
	x, err := s.ApplyArray(d.X)
	if err != nil {
		return Dataset{}, err
	}
	d.X = x
	if len(s.Shift) == 1 {
		d.White = (d.White - s.Shift[0]) / s.Scale[0]
	}
	return d, nil
}

// ApplyArray returns a new array of scaled numbers.
func (s Scaler) ApplyArray(x Array) (Array, error) {
	k := len(s.Shift)
	if k != len(s.Scale) || k == 0 || k != 1 && k != x.Features() {
		return Array{}, fmt.Errorf("data: expected examples of %d numbers, as the scaler was fitted to. Got %d", k, x.Features())
	}
	y := x.Clone()
	if k == 1 {
		for i, v := range x.Values {
			y.Values[i] = (v - s.Shift[0]) / s.Scale[0]
		}
		return y, nil
	}
	for i, v := range x.Values {
		y.Values[i] = (v - s.Shift[i%k]) / s.Scale[i%k]
	}
	return y, nil
}
