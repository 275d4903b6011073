package ml

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/checkpoint"
)

// The files of a saved model: its description, a GoMLX checkpoint in a folder, and, if a Fit was made, where that one stands.
const (
	descriptionFile = "model.json"
	weightsFolder   = "weights"
	standFile       = "fit"
	// formatVersion is counted up when an older Load could not read what Save writes.
	formatVersion = 1
)

// description is what Save writes beside the weights: enough to rebuild the model without its Go code.
type description struct {
	Format  string       `json:"format"`
	Version int          `json:"version"`
	Input   []int        `json:"input"`
	Layers  []savedLayer `json:"layers"`
	Epochs  int          `json:"epochs"`
	// Optimizer, Loss and Metrics are those of Compile, where they are of this package.
	Optimizer *savedPart  `json:"optimizer,omitempty"`
	Loss      *savedPart  `json:"loss,omitempty"`
	Metrics   []savedPart `json:"metrics,omitempty"`
}

// Save writes the model to a folder: model.json with the layers and how it was compiled, and a GoMLX checkpoint with the weights, the
// optimiser's state and that of the random numbers, so that training can go on after Load (see FitConfig.Resume). The folder is replaced as a whole, on
// Linux in one operation: whoever loads it sees the old model or the new one. A folder that holds something else is left alone.
func (m *Model) Save(dir string) error {
	m.mustEnter()
	defer m.mu.Unlock()
	if err := m.save(dir); err != nil {
		return fmt.Errorf("ml: saving the model to %s: %w", dir, err)
	}
	return nil
}

func (m *Model) save(dir string) error {
	if m.mistake != nil {
		return m.mistake
	}
	if !m.built {
		return errors.New("expected a model with weights. It has none yet: call Fit or Build first")
	}
	text, err := m.describe()
	if err != nil {
		return err
	}
	if err := replaceable(dir); err != nil {
		return err
	}
	dir = filepath.Clean(dir)
	if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(fresh)
	if err := os.Chmod(fresh, 0o755); err != nil {
		return err
	}
	if err := m.writeWeights(filepath.Join(fresh, weightsFolder)); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(fresh, descriptionFile), text, 0o666); err != nil {
		return err
	}
	if m.stand != nil {
		text, err := m.stand.bytes()
		if err != nil {
			return fmt.Errorf("where the training stands: %w", err)
		}
		if err := os.WriteFile(filepath.Join(fresh, standFile), text, 0o666); err != nil {
			return err
		}
	}
	if err := syncFiles(fresh); err != nil {
		return err
	}
	return replace(dir, fresh)
}

// describe returns model.json.
func (m *Model) describe() ([]byte, error) {
	d := description{Format: "gonbml model", Version: formatVersion, Input: m.layers[0].in, Epochs: m.epochs}
	for _, p := range m.layers {
		s, err := saveLayer(p)
		if err != nil {
			return nil, err
		}
		d.Layers = append(d.Layers, s)
	}
	if m.loss != nil {
		var err error
		if d.Optimizer, err = savePart(m.optimizer); err != nil {
			return nil, err
		}
		if d.Loss, err = savePart(m.loss); err != nil {
			return nil, err
		}
		for _, metric := range m.metrics {
			s, err := savePart(metric)
			if err != nil {
				return nil, err
			}
			if s != nil {
				d.Metrics = append(d.Metrics, *s)
			}
		}
	}
	text, err := json.MarshalIndent(d, "", "\t")
	return append(text, '\n'), err
}

// writeWeights saves a copy of the store: a checkpoint handler stays attached to the store it saves.
func (m *Model) writeWeights(dir string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicError(r)
		}
	}()
	store, err := m.store.Clone()
	if err != nil {
		return err
	}
	store.SetLoader(nil)
	defer store.Finalize()
	h, err := checkpoint.Build(store).Dir(dir).ExcludeAllParams().Done()
	if err != nil {
		return err
	}
	return h.Save()
}

// replaceable says whether Save may replace what is at dir: nothing, an empty folder, or a saved model.
func replaceable(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return fmt.Errorf("expected a folder or nothing there: %w", err)
	}
	if _, err := os.Stat(filepath.Join(dir, descriptionFile)); err != nil {
		return fmt.Errorf("expected an empty folder or a saved model there. Got a folder with %d other files, which Save leaves alone", len(entries))
	}
	return nil
}

// Load reads a model that Save wrote. It is compiled as the saved one was, unless that used an optimiser, a loss or a metric
// from outside this package: then call Compile again before training on.
func Load(dir string) (*Model, error) {
	m, err := load(dir)
	if err != nil {
		return nil, fmt.Errorf("ml: loading the model from %s: %w", dir, err)
	}
	return m, nil
}

func load(dir string) (m *Model, err error) {
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
	var layers []Layer
	for _, s := range d.Layers {
		l, err := loadLayer(s)
		if err != nil {
			return nil, err
		}
		layers = append(layers, l)
	}
	m = Sequential(layers...)
	for i, s := range d.Layers {
		m.layers[i].frozen = s.Frozen
	}
	m.epochs = d.Epochs
	if err := m.recompile(&d); err != nil {
		return nil, err
	}
	if err := m.readWeights(filepath.Join(dir, weightsFolder)); err != nil {
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
	before := m.store.NumVariables()
	if err := m.build(d.Input, 0); err != nil {
		return nil, err
	}
	if m.store.NumVariables() != before {
		return nil, errors.New("weights are missing from it; it was damaged after it was saved")
	}
	return m, nil
}

// recompile compiles as described; anything unknown leaves the model to be compiled by the user.
func (m *Model) recompile(d *description) error {
	if d.Optimizer == nil || d.Loss == nil {
		return m.mistake
	}
	o, err := loadPart[Optimizer](d.Optimizer)
	if err != nil {
		return fmt.Errorf("optimizer: %w", err)
	}
	l, err := loadPart[Loss](d.Loss)
	if err != nil {
		return fmt.Errorf("loss: %w", err)
	}
	var metrics []Metric
	for _, s := range d.Metrics {
		metric, err := loadPart[Metric](&s)
		if err != nil {
			return fmt.Errorf("metric: %w", err)
		}
		metrics = append(metrics, metric)
	}
	return m.Compile(o, l, metrics...)
}

// readWeights fills the store with the checkpoint's variables.
func (m *Model) readWeights(dir string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = panicError(r)
		}
	}()
	if _, err := os.Stat(dir); err != nil {
		return err
	}
	if _, err := checkpoint.Load(m.store).Dir(dir).ExcludeAllParams().Immediate().Done(); err != nil {
		return panicError(err)
	}
	// The loader has done its work; left in place it would bring back variables that are deleted later.
	m.store.SetLoader(nil)
	for v := range m.store.IterVariables() {
		// A checkpoint does not say what is trainable; only layers' variables are.
		v.SetTrainable(strings.HasPrefix(v.Path(), modelScope+model.ScopeSeparator))
	}
	return nil
}
