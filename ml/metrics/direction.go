package metrics

// Callbacks that watch a metric ask it which way it improves.

// HigherIsBetter returns true.
func (Accuracy) HigherIsBetter() bool { return true }

// HigherIsBetter returns true.
func (BinaryAccuracy) HigherIsBetter() bool { return true }

// HigherIsBetter returns true.
func (CategoricalAccuracy) HigherIsBetter() bool { return true }

// HigherIsBetter returns true.
func (TopKAccuracy) HigherIsBetter() bool { return true }

// HigherIsBetter returns true.
func (Precision) HigherIsBetter() bool { return true }

// HigherIsBetter returns true.
func (Recall) HigherIsBetter() bool { return true }

// HigherIsBetter returns true.
func (F1) HigherIsBetter() bool { return true }

// HigherIsBetter returns true.
func (AUC) HigherIsBetter() bool { return true }

// HigherIsBetter returns true.
func (R2) HigherIsBetter() bool { return true }

// HigherIsBetter returns false.
func (MeanSquaredError) HigherIsBetter() bool { return false }

// HigherIsBetter returns false.
func (MeanAbsoluteError) HigherIsBetter() bool { return false }

// HigherIsBetter returns false.
func (RootMeanSquaredError) HigherIsBetter() bool { return false }

// HigherIsBetter returns false.
func (Perplexity) HigherIsBetter() bool { return false }
