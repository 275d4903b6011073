// Package tensorboard writes the figures of a training as event files for TensorBoard, which you
// start with `tensorboard --logdir logs`.
//
// It owns the form of the files (records with checksums around protocol-buffer messages) and the
// callback that fills them. It starts no server and imports no TensorFlow library. Runs and tags
// have the names that Keras's callback gives them, so that both appear in the same charts.
package tensorboard

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml"
)

// Callback logs a Fit. The runs Dir/train and Dir/validation get the loss and each metric, as
// epoch_loss, epoch_accuracy and so on, against the epoch, which counts from 1 over the model's
// life. The run Dir/train also gets epoch_learning_rate. Use a pointer, as in
// &tensorboard.Callback{Dir: "logs/first"}.
type Callback struct {
	ml.NoCallback
	// Dir is the folder for this training, one of those below --logdir.
	Dir string
	// Steps says to log the loss and metrics of every single step as well, as batch_loss and so on.
	Steps bool
	// Histograms is the number of epochs from one histogram of each layer's weights to the next.
	// With 0, the default, there are none.
	Histograms int

	train, validation *Writer
}

// FitBegin creates the file for the training's figures.
func (c *Callback) FitBegin(*ml.Run) (err error) {
	if c.Dir == "" || c.Histograms < 0 {
		return fmt.Errorf("tensorboard: expected a Dir, and Histograms of 0 or more. Got %q and %d", c.Dir, c.Histograms)
	}
	c.train, err = NewWriter(filepath.Join(c.Dir, "train"))
	return err
}

// EpochEnd writes the epoch's figures.
func (c *Callback) EpochEnd(r *ml.Run) error {
	e := r.History.Epochs[len(r.History.Epochs)-1]
	for _, v := range e.Values {
		w, name := c.train, v.Name
		if val, ok := strings.CutPrefix(v.Name, "val_"); ok {
			if c.validation == nil {
				var err error
				if c.validation, err = NewWriter(filepath.Join(c.Dir, "validation")); err != nil {
					return err
				}
			}
			w, name = c.validation, val
		}
		if err := w.Scalar("epoch_"+name, e.Number, v.Value); err != nil {
			return err
		}
	}
	if err := c.train.Scalar("epoch_learning_rate", e.Number, e.LearningRate); err != nil {
		return err
	}
	if c.Steps {
		if err := c.steps(r.Total-len(e.Batches), e.Batches); err != nil {
			return err
		}
	}
	if c.Histograms > 0 && e.Number%c.Histograms == 0 {
		return c.weights(r, e.Number)
	}
	return nil
}

// steps writes the figures of steps that come behind so many others.
func (c *Callback) steps(before int, batches []ml.Scores) error {
	for i, s := range batches {
		if err := c.train.Scalar("batch_loss", before+i+1, s.Loss); err != nil {
			return err
		}
		for _, v := range s.Metrics {
			if err := c.train.Scalar("batch_"+v.Name, before+i+1, v.Value); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c *Callback) weights(r *ml.Run, epoch int) error {
	w, err := r.Weights()
	if err != nil {
		return fmt.Errorf("tensorboard: %w", err)
	}
	for _, p := range w.Paths() {
		values, err := tensors.CopyFlatData[float32](w.Value(p))
		if err != nil {
			continue // a variable of another type is a count or the like, no weight
		}
		all := make([]float64, len(values))
		for i, v := range values {
			all[i] = float64(v)
		}
		layer, name := path.Split(p)
		if err := c.train.Histogram(path.Join(path.Base(layer), name), epoch, all); err != nil {
			return err
		}
	}
	return nil
}

// FitEnd closes the files.
func (c *Callback) FitEnd(*ml.Run, error) (err error) {
	for _, w := range []**Writer{&c.train, &c.validation} {
		if *w != nil {
			err = errors.Join(err, (*w).Close())
			*w = nil
		}
	}
	return err
}
