package ml

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/checkpoint"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/mistake"
)

// Load reads a model that Save wrote. It is compiled as the saved one was, unless that had an
// optimiser or a loss of an unregistered kind: then call Compile again before training on. Metrics
// of such kinds are left out.
func Load(dir string) (*Model, error) {
	m, err := load(dir)
	if err != nil {
		return nil, fmt.Errorf("ml: loading the model from %s: %w", dir, err)
	}
	return m, nil
}

func load(dir string) (m *Model, err error) {
	if dir == "" {
		return nil, errors.New("expected a folder's name. Got none")
	}
	text, err := os.ReadFile(filepath.Join(dir, descriptionFile))
	if err != nil {
		return nil, fmt.Errorf("expected a folder that Model.Save wrote: %w", err)
	}
	var d description
	if err := json.Unmarshal(text, &d); err != nil || d.Format != "gonbml model" {
		return nil, fmt.Errorf("%s does not describe a model (%v)", descriptionFile, err)
	}
	if d.Version > formatVersion {
		return nil, fmt.Errorf("it was saved in format %d by a newer version; this one reads up to %d", d.Version, formatVersion)
	}
	m = new(Model)
	if err := d.into(m); err != nil {
		return nil, err
	}
	m.epochs = d.Epochs
	if err := m.recompile(&d); err != nil {
		return nil, err
	}
	if err := m.readWeights(filepath.Join(dir, weightsFolder), d.State); err != nil {
		return nil, fmt.Errorf("weights: %w", err)
	}
	switch text, err := os.ReadFile(filepath.Join(dir, standFile)); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	default:
		if m.stand, err = readStand(text); err != nil {
			return nil, fmt.Errorf("where the training stood: %w", err)
		}
	}
	before := m.saved()
	in := m.declared()
	if in == nil {
		in = [][]int{d.Input}
	}
	if err := m.buildLoaded(in); err != nil {
		return nil, err
	}
	if m.saved() != before {
		return nil, errors.New("weights are missing from it; it was damaged after it was saved")
	}
	return m, nil
}

// readWeights fills the store with the checkpoint's variables, of which those named are not
// trained.
func (m *Model) readWeights(dir string, state []string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = mistake.Of(r)
		}
	}()
	if _, err := os.Stat(dir); err != nil {
		return err
	}
	if _, err := checkpoint.Load(m.store).Dir(dir).ExcludeAllParams().Immediate().Done(); err != nil {
		return mistake.Of(err)
	}
	// The loader has done its work; left in place it would bring back variables that are deleted
	// later.
	m.store.SetLoader(nil)
	for v := range m.store.IterVariables() {
		// A checkpoint does not say what is trainable; only layers' variables are.
		path, ok := strings.CutPrefix(v.Path(), modelScope+model.ScopeSeparator)
		v.SetTrainable(ok && !slices.Contains(state, path))
	}
	return nil
}

// buildLoaded makes what was not saved. Caches that begin afresh may draw random numbers for that,
// which the training that was saved did not draw.
func (m *Model) buildLoaded(in [][]int) error {
	random := m.store.GetVariable(model.ScopeSeparator + model.RNGStateVariableName)
	if random == nil {
		return m.build(in, 0)
	}
	value, err := random.Value()
	if err == nil {
		value, err = value.LocalClone()
	}
	if err != nil {
		return fmt.Errorf("keeping the state of the random numbers: %w", err)
	}
	if err := m.build(in, 0); err != nil {
		return err
	}
	return random.SetValue(value)
}

// saved is the number of variables that Save writes.
func (m *Model) saved() (n int) {
	for v := range m.store.IterVariables() {
		if contract.KindOf(m.store, v) != contract.CacheVariable {
			n++
		}
	}
	return n
}

func readStand(text []byte) (*stand, error) {
	s := &stand{}
	err := gob.NewDecoder(bytes.NewReader(text)).Decode(s)
	return s, err
}
