package ml

// stand is where a Fit stands beside the model's variables (which hold the weights, the optimiser's
// state and that of the random numbers): enough for another Fit to go on as if it had never been
// cut off. It is saved with the model.
type stand struct {
	// BatchSize, Seed, InOrder, Examples are what the order of examples follows from.
	BatchSize, Examples int
	Seed                int64
	InOrder             bool
	// Epochs are those recorded, Total counts their steps and those of the epoch under way.
	Epochs []Epoch
	Total  int
	// Done counts the steps of the epoch under way, Sums and Rows are its figures so far; all zero
	// between two epochs.
	Done       int
	Sums, Rows []float64
	// Callbacks are the states of those that are Resumable.
	Callbacks []callbackState
	// Weights are those that training arrived at, if a callback put others into the model at the
	// end.
	Weights *Weights
}

// callbackState is what SaveState of the callback at a place returned.
type callbackState struct {
	Place int
	Kind  string
	State []byte
}
