package multicore

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// The operations of compute.Function that a plan can contain. Each is the inner function's, and
// noted. Those that have values within their options, and whatever is not here, are the inner
// function's alone.

func (f *function) Abs(x compute.Value) (compute.Value, error) {
	return f.unary(opAbs, compute.Function.Abs, x)
}

func (f *function) Add(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opAdd, compute.Function.Add, lhs, rhs)
}

func (f *function) Atan2(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opOther, compute.Function.Atan2, lhs, rhs)
}

func (f *function) ArgMinMax(x compute.Value, axis int, outputDType dtypes.DType, isMin bool) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.ArgMinMax(in[0], axis, outputDType, isMin)
	}, x)
}

func (f *function) BatchNormForInference(operand compute.Value, scale compute.Value, offset compute.Value, mean compute.Value, variance compute.Value, epsilon float32, featureAxis int) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.BatchNormForInference(in[0], in[1], in[2], in[3], in[4], epsilon, featureAxis)
	}, operand, scale, offset, mean, variance)
}

func (f *function) BatchNormForTraining(operand compute.Value, scale compute.Value, offset compute.Value, epsilon float32, featureAxis int) (compute.Value, compute.Value, compute.Value, error) {
	out, err := f.several(func(g compute.Function, in []compute.Value) ([]compute.Value, error) {
		a, b, c, err := g.BatchNormForTraining(in[0], in[1], in[2], epsilon, featureAxis)
		return []compute.Value{a, b, c}, err
	}, operand, scale, offset)
	if err != nil {
		return nil, nil, nil, err
	}
	return out[0], out[1], out[2], nil
}

func (f *function) BatchNormGradient(operand compute.Value, scale compute.Value, mean compute.Value, variance compute.Value, gradOutput compute.Value, epsilon float32, featureAxis int) (compute.Value, compute.Value, compute.Value, error) {
	out, err := f.several(func(g compute.Function, in []compute.Value) ([]compute.Value, error) {
		a, b, c, err := g.BatchNormGradient(in[0], in[1], in[2], in[3], in[4], epsilon, featureAxis)
		return []compute.Value{a, b, c}, err
	}, operand, scale, mean, variance, gradOutput)
	if err != nil {
		return nil, nil, nil, err
	}
	return out[0], out[1], out[2], nil
}

func (f *function) Bitcast(operand compute.Value, targetDType dtypes.DType) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.Bitcast(in[0], targetDType)
	}, operand)
}

func (f *function) BitCount(operand compute.Value) (compute.Value, error) {
	return f.unary(opOther, compute.Function.BitCount, operand)
}

func (f *function) BitwiseAnd(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opOther, compute.Function.BitwiseAnd, lhs, rhs)
}

func (f *function) BitwiseNot(x compute.Value) (compute.Value, error) {
	return f.unary(opOther, compute.Function.BitwiseNot, x)
}

func (f *function) BitwiseOr(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opOther, compute.Function.BitwiseOr, lhs, rhs)
}

func (f *function) BitwiseXor(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opOther, compute.Function.BitwiseXor, lhs, rhs)
}

func (f *function) BroadcastInDim(x compute.Value, outputShape shapes.Shape, broadcastAxes []int) (compute.Value, error) {
	return f.one(opBroadcast, broadcastAxes, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.BroadcastInDim(in[0], outputShape, broadcastAxes)
	}, x)
}

func (f *function) Ceil(x compute.Value) (compute.Value, error) {
	return f.unary(opOther, compute.Function.Ceil, x)
}

func (f *function) Clamp(min compute.Value, x compute.Value, max compute.Value) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.Clamp(in[0], in[1], in[2])
	}, min, x, max)
}

func (f *function) Clz(x compute.Value) (compute.Value, error) {
	return f.unary(opOther, compute.Function.Clz, x)
}

func (f *function) Complex(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opOther, compute.Function.Complex, lhs, rhs)
}

func (f *function) Concatenate(axis int, operands ...compute.Value) (compute.Value, error) {
	return f.one(opConcatenate, axis, func(g compute.Function, in []compute.Value) (compute.Value, error) { return g.Concatenate(axis, in...) }, operands...)
}

func (f *function) Conj(x compute.Value) (compute.Value, error) {
	return f.unary(opOther, compute.Function.Conj, x)
}

func (f *function) ConvGeneral(input compute.Value, kernel compute.Value, axes compute.ConvolveAxesConfig, strides []int, paddings [][2]int, inputDilations []int, kernelDilations []int, channelGroupCount int, batchGroupCount int) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.ConvGeneral(in[0], in[1], axes, strides, paddings, inputDilations, kernelDilations, channelGroupCount, batchGroupCount)
	}, input, kernel)
}

