package multicore

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// opcode is what an operation does, as far as that is known here.
type opcode int

const (
	// opOther is computed by the inner backend.
	opOther opcode = iota
	// opParameter's attr is its number, opConstant's its values.
	opParameter
	opConstant
	// opReshape's result has the same numbers in the same order. It stands for Identity, too.
	opReshape
	// opBroadcast's attr is for each axis of the input the result's.
	opBroadcast
	// opTranspose's attr is for each axis of the result the input's.
	opTranspose
	// opSlice's attr is slicing.
	opSlice
	// opConcatenate's attr is the axis.
	opConcatenate
	// opPad's attr is []compute.PadAxis.
	opPad
	// opDot's attr is dotting.
	opDot
	// The attr of reductions is the axes; none means all.
	opReduceSum
	opReduceMax
	// What follows is elementwise. opConvert makes 1 and 0 of true and false, or nothing.
	opConvert
	opWhere
	opAnd
	opOr
	opNot
	opEqual
	opNotEqual
	opLess
	opLessOrEqual
	opGreater
	opGreaterOrEqual
	opAdd
	opSub
	opMul
	opDiv
	opMax
	opMin
	opPow
	opNeg
	opAbs
	opSqrt
	opRsqrt
	opExp
	opExpm1
	opLog
	opLog1p
	opLogistic
	opTanh
	opSign
)

type slicing struct{ starts, limits, strides []int }

type dotting struct {
	leftSummed, leftBatch, rightSummed, rightBatch []int
	config                                         compute.DotGeneralConfig
}

// elementwise says whether each number of the result is made of those at the same place of the
// inputs.
func (op opcode) elementwise() bool { return op >= opConvert }

// own says whether the node is computed here; inputs are those that count.
func (n *node) own(inputs []*node) bool {
	kind := func(n *node, types ...dtypes.DType) bool {
		return n != nil && n.shape.Size() > 0 && slices.Contains(types, n.shape.DType)
	}
	all := func(result dtypes.DType, types ...dtypes.DType) bool {
		for _, in := range inputs {
			if !kind(in, types...) {
				return false
			}
		}
		return kind(n, result)
	}
	const number, truth = dtypes.Float32, dtypes.Bool
	switch {
	case n.op == opOther || n.op == opParameter || n.op == opConstant:
		return false
	case n.op == opReshape:
		return kind(n, number, truth)
	case n.op == opConvert:
		return all(number, number, truth)
	case n.op == opWhere:
		return kind(inputs[0], truth) && kind(inputs[1], number) && kind(inputs[2], number) && n.fits(inputs)
	case n.op >= opAnd && n.op <= opNot:
		return all(truth, truth) && n.fits(inputs)
	case n.op >= opEqual && n.op <= opGreaterOrEqual:
		return all(truth, number) && n.fits(inputs)
	case n.op.elementwise():
		return all(number, number) && n.fits(inputs)
	}
	if !all(number, number) {
		return false
	}
	switch n.op {
	case opReduceSum, opReduceMax:
		_, _, _, ok := n.reduced(inputs[0])
		return ok
	case opPad:
		for _, p := range n.attr.([]compute.PadAxis) {
			if p.Start < 0 || p.End < 0 || p.Interior < 0 {
				return false
			}
		}
	case opDot:
		_, ok := n.dot(inputs[0], inputs[1])
		return ok
	}
	return true
}

// fits says whether the inputs' places can be found from the result's: see repetition.
func (n *node) fits(inputs []*node) bool {
	for _, in := range inputs {
		if in.shape.Size() == 1 {
			continue
		}
		if in.shape.Rank() != n.shape.Rank() {
			return false
		}
		axes := make([]int, in.shape.Rank())
		for i := range axes {
			axes[i] = i
		}
		if _, ok := repeated(in.shape.Dimensions, n.shape.Dimensions, axes); !ok {
			return false
		}
	}
	return true
}

// repetition says where an element of a larger array is in a smaller one: at i/inner mod mid.
type repetition struct{ mid, inner int }

// repeated finds the repetition by which an array of dims, whose axes become those numbered of the
// array of dimensions out, is broadcast to that.
func repeated(dims, out, axes []int) (repetition, bool) {
	if !slices.IsSorted(axes) {
		return repetition{}, false
	}
	kept := make([]bool, len(out))
	for i, axis := range axes {
		kept[axis] = dims[i] == out[axis]
	}
	r := repetition{1, 1}
	for i := len(out) - 1; i >= 0; i-- {
		switch {
		case out[i] == 1:
		case kept[i]:
			r.mid *= out[i]
		case r.mid == 1:
			r.inner *= out[i]
		default:
			// What lies before this axis must not be kept.
			for j := range i {
				if kept[j] && out[j] > 1 {
					return r, false
				}
			}
			return r, true
		}
	}
	return r, true
}
