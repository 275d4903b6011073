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

	"github.com/gomlx/gomlx/ml/model/checkpoint"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/folder"
	"github.com/gonbml/gonbml/ml/internal/mistake"
)

// Save writes the model to a folder: model.json with the layers and how it was compiled, and a
// GoMLX checkpoint with the weights, the optimiser's state and that of the random numbers, so that
// training can go on after Load (see FitConfig.Resume). The folder is replaced as a whole, on Linux
// in one operation: whoever loads it sees the old model or the new one. A folder that holds
// something else is left alone.
func (m *Model) Save(dir string) error {
	if err := m.enterCell(); err != nil {
		return fmt.Errorf("ml: saving the model to %s: %w", dir, err)
	}
	defer m.leave()
	if err := m.save(dir); err != nil {
		return fmt.Errorf("ml: saving the model to %s: %w", dir, err)
	}
	return nil
}

// Save saves the model as Model.Save does, with all that a Fit with FitConfig.Resume needs to go on
// from here.
func (r *Run) Save(dir string) error {
	s, err := r.stand()
	if err != nil {
		return err
	}
	r.Model.stand = s
	return r.Model.save(dir)
}

func (m *Model) save(dir string) error {
	if dir == "" {
		return errors.New("expected a folder's name. Got none")
	}
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
	if err := folder.Sync(fresh); err != nil {
		return err
	}
	return folder.Replace(dir, fresh)
}

// describe returns model.json.
func (m *Model) describe() ([]byte, error) {
	d, err := m.architecture()
	if err != nil {
		return nil, err
	}
	d.Epochs = m.epochs
	for v := range m.Scope().IterVariables() {
		if contract.KindOf(m.store, v) == contract.StateVariable {
			d.State = append(d.State, below(m.Scope(), v))
		}
	}
	slices.Sort(d.State)
	if m.chain {
		d.Input = m.calls[0].out
	}
	if m.loss != nil {
		if err := m.describeCompile(&d); err != nil {
			return nil, err
		}
	}
	text, err := json.MarshalIndent(d, "", "\t")
	return append(text, '\n'), err
}

// writeWeights saves a copy of the store: a checkpoint handler stays attached to the store it
// saves.
func (m *Model) writeWeights(dir string) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = mistake.Of(r)
		}
	}()
	store, err := m.store.Clone()
	if err != nil {
		return err
	}
	store.SetLoader(nil)
	defer store.Finalize()
	for v := range m.store.IterVariables() {
		if contract.KindOf(m.store, v) == contract.CacheVariable {
			if err := store.DeleteVariable(v.Path()); err != nil {
				return fmt.Errorf("leaving out the cache %s: %w", v.Path(), err)
			}
		}
	}
	h, err := checkpoint.Build(store).Dir(dir).ExcludeAllParams().Done()
	if err != nil {
		return err
	}
	return h.Save()
}

// replaceable says whether Save may replace what is at dir: nothing, an empty folder, or a saved
// model.
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

// bytes is how a saved model holds it.
func (s *stand) bytes() ([]byte, error) {
	var b bytes.Buffer
	err := gob.NewEncoder(&b).Encode(s)
	return b.Bytes(), err
}
