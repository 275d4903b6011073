package multicore

import "math"

// A kernel computes dst of up to three arguments of the same length, number by number; dst may be
// one of them. Truths are 1 and 0.
type kernel func(dst, a, b, c []float32)

// kernels are those that do not depend on the processor.
var kernels = map[opcode]kernel{
	opConvert: func(d, a, _, _ []float32) { copy(d, a) },
	opReshape: func(d, a, _, _ []float32) { copy(d, a) },
	opAnd:     func(d, a, b, _ []float32) { vectorMul(d, a, b, nil) },
	opOr:      func(d, a, b, _ []float32) { vectorMax(d, a, b, nil) },
	opNot:     mapped(func(x float32) float32 { return 1 - x }),
	opPow: func(d, a, b, _ []float32) {
		for i, v := range a {
			d[i] = float32(math.Pow(float64(v), float64(b[i])))
		}
	},
	opNeg:   mapped(func(x float32) float32 { return -x }),
	opAbs:   mapped(func(x float32) float32 { return math.Float32frombits(math.Float32bits(x) &^ (1 << 31)) }),
	opRsqrt: mapped(func(x float32) float32 { return float32(1 / math.Sqrt(float64(x))) }),
	opExp:   mapped(func(x float32) float32 { return float32(math.Exp(float64(x))) }),
	opExpm1: mapped(func(x float32) float32 { return float32(math.Expm1(float64(x))) }),
	opLog:   mapped(func(x float32) float32 { return float32(math.Log(float64(x))) }),
	opLog1p: mapped(func(x float32) float32 { return float32(math.Log1p(float64(x))) }),
	opTanh:  mapped(func(x float32) float32 { return float32(math.Tanh(float64(x))) }),
	opLogistic: mapped(func(x float32) float32 {
		if x >= 0 {
			return float32(1 / (1 + math.Exp(-float64(x))))
		}
		e := math.Exp(float64(x))
		return float32(e / (1 + e))
	}),
	opSign: mapped(func(x float32) float32 {
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return x
	}),
	opAdd: vectorAdd, opSub: vectorSub, opMul: vectorMul, opDiv: vectorDiv, opMax: vectorMax, opMin: vectorMin, opSqrt: vectorSqrt, opWhere: vectorWhere,
	opEqual: vectorEqual, opNotEqual: vectorNotEqual, opLess: vectorLess, opLessOrEqual: vectorLessOrEqual,
	opGreater:        func(d, a, b, _ []float32) { vectorLess(d, b, a, nil) },
	opGreaterOrEqual: func(d, a, b, _ []float32) { vectorLessOrEqual(d, b, a, nil) },
}

func mapped(f func(float32) float32) kernel {
	return func(d, a, _, _ []float32) {
		for i, v := range a {
			d[i] = f(v)
		}
	}
}

// truth is 1 for true and 0 for false.
func truth(v bool) float32 {
	if v {
		return 1
	}
	return 0
}
