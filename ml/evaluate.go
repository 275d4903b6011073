package ml

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// evaluationBatch is the batch size for passes without training: large enough to keep the device busy.
const evaluationBatch = 512

// Evaluate returns the loss and the metrics on the inputs x and targets y. It stops when ctx ends or the cell is
// interrupted; ctx may be nil.
func (m *Model) Evaluate(ctx context.Context, x, y any) (Scores, error) {
	ctx, cancel := whole(ctx)
	defer cancel()
	if err := m.enter(ctx); err != nil {
		return Scores{}, fmt.Errorf("ml: Evaluate: %w", err)
	}
	defer m.mu.Unlock()
	if err := m.ready(); err != nil {
		return Scores{}, fmt.Errorf("ml: Evaluate: %w", err)
	}
	val, err := m.validation(Pair(x, y), 0)
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

// validation is a data set on the device with the loop that evaluates it.
type validation struct {
	data *resident
	loop *loop
}

func (m *Model) validation(examples Examples, seed int64) (*validation, error) {
	x, y := examples.Examples()
	data, err := m.upload(x, y, seed)
	if err != nil {
		return nil, err
	}
	l, err := m.loopFor(loopKey{false, min(evaluationBatch, data.n)}, data.x.Shape(), data.y.Shape())
	if err != nil {
		data.free()
		return nil, err
	}
	return &validation{data, l}, nil
}

func (v *validation) free() { v.data.free() }

func (v *validation) compile(ctx context.Context) (time.Duration, error) {
	e, err := v.loop.begin(v.data, indices(v.data.n))
	if err != nil {
		return 0, err
	}
	defer e.end()
	return e.compile(ctx)
}

// run makes one pass.
func (v *validation) run(ctx context.Context) (Scores, error) {
	e, err := v.loop.begin(v.data, indices(v.data.n))
	if err != nil {
		return Scores{}, err
	}
	defer e.end()
	if err := e.pieces(ctx, nil, func(time.Duration) error { return nil }); err != nil {
		return Scores{}, err
	}
	return e.scores()
}

// upload checks the data against the model, builds the model if it has no weights yet, and copies the data to the device.
func (m *Model) upload(x, y any, seed int64) (*resident, error) {
	ax, err := toArray("x", x)
	if err != nil {
		return nil, err
	}
	ay, err := toArray("y", y)
	if err != nil {
		return nil, err
	}
	n := ax.shape[0]
	if n == 0 {
		return nil, fmt.Errorf("expected at least one example in x. Got none")
	}
	if ay.shape[0] != n {
		return nil, fmt.Errorf("expected as many examples in y as in x, %d. Got %d", n, ay.shape[0])
	}
	if err := m.fits(ax.shape); err != nil {
		return nil, err
	}
	if err := m.build(ax.shape[1:], seed); err != nil {
		return nil, err
	}
	if c, ok := m.loss.(checker); ok {
		if err := c.check(ay, m.layers[len(m.layers)-1].out); err != nil {
			return nil, err
		}
	}
	b, err := m.device()
	if err != nil {
		return nil, err
	}
	data := &resident{n: n}
	if data.x, err = ax.float().upload(b.GoMLX()); err == nil {
		data.y, err = ay.upload(b.GoMLX())
	}
	if err != nil {
		data.free()
		return nil, fmt.Errorf("copying %d examples to the device: %w", n, err)
	}
	return data, nil
}

// fits says whether examples of the shape (with its first axis) can go into the model.
func (m *Model) fits(shape []int) error {
	want := m.layers[0].in
	if in, ok := m.layers[0].Layer.(*InputLayer); ok {
		want = in.Shape
	}
	if want == nil || slices.Equal(want, shape[1:]) {
		return nil
	}
	hint := ""
	if size(want) == size(shape[1:]) {
		hint = "; they hold as many numbers: reshape x, or begin the model with ml.Input" + fmt.Sprint(shape[1:]) + " and ml.Flatten()"
	}
	return fmt.Errorf("expected x of shape %s, as the model's first layer %s says. Got %v%s", dims(want), m.layers[0].path(), shape, hint)
}
