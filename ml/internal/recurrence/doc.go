// Package recurrence takes a recurrent cell through a sequence, with a gradient by hand: as a
// loop on the device, or with the steps written out where loops are slow. It does not own the
// cells, which are those of package layers.
package recurrence
