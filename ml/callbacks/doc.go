// Package callbacks has the objects that take part in a Fit between its steps, with the names,
// rules and defaults of Keras's callbacks: EarlyStopping, ModelCheckpoint, ReduceLROnPlateau,
// LearningRateScheduler, CSVLogger, TerminateOnNaN, and Hooks, which makes a callback from
// functions. They use only what ml.Run exports. A callback of your own embeds ml.NoCallback and has
// the methods that it needs.
package callbacks
