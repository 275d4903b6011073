//go:build amd64 && goexperiment.simd

package multicore

import "simd/archsimd"

// wide says whether this processor has the instructions that are used here (AVX2).
var wide = archsimd.X86.AVX2()

// blocks is how many of n numbers are computed eight at a time.
func blocks(n int) int {
	if !wide {
		return 0
	}
	return n &^ 7
}

// After their last use of wide registers all functions below clear the upper parts: what Go
// compiles otherwise would wait for them with every operation.

// clearUpper clears them, where there are any.
func clearUpper() {
	if wide {
		archsimd.ClearAVXUpperBits()
	}
}

func load(v []float32, i int) archsimd.Float32x8 { return archsimd.LoadFloat32x8((*[8]float32)(v[i:])) }

func save(d []float32, i int, v archsimd.Float32x8) { v.Store((*[8]float32)(d[i:])) }

func vectorAdd(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	n := blocks(len(a))
	for i := 0; i < n; i += 8 {
		save(d, i, load(a, i).Add(load(b, i)))
	}
	clearUpper()
	plainAdd(d[n:], a[n:], b[n:], nil)
}

func vectorSub(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	n := blocks(len(a))
	for i := 0; i < n; i += 8 {
		save(d, i, load(a, i).Sub(load(b, i)))
	}
	clearUpper()
	plainSub(d[n:], a[n:], b[n:], nil)
}

func vectorMul(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	n := blocks(len(a))
	for i := 0; i < n; i += 8 {
		save(d, i, load(a, i).Mul(load(b, i)))
	}
	clearUpper()
	plainMul(d[n:], a[n:], b[n:], nil)
}

func vectorDiv(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	n := blocks(len(a))
	for i := 0; i < n; i += 8 {
		save(d, i, load(a, i).Div(load(b, i)))
	}
	clearUpper()
	plainDiv(d[n:], a[n:], b[n:], nil)
}

func vectorEqual(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	n := blocks(len(a))
	if n > 0 {
		one := archsimd.BroadcastFloat32x8(1)
		for i := 0; i < n; i += 8 {
			save(d, i, one.Masked(load(a, i).Equal(load(b, i))))
		}
	}
	clearUpper()
	plainEqual(d[n:], a[n:], b[n:], nil)
}

func vectorNotEqual(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	n := blocks(len(a))
	if n > 0 {
		one := archsimd.BroadcastFloat32x8(1)
		for i := 0; i < n; i += 8 {
			save(d, i, one.Masked(load(a, i).NotEqual(load(b, i))))
		}
	}
	clearUpper()
	plainNotEqual(d[n:], a[n:], b[n:], nil)
}

func vectorLess(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	n := blocks(len(a))
	if n > 0 {
		one := archsimd.BroadcastFloat32x8(1)
		for i := 0; i < n; i += 8 {
			save(d, i, one.Masked(load(a, i).Less(load(b, i))))
		}
	}
	clearUpper()
	plainLess(d[n:], a[n:], b[n:], nil)
}

func vectorLessOrEqual(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	n := blocks(len(a))
	if n > 0 {
		one := archsimd.BroadcastFloat32x8(1)
		for i := 0; i < n; i += 8 {
			save(d, i, one.Masked(load(a, i).LessEqual(load(b, i))))
		}
	}
	clearUpper()
	plainLessOrEqual(d[n:], a[n:], b[n:], nil)
}

// vectorMax returns the second of two that the processor cannot order, so that the first, if it is
// no number, is put back.
func vectorMax(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	n := blocks(len(a))
	for i := 0; i < n; i += 8 {
		x := load(a, i)
		save(d, i, x.Max(load(b, i)).Merge(x, x.Equal(x)))
	}
	clearUpper()
	plainMax(d[n:], a[n:], b[n:], nil)
}

// vectorMin returns the second of two that the processor cannot order, so that the first, if it is
// no number, is put back.
func vectorMin(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	n := blocks(len(a))
	for i := 0; i < n; i += 8 {
		x := load(a, i)
		save(d, i, x.Min(load(b, i)).Merge(x, x.Equal(x)))
	}
	clearUpper()
	plainMin(d[n:], a[n:], b[n:], nil)
}

func vectorSqrt(d, a, _, _ []float32) {
	d = d[:len(a)]
	n := blocks(len(a))
	for i := 0; i < n; i += 8 {
		save(d, i, load(a, i).Sqrt())
	}
	clearUpper()
	plainSqrt(d[n:], a[n:], nil, nil)
}

func vectorWhere(d, a, b, c []float32) {
	b, c, d = b[:len(a)], c[:len(a)], d[:len(a)]
	n := blocks(len(a))
	if n > 0 {
		zero := archsimd.BroadcastFloat32x8(0)
		for i := 0; i < n; i += 8 {
			save(d, i, load(b, i).Merge(load(c, i), load(a, i).NotEqual(zero)))
		}
	}
	clearUpper()
	plainWhere(d[n:], a[n:], b[n:], c[n:])
}
