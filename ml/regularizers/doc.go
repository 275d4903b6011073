// Package regularizers adds a cost of weights to the loss, with the names of Keras's regularizers.
// A Penalty is an option of layers that have a kernel, as in layers.Dense(64,
// regularizers.L2(1e-4)). A layer of your own returns Penalty.Of its variable from its method
// RegularizationLoss.
package regularizers
