package ml

import (
	"encoding/json"
	"fmt"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
)

// The files of a saved model: its description, a GoMLX checkpoint in a folder, and, if a Fit was
// made, where that one stands.
const (
	descriptionFile = "model.json"
	weightsFolder   = "weights"
	standFile       = "fit"
	// formatVersion is counted up when an older Load could not read what Save writes.
	formatVersion = 2
	// chainVersion is the format of Sequential models, which has not changed since.
	chainVersion = 1
)

// description is what Save writes beside the weights: enough to rebuild the model without its Go
// code.
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
	// Calls, Inputs and Outputs are how the layers of a functional model are joined; the two latter
	// are numbers of calls.
	Calls   []savedCall `json:"calls,omitempty"`
	Inputs  []int       `json:"inputs,omitempty"`
	Outputs []int       `json:"outputs,omitempty"`
	Epochs  int         `json:"epochs"`
	// Policy is that of UsePolicy.
	Policy Policy `json:"policy,omitempty"`
	// Optimizer, Loss and Metrics are those of Compile, where they are of registered kinds.
	Optimizer *contract.Saved  `json:"optimizer,omitempty"`
	Loss      *contract.Saved  `json:"loss,omitempty"`
	Metrics   []contract.Saved `json:"metrics,omitempty"`
	// Heads are instead of the two latter where Compile got Outputs.
	Heads map[string]savedHead `json:"heads,omitempty"`
}

// savedLayer is a layer in a saved model's description.
type savedLayer struct {
	contract.Saved
	// Name is written for functional models, which refer to it.
	Name   string `json:"name,omitempty"`
	Frozen bool   `json:"frozen,omitempty"`
}

// savedCall is one use of a layer: the layer's name, and the numbers of the calls whose results it
// takes.
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

// MarshalJSON describes the model's layers and how they are joined, without weights and without
// what Compile was given, as a layer of another model is saved.
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

func init() {
	layers.Register("Sequential", func() contract.Layer { return new(Model) })
	layers.Register("Functional", func() contract.Layer { return new(Model) })
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

// distinct tells a layer that is no pointer to something from others like it, while a network is
// made.
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
