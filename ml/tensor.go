package ml

import (
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
)

// Tensor is a value inside a model that is being put together for Functional, as Keras's symbolic
// tensor. Layers make it and models take it, so it is defined below both; users know it as a
// model's.
type Tensor = contract.Tensor

// Tensors is a list of values, such as the inputs of a model.
type Tensors = contract.Tensors

// In declares an input of a functional model, as in In("image", 28, 28): the name by which Fit,
// Evaluate and Predict find its data, and the shape of one example, without the batch.
func In(name string, shape ...int) *Tensor {
	return contract.On(&layers.InputLayer{Shape: shape, Name: name})
}
