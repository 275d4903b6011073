package callbacks

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"math"

	"github.com/gonbml/gonbml/ml"
)

// EarlyStopping ends a training that no longer gets better, and gives the model its best weights in every way the Fit can end: by this
// callback, after the last epoch, by an interrupt, or with an error. The rules are those of Keras's callback of this name, whose
// restore_best_weights is on here unless KeepLast is set.
//
// Use a pointer, as in &callbacks.EarlyStopping{Patience: 3}; it may serve several Fits, one after the other.
type EarlyStopping struct {
	ml.NoCallback
	// Monitor is the figure to watch: by default val_loss if there is validation data, else loss.
	Monitor string
	// Mode says which way Monitor gets better; by default its metric tells.
	Mode Mode
	// MinDelta is the least change that counts as better, 0 by default.
	MinDelta float64
	// Patience is the number of epochs without improvement after which training ends. By default, 0, the first one ends it.
	Patience int
	// Baseline, if set, is what the figure must be better than for the patience to begin anew.
	Baseline *float64
	// StartFromEpoch is the number of epochs at the beginning that are not looked at, 0 by default.
	StartFromEpoch int
	// KeepLast leaves the model with its last weights.
	KeepLast bool

	monitor monitor
	state   earlyState
}

// earlyState is what a resumed Fit needs.
type earlyState struct {
	Wait, BestEpoch int
	Best            float64
	Weights         *ml.Weights
}

// BestEpoch is the epoch, counted from 1, whose weights are the best so far; 0 before there is one.
func (s *EarlyStopping) BestEpoch() int { return s.state.BestEpoch }

// Best is the monitored figure of that epoch.
func (s *EarlyStopping) Best() float64 { return s.state.Best }

// FitBegin forgets an earlier Fit.
func (s *EarlyStopping) FitBegin(r *ml.Run) (err error) {
	if s.Patience < 0 || s.MinDelta < 0 || s.StartFromEpoch < 0 {
		return fmt.Errorf("EarlyStopping: expected Patience, MinDelta and StartFromEpoch of 0 or more. Got %d, %g and %d", s.Patience, s.MinDelta, s.StartFromEpoch)
	}
	if s.monitor, err = watch(r, s.Monitor, s.Mode); err != nil {
		return fmt.Errorf("EarlyStopping: %w", err)
	}
	s.state = earlyState{Best: s.monitor.mode.worst()}
	return nil
}

// EpochEnd looks at the epoch's figure.
func (s *EarlyStopping) EpochEnd(r *ml.Run) error {
	value, err := s.monitor.value(r)
	if err != nil {
		return fmt.Errorf("EarlyStopping: %w", err)
	}
	if r.Epoch <= s.StartFromEpoch {
		return nil
	}
	st, mode := &s.state, s.monitor.mode
	st.Wait++
	better := mode.better(value, st.Best, s.MinDelta)
	if better || st.BestEpoch == 0 {
		st.BestEpoch = r.Epoch
		if !s.KeepLast {
			if st.Weights, err = r.Weights(); err != nil {
				return fmt.Errorf("EarlyStopping: %w", err)
			}
		}
	}
	if better {
		st.Best = value
		if s.Baseline == nil || mode.better(value, *s.Baseline, s.MinDelta) {
			st.Wait = 0
		}
		return nil
	}
	if st.Wait >= s.Patience && r.Epoch > 1 {
		r.Stop(fmt.Sprintf("%s has not got better than %.6g for %d epochs", s.monitor.name, st.Best, st.Wait))
	}
	return nil
}

// FitEnd restores the best weights.
func (s *EarlyStopping) FitEnd(r *ml.Run, _ error) error {
	if s.KeepLast || s.state.Weights == nil {
		return nil
	}
	if err := r.SetWeights(s.state.Weights); err != nil {
		return fmt.Errorf("EarlyStopping: restoring the weights of epoch %d: %w", s.state.BestEpoch, err)
	}
	best := fmt.Sprintf("the model has the weights of epoch %d", s.state.BestEpoch)
	if !math.IsInf(s.state.Best, 0) {
		best += fmt.Sprintf(", %s %.6g", s.monitor.name, s.state.Best)
	}
	r.History.Restored = best
	return nil
}

// SaveState returns the state with the best weights.
func (s *EarlyStopping) SaveState() ([]byte, error) { return saveState(s.state) }

// LoadState takes a state back.
func (s *EarlyStopping) LoadState(text []byte) error { return loadState(text, &s.state) }

// saveState and loadState turn the state of a callback of this package into bytes and back.
func saveState(state any) ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(state)
	return b.Bytes(), err
}

func loadState(text []byte, state any) error {
	return gob.NewDecoder(bytes.NewReader(text)).Decode(state)
}