func (f *function) ConvertDType(x compute.Value, dtype dtypes.DType) (compute.Value, error) {
	return f.one(opConvert, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.ConvertDType(in[0], dtype)
	}, x)
}

func (f *function) Cos(x compute.Value) (compute.Value, error) {
	return f.unary(opOther, compute.Function.Cos, x)
}

func (f *function) CumSum(operand compute.Value, axis int, options compute.CumSumOptions) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.CumSum(in[0], axis, options)
	}, operand)
}

func (f *function) Div(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opDiv, compute.Function.Div, lhs, rhs)
}

func (f *function) DotGeneral(lhs compute.Value, lhsContractingAxes []int, lhsBatchAxes []int, rhs compute.Value, rhsContractingAxes []int, rhsBatchAxes []int, config compute.DotGeneralConfig) (compute.Value, error) {
	return f.one(opDot, dotting{lhsContractingAxes, lhsBatchAxes, rhsContractingAxes, rhsBatchAxes, config}, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.DotGeneral(in[0], lhsContractingAxes, lhsBatchAxes, in[1], rhsContractingAxes, rhsBatchAxes, config)
	}, lhs, rhs)
}

func (f *function) DynamicDimensionSize(operand compute.Value, axis int) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.DynamicDimensionSize(in[0], axis)
	}, operand)
}

func (f *function) DynamicShape(operand compute.Value) (compute.Value, error) {
	return f.unary(opOther, compute.Function.DynamicShape, operand)
}

func (f *function) DynamicSlice(operand compute.Value, startIndices []compute.Value, sliceDims []int) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.DynamicSlice(in[0], in[1:], sliceDims)
	}, append([]compute.Value{operand}, startIndices...)...)
}

func (f *function) DynamicUpdateSlice(operand compute.Value, update compute.Value, startIndices []compute.Value) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.DynamicUpdateSlice(in[0], in[1], in[2:])
	}, append([]compute.Value{operand, update}, startIndices...)...)
}

func (f *function) Equal(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opEqual, compute.Function.Equal, lhs, rhs)
}

func (f *function) EqualTotalOrder(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opOther, compute.Function.EqualTotalOrder, lhs, rhs)
}

func (f *function) Erf(x compute.Value) (compute.Value, error) {
	return f.unary(opOther, compute.Function.Erf, x)
}

func (f *function) Exp(x compute.Value) (compute.Value, error) {
	return f.unary(opExp, compute.Function.Exp, x)
}

func (f *function) Expm1(x compute.Value) (compute.Value, error) {
	return f.unary(opExpm1, compute.Function.Expm1, x)
}

func (f *function) FFT(operand compute.Value, fftType compute.FFTType, fftLength []int) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.FFT(in[0], fftType, fftLength)
	}, operand)
}

func (f *function) Floor(x compute.Value) (compute.Value, error) {
	return f.unary(opOther, compute.Function.Floor, x)
}

func (f *function) Gather(operand, startIndices compute.Value, indexVectorAxis int, offsetOutputAxes []int, collapsedSliceAxes []int, startIndexMap []int, sliceSizes []int, indicesAreSorted bool) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.Gather(in[0], in[1], indexVectorAxis, offsetOutputAxes, collapsedSliceAxes, startIndexMap, sliceSizes, indicesAreSorted)
	}, operand, startIndices)
}

func (f *function) GreaterOrEqual(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opGreaterOrEqual, compute.Function.GreaterOrEqual, lhs, rhs)
}

func (f *function) GreaterOrEqualTotalOrder(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opOther, compute.Function.GreaterOrEqualTotalOrder, lhs, rhs)
}

func (f *function) GreaterThan(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opGreater, compute.Function.GreaterThan, lhs, rhs)
}

func (f *function) GreaterThanTotalOrder(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opOther, compute.Function.GreaterThanTotalOrder, lhs, rhs)
}

func (f *function) Identity(x compute.Value) (compute.Value, error) {
	return f.unary(opReshape, compute.Function.Identity, x)
}

func (f *function) Imag(x compute.Value) (compute.Value, error) {
	return f.unary(opOther, compute.Function.Imag, x)
}

func (f *function) Iota(shape shapes.Shape, iotaAxis int) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) { return g.Iota(shape, iotaAxis) })
}

func (f *function) IsFinite(x compute.Value) (compute.Value, error) {
	return f.unary(opOther, compute.Function.IsFinite, x)
}

