// Package optimizers has the rules by which the gradient changes the weights, with the names,
// defaults and formulas of Keras's optimizers, and the schedules of their learning rates. Each
// optimiser is a struct whose zero value has Keras's defaults. NewDescent makes an optimiser from a
// formula for one weight. UseOptimizer takes an optimiser of GoMLX.
package optimizers
