package multicore

// PlanAll makes the backend plan the smallest computations, too, and panic where planning fails.
func PlanAll(b *Backend) { b.least, b.strict = 0, true }

// OnCores makes the backend work with so many goroutines.
func OnCores(b *Backend, n int) { b.workers = &workers{cores: n} }
