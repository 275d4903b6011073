package ml_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/callbacks"
	"github.com/gonbml/gonbml/ml/data"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/optimizers"
	"github.com/gonbml/gonbml/ml/regularizers"
)

// tabular is testdata/tabular/tabular.json; see make.py there.
type tabular struct {
	MadeWith string  `json:"made_with"`
	Seeds    []int64 `json:"seeds"`
	Sets     []struct {
		Name     string
		Classes  int
		X        [][]float32
		Y        []int
		Folds    []string
		Accuracy []float64
	}
}

// TestTabularBands trains what scikit-learn's MLPClassifier is at its defaults, one layer of 100 units with Adam on standardised inputs, on the same folds, and
// compares the part of the examples that each gets right. In its short form it leaves out the digits and two of the three seeds.
func TestTabularBands(t *testing.T) {
	text, err := os.ReadFile("testdata/tabular/tabular.json")
	if err != nil {
		t.Fatal(err)
	}
	var all tabular
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, set := range all.Sets {
		t.Run(set.Name, func(t *testing.T) {
			d := data.Dataset{Name: set.Name, Y: set.Y, Classes: make([]string, set.Classes)}
			if set.X == nil {
				if os.Getenv("GONBML_LONG") == "" {
					t.Skip("the digits take a minute; set GONBML_LONG=1 for them")
				}
				digits, err := data.Digits()
				if err != nil {
					t.Fatal(err)
				}
				d.X = digits.X
				for i, y := range set.Y {
					if digits.Y[i] != y {
						t.Fatalf("example %d is a %d, in scikit-learn's order a %d", i, digits.Y[i], y)
					}
				}
			} else if d.X, err = data.NewArray(set.X); err != nil {
				t.Fatal(err)
			}
			ours, theirs, n := 0.0, 0.0, 0
			for i, seed := range all.Seeds {
				if i > 0 && os.Getenv("GONBML_LONG") == "" {
					break
				}
				right := 0
				for fold := range 5 {
					right += foldRight(t, d, set.Folds[i], byte('0'+fold), seed)
				}
				ours += float64(right) / float64(d.Len())
				theirs += set.Accuracy[i]
				n++
			}
			ours, theirs = ours/float64(n), theirs/float64(n)
			t.Logf("%d seeds: %.4f, MLPClassifier (%s) %.4f", n, ours, all.MadeWith, theirs)
			if ours < theirs-0.01 {
				t.Errorf("accuracy %.4f. Expected that of MLPClassifier, %.4f, within 0.01", ours, theirs)
			}
		})
	}
}

// foldRight trains on all folds but one and counts what is right of that.
func foldRight(t *testing.T, d data.Dataset, folds string, fold byte, seed int64) int {
	var learn, rest []int
	for i := range folds {
		if folds[i] == fold {
			rest = append(rest, i)
		} else {
			learn = append(learn, i)
		}
	}
	train, test := d.Rows(learn), d.Rows(rest)
	scaler, err := data.FitStandard(train.X)
	if err != nil {
		t.Fatal(err)
	}
	if train, err = scaler.Apply(train); err != nil {
		t.Fatal(err)
	}
	if test, err = scaler.Apply(test); err != nil {
		t.Fatal(err)
	}
	m := ml.Sequential(layers.Dense(100, layers.ReLU, regularizers.L2(0.5e-4/float64(train.Len()))), layers.Dense(len(d.Classes)))
	m.UseBackend(backends[0])
	m.Compile(optimizers.Adam{}, losses.SparseCategoricalCrossentropy{FromLogits: true})
	// MLPClassifier stops when the loss has not fallen by 1e-4 for 10 epochs, or after 200.
	fit(t, m, train, ml.FitConfig{BatchSize: 200, Epochs: 200, Seed: seed, Callbacks: []ml.Callback{
		&callbacks.EarlyStopping{Monitor: "loss", MinDelta: 1e-4, Patience: 10, KeepLast: true},
	}})
	p, err := m.Predict(t.Context(), test.X)
	if err != nil {
		t.Fatal(err)
	}
	right := 0
	for i, c := range p.Classes() {
		if c == test.Y[i] {
			right++
		}
	}
	return right
}
