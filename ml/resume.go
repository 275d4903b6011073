package ml

import (
	"errors"
	"fmt"
	"slices"
)

// stand describes where the run is now.
func (r *Run) stand() (*stand, error) {
	c := r.Config
	s := &stand{BatchSize: c.BatchSize, Examples: r.Examples, Seed: c.Seed, InOrder: c.InOrder, Epochs: slices.Clone(r.History.Epochs), Total: r.Total}
	if r.current != nil {
		var err error
		if s.Done, s.Sums, s.Rows, err = r.current.stand(); err != nil {
			return nil, fmt.Errorf("reading where the training stands: %w", err)
		}
	}
	for i, c := range r.Config.Callbacks {
		if c, ok := c.(Resumable); ok {
			state, err := c.SaveState()
			if err != nil {
				return nil, fmt.Errorf("saving the state of callback %d, %T: %w", i, c, err)
			}
			s.Callbacks = append(s.Callbacks, callbackState{i, fmt.Sprintf("%T", c), state})
		}
	}
	return s, nil
}

// resume takes the run to where another stood.
func (r *Run) resume(s *stand) error {
	if s == nil {
		return errors.New("expected a model that was trained before, or saved by a Fit. Got one without a Fit to go on with")
	}
	c := r.Config
	r.History.Epochs, r.Epoch, r.Total = slices.Clone(s.Epochs), len(s.Epochs), s.Total
	if s.Weights != nil {
		if err := r.Model.setWeights(s.Weights); err != nil {
			return err
		}
	}
	for _, saved := range s.Callbacks {
		if saved.Place >= len(c.Callbacks) || fmt.Sprintf("%T", c.Callbacks[saved.Place]) != saved.Kind {
			return fmt.Errorf("expected the callbacks of the Fit to go on with: a %s at place %d. Got %s", saved.Kind, saved.Place, kinds(c.Callbacks))
		}
		if err := c.Callbacks[saved.Place].(Resumable).LoadState(saved.State); err != nil {
			return fmt.Errorf("reading the state of callback %d, %s: %w", saved.Place, saved.Kind, err)
		}
	}
	r.left = s
	return nil
}

func kinds(callbacks []Callback) string {
	var all []string
	for _, c := range callbacks {
		all = append(all, fmt.Sprintf("%T", c))
	}
	return fmt.Sprint(all)
}

// same says whether the data and its order are those of the Fit that is resumed, if one is.
func (r *Run) same() error {
	s, c := r.left, r.Config
	switch {
	case s == nil:
		return nil
	case c.BatchSize != s.BatchSize || c.Seed != s.Seed || c.InOrder != s.InOrder:
		return fmt.Errorf("FitConfig.Resume: expected the BatchSize, Seed and InOrder of the Fit to go on with, %d, %d and %t. Got %d, %d and %t", s.BatchSize, s.Seed, s.InOrder, c.BatchSize, c.Seed, c.InOrder)
	case r.Examples != s.Examples:
		return fmt.Errorf("FitConfig.Resume: expected the data of the Fit to go on with, %d examples. Got %d", s.Examples, r.Examples)
	}
	return nil
}

// goOn takes the first epoch to where the Fit that is resumed stood in it.
func (r *Run) goOn(e *epoch) (err error) {
	s := r.left
	r.left = nil
	if s == nil || s.Sums == nil {
		return nil
	}
	if len(s.Sums) != e.sums.Size() {
		return fmt.Errorf("FitConfig.Resume: expected the metrics of the Fit to go on with, %d sums. Got %d", len(s.Sums), e.sums.Size())
	}
	if e.from != nil {
		if err := e.skip(s.Done); err != nil {
			return fmt.Errorf("FitConfig.Resume: %w", err)
		}
	}
	e.reset(s.Done, s.Sums, s.Rows)
	r.Scores, err = e.scores()
	return err
}
