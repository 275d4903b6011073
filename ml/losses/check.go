package losses

import "fmt"

// checkSmoothing returns an error if a label smoothing is out of range.
func checkSmoothing(what fmt.Stringer, part float64) error {
	if part < 0 || part > 1 {
		return fmt.Errorf("%s: expected a label smoothing from 0 to 1. Got %g", what, part)
	}
	return nil
}
