package ml

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml/internal/mistake"
)

// epoch is one pass of a loop over a data set, in pieces.
type epoch struct {
	l     *loop
	data  *resident
	order []int32
	// from is where the batches come from, one after the other in data, if they are no part of a
	// data set; nil otherwise.
	from *streamed
	// gather makes the batches for a backend without loops, from the first step on.
	gather *gatherer
	// resident copy of the order, for the While.
	device *tensors.Tensor
	sums   *tensors.Tensor
	// kept is what is kept of the steps, [steps, columns], in training with the While; rows is the
	// same without it.
	kept *tensors.Tensor
	rows []float64
	// done and steps count the steps made and to be made; steps is only a bound as long as a stream
	// has not ended.
	done, steps int
}

// steps is the number of batches for n examples.
func steps(n, batch int) int { return (n + batch - 1) / batch }

// begin prepares a pass over the data in the given order, which has a number for each example.
func (l *loop) begin(data *resident, order []int32) (*epoch, error) {
	e := &epoch{l: l, data: data, steps: steps(data.n, l.key.batch)}
	// The last batch is filled up with examples from the head of the order, at weight 0: real rows,
	// so that no layer sees numbers unlike its data.
	e.order = make([]int32, e.steps*l.key.batch)
	for i := range e.order {
		e.order[i] = order[i%len(order)]
	}
	e.reset(0, make([]float64, l.width()), nil)
	if l.while {
		e.device = tensors.FromFlatDataAndDimensions(e.order, len(e.order))
	}
	return e, nil
}

// beginStream prepares a pass over a stream, given the first step's data and a bound of the steps.
func (l *loop) beginStream(from *streamed, first *resident, steps int) *epoch {
	e := &epoch{l: l, from: from, data: first, steps: steps}
	e.reset(0, make([]float64, l.width()), nil)
	return e
}

// reset says that so many steps are done, with these sums, and what is kept of them.
func (e *epoch) reset(done int, sums, rows []float64) {
	e.free()
	e.done = done
	e.sums = tensors.FromFlatDataAndDimensions(sums, len(sums))
	e.rows = rows
	if width := len(e.l.kept); width > 0 && e.l.while {
		all := make([]float64, e.steps*width)
		copy(all, rows)
		e.kept = tensors.FromFlatDataAndDimensions(all, e.steps, width)
	}
}

// free gives back the sums and what is kept.
func (e *epoch) free() {
	for _, t := range []**tensors.Tensor{&e.sums, &e.kept} {
		if *t != nil {
			(*t).FinalizeAll()
			*t = nil
		}
	}
}

// stand returns what reset takes.
func (e *epoch) stand() (done int, sums, rows []float64, err error) {
	if sums, err = tensors.CopyFlatData[float64](e.sums); err != nil {
		return 0, nil, nil, err
	}
	rows = e.rows
	if e.kept != nil {
		if rows, err = tensors.CopyFlatData[float64](e.kept); err != nil {
			return 0, nil, nil, err
		}
		rows = rows[:e.done*len(e.l.kept)]
	}
	return e.done, sums, slices.Clone(rows), nil
}

// shapes returns the arguments' shapes, to compile the execution without running it.
func (e *epoch) shapes() []shapes.Shape {
	var s []shapes.Shape
	for _, t := range e.data.tensors() {
		s = append(s, t.Shape())
	}
	if e.l.while {
		scalar := shapes.Make(dtypes.Int32)
		s = append(s, shapes.Make(dtypes.Int32, len(e.order)), e.sums.Shape(), scalar, scalar)
		if e.kept != nil {
			s = append(s, e.kept.Shape())
		}
		return s
	}
	for i := range s {
		s[i] = s[i].Clone()
		s[i].Dimensions[0] = e.l.key.batch
	}
	return append(s, shapes.Make(dtypes.Float32, e.l.key.batch), e.sums.Shape())
}

// compile makes the execution ready, if it is not, and returns how long that took. An interrupt
// leaves the compilation to end by itself.
func (e *epoch) compile(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	// The shapes are taken here, because the data is freed while an abandoned compilation still
	// runs.
	if err := e.l.learner.compileAside(ctx, e.l.exec, e.shapes()); err != nil {
		return 0, err
	}
	return time.Since(start), nil
}

