// Package array turns what users pass as data (slices, slices of slices, tensors, data sets) into
// the form that goes to the device. It knows nothing of models.
package array
