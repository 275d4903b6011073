// Package optimizers has the ways in which weights follow the gradient, with the names,
// defaults and formulas of Keras's optimizers, and the schedules of their learning rates. Each
// is a struct whose zero value has Keras's defaults. NewDescent makes an optimiser of a formula
// for one weight; UseOptimizer takes any of GoMLX's.
package optimizers
