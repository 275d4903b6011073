package metrics

import (
	"fmt"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/extent"
)

// A metric tells before the first step which targets it cannot judge; losses do so in their own files.

// CheckTargets says whether there is one target for each output.
func (m BinaryAccuracy) CheckTargets(y contract.Targets, output []int) error {
	return contract.SameShape(m.Name(), y, output)
}

// CheckTargets says whether there is one target for each output.
func (m AUC) CheckTargets(y contract.Targets, output []int) error {
	return contract.SameShape(m.Name(), y, output)
}

// CheckTargets says whether there is one target for each output.
func (m MeanSquaredError) CheckTargets(y contract.Targets, output []int) error {
	return contract.SameShape(m.Name(), y, output)
}

// CheckTargets says whether there is one target for each output.
func (m MeanAbsoluteError) CheckTargets(y contract.Targets, output []int) error {
	return contract.SameShape(m.Name(), y, output)
}

// CheckTargets says whether there is one target for each output.
func (m RootMeanSquaredError) CheckTargets(y contract.Targets, output []int) error {
	return contract.SameShape(m.Name(), y, output)
}

// CheckTargets says whether there is one target for each output.
func (m R2) CheckTargets(y contract.Targets, output []int) error {
	return contract.SameShape(m.Name(), y, output)
}

// CheckTargets says whether targets are one-hot.
func (m CategoricalAccuracy) CheckTargets(y contract.Targets, output []int) error {
	if contract.SameShape("", y, output) == nil && len(output) > 0 && output[len(output)-1] > 1 {
		return nil
	}
	return fmt.Errorf("%s: expected one-hot targets of shape %s. Got %s; for class numbers use metrics.Accuracy", m.Name(), extent.Dims(output), extent.Dims(y.ExampleShape()))
}

// CheckTargets says whether targets are class numbers.
func (m Perplexity) CheckTargets(y contract.Targets, output []int) error {
	return contract.ClassNumbers(m.Name(), y, output)
}

// CheckTargets says whether targets are class numbers, or of the outputs' own shape.
func (m Accuracy) CheckTargets(y contract.Targets, output []int) error {
	return classesOrSame(m.Name(), y, output)
}

// CheckTargets says whether targets are class numbers, or of the outputs' own shape.
func (m TopKAccuracy) CheckTargets(y contract.Targets, output []int) error {
	return classesOrSame(m.Name(), y, output)
}

// CheckTargets says whether targets are class numbers, or of the outputs' own shape.
func (m Precision) CheckTargets(y contract.Targets, output []int) error {
	return classesOrSame(m.Name(), y, output)
}

// CheckTargets says whether targets are class numbers, or of the outputs' own shape.
func (m Recall) CheckTargets(y contract.Targets, output []int) error {
	return classesOrSame(m.Name(), y, output)
}

// CheckTargets says whether targets are class numbers, or of the outputs' own shape.
func (m F1) CheckTargets(y contract.Targets, output []int) error {
	return classesOrSame(m.Name(), y, output)
}

func classesOrSame(what string, y contract.Targets, output []int) error {
	if contract.SameShape(what, y, output) == nil || contract.ClassNumbers(what, y, output) == nil {
		return nil
	}
	if len(output) > 0 && output[len(output)-1] > 1 && extent.Size(y.ExampleShape()) < extent.Size(output) {
		return contract.ClassNumbers(what, y, output)
	}
	return contract.SameShape(what, y, output)
}
