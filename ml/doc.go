// Package ml trains neural networks with the ease of Keras and the types of Go:
//
//	m := ml.Sequential(layers.Input(784), layers.Dense(64, layers.ReLU), layers.Dense(10))
//	m.Compile(optimizers.Adam{}, losses.SparseCategoricalCrossentropy{FromLogits: true}, metrics.Accuracy{})
//	history, err := m.Fit(ctx, train.X, train.Y, ml.FitConfig{BatchSize: 128, Epochs: 10, Validation: val})
//	scores, err := m.Evaluate(ctx, test.X, test.Y)
//	fmt.Printf("Test accuracy: %.4f\n", scores.Accuracy())
//
// It owns the model as users see it (Sequential and Functional, Compile, Fit, Evaluate, Predict,
// Save, Load, History) and the loop that trains it: data stays on the device, whole runs of steps
// are one execution there, and numbers are read back a few times a second.
//
// It does not own the parts of models. They are in packages layers, losses, metrics, optimizers and
// callbacks, on top of package contract, which says what parts promise one another. Nor does it own
// the mathematics: graphs, gradients and tensors are GoMLX's, and everything here hands out the
// GoMLX object beneath it (Model.Store, Model.Backend, Optimizer.GoMLX, ...), so that the next cell
// can go on without this package. Nor does it own devices (ml/backend), data sets (ml/data),
// reports of finished predictions (ml/report) or pictures (ml/plot).
//
// Names, defaults and formulas are Keras's where Keras has them; testdata/parity/make.py writes the
// numbers that the tests compare with. Everything is deterministic: the same seed on the same
// backend gives the same numbers, and a seed that nobody set is 0.
//
// GoMLX reports mistakes made while a graph is built by panics. None leaves this package: they
// become errors that name the layer and the shapes.
//
// The files stand on floors, drawn in docs/design.md: the data, the network, the steps, the model,
// the trainer, saving and views.
package ml
