//go:build !(amd64 && goexperiment.simd)

package multicore

// Without Go's simd experiment all is computed number by number.
var (
	vectorAdd         = plainAdd
	vectorSub         = plainSub
	vectorMul         = plainMul
	vectorDiv         = plainDiv
	vectorEqual       = plainEqual
	vectorNotEqual    = plainNotEqual
	vectorLess        = plainLess
	vectorLessOrEqual = plainLessOrEqual
	vectorMax         = plainMax
	vectorMin         = plainMin
	vectorSqrt        = plainSqrt
	vectorWhere       = plainWhere
)
