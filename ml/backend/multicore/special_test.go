package multicore

import (
	"math"
	"testing"
)

// What is computed eight numbers at a time is what is computed number by number, of NaN, infinities
// and zeros, too; on a machine or in a build without vectors both are the same code.
func TestVectorsOfSpecialNumbers(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	special := []float32{nan, inf, -inf, 0, float32(math.Copysign(0, -1)), 1, -1, 0.5, math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32}
	n := len(special) * len(special)
	a, b, c := make([]float32, n), make([]float32, n), make([]float32, n)
	for i := range n {
		a[i], b[i], c[i] = special[i%len(special)], special[i/len(special)], special[(i*5+3)%len(special)]
	}
	plain := map[opcode]kernel{opAdd: plainAdd, opSub: plainSub, opMul: plainMul, opDiv: plainDiv, opMax: plainMax, opMin: plainMin, opSqrt: plainSqrt,
		opWhere: plainWhere, opEqual: plainEqual, opNotEqual: plainNotEqual, opLess: plainLess, opLessOrEqual: plainLessOrEqual}
	for op, f := range plain {
		// Of every length, so that each number is in a vector and among those left over.
		for length := n - 9; length <= n; length++ {
			want, got := make([]float32, length), make([]float32, length)
			f(want, a[:length], b[:length], c[:length])
			kernels[op](got, a[:length], b[:length], c[:length])
			for i, w := range want {
				if g := got[i]; w != g && !(w != w && g != g) {
					t.Fatalf("operation %d of %g, %g, %g: expected %g. Got %g", op, a[i], b[i], c[i], w, g)
				}
			}
		}
	}
}
