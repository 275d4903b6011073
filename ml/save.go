package ml

import (
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
	"github.com/gonbml/gonbml/ml/internal/folder"
	"github.com/gonbml/gonbml/ml/internal/mistake"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// The files of a saved model: its description, a GoMLX checkpoint in a folder, and, if a Fit was made, where that one stands.
const (
	descriptionFile = "model.json"
	weightsFolder   = "weights"
	standFile       = "fit"
	// formatVersion is counted up when an older Load could not read what Save writes.
	formatVersion = 2
	// chainVersion is the format of Sequential models, which has not changed since.
	chainVersion = 1
)

// description is what Save writes beside the weights: enough to rebuild the model without its Go code.
type description struct {
	Format string `json:"format"`
	// Name is Model.Name.
	Name    string `json:"name,omitempty"`
	Version int    `json:"version"`
	// Input is the shape of one example of a Sequential model.
	Input  []int        `json:"input,omitempty"`
	Layers []savedLayer `json:"layers"`
	// State are the variables that are not trained, whatever is frozen, below the layers' scope.
	State []string `json:"state,omitempty"`
	// Calls, Inputs and Outputs are how the layers of a functional model are joined; the two latter are numbers of calls.
	Calls   []savedCall `json:"calls,omitempty"`
	Inputs  []int       `json:"inputs,omitempty"`
	Outputs []int       `json:"outputs,omitempty"`
	Epochs  int         `json:"epochs"`
	// Policy is that of UsePolicy.
	Policy Policy `json:"policy,omitempty"`
	// Optimizer, Loss and Metrics are those of Compile, where they are of this package.
	Optimizer *contract.Saved  `json:"optimizer,omitempty"`
	Loss      *contract.Saved  `json:"loss,omitempty"`
	Metrics   []contract.Saved `json:"metrics,omitempty"`
	// Heads are instead of the two latter where Compile got Outputs.
	Heads map[string]savedHead `json:"heads,omitempty"`
}

// savedCall is one use of a layer: the layer's name, and the numbers of the calls whose results it takes.
type savedCall struct {
	Layer string `json:"layer"`
	From  []int  `json:"from,omitempty"`
}

// savedHead is an Output.
type savedHead struct {
	Loss    *contract.Saved  `json:"loss,omitempty"`
	Weight  float64          `json:"weight,omitempty"`
	Metrics []contract.Saved `json:"metrics,omitempty"`
}

// Save writes the model to a folder: model.json with the layers and how it was compiled, and a GoMLX checkpoint with the weights, the
// optimiser's state and that of the random numbers, so that training can go on after Load (see FitConfig.Resume). The folder is replaced as a whole, on
// Linux in one operation: whoever loads it sees the old model or the new one. A folder that holds something else is left alone.
func (m *Model) Save(dir string) error {
	if err := m.enterCell(); err != nil {
		return fmt.Errorf("ml: saving the model to %s: %w", dir, err)
	}
	defer m.turn.give()
	if err := m.save(dir); err != nil {
		return fmt.Errorf("ml: saving the model to %s: %w", dir, err)
	}
	return nil
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

// architecture describes the layers and how they are joined.
func (m *Model) architecture() (description, error) {
	d := description{Format: "gonbml model", Name: m.Name, Version: chainVersion, Policy: m.Policy()}
	for _, p := range m.layers {
		if p.implicit {
			continue
		}
		s, err := saveLayer(p)
		if err != nil {
			return d, err
		}
		d.Layers = append(d.Layers, s)
	}
	if !m.chain {
		d.Version = formatVersion
		for _, c := range m.calls {
			d.Calls = append(d.Calls, savedCall{c.name, c.from})
		}
		d.Inputs, d.Outputs = m.inputs, m.outputs
	}
	return d, nil
}

// savedLayer is a layer in a saved model's description.
type savedLayer struct {
	contract.Saved
	// Name is written for functional models, which refer to it.
	Name   string `json:"name,omitempty"`
	Frozen bool   `json:"frozen,omitempty"`
}

func saveLayer(p *placed) (savedLayer, error) {
	saved, err := layers.Save(p.Layer)
	if err != nil {
		return savedLayer{}, fmt.Errorf("%s: %w", p.path(), err)
	}
	s := savedLayer{Saved: saved, Frozen: p.frozen}
	if !p.chain {
		s.Name = p.name
	}
	return s, nil
}

func init() {
	layers.Register("Sequential", func() contract.Layer { return new(Model) })
	layers.Register("Functional", func() contract.Layer { return new(Model) })
}

// MarshalJSON describes the model's layers and how they are joined, without weights and without what
// Compile was given, as a layer of another model is saved.
func (m *Model) MarshalJSON() ([]byte, error) {
	d, err := m.architecture()
	if err != nil {
		return nil, err
	}
	return json.Marshal(d)
}

// UnmarshalJSON makes an empty model what MarshalJSON described.
func (m *Model) UnmarshalJSON(text []byte) error {
	var d description
	if err := json.Unmarshal(text, &d); err != nil {
		return err
	}
	return d.into(m)
}

// describeCompile adds what Compile was given.
func (m *Model) describeCompile(d *description) (err error) {
	if d.Optimizer, err = known(optimizers.Save(m.optimizer)); err != nil {
		return err
	}
	outputs, several := m.loss.(Outputs)
	if !several {
		if d.Loss, err = known(losses.Save(m.loss)); err == nil {
			d.Metrics, err = saveMetrics(m.heads[0].metrics)
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

// writeWeights saves a copy of the store: a checkpoint handler stays attached to the store it saves.
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

// distinct tells a layer that is no pointer to something from others like it, while a network is made.
type distinct struct{ contract.Layer }

// into makes the layers, and joins them in m, which is empty.
func (d *description) into(m *Model) error {
	var all []contract.Layer
	names, byName, frozen := map[contract.Layer]string{}, map[string]contract.Layer{}, map[contract.Layer]bool{}
	for _, s := range d.Layers {
		l, err := layers.Load(s.Saved)
		if err != nil {
			return err
		}
		if sharing(l) == nil {
			l = &distinct{l}
		}
		all = append(all, l)
		names[l], byName[s.Name], frozen[l] = s.Name, l, s.Frozen
	}
	var n network
	var mistake error
	if d.Calls == nil {
		n, mistake = newChain(all)
	} else {
		var values contract.Tensors
		pick := func(numbers []int) (some contract.Tensors, err error) {
			for _, i := range numbers {
				if i < 0 || i >= len(values) {
					return nil, fmt.Errorf("%s joins layers that are not there", descriptionFile)
				}
				some = append(some, values[i])
			}
			return some, nil
		}
		for _, c := range d.Calls {
			from, err := pick(c.From)
			if err != nil {
				return err
			}
			values = append(values, contract.On(byName[c.Layer], from...))
		}
		inputs, err := pick(d.Inputs)
		if err != nil {
			return err
		}
		outputs, err := pick(d.Outputs)
		if err != nil {
			return err
		}
		n, mistake = newNetwork(inputs, outputs, names)
	}
	for _, p := range n.layers {
		p.frozen = frozen[p.Layer]
		if l, ok := p.Layer.(*distinct); ok {
			p.Layer = l.Layer
		}
	}
	m.init(n, mistake)
	m.Name = d.Name
	if err := m.UsePolicy(d.Policy); err != nil {
		return err
	}
	return m.mistake
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

// readWeights fills the store with the checkpoint's variables, of which those named are not trained.
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
	// The loader has done its work; left in place it would bring back variables that are deleted later.
	m.store.SetLoader(nil)
	for v := range m.store.IterVariables() {
		// A checkpoint does not say what is trainable; only layers' variables are.
		path, ok := strings.CutPrefix(v.Path(), modelScope+model.ScopeSeparator)
		v.SetTrainable(ok && !slices.Contains(state, path))
	}
	return nil
}
