// Package initializers says how the weights of layers start, with the names and formulas of
// Keras's initializers. An Initializer is an option of layers that have a kernel, as in
// layers.Dense(64, initializers.HeNormal), and what contract.Weight fills a variable with.
package initializers
