package losses

import (
	"fmt"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/extent"
)

// checkShape returns an error if there is not one target for each output.
func checkShape(what fmt.Stringer, y contract.Targets, output []int) error {
	if want, got := extent.Size(output), extent.Size(y.ExampleShape()); want != got {
		return fmt.Errorf("%s: expected targets of shape %s, as the last layer's output. Got %s",
			what, extent.Dims(output), extent.Dims(y.ExampleShape()))
	}
	return nil
}

// checkSmoothing returns an error if a label smoothing is out of range.
func checkSmoothing(what fmt.Stringer, part float64) error {
	if part < 0 || part > 1 {
		return fmt.Errorf("%s: expected a label smoothing from 0 to 1. Got %g", what, part)
	}
	return nil
}
