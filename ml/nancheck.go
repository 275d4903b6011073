package ml

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// nanCheck looks whether the numbers of a Fit stay finite.
type nanCheck struct {
	// asked says that a callback has asked for it.
	asked bool
	// good is where the numbers were last known to be finite; nil until the first epoch has begun.
	good *mark
	// again counts the steps that were made again to find where they stopped being so.
	again int
}

// mark is where an epoch's numbers were all finite.
type mark struct {
	variables  *Weights
	done       int
	sums, rows []float64
}

// mark keeps where the epoch stands.
func (c *nanCheck) mark(e *epoch) (err error) {
	m := &mark{}
	if m.variables, err = e.l.learner.weights(""); err != nil {
		return err
	}
	m.done, m.sums, m.rows, err = e.stand()
	c.good = m
	return err
}

// back goes back to the mark.
func (c *nanCheck) back(e *epoch) error {
	e.reset(c.good.done, slices.Clone(c.good.sums), slices.Clone(c.good.rows))
	return e.l.learner.setWeights(c.good.variables)
}

// check looks at the steps made last, in the epoch of that number, whose loss so far is given.
func (c *nanCheck) check(ctx context.Context, e *epoch, number int, loss float64) error {
	found, err := c.find(ctx, e, number, loss)
	if err != nil || found == nil {
		return err
	}
	found.Epoch = number
	return found
}

// find returns where the numbers stopped being finite; nil if they are.
func (c *nanCheck) find(ctx context.Context, e *epoch, number int, loss float64) (*NotFiniteError, error) {
	if e.from != nil {
		return c.findStreamed(ctx, e, loss)
	}
	if finite(loss) {
		if e.done < e.steps {
			return nil, nil
		}
		// No loss of this epoch shows what the last step did to the weights, and the next epoch has
		// a mark of its own.
		now, err := e.l.learner.weights(modelScope)
		if err != nil || now.finite() {
			return nil, err
		}
	}
	steps, err := e.batches()
	if err != nil {
		return nil, err
	}
	bad := slices.IndexFunc(steps, func(s Scores) bool { return !finite(s.Loss) })
	if bad < 0 { // each is finite, and their sum or the weights behind the last are not
		bad = len(steps) - 1
	}
	found, err := c.search(ctx, e, bad)
	if errors.Is(err, ErrInterrupted) { // the weights are to be those of a step before it began
		err = fmt.Errorf("expected finite numbers. Got a loss that is not, in epoch %d at step %d or before; looking for where it began was %w", number, bad+1, errors.Join(err, c.back(e)))
	}
	return found, err
}

// search finds where the numbers stopped being finite: by the step of that number, counted from 0,
// at the latest. Weights that are not finite before it became so earlier, and never are again; the
// first step that leaves such behind is found by halving, where only a half's first part is made
// again each time.
func (c *nanCheck) search(ctx context.Context, e *epoch, last int) (*NotFiniteError, error) {
	to := func(step int) (fine bool, err error) {
		if err := c.back(e); err != nil {
			return false, err
		}
		c.again += step - c.good.done
		if err := e.runTo(ctx, step); err != nil {
			return false, err
		}
		now, err := e.l.learner.weights(modelScope)
		return err == nil && now.finite(), err
	}
	fine, err := to(last)
	if err != nil {
		return nil, err
	}
	if !fine {
		for bad := last; bad > c.good.done+1; {
			middle := (c.good.done + bad) / 2
			switch fine, err := to(middle); {
			case err != nil:
				return nil, err
			case !fine:
				bad = middle
			default:
				if err := c.mark(e); err != nil {
					return nil, err
				}
			}
		}
		if err := c.back(e); err != nil {
			return nil, err
		}
	}
	return diagnose(ctx, e)
}

// findStreamed is find after each step of a stream: the mark is from before the step.
func (c *nanCheck) findStreamed(ctx context.Context, e *epoch, loss float64) (*NotFiniteError, error) {
	now, err := e.l.learner.weights(modelScope)
	if err != nil {
		return nil, err
	}
	if finite(loss) && now.finite() {
		return nil, c.mark(e)
	}
	if err := c.back(e); err != nil {
		return nil, err
	}
	return diagnose(ctx, e)
}
