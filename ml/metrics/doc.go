// Package metrics has the figures that are computed during training and evaluation, on the device,
// with the names, defaults and formulas of Keras. Each is a struct whose zero value has Keras's
// defaults. A metric of your own is a type with the methods of contract.Metric, or a function: see
// MetricFunc. For figures of finished predictions, such as a confusion matrix, see package report.
package metrics
