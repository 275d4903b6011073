// Package losses has the losses that training lowers, with the names, defaults and formulas of
// Keras's. Each is a struct whose zero value has Keras's defaults, computes a loss for each
// example, and says before the first step what is wrong with targets. A loss of one's own is a
// type with the methods of contract.Loss, or a function: LossFunc.
package losses
