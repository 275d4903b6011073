// Package initializers gives the weights of layers their first values, with the names and formulas
// of Keras's initializers. An Initializer is an option of layers that have a kernel, as in
// layers.Dense(64, initializers.HeNormal). It also is what contract.Weight fills a variable with.
package initializers
