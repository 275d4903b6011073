package ml

import (
	"errors"
	"fmt"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// describeCompile adds what Compile was given.
func (m *Model) describeCompile(d *description) (err error) {
	if d.Optimizer, err = known(optimizers.Save(m.optimizer)); err != nil {
		return err
	}
	outputs, several := m.loss.(Outputs)
	if !several {
		if d.Loss, err = known(losses.Save(m.loss)); err == nil {
			d.Metrics, err = saveMetrics(m.heads.all[0].metrics)
		}
		return err
	}
	d.Heads = map[string]savedHead{}
	for name, o := range outputs {
		h := savedHead{Weight: o.Weight}
		if o.Loss != nil {
			if h.Loss, err = known(losses.Save(o.Loss)); err != nil {
				return err
			}
			if h.Loss == nil {
				// A loss of the user's own: the model is to be compiled again.
				d.Heads = nil
				return nil
			}
		}
		if h.Metrics, err = saveMetrics(o.Metrics); err != nil {
			return err
		}
		d.Heads[name] = h
	}
	return nil
}

// saveMetrics describes the metrics that Load can make.
func saveMetrics(given []contract.Metric) (all []contract.Saved, err error) {
	for _, metric := range given {
		s, err := known(metrics.Save(metric))
		if err != nil {
			return nil, err
		}
		if s != nil {
			all = append(all, *s)
		}
	}
	return all, nil
}

// known is what a registry's Save returned, or nil for a part that is of no registered kind.
func known(s contract.Saved, err error) (*contract.Saved, error) {
	switch {
	case errors.Is(err, contract.ErrUnregistered):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &s, nil
}

// recompile compiles as described; anything unknown leaves the model to be compiled by the user.
func (m *Model) recompile(d *description) error {
	if d.Optimizer == nil || d.Loss == nil && d.Heads == nil {
		return m.mistake
	}
	o, err := optimizers.Load(*d.Optimizer)
	if err != nil {
		return err
	}
	if d.Heads == nil {
		l, metrics, err := loadHead(d.Loss, d.Metrics)
		if err != nil {
			return err
		}
		return m.Compile(o, l, metrics...)
	}
	outputs := Outputs{}
	for name, h := range d.Heads {
		l, metrics, err := loadHead(h.Loss, h.Metrics)
		if err != nil {
			return fmt.Errorf("output %s: %w", name, err)
		}
		outputs[name] = Output{l, h.Weight, metrics}
	}
	return m.Compile(o, outputs)
}

// loadHead makes a loss, nil if there is none, and metrics.
func loadHead(loss *contract.Saved, saved []contract.Saved) (l contract.Loss, judges []contract.Metric, err error) {
	if loss != nil {
		if l, err = losses.Load(*loss); err != nil {
			return nil, nil, err
		}
	}
	for _, s := range saved {
		metric, err := metrics.Load(s)
		if err != nil {
			return nil, nil, err
		}
		judges = append(judges, metric)
	}
	return l, judges, nil
}
