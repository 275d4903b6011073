// Package metrics has the figures that are computed along with training and evaluation, on the
// device, with the names, defaults and formulas of Keras's. Each is a struct whose zero value
// has Keras's defaults. A metric of one's own is a type with the methods of contract.Metric, or
// a function: MetricFunc. Figures of finished predictions, in the program's memory, are package
// report's.
package metrics
