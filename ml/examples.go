package ml

// Examples is a set of inputs with their targets, each in a form that Fit takes. The data sets of ml/data are; Pair
// makes one of two arrays.
type Examples interface {
	Examples() (x, y any)
}

// Pair makes Examples of inputs and targets.
func Pair(x, y any) Examples { return pair{x, y} }

type pair struct{ x, y any }

func (p pair) Examples() (x, y any) { return p.x, p.y }
