package callbacks

import (
	"cmp"
	"fmt"
	"math"

	"github.com/gonbml/gonbml/ml"
)

// ReduceLROnPlateau lowers the learning rate when a figure no longer gets better. Rules and defaults are those of Keras's callback of this name. Use a
// pointer, as in &callbacks.ReduceLROnPlateau{}.
type ReduceLROnPlateau struct {
	ml.NoCallback
	// Monitor is the figure to watch: by default val_loss if there is validation data, else loss.
	Monitor string
	// Mode says which way Monitor gets better; by default its metric tells.
	Mode Mode
	// Factor multiplies the learning rate, 0.1 by default; it must be below 1.
	Factor float64
	// Patience is the number of epochs without improvement after which the rate is lowered, 10 by default.
	Patience int
	// MinDelta is the least change that counts as better, 1e-4 by default; a negative one means any change.
	MinDelta float64
	// Cooldown is the number of epochs after a change in which none are counted, 0 by default.
	Cooldown int
	// MinRate is the lowest learning rate, 0 by default.
	MinRate float64

	monitor  monitor
	delta    float64
	patience int
	state    plateauState
}

type plateauState struct {
	Wait, Cooldown int
	Best           float64
}

// FitBegin forgets an earlier Fit.
func (p *ReduceLROnPlateau) FitBegin(r *ml.Run) (err error) {
	factor := cmp.Or(p.Factor, 0.1)
	if factor < 0 || factor >= 1 || p.Patience < 0 || p.Cooldown < 0 || p.MinRate < 0 {
		return fmt.Errorf("ReduceLROnPlateau: expected a Factor below 1, and Patience, Cooldown and MinRate of 0 or more. Got %g, %d, %d and %g", factor, p.Patience, p.Cooldown, p.MinRate)
	}
	if r.Scheduled() {
		return fmt.Errorf("ReduceLROnPlateau: expected an optimizer without a Schedule, which sets the learning rate at each step. Got %s", r.Optimizer())
	}
	if p.monitor, err = watch(r, p.Monitor, p.Mode); err != nil {
		return fmt.Errorf("ReduceLROnPlateau: %w", err)
	}
	p.delta, p.patience = max(0, cmp.Or(p.MinDelta, 1e-4)), p.Patience
	if p.patience == 0 {
		p.patience = 10
	}
	p.state = plateauState{Best: p.monitor.mode.worst()}
	return nil
}

// EpochEnd looks at the epoch's figure.
func (p *ReduceLROnPlateau) EpochEnd(r *ml.Run) error {
	value, err := p.monitor.value(r)
	if err != nil {
		return fmt.Errorf("ReduceLROnPlateau: %w", err)
	}
	st := &p.state
	if st.Cooldown > 0 {
		st.Cooldown--
		st.Wait = 0
	}
	switch {
	case p.monitor.mode.better(value, st.Best, p.delta):
		st.Best, st.Wait = value, 0
		return nil
	case st.Cooldown > 0:
		return nil
	}
	st.Wait++
	rate := r.LearningRate()
	if st.Wait < p.patience || !(rate > float64(float32(p.MinRate))) || math.IsNaN(rate) {
		return nil
	}
	st.Wait, st.Cooldown = 0, p.Cooldown
	if err := r.SetLearningRate(max(rate*cmp.Or(p.Factor, 0.1), p.MinRate)); err != nil {
		return fmt.Errorf("ReduceLROnPlateau: %w", err)
	}
	return nil
}

// SaveState returns the best figure and the counts.
func (p *ReduceLROnPlateau) SaveState() ([]byte, error) { return saveState(p.state) }

// LoadState takes a state back.
func (p *ReduceLROnPlateau) LoadState(text []byte) error { return loadState(text, &p.state) }
