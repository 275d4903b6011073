package ml

// NextPiece is how many steps the next execution makes, given those of the last and how long they took.
var NextPiece = nextPiece

// Again counts the steps that a TerminateOnNaN made again.
func (r *Run) Again() int { return r.finite.again }
