package multicore

import "math"

// These compute number by number: everything where vector_simd.go is not compiled, there what is
// left behind the last block.

func plainAdd(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	for i, v := range a {
		d[i] = v + b[i]
	}
}

func plainSub(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	for i, v := range a {
		d[i] = v - b[i]
	}
}

func plainMul(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	for i, v := range a {
		d[i] = v * b[i]
	}
}

func plainDiv(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	for i, v := range a {
		d[i] = v / b[i]
	}
}

func plainEqual(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	for i, v := range a {
		d[i] = truth(v == b[i])
	}
}

func plainNotEqual(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	for i, v := range a {
		d[i] = truth(v != b[i])
	}
}

func plainLess(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	for i, v := range a {
		d[i] = truth(v < b[i])
	}
}

func plainLessOrEqual(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	for i, v := range a {
		d[i] = truth(v <= b[i])
	}
}

func plainMax(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	for i, v := range a {
		d[i] = max(v, b[i])
	}
}

func plainMin(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	for i, v := range a {
		d[i] = min(v, b[i])
	}
}

func plainSqrt(d, a, _, _ []float32) {
	d = d[:len(a)]
	for i, v := range a {
		d[i] = float32(math.Sqrt(float64(v)))
	}
}

func plainWhere(d, a, b, c []float32) {
	b, c, d = b[:len(a)], c[:len(a)], d[:len(a)]
	for i, v := range a {
		if v != 0 {
			d[i] = b[i]
		} else {
			d[i] = c[i]
		}
	}
}
