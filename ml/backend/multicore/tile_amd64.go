package multicore

import "golang.org/x/sys/cpu"

// hasTile says whether this processor can compute tiles.
var hasTile = cpu.X86.HasAVX512F

// tile computes tileRows by tileColumns numbers of a product, over k > 0 of the numbers that are
// summed for each: the left factor begins at a, its next row is row bytes on and the next number of
// a row step bytes; the right one is packed, tileColumns numbers for each of k. The result's rows
// begin width bytes after each other, from c; add says that they are added to.
//
//go:noescape
func tile(k int, a *float32, row, step int, b, c *float32, width int, add bool)
