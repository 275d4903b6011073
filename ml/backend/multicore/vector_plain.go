//go:build !(amd64 && goexperiment.simd)

package multicore

import "math"

// These are written out for amd64 with Go's simd experiment in vector_simd.go.

func vectorAdd(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	for i, v := range a {
		d[i] = v + b[i]
	}
}

func vectorSub(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	for i, v := range a {
		d[i] = v - b[i]
	}
}

func vectorMul(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	for i, v := range a {
		d[i] = v * b[i]
	}
}

func vectorDiv(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	for i, v := range a {
		d[i] = v / b[i]
	}
}

func vectorEqual(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	for i, v := range a {
		d[i] = truth(v == b[i])
	}
}

func vectorNotEqual(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	for i, v := range a {
		d[i] = truth(v != b[i])
	}
}

func vectorLess(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	for i, v := range a {
		d[i] = truth(v < b[i])
	}
}

func vectorLessOrEqual(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	for i, v := range a {
		d[i] = truth(v <= b[i])
	}
}

func vectorMax(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	for i, v := range a {
		d[i] = max(v, b[i])
	}
}

func vectorMin(d, a, b, _ []float32) {
	b, d = b[:len(a)], d[:len(a)]
	for i, v := range a {
		d[i] = min(v, b[i])
	}
}

func vectorSqrt(d, a, _, _ []float32) {
	d = d[:len(a)]
	for i, v := range a {
		d[i] = float32(math.Sqrt(float64(v)))
	}
}

func vectorWhere(d, a, b, c []float32) {
	b, c, d = b[:len(a)], c[:len(a)], d[:len(a)]
	for i, v := range a {
		if v != 0 {
			d[i] = b[i]
		} else {
			d[i] = c[i]
		}
	}
}