func (f *function) IsNaN(x compute.Value) (compute.Value, error) {
	return f.unary(opOther, compute.Function.IsNaN, x)
}

func (f *function) LessOrEqual(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opLessOrEqual, compute.Function.LessOrEqual, lhs, rhs)
}

func (f *function) LessOrEqualTotalOrder(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opOther, compute.Function.LessOrEqualTotalOrder, lhs, rhs)
}

func (f *function) LessThan(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opLess, compute.Function.LessThan, lhs, rhs)
}

func (f *function) LessThanTotalOrder(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opOther, compute.Function.LessThanTotalOrder, lhs, rhs)
}

func (f *function) Log(x compute.Value) (compute.Value, error) {
	return f.unary(opLog, compute.Function.Log, x)
}

func (f *function) Log1p(x compute.Value) (compute.Value, error) {
	return f.unary(opLog1p, compute.Function.Log1p, x)
}

func (f *function) LogicalAnd(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opAnd, compute.Function.LogicalAnd, lhs, rhs)
}

func (f *function) LogicalNot(x compute.Value) (compute.Value, error) {
	return f.unary(opNot, compute.Function.LogicalNot, x)
}

func (f *function) LogicalOr(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opOr, compute.Function.LogicalOr, lhs, rhs)
}

func (f *function) LogicalXor(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opOther, compute.Function.LogicalXor, lhs, rhs)
}

func (f *function) Logistic(x compute.Value) (compute.Value, error) {
	return f.unary(opLogistic, compute.Function.Logistic, x)
}

func (f *function) Max(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opMax, compute.Function.Max, lhs, rhs)
}

func (f *function) Min(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opMin, compute.Function.Min, lhs, rhs)
}

func (f *function) Mul(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opMul, compute.Function.Mul, lhs, rhs)
}

func (f *function) Neg(x compute.Value) (compute.Value, error) {
	return f.unary(opNeg, compute.Function.Neg, x)
}

func (f *function) NotEqual(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opNotEqual, compute.Function.NotEqual, lhs, rhs)
}

func (f *function) NotEqualTotalOrder(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opOther, compute.Function.NotEqualTotalOrder, lhs, rhs)
}

func (f *function) Pad(x compute.Value, fillValue compute.Value, axesConfig ...compute.PadAxis) (compute.Value, error) {
	return f.one(opPad, axesConfig, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.Pad(in[0], in[1], axesConfig...)
	}, x, fillValue)
}

func (f *function) Pow(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opPow, compute.Function.Pow, lhs, rhs)
}

func (f *function) Real(x compute.Value) (compute.Value, error) {
	return f.unary(opOther, compute.Function.Real, x)
}

func (f *function) ReduceBitwiseAnd(x compute.Value, axes ...int) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.ReduceBitwiseAnd(in[0], axes...)
	}, x)
}

func (f *function) ReduceBitwiseOr(x compute.Value, axes ...int) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.ReduceBitwiseOr(in[0], axes...)
	}, x)
}

func (f *function) ReduceBitwiseXor(x compute.Value, axes ...int) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.ReduceBitwiseXor(in[0], axes...)
	}, x)
}

func (f *function) ReduceLogicalAnd(x compute.Value, axes ...int) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.ReduceLogicalAnd(in[0], axes...)
	}, x)
}

func (f *function) ReduceLogicalOr(x compute.Value, axes ...int) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.ReduceLogicalOr(in[0], axes...)
	}, x)
}

func (f *function) ReduceLogicalXor(x compute.Value, axes ...int) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.ReduceLogicalXor(in[0], axes...)
	}, x)
}

func (f *function) ReduceMax(x compute.Value, axes ...int) (compute.Value, error) {
	return f.one(opReduceMax, axes, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.ReduceMax(in[0], axes...)
	}, x)
}

func (f *function) ReduceMin(x compute.Value, axes ...int) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.ReduceMin(in[0], axes...)
	}, x)
}

func (f *function) ReduceProduct(x compute.Value, axes ...int) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.ReduceProduct(in[0], axes...)
	}, x)
}

func (f *function) ReduceSum(x compute.Value, axes ...int) (compute.Value, error) {
	return f.one(opReduceSum, axes, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.ReduceSum(in[0], axes...)
	}, x)
}

func (f *function) ReduceWindow(input compute.Value, reductionType compute.ReduceOpType, windowDimensions []int, strides []int, inputDilations []int, windowDilations []int, paddings [][2]int) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.ReduceWindow(in[0], reductionType, windowDimensions, strides, inputDilations, windowDilations, paddings)
	}, input)
}

