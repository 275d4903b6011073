package ml

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/gonbml/gonbml/ml/progress"
)

// Fit trains the model on the inputs x and targets y, whose first axes count the examples, and
// returns the figures of each epoch. Each of x and y is a slice, a slice of slices, a tensor, the X
// or Y of a data set, or anything else that has a method Flat() (values []float32, shape []int);
// see Arrays for models of several inputs or outputs. Class numbers are integers, one for each
// example. A Stream is given as x, with y nil.
//
// When ctx ends, or the cell is interrupted, Fit stops within a step or 0.2 s and returns the
// history so far with an error that wraps ErrInterrupted. The model keeps what it has learned, and
// another Fit goes on from there. ctx may be nil.
func (m *Model) Fit(ctx context.Context, x, y any, config FitConfig) (*History, error) {
	ctx, cancel := whole(ctx)
	defer cancel()
	if err := m.enter(ctx); err != nil {
		return nil, fmt.Errorf("ml: Fit: %w", err)
	}
	defer m.leave()
	h, err := m.fit(ctx, x, y, config)
	if failed := m.push(); failed != nil {
		err = errors.Join(err, failed)
	}
	if err != nil {
		return h, fmt.Errorf("ml: Fit: %w", err)
	}
	return h, nil
}

func (m *Model) fit(ctx context.Context, x, y any, config FitConfig) (h *History, err error) {
	if err := config.fill(); err != nil {
		return nil, err
	}
	if err := m.ready(); err != nil {
		return nil, err
	}
	b, err := m.device()
	if err != nil {
		return nil, err
	}
	r := &Run{Model: m, Config: config, batchGiven: config.BatchSize, Backend: b.String(), History: &History{Backend: b.String()}, callbacks: slices.Clone(config.Callbacks)}
	if display := config.Progress; display != nil {
		r.callbacks = append(r.callbacks, &reporter{display: display})
	} else if !config.Quiet {
		r.callbacks = append(r.callbacks, &reporter{display: progress.New()})
	}
	slices.SortStableFunc(r.callbacks, func(a, b Callback) int { return order(a) - order(b) })
	begun := 0
	defer func() {
		var now *stand
		var failed error
		if r.compiled { // else nothing was trained
			now, failed = r.stand()
		}
		r.Phase = Finished
		for _, c := range r.callbacks[:begun] {
			if end := c.FitEnd(r, err); end != nil {
				err = errors.Join(err, end)
			}
		}
		switch {
		case failed != nil && err == nil:
			err = failed
		case failed == nil && now != nil:
			now.Weights = r.replaced
			m.stand = now
		}
		r.endEpoch()
	}()
	for _, c := range r.callbacks {
		if err := c.FitBegin(r); err != nil {
			return nil, err
		}
		begun++
	}
	if config.Resume {
		if err := r.resume(m.stand); err != nil {
			return nil, fmt.Errorf("FitConfig.Resume: %w", err)
		}
	}
	return r.History, m.train(ctx, r, x, y)
}

// train uploads the data, compiles the loops and runs the epochs.
func (m *Model) train(ctx context.Context, r *Run, x, y any) error {
	if err := r.phase(Preparing); err != nil {
		return err
	}
	begin, end, err := m.trainingData(ctx, r, x, y)
	if err != nil {
		return err
	}
	defer end()
	if err := r.same(); err != nil {
		return err
	}
	var val *validation
	if r.Config.Validation != nil {
		if val, err = m.validation(ctx, r.Config.Validation, pass{
			steps: r.Config.ValidationSteps, option: "FitConfig.ValidationSteps", batch: r.batchGiven, seed: r.Config.Seed,
		}); err != nil {
			return fmt.Errorf("validation data: %w", err)
		}
		defer val.free()
		if val.data != nil {
			r.Validation = val.data.n
		}
	} else if r.Config.ValidationSteps > 0 {
		return errors.New("expected a Stream as FitConfig.Validation for ValidationSteps. Got no validation data")
	}
	if err := r.phase(Compiling); err != nil {
		return err
	}
	for r.Epoch = r.Epoch + 1; r.Epoch <= r.Config.Epochs; r.Epoch++ {
		if r.current, err = begin(); err != nil {
			return err
		}
		if err := m.epoch(ctx, r, val); err != nil {
			return err
		}
		if r.stop != "" {
			r.History.Stopped = r.stop
			break
		}
		r.endEpoch()
	}
	return nil
}

