// Package callbacks has what takes part in a Fit between its steps, with the names, rules and
// defaults of Keras's callbacks: EarlyStopping, ModelCheckpoint, ReduceLROnPlateau,
// LearningRateScheduler, CSVLogger, TerminateOnNaN, and Hooks, which makes a callback of
// functions. They use what ml.Run exports, as one of your own does: embed ml.NoCallback and
// write the methods that are needed.
package callbacks
