package ml

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// EvaluateOption is an option of Evaluate: Steps or BatchSize.
type EvaluateOption interface{ evaluate(*pass) error }

// pass says how a pass without training is made.
type pass struct {
	// steps is after how many a pass over a stream ends; 0 means at its end.
	steps int
	// option is what the user sets steps with.
	option string
	// batch is the number of examples that are computed at once; 0 means what fits.
	batch int
	seed  int64
}

// Steps ends an Evaluate of a Stream after so many steps, each of as many examples as the stream's
// first batch has: m.Evaluate(ctx, stream, nil, ml.Steps(50)). Without it Evaluate goes to the
// stream's own end; an Endless one needs it.
type Steps int

func (s Steps) evaluate(p *pass) error {
	if s < 1 {
		return fmt.Errorf("expected ml.Steps of 1 or more. Got %d", s)
	}
	p.steps = int(s)
	return nil
}

// Evaluate returns the loss and the metrics on the inputs x and targets y, or on a Stream as x
// without y. It stops when ctx ends or the cell is interrupted; ctx may be nil.
func (m *Model) Evaluate(ctx context.Context, x, y any, options ...EvaluateOption) (Scores, error) {
	return m.EvaluateExamples(ctx, Pair(x, y), options...)
}

// EvaluateExamples is Evaluate for a set of inputs with their targets, which may be weighted; see
// PairWeighted.
func (m *Model) EvaluateExamples(ctx context.Context, examples Examples, options ...EvaluateOption) (Scores, error) {
	ctx, cancel := whole(ctx)
	defer cancel()
	p := pass{option: "ml.Steps"}
	for _, o := range options {
		if err := o.evaluate(&p); err != nil {
			return Scores{}, fmt.Errorf("ml: Evaluate: %w", err)
		}
	}
	if err := m.enter(ctx); err != nil {
		return Scores{}, fmt.Errorf("ml: Evaluate: %w", err)
	}
	defer m.leave()
	if err := m.ready(); err != nil {
		return Scores{}, fmt.Errorf("ml: Evaluate: %w", err)
	}
	val, err := m.validation(ctx, examples, p)
	if err != nil {
		return Scores{}, fmt.Errorf("ml: Evaluate: %w", err)
	}
	defer val.free()
	if _, err := val.compile(ctx); err != nil {
		return Scores{}, fmt.Errorf("ml: Evaluate: %w", err)
	}
	s, err := val.run(ctx)
	if err != nil {
		return Scores{}, fmt.Errorf("ml: Evaluate: %w", err)
	}
	return s, nil
}

// validation is a data set on the device, or a stream, with the loop that evaluates it.
type validation struct {
	pass
	m      *Model
	data   *resident
	stream Stream
	// size is the number of examples in a step of the stream.
	size  int
	loop  *loop
	first *epoch
}

func (m *Model) validation(ctx context.Context, examples Examples, p pass) (*validation, error) {
	x, y := examples.Examples()
	s, endless, streamed := streamOf(x)
	if err := limited(p.option, p.steps, endless, streamed); err != nil {
		return nil, err
	}
	if streamed {
		v := &validation{pass: p, m: m, stream: s}
		var err error
		if v.first, err = v.begin(ctx); err != nil {
			return nil, err
		}
		return v, nil
	}
	var weights any
	if w, ok := examples.(WeightedExamples); ok {
		weights = w.Weights()
	}
	data, err := m.upload(x, y, weights, nil, p.seed)
	if err != nil {
		return nil, err
	}
	l, err := m.loopFor(false, min(cmp.Or(p.batch, m.fittingBatch(512)), data.n), data, false)
	if err != nil {
		data.free()
		return nil, err
	}
	return &validation{pass: p, m: m, data: data, loop: l}, nil
}

func (v *validation) free() {
	if v.data != nil {
		v.data.free()
	}
	if v.first != nil {
		v.first.end()
	}
}

// begin prepares a pass.
func (v *validation) begin(ctx context.Context) (*epoch, error) {
	if v.stream == nil {
		return v.loop.begin(v.data, indices(v.data.n))
	}
	if e := v.first; e != nil {
		v.first = nil
		return e, nil
	}
	e, err := v.m.beginStream(ctx, v.stream, streamPass{epoch: v.m.epochs + 1, size: v.size, steps: v.steps})
	if err == nil {
		v.size = e.l.key.batch
	}
	return e, err
}

func (v *validation) compile(ctx context.Context) (time.Duration, error) {
	e, err := v.begin(ctx)
	if err != nil {
		return 0, err
	}
	if v.stream != nil {
		v.first = e
	} else {
		defer e.end()
	}
	return e.compile(ctx)
}

// run makes one pass.
func (v *validation) run(ctx context.Context) (Scores, error) {
	e, err := v.begin(ctx)
	if err != nil {
		return Scores{}, err
	}
	defer e.end()
	err = e.pieces(ctx, nil, func(time.Duration) error { return nil })
	if errors.Is(err, ErrInterrupted) && v.stream != nil && v.steps == 0 {
		return Scores{}, fmt.Errorf("at step %d of a stream that had not ended; %s ends one that does not end by itself: %w", e.done, v.option, err)
	}
	if err != nil {
		return Scores{}, err
	}
	return e.scores()
}
