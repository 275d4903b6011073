package ml_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/callbacks"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// callbackCases is testdata/callbacks/callbacks.json; see make.py there.
type callbackCases struct {
	Cases []struct {
		Mode   callbacks.Mode
		Values []float64
		Stop   struct {
			Patience       int
			MinDelta       float64 `json:"min_delta"`
			StartFromEpoch int     `json:"start_from_epoch"`
			Baseline       *float64
		}
		Epochs, Restored int
		Plateau          struct {
			Factor   float64
			Patience int
			MinDelta float64 `json:"min_delta"`
			Cooldown int
			MinLR    float64 `json:"min_lr"`
		}
		Rates []float64
	}
}

// TestCallbacksFollowKeras shows made-up figures to callbacks, and compares what they do with what Keras's did.
func TestCallbacksFollowKeras(t *testing.T) {
	text, err := os.ReadFile("testdata/callbacks/callbacks.json")
	if err != nil {
		t.Fatal(err)
	}
	var all callbackCases
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Cases) < 40 {
		t.Fatalf("%d cases", len(all.Cases))
	}
	x := [][]float32{{1}, {2}}
	for i, c := range all.Cases {
		// show puts the case's figure in the place of the epoch's.
		show := callbacks.Hooks{OnEpochEnd: func(r *ml.Run) error {
			r.History.Epochs[r.Epoch-1].Values = []contract.Value{{Name: "val_loss", Value: c.Values[r.Epoch-1]}}
			return nil
		}}
		run := func(callback ml.Callback) *ml.History {
			t.Helper()
			m := ml.Sequential(layers.Input(1), layers.Dense(1))
			m.UseBackend(backends[0])
			m.Compile(optimizers.SGD{LearningRate: 0.5}, losses.MeanSquaredError{})
			h, err := m.Fit(t.Context(), x, []float32{0, 0}, ml.FitConfig{Epochs: len(c.Values), Quiet: true, Callbacks: []ml.Callback{show, callback}})
			if err != nil {
				t.Fatal(err)
			}
			return h
		}
		stop := &callbacks.EarlyStopping{Monitor: "val_loss", Mode: c.Mode, Patience: c.Stop.Patience, MinDelta: c.Stop.MinDelta, StartFromEpoch: c.Stop.StartFromEpoch, Baseline: c.Stop.Baseline}
		if h := run(stop); h.Len() != c.Epochs || stop.BestEpoch() != c.Restored {
			t.Errorf("case %d, %+v: %d epochs, epoch %d restored. Keras: %d, %d", i, c.Stop, h.Len(), stop.BestEpoch(), c.Epochs, c.Restored)
		}
		p := c.Plateau
		h := run(&callbacks.ReduceLROnPlateau{Monitor: "val_loss", Mode: c.Mode, Factor: p.Factor, Patience: p.Patience, MinDelta: p.MinDelta, Cooldown: p.Cooldown, MinRate: p.MinLR})
		for k, e := range h.Epochs {
			if math.Abs(e.LearningRate-c.Rates[k]) > 1e-6*c.Rates[k] {
				t.Errorf("case %d, %+v: rate %g in epoch %d. Keras: %g", i, p, e.LearningRate, k+1, c.Rates[k])
				break
			}
		}
	}
}
