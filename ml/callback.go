package ml

// Callback takes part in a Fit. Embed NoCallback and write only the methods that are needed. Any
// error ends the Fit.
type Callback interface {
	// FitBegin comes before anything is compiled.
	FitBegin(*Run) error
	// EpochBegin comes before the first step of each epoch.
	EpochBegin(*Run) error
	// Progress comes several times a second, between two executions on the device, and when the
	// phase changes.
	Progress(*Run) error
	// EpochEnd comes when the epoch's record is in Run.History.
	EpochEnd(*Run) error
	// FitEnd comes however the Fit ends, once FitBegin has returned no error. err is what it ends
	// with, and an error of FitEnd is joined to it.
	FitEnd(r *Run, err error) error
}

// NoCallback does nothing at every call.
type NoCallback struct{}

// FitBegin does nothing.
func (NoCallback) FitBegin(*Run) error { return nil }

// EpochBegin does nothing.
func (NoCallback) EpochBegin(*Run) error { return nil }

// Progress does nothing.
func (NoCallback) Progress(*Run) error { return nil }

// EpochEnd does nothing.
func (NoCallback) EpochEnd(*Run) error { return nil }

// FitEnd does nothing.
func (NoCallback) FitEnd(*Run, error) error { return nil }

// StepCallback is a Callback that is called between steps, too.
type StepCallback interface {
	Callback
	// Every is the number of steps between two calls, counted over all epochs; 0 means no calls. It
	// may not change after FitBegin.
	Every() int
	// StepEnd comes after each Every-th step: executions on the device end there.
	StepEnd(*Run) error
}

// Ordered is a Callback that says where it comes among the others, whatever its place in
// FitConfig.Callbacks: after all of a lower Order. Others have 0.
type Ordered interface {
	Callback
	Order() int
}

// Resumable is a Callback with a state that outlives a Fit. The state is saved with the model, and
// a Fit with FitConfig.Resume hands it to the callback at the same place in FitConfig.Callbacks,
// after FitBegin.
type Resumable interface {
	Callback
	// SaveState returns the state as bytes of any form.
	SaveState() ([]byte, error)
	// LoadState takes what SaveState returned.
	LoadState([]byte) error
}

// order is where a callback comes among the others.
func order(c Callback) int {
	if o, ok := c.(Ordered); ok {
		return o.Order()
	}
	return 0
}
