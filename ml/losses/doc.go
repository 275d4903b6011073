// Package losses has the losses that training minimises, with the names, defaults and formulas of
// Keras. Each is a struct whose zero value has Keras's defaults. It computes a loss for each
// example, and reports targets that do not fit before the first step. A loss of your own is a type
// with the methods of contract.Loss, or a function: see LossFunc.
package losses
