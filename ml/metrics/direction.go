package metrics

// Callbacks that watch a metric ask it which way it gets better.

// HigherIsBetter is true.
func (Accuracy) HigherIsBetter() bool { return true }

// HigherIsBetter is true.
func (BinaryAccuracy) HigherIsBetter() bool { return true }

// HigherIsBetter is true.
func (CategoricalAccuracy) HigherIsBetter() bool { return true }

// HigherIsBetter is true.
func (TopKAccuracy) HigherIsBetter() bool { return true }

// HigherIsBetter is true.
func (Precision) HigherIsBetter() bool { return true }

// HigherIsBetter is true.
func (Recall) HigherIsBetter() bool { return true }

// HigherIsBetter is true.
func (F1) HigherIsBetter() bool { return true }

// HigherIsBetter is true.
func (AUC) HigherIsBetter() bool { return true }

// HigherIsBetter is true.
func (R2) HigherIsBetter() bool { return true }

// HigherIsBetter is false.
func (MeanSquaredError) HigherIsBetter() bool { return false }

// HigherIsBetter is false.
func (MeanAbsoluteError) HigherIsBetter() bool { return false }

// HigherIsBetter is false.
func (RootMeanSquaredError) HigherIsBetter() bool { return false }

// HigherIsBetter is false.
func (Perplexity) HigherIsBetter() bool { return false }
