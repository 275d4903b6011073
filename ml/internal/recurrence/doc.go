// Package recurrence takes a recurrent cell through a sequence, with a gradient by hand: as a loop
// on the device, or, where loops are slow, with the steps written out. It does not own the cells,
// which belong to package layers.
package recurrence
