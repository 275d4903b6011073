package byhand

import "math"

// MeanSquaredError is 1/m·Σ(y - ŷ)² over m answers. It panics if there are no answers, or not as
// many answers as targets.
func MeanSquaredError(targets, answers []float64) float64 {
	return mean(targets, answers, func(y, answer float64) float64 { return (y - answer) * (y - answer) })
}

// BinaryCrossEntropy is -1/m·Σ(y·ln ŷ + (1 - y)·ln(1 - ŷ)) over m answers, each between 0 and 1. It
// panics as MeanSquaredError does.
func BinaryCrossEntropy(targets, answers []float64) float64 {
	return mean(targets, answers, func(y, answer float64) float64 {
		return -(y*math.Log(answer) + (1-y)*math.Log(1-answer))
	})
}

// CrossEntropy is -Σ y·ln ŷ over the classes of one example, where targets and answers are
// probabilities that add up to 1. If y is 1 for the right class and 0 for the others, it is minus
// the logarithm of the probability given to the right class. It panics if there are not as many
// answers as targets.
func CrossEntropy(targets, answers []float64) float64 {
	return mean(targets, answers, func(y, answer float64) float64 {
		if y == 0 {
			return 0 // the limit of y·ln ŷ
		}
		return -y * math.Log(answer)
	}) * float64(len(targets))
}

func mean(targets, answers []float64, of func(y, answer float64) float64) float64 {
	if len(targets) != len(answers) || len(targets) == 0 {
		panic("byhand: expected as many answers as targets, at least one")
	}
	sum := 0.0
	for i, y := range targets {
		sum += of(y, answers[i])
	}
	return sum / float64(len(targets))
}
