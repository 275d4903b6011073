package ml

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/internal/mistake"
)

// epoch is one pass of a loop over a data set, in pieces.
type epoch struct {
	l     *loop
	data  *resident
	order []int32
	// from is where the batches come from, one after the other in data, if they are no part of a data set; nil otherwise.
	from *streamed
	// gather makes the batches for a backend without loops, from the first step on.
	gather *gatherer
	// resident copy of the order, for the While.
	device *tensors.Tensor
	sums   *tensors.Tensor
	// kept is what is kept of the steps, [steps, columns], in training with the While; rows is the same without it.
	kept *tensors.Tensor
	rows []float64
	// done and steps count the steps made and to be made; steps is only a bound as long as a stream has not ended.
	done, steps int
}

// steps is the number of batches for n examples.
func steps(n, batch int) int { return (n + batch - 1) / batch }

// begin prepares a pass over the data in the given order, which has a number for each example.
func (l *loop) begin(data *resident, order []int32) (*epoch, error) {
	e := &epoch{l: l, data: data, steps: steps(data.n, l.key.batch)}
	// The last batch is filled up with examples from the head of the order, at weight 0: real rows, so that no layer sees numbers
	// unlike its data.
	e.order = make([]int32, e.steps*l.key.batch)
	for i := range e.order {
		e.order[i] = order[i%len(order)]
	}
	k := 0
	for _, w := range l.widths {
		k += w
	}
	e.reset(0, make([]float64, k), nil)
	if l.while {
		e.device = tensors.FromFlatDataAndDimensions(e.order, len(e.order))
	}
	return e, nil
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

// compile makes the execution ready, if it is not, and returns how long that took. An interrupt leaves the compilation to
// end by itself.
func (e *epoch) compile(ctx context.Context) (time.Duration, error) {
	start := time.Now()
	// The shapes are taken here, because the data is freed while an abandoned compilation still runs.
	if err := e.l.m.compileAside(ctx, e.l.exec, e.shapes()); err != nil {
		return 0, err
	}
	return time.Since(start), nil
}

// compileAside compiles an execution for arguments of these shapes. An interrupt leaves it to end by itself; the next call that enters the model waits for that.
func (m *Model) compileAside(ctx context.Context, exec *model.Exec, shapes []shapes.Shape) error {
	done := make(chan struct{})
	var err error
	go func() {
		defer close(done)
		var failed error
		err = mistake.Building(func() { _, failed = exec.Compile(shapes...) })
		if failed != nil {
			err = mistake.Of(failed)
		}
	}()
	select {
	case <-done:
		return err
	case <-ctx.Done():
		m.compiling = done
		return interrupted(ctx)
	}
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
		b, err := e.l.m.device()
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

// mask has a 1 for each of n examples in a batch of b.
func mask(b, n int) []float32 {
	m := make([]float32, b)
	for i := range min(b, n) {
		m[i] = 1
	}
	return m
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
	return e.l.m.heads.scores(sums, e.l.widths, math.MaxInt), nil
}

// batches returns the scores of each step by itself.
func (e *epoch) batches() ([]Scores, error) {
	_, _, rows, err := e.stand()
	if err != nil {
		return nil, fmt.Errorf("reading the figures of the steps: %w", err)
	}
	var all []Scores
	for row := range slices.Chunk(rows, max(1, len(e.l.kept))) {
		all = append(all, e.l.m.heads.scores(row, e.l.widths, keptWidth))
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

// pieces runs the epoch to its end in executions of about the same duration, calling after with each one's duration. None goes beyond as many
// steps as reach says; nil means that all may.
func (e *epoch) pieces(ctx context.Context, reach func() int, after func(took time.Duration) error) error {
	for e.done < e.steps {
		if ctx.Err() != nil {
			return interrupted(ctx)
		}
		before, start := e.done, time.Now()
		count := e.l.piece
		if reach != nil {
			count = min(count, reach())
		}
		if err := e.run(count); err != nil {
			return err
		}
		took := time.Since(start)
		e.l.piece = nextPiece(e.done-before, took)
		if err := after(took); err != nil {
			return err
		}
	}
	return nil
}

// nextPiece returns how many steps to make in the next execution, given how long the last ones took. It grows
// slowly, because the first executions are slower than the rest.
func nextPiece(steps int, took time.Duration) int {
	if took <= 0 {
		took = 1
	}
	return max(1, min(int(float64(steps)*float64(slice)/float64(took)), steps*8))
}

func indices(n int) []int32 {
	order := make([]int32, n)
	for i := range order {
		order[i] = int32(i)
	}
	return order
}

// shuffle puts the numbers 0 to n-1 into the order for that epoch of that seed, whatever order they were in.
func shuffle(order []int32, seed int64, epoch int) {
	for i := range order {
		order[i] = int32(i)
	}
	r := rand.New(rand.NewPCG(uint64(seed), uint64(epoch)))
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
}
