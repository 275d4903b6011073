package ml

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// Weights is a copy of a model's variables in the program's memory. Training does not change it.
type Weights struct {
	// paths are in order, values beside them.
	paths  []string
	values []*tensors.Tensor
}

// Paths names the variables as Model.Store does, sorted.
func (w *Weights) Paths() []string { return slices.Clone(w.paths) }

// Value returns the variable of that path, not to be changed; nil if there is none.
func (w *Weights) Value(path string) *tensors.Tensor {
	if i, ok := slices.BinarySearch(w.paths, path); ok {
		return w.values[i]
	}
	return nil
}

// weights copies the variables below a scope.
func (l *learner) weights(scope string) (*Weights, error) {
	w := &Weights{}
	var all []*model.Variable
	for v := range l.store.IterVariables() {
		if v.HasValue() && strings.HasPrefix(v.Path(), strings.TrimSuffix(scope, model.ScopeSeparator)+model.ScopeSeparator) {
			all = append(all, v)
		}
	}
	slices.SortFunc(all, func(a, b *model.Variable) int { return strings.Compare(a.Path(), b.Path()) })
	for _, v := range all {
		value, err := v.Value()
		if err == nil {
			value, err = value.LocalClone()
		}
		if err != nil {
			return nil, fmt.Errorf("copying %s: %w", v.Path(), err)
		}
		w.paths, w.values = append(w.paths, v.Path()), append(w.values, value)
	}
	return w, nil
}

// setWeights gives the variables copies of w's values; variables that w lacks stay.
func (l *learner) setWeights(w *Weights) error {
	for i, path := range w.paths {
		v := l.store.GetVariable(path)
		if v == nil || !v.Shape().Equal(w.values[i].Shape()) {
			return fmt.Errorf("expected weights of this model. Got %s of shape %s, which it has not", path, w.values[i].Shape())
		}
		value, err := w.values[i].LocalClone()
		if err == nil {
			err = v.SetValue(value)
		}
		if err != nil {
			return fmt.Errorf("setting %s: %w", path, err)
		}
	}
	return nil
}

// GobEncode makes weights part of a saved state.
func (w *Weights) GobEncode() ([]byte, error) {
	var b bytes.Buffer
	e := gob.NewEncoder(&b)
	if err := e.Encode(w.paths); err != nil {
		return nil, err
	}
	for _, v := range w.values {
		if err := v.GobSerialize(e); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// GobDecode reads what GobEncode wrote.
func (w *Weights) GobDecode(text []byte) error {
	d := gob.NewDecoder(bytes.NewReader(text))
	*w = Weights{}
	if err := d.Decode(&w.paths); err != nil {
		return err
	}
	for range w.paths {
		v, err := tensors.GobDeserialize(d)
		if err != nil {
			return err
		}
		w.values = append(w.values, v)
	}
	return nil
}