// run makes up to count steps, in one execution with XLA.
func (e *epoch) run(count int) error {
	count = min(count, e.steps-e.done)
	if e.from != nil {
		return e.runStream(count)
	}
	if e.l.while {
		args := []any{e.device, e.sums, int32(e.done), int32(e.done + count)}
		if e.kept != nil {
			args = append(args, e.kept)
		}
		if err := e.call(e.data.tensors(), args...); err != nil {
			return err
		}
		e.done += count
		return nil
	}
	return e.runGathered(count)
}

// runGathered makes up to count steps, each its own execution on a batch put together meanwhile.
func (e *epoch) runGathered(count int) error {
	if e.gather == nil {
		b, err := e.l.learner.device()
		if err != nil {
			return err
		}
		if e.gather, err = newGatherer(b.GoMLX(), e.data, e.order, e.l.key.batch); err != nil {
			return err
		}
	}
	slot, filled := e.gather.step(e.done)
	for left := count; left > 0; left-- {
		if err := <-filled; err != nil {
			return err
		}
		now := slot
		if left > 1 {
			slot, filled = e.gather.step(e.done + 1)
		}
		if err := e.call(now, e.sums); err != nil {
			if left > 1 {
				<-filled
			}
			return err
		}
		e.done++
	}
	return nil
}

// call runs the execution on the data and what else it takes.
func (e *epoch) call(data []*tensors.Tensor, args ...any) error {
	var all []any
	for _, t := range data {
		all = append(all, t)
	}
	out, err := e.l.exec.Call(append(all, args...)...)
	if err != nil {
		return mistake.Of(err)
	}
	e.free()
	e.sums = out[0]
	switch {
	case len(out) == 1:
	case e.l.while:
		e.kept = out[1]
	default:
		row, err := tensors.CopyFlatData[float64](out[1])
		if err != nil {
			return err
		}
		e.rows = append(e.rows, row...)
		return out[1].FinalizeAll()
	}
	return nil
}

// scores reads the sums back and makes the loss and the metrics of them.
func (e *epoch) scores() (Scores, error) {
	sums, err := tensors.CopyFlatData[float64](e.sums)
	if err != nil {
		return Scores{}, fmt.Errorf("reading the sums of loss and metrics: %w", err)
	}
	return e.l.learner.heads.scores(sums, e.l.widths, math.MaxInt), nil
}

// batches returns the scores of each step by itself.
func (e *epoch) batches() ([]Scores, error) {
	_, _, rows, err := e.stand()
	if err != nil {
		return nil, fmt.Errorf("reading the figures of the steps: %w", err)
	}
	var all []Scores
	for row := range slices.Chunk(rows, max(1, len(e.l.kept))) {
		all = append(all, e.l.learner.heads.scores(row, e.l.widths, keptWidth))
	}
	return all, nil
}

func (e *epoch) end() {
	e.free()
	if e.from != nil {
		e.from.source.close()
		e.data.free()
	}
	if e.device != nil {
		e.device.FinalizeAll()
	}
	if e.gather != nil {
		e.gather.free()
	}
}

// runStream makes up to count steps, each its own execution, and sets steps when the stream has
// ended.
func (e *epoch) runStream(count int) error {
	for range count {
		if more, err := e.advance(); err != nil || !more {
			return err
		}
		b := e.l.key.batch
		weights := tensors.FromFlatDataAndDimensions(mask(b, e.data.n), b)
		if err := e.call(e.data.tensors(), weights, e.sums); err != nil {
			return err
		}
		e.done++
	}
	return nil
}

// advance puts the next step's data in its place, and says whether there is any.
func (e *epoch) advance() (bool, error) {
	if e.from.fresh {
		e.from.fresh = false
		return true, nil
	}
	data, err := e.from.next(e.data)
	if err != nil {
		return false, err
	}
	if data == nil {
		e.steps = e.done
		return false, nil
	}
	e.data.free()
	e.data = data
	return true, nil
}

// skip passes over the steps that another Fit has made.
func (e *epoch) skip(count int) error {
	for range count {
		more, err := e.advance()
		if err != nil {
			return err
		}
		if !more {
			return fmt.Errorf("expected a stream of at least %d steps, as many as the Fit to go on with has made of it. Got fewer", count)
		}
	}
	return nil
}
