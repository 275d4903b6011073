package callbacks

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/contract"
)

// ModelCheckpoint saves the model while it trains, as Model.Save does and with all that a Fit with FitConfig.Resume needs. Whoever loads it sees the old
// model or the new one, also after a crash. Use a pointer, as in &callbacks.ModelCheckpoint{Path: "models/digits"}.
type ModelCheckpoint struct {
	ml.NoCallback
	// Path is the folder. Names in braces stand for figures: {epoch}, {step} (of all epochs), and those of the epoch's record; a format for package fmt may
	// follow, as in "models/{epoch:03d}-{val_loss:.4f}".
	Path string
	// BestOnly saves only what is better than all before.
	BestOnly bool
	// Monitor is the figure that decides: by default val_loss if there is validation data, else loss.
	Monitor string
	// Mode says which way Monitor gets better; by default its metric tells.
	Mode Mode
	// Baseline, if set, is what the first one must be better than, with BestOnly.
	Baseline *float64
	// Epochs is the number of epochs between two saves, 1 by default.
	Epochs int
	// Steps, if set, is the number of steps between two saves instead. With BestOnly the figures are those of the epoch so far, without validation.
	Steps int

	monitor monitor
	state   checkpointState
}

type checkpointState struct {
	Best float64
	Last string
}

// Order is 1: it saves the state in which the other callbacks are when all have been called.
func (*ModelCheckpoint) Order() int { return 1 }

// Last is the folder saved last; empty before there is one.
func (c *ModelCheckpoint) Last() string { return c.state.Last }

// FitBegin forgets an earlier Fit.
func (c *ModelCheckpoint) FitBegin(r *ml.Run) (err error) {
	switch {
	case c.Path == "":
		return errors.New("ModelCheckpoint: expected a Path. Got none")
	case c.Epochs < 0 || c.Steps < 0 || c.Epochs > 0 && c.Steps > 0:
		return fmt.Errorf("ModelCheckpoint: expected Epochs or Steps above 0, or neither. Got %d and %d", c.Epochs, c.Steps)
	}
	name := c.Monitor
	if name == "" && c.Steps > 0 {
		name = "loss"
	}
	c.state = checkpointState{}
	if !c.BestOnly {
		return nil
	}
	if c.monitor, err = watch(r, name, c.Mode); err != nil {
		return fmt.Errorf("ModelCheckpoint: %w", err)
	}
	c.state.Best = c.monitor.mode.worst()
	if c.Baseline != nil {
		c.state.Best = *c.Baseline
	}
	return nil
}

// EpochEnd saves the model if it is time.
func (c *ModelCheckpoint) EpochEnd(r *ml.Run) error {
	if c.Steps > 0 || r.Epoch%max(1, c.Epochs) != 0 {
		return nil
	}
	return c.save(r, r.History.Epochs[len(r.History.Epochs)-1].Values)
}

// Every is Steps.
func (c *ModelCheckpoint) Every() int { return c.Steps }

// StepEnd saves the model.
func (c *ModelCheckpoint) StepEnd(r *ml.Run) error { return c.save(r, r.Scores.Values("")) }

func (c *ModelCheckpoint) save(r *ml.Run, values []contract.Value) error {
	figure := func(name string) (float64, error) {
		var names []string
		for _, v := range values {
			if v.Name == name {
				return v.Value, nil
			}
			names = append(names, v.Name)
		}
		return 0, fmt.Errorf("ModelCheckpoint: expected one of the figures %s. Got %q", strings.Join(names, ", "), name)
	}
	best := c.state.Best
	if c.BestOnly {
		v, err := figure(c.monitor.name)
		if err != nil {
			return err
		}
		if !c.monitor.mode.better(v, best, 0) {
			return nil
		}
		best = v
	}
	path, err := fill(c.Path, func(name string) (any, error) {
		switch name {
		case "epoch":
			return r.Epoch, nil
		case "step":
			return r.Total, nil
		}
		return figure(name)
	})
	if err != nil {
		return err
	}
	before := c.state
	c.state = checkpointState{best, path}
	if err := r.Save(path); err != nil {
		c.state = before
		return fmt.Errorf("ModelCheckpoint: saving the model to %s: %w", path, err)
	}
	return nil
}

// SaveState returns the best figure.
func (c *ModelCheckpoint) SaveState() ([]byte, error) { return saveState(c.state) }

// LoadState takes a state back.
func (c *ModelCheckpoint) LoadState(text []byte) error { return loadState(text, &c.state) }

var braces = regexp.MustCompile(`\{(\w+)(?::([^{}]*))?\}`)

// fill puts figures in the place of their names in braces.
func fill(pattern string, figure func(name string) (any, error)) (string, error) {
	var failed error
	text := braces.ReplaceAllStringFunc(pattern, func(found string) string {
		m := braces.FindStringSubmatch(found)
		v, err := figure(m[1])
		if err != nil {
			failed = errors.Join(failed, err)
			return found
		}
		verb := "%v"
		if m[2] != "" {
			verb = "%" + m[2]
		} else if _, ok := v.(float64); ok {
			verb = "%.4g"
		}
		return fmt.Sprintf(verb, v)
	})
	if failed == nil && (strings.ContainsAny(text, "{}") || strings.Contains(text, "%!")) {
		failed = fmt.Errorf("expected a path with names of figures in braces, such as {epoch:03d}. Got %q, which became %q", pattern, text)
	}
	return text, failed
}
