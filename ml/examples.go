package ml

// Flat is data that knows its own shape, the first axis counting the examples; values are in row-major
// order. The data sets of ml/data are.
type Flat interface {
	Flat() (values []float32, shape []int)
}

// Examples is a set of inputs with their targets, each in a form that Fit takes. The data sets of ml/data are; Pair
// makes one of two arrays.
type Examples interface {
	Examples() (x, y any)
}

// Pair makes Examples of inputs and targets.
func Pair(x, y any) Examples { return pair{x, y} }

type pair struct{ x, y any }

func (p pair) Examples() (x, y any) { return p.x, p.y }
