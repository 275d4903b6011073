// Package ml trains neural networks with the ease of Keras and the types of Go:
//
//	m := ml.Sequential(layers.Input(784), layers.Dense(64, layers.ReLU), layers.Dense(10))
//	m.Compile(optimizers.Adam{}, losses.SparseCategoricalCrossentropy{FromLogits: true}, metrics.Accuracy{})
//	history, err := m.Fit(ctx, train.X, train.Y, ml.FitConfig{BatchSize: 128, Epochs: 10, Validation: val})
//	scores, err := m.Evaluate(ctx, test.X, test.Y)
//	fmt.Printf("Test accuracy: %.4f\n", scores.Accuracy())
//
// It owns the model as users see it (Sequential and Functional, layers, Compile, Fit, Evaluate, Predict, Save, Load, History) and the loop that
// trains it: data stays on the device, whole runs of steps are one execution there, and numbers are read back a few times
// a second. It does not own the mathematics: graphs, gradients and tensors are GoMLX's (layers' and optimisers' formulas are
// written here where GoMLX's differ from Keras's or are slow), and everything here hands out the GoMLX object under it
// (Model.Store, Model.Backend, Optimizer.GoMLX, ...), so that the next cell can go on without this package. Nor does it own
// devices (ml/backend), data sets (ml/data), metrics of finished predictions (ml/metrics) or pictures (ml/plot).
//
// Names, defaults and formulas are Keras's where it has them; testdata/parity/make.py writes the numbers that the tests
// compare with. Everything is deterministic: the same seed on the same backend gives the same numbers, and a seed that
// nobody set is 0.
//
// GoMLX reports mistakes made while a graph is built by panics; none crosses this package's border: they become errors that
// name the layer and the shapes.
package ml
