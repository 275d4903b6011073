package ml

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers"
	"github.com/gomlx/gomlx/ml/model"
)

// DropoutLayer sets a random part of its input to zero while training and scales up the rest, so that the mean stays
// (Srivastava et al. 2014); in Evaluate and Predict it does nothing.
type DropoutLayer struct {
	// Rate is the part set to zero, from 0 to below 1.
	Rate float64 `json:"rate"`
}

// Dropout returns a layer that drops the given part of its input while training. See DropoutLayer.
func Dropout(rate float64) *DropoutLayer { return &DropoutLayer{rate} }

// Kind returns "Dropout".
func (*DropoutLayer) Kind() string { return "Dropout" }

// String returns the layer as Dropout was called.
func (l *DropoutLayer) String() string { return fmt.Sprintf("Dropout(%g)", l.Rate) }

// OutputShape returns in.
func (l *DropoutLayer) OutputShape(in []int) ([]int, error) {
	if l.Rate < 0 || l.Rate >= 1 {
		return nil, fmt.Errorf("expected a rate from 0 to below 1. Got %g", l.Rate)
	}
	return in, nil
}

// Apply drops elements if the graph is built for training; the random numbers come from the model's store.
func (l *DropoutLayer) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	return layers.DropoutStatic(scope, x, l.Rate)
}