// trainingData brings the data to the device, or opens the stream, and returns how to begin an
// epoch and how to end it all.
func (m *Model) trainingData(ctx context.Context, r *Run, x, y any) (begin func() (*epoch, error), end func(), err error) {
	c := &r.Config
	s, endless, streamed := streamOf(x)
	if err := limited("FitConfig.StepsPerEpoch", c.StepsPerEpoch, endless, streamed); err != nil {
		return nil, nil, err
	}
	if streamed {
		if y != nil || c.SampleWeights != nil || c.ValidationSplit > 0 {
			return nil, nil, errors.New("expected a Stream without y, SampleWeights and ValidationSplit: its batches have their targets and weights, and FitConfig.Validation is for others. Got one of them")
		}
		r.Steps = c.StepsPerEpoch
		next := func() (*epoch, error) {
			return m.beginStream(ctx, s, streamPass{train: true, epoch: m.epochs + 1, size: c.BatchSize, steps: c.StepsPerEpoch, classes: c.ClassWeights, seed: c.Seed})
		}
		first, err := next()
		if err != nil {
			return nil, nil, err
		}
		c.BatchSize = first.l.key.batch
		return func() (*epoch, error) {
				if e := first; e != nil {
					first = nil
					return e, nil
				}
				return next()
			}, func() {
				if first != nil {
					first.end()
				}
			}, nil
	}
	if c.BatchSize == 0 {
		c.BatchSize = DefaultBatchSize
	}
	if c.ValidationSplit > 0 {
		if x, y, c.SampleWeights, c.Validation, err = splitOff(m.ports(), x, y, c.SampleWeights, c.ValidationSplit); err != nil {
			return nil, nil, err
		}
	}
	data, err := m.upload(x, y, c.SampleWeights, c.ClassWeights, c.Seed)
	if err != nil {
		return nil, nil, err
	}
	size := min(c.BatchSize, data.n)
	loop, err := m.loopFor(true, size, data, false)
	if err != nil {
		data.free()
		return nil, nil, err
	}
	r.Examples, r.Steps = data.n, steps(data.n, size)
	order := indices(data.n)
	return func() (*epoch, error) {
		if !c.InOrder {
			shuffle(order, c.Seed, m.epochs)
		}
		return loop.begin(data, order)
	}, data.free, nil
}

// epoch makes one epoch's steps, validates, and records it.
func (m *Model) epoch(ctx context.Context, r *Run, val *validation) error {
	e := r.current
	if !r.compiled {
		took, err := e.compile(ctx)
		if err == nil && val != nil {
			var more time.Duration
			more, err = val.compile(ctx)
			took += more
		}
		if err != nil {
			return err
		}
		r.History.Compiling, r.compiled = took, true
	}
	if err := r.goOn(e); err != nil {
		return err
	}
	start := time.Now()
	r.Step, r.Training, r.Phase = e.done, 0, Training
	if err := r.each(func(c Callback) error { return c.EpochBegin(r) }); err != nil {
		return err
	}
	if r.finite.asked {
		if err := r.finite.mark(e); err != nil {
			return err
		}
	}
	var busy time.Duration
	err := e.pieces(ctx, r.reach, func(took time.Duration) error {
		busy += took
		if e.done == r.Step {
			return nil // a stream has ended
		}
		r.Total += e.done - r.Step
		r.Step, r.Training = e.done, busy
		var err error
		if r.Scores, err = e.scores(); err != nil {
			return err
		}
		if r.finite.good != nil {
			if err := r.finite.check(ctx, e, r.Epoch, r.Scores.Loss); err != nil {
				return err
			}
		}
		if err := r.stepEnd(); err != nil {
			return err
		}
		if r.stop != "" {
			return errStop
		}
		return r.phase(Training)
	})
	switch {
	case errors.Is(err, errStop):
		return nil
	case errors.Is(err, ErrInterrupted):
		return fmt.Errorf("stopped in epoch %d of %d, at step %s; the model keeps what it has learned: %w", r.Epoch, r.Config.Epochs, r.place(), err)
	case errors.As(err, new(*NotFiniteError)):
		return err
	case err != nil:
		r.Total += e.done - r.Step
		r.Step = e.done
		return fmt.Errorf("epoch %d, step %s: %w", r.Epoch, r.place(), err)
	}
	r.Steps = e.steps
	record := Epoch{Number: m.epochs + 1, Values: r.Scores.Values(""), Training: busy, Steps: e.steps, LearningRate: r.LearningRate()}
	if record.Batches, err = e.batches(); err != nil {
		return err
	}
	if val != nil {
		if err := r.phase(Validating); err != nil {
			return err
		}
		scores, err := val.run(ctx)
		if err != nil {
			return fmt.Errorf("validating after epoch %d: %w", r.Epoch, err)
		}
		record.Values = append(record.Values, scores.Values("val_")...)
	}
	record.Duration = time.Since(start)
	m.epochs++
	r.endEpoch()
	r.History.Epochs = append(r.History.Epochs, record)
	return r.each(func(c Callback) error { return c.EpochEnd(r) })
}

// errStop ends an epoch's pieces when a callback has asked for it.
var errStop = errors.New("stopped by a callback")