func (f *function) Rem(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opOther, compute.Function.Rem, lhs, rhs)
}

func (f *function) Reshape(x compute.Value, dimensions ...int) (compute.Value, error) {
	return f.one(opReshape, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.Reshape(in[0], dimensions...)
	}, x)
}

func (f *function) Reverse(x compute.Value, axes ...int) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) { return g.Reverse(in[0], axes...) }, x)
}

func (f *function) RNGBitGenerator(state compute.Value, shape shapes.Shape) (compute.Value, compute.Value, error) {
	out, err := f.several(func(g compute.Function, in []compute.Value) ([]compute.Value, error) {
		a, b, err := g.RNGBitGenerator(in[0], shape)
		return []compute.Value{a, b}, err
	}, state)
	if err != nil {
		return nil, nil, err
	}
	return out[0], out[1], nil
}

func (f *function) Round(x compute.Value) (compute.Value, error) {
	return f.unary(opOther, compute.Function.Round, x)
}

func (f *function) Rsqrt(x compute.Value) (compute.Value, error) {
	return f.unary(opRsqrt, compute.Function.Rsqrt, x)
}

func (f *function) ScatterMax(operand compute.Value, scatterIndices compute.Value, updates compute.Value, indexVectorAxis int, updateWindowAxes []int, insertedWindowAxes []int, scatterAxesToOperandAxes []int, indicesAreSorted bool, uniqueIndices bool) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.ScatterMax(in[0], in[1], in[2], indexVectorAxis, updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes, indicesAreSorted, uniqueIndices)
	}, operand, scatterIndices, updates)
}

func (f *function) ScatterMin(operand compute.Value, scatterIndices compute.Value, updates compute.Value, indexVectorAxis int, updateWindowAxes []int, insertedWindowAxes []int, scatterAxesToOperandAxes []int, indicesAreSorted bool, uniqueIndices bool) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.ScatterMin(in[0], in[1], in[2], indexVectorAxis, updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes, indicesAreSorted, uniqueIndices)
	}, operand, scatterIndices, updates)
}

func (f *function) ScatterSum(operand compute.Value, scatterIndices compute.Value, updates compute.Value, indexVectorAxis int, updateWindowAxes []int, insertedWindowAxes []int, scatterAxesToOperandAxes []int, indicesAreSorted bool, uniqueIndices bool) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.ScatterSum(in[0], in[1], in[2], indexVectorAxis, updateWindowAxes, insertedWindowAxes, scatterAxesToOperandAxes, indicesAreSorted, uniqueIndices)
	}, operand, scatterIndices, updates)
}

func (f *function) SelectAndScatterMax(operand compute.Value, source compute.Value, windowDimensions []int, windowStrides []int, paddings [][2]int) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.SelectAndScatterMax(in[0], in[1], windowDimensions, windowStrides, paddings)
	}, operand, source)
}

func (f *function) SelectAndScatterMin(operand compute.Value, source compute.Value, windowDimensions []int, windowStrides []int, paddings [][2]int) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.SelectAndScatterMin(in[0], in[1], windowDimensions, windowStrides, paddings)
	}, operand, source)
}

func (f *function) ShiftLeft(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opOther, compute.Function.ShiftLeft, lhs, rhs)
}

func (f *function) ShiftRightArithmetic(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opOther, compute.Function.ShiftRightArithmetic, lhs, rhs)
}

func (f *function) ShiftRightLogical(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opOther, compute.Function.ShiftRightLogical, lhs, rhs)
}

// Sign is of what is not a number that itself, of which the inner backend would make 0.
func (f *function) Sign(x compute.Value) (compute.Value, error) {
	return f.unary(opSign, signOf, x)
}

func signOf(g compute.Function, x compute.Value) (compute.Value, error) {
	sign, err := g.Sign(x)
	if err != nil {
		return nil, err
	}
	shape, err := g.Shape(x)
	// With arrays of no numbers the inner backend's choice panics.
	if err != nil || !shape.DType.IsFloat() || !shape.IsDynamic() && shape.Size() == 0 {
		return sign, err
	}
	none, err := g.NotEqual(x, x)
	if err != nil {
		return nil, err
	}
	return g.Where(none, x, sign)
}

func (f *function) Sin(x compute.Value) (compute.Value, error) {
	return f.unary(opOther, compute.Function.Sin, x)
}

func (f *function) Slice(x compute.Value, starts []int, limits []int, strides []int) (compute.Value, error) {
	return f.one(opSlice, slicing{starts, limits, strides}, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.Slice(in[0], starts, limits, strides)
	}, x)
}

func (f *function) Sqrt(x compute.Value) (compute.Value, error) {
	return f.unary(opSqrt, compute.Function.Sqrt, x)
}

func (f *function) Sub(lhs, rhs compute.Value) (compute.Value, error) {
	return f.binary(opSub, compute.Function.Sub, lhs, rhs)
}

func (f *function) Tanh(x compute.Value) (compute.Value, error) {
	return f.unary(opTanh, compute.Function.Tanh, x)
}

func (f *function) Transpose(x compute.Value, permutation ...int) (compute.Value, error) {
	return f.one(opTranspose, permutation, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.Transpose(in[0], permutation...)
	}, x)
}

func (f *function) Where(condition compute.Value, onTrue compute.Value, onFalse compute.Value) (compute.Value, error) {
	return f.one(opWhere, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.Where(in[0], in[1], in[2])
	}, condition, onTrue, onFalse)
}

func (f *function) OptimizationBarrier(operands ...compute.Value) ([]compute.Value, error) {
	return f.several(func(g compute.Function, in []compute.Value) ([]compute.Value, error) {
		return g.OptimizationBarrier(in...)
	}, operands...)
}

func (f *function) SchedulingBarrier(operand compute.Value, dependencies ...compute.Value) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.SchedulingBarrier(in[0], in[1:]...)
	}, append([]compute.Value{operand}, dependencies...)...)
}

func (f *function) AllReduce(operands []compute.Value, reductionType compute.ReduceOpType, replicaGroups [][]int) ([]compute.Value, error) {
	return f.several(func(g compute.Function, in []compute.Value) ([]compute.Value, error) {
		return g.AllReduce(in, reductionType, replicaGroups)
	}, operands...)
}

func (f *function) FusedSoftmax(x compute.Value, axis int) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.FusedSoftmax(in[0], axis)
	}, x)
}

func (f *function) FusedGelu(x compute.Value, exact bool) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) { return g.FusedGelu(in[0], exact) }, x)
}

func (f *function) FusedLayerNorm(x compute.Value, axes []int, epsilon float64, gamma compute.Value, beta compute.Value) (compute.Value, error) {
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.FusedLayerNorm(in[0], axes, epsilon, in[1], in[2])
	}, x, gamma, beta)
}

func (f *function) FusedAttentionQKVProjection(x, wQKV, biasQ, biasK, biasV compute.Value, queryDim, keyValueDim int) (query, key, value compute.Value, err error) {
	out, err := f.several(func(g compute.Function, in []compute.Value) ([]compute.Value, error) {
		a, b, c, err := g.FusedAttentionQKVProjection(in[0], in[1], in[2], in[3], in[4], queryDim, keyValueDim)
		return []compute.Value{a, b, c}, err
	}, x, wQKV, biasQ, biasK, biasV)
	if err != nil {
		return nil, nil, nil, err
	}
	return out[0], out[1], out[2], nil
}

// FusedDense is put together of a product and elementwise operations where tiles are for them and
// the activation is none.
func (f *function) FusedDense(x, weight, bias compute.Value, options compute.DenseConfig) (compute.Value, error) {
	left, right := f.node(x), f.node(weight)
	if left != nil && right != nil && hasTile && options.Activation == compute.ActivationNone && left.shape.DType == dtypes.Float32 && right.shape.DType == dtypes.Float32 && right.shape.Rank() == 2 {
		return f.dense(x, weight, left.shape.Rank(), bias, options)
	}
	return f.one(opOther, nil, func(g compute.Function, in []compute.Value) (compute.Value, error) {
		return g.FusedDense(in[0], in[1], in[2], options)
	}, x, weight, bias)
}

// dense is the product of x, of that rank, and weight, and bias added if there is one.
func (f *function) dense(x, weight compute.Value, rank int, bias compute.Value, options compute.DenseConfig) (compute.Value, error) {
	summed := 0
	if options.WeightLayout == compute.DenseLayoutOutputsInput {
		summed = 1
	}
	y, err := f.DotGeneral(x, []int{rank - 1}, nil, weight, []int{summed}, nil, compute.DotGeneralConfig{})
	if err != nil || bias == nil {
		return y, err
	}
	shape, err := f.Shape(y)
	if err != nil {
		return nil, err
	}
	wide, err := f.BroadcastInDim(bias, shape, []int{shape.Rank() - 1})
	if err != nil {
		return nil, err
	}
	return f.Add(y, wide)
}
