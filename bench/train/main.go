//go:build ignore

// Command train is our side of the training benchmark bench/train.py: it trains one of the
// benchmark's models on MNIST through package ml, on the backend that the environment names
// (GOMLX_BACKEND, else what ml/backend finds), and prints one JSON object.
//
// The object's fields and the flags are those of bench/peers.py, which does the same with the other
// frameworks, so that bench/train.py treats all of them alike. An epoch's seconds run from the end
// of the epoch before, as a user waits for it: shuffling and reading figures back are in it, and
// compiling is in the first.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/data"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

const batch = 128

// benchmark is one of the models, and the examples that it is trained on.
type benchmark struct {
	// sizes are the units of the layers behind the input of 784 pixels, each but the last with
	// ReLU; nil means that inner is the model.
	sizes []int
	// shape is that of an example, and inner what is before the last layer, of a model that is not
	// dense only.
	shape []int
	inner []contract.Layer
	// examples is how many of the training set's are taken, for the fit without validation.
	examples int
}

var models = map[string]benchmark{
	"mlp":  {sizes: []int{64, 10}, examples: 60_000},
	"wide": {sizes: []int{1024, 1024, 10}, examples: 60_000},
	"cnn": {shape: []int{28, 28, 1}, examples: 12_800, inner: []contract.Layer{
		layers.Conv2D(32, 3, layers.ReLU), layers.MaxPooling2D(2), layers.Conv2D(64, 3, layers.ReLU), layers.MaxPooling2D(2), layers.Flatten(), layers.Dense(64, layers.ReLU),
	}},
	"lstm": {shape: []int{28, 28}, examples: 12_800, inner: []contract.Layer{layers.LSTM(64)}},
}

func (b benchmark) layers() []contract.Layer {
	if b.sizes == nil {
		return slices.Concat([]contract.Layer{layers.Input(b.shape...)}, b.inner, []contract.Layer{layers.Dense(10)})
	}
	all := []contract.Layer{layers.Input(784)}
	last := len(b.sizes) - 1
	for _, n := range b.sizes[:last] {
		all = append(all, layers.Dense(n, layers.ReLU))
	}
	return append(all, layers.Dense(b.sizes[last]))
}

// result is what is printed.
type result struct {
	Name     string            `json:"name"`
	Model    string            `json:"model"`
	Versions map[string]string `json:"versions"`
	Backend  string            `json:"backend"`
	Kind     backend.Kind      `json:"kind"`
	Batch    int               `json:"batch"`
	// Fit is the article's fit, on 50,000 examples with 10,000 to validate on; Epochs the fit on
	// all 60,000 without.
	Fit    *fit `json:"fit,omitempty"`
	Epochs *fit `json:"epochs,omitempty"`
	// PredictMS is the median duration of predicting one row.
	PredictMS float64 `json:"predict_ms,omitempty"`
	PeakMB    float64 `json:"peak_rss_mb"`
}

// fit is one training from fresh weights.
type fit struct {
	Seconds      float64   `json:"seconds"`
	Epochs       []float64 `json:"epochs"`
	Compiling    float64   `json:"compile_seconds"`
	MSPerStep    float64   `json:"ms_per_step"`
	ValAccuracy  float64   `json:"val_accuracy,omitempty"`
	TestAccuracy float64   `json:"test_accuracy"`
}

// clock is a callback that notes when each epoch ends.
type clock struct {
	ml.NoCallback
	last   time.Time
	epochs []float64
}

func (c *clock) EpochEnd(*ml.Run) error {
	now := time.Now()
	c.epochs = append(c.epochs, now.Sub(c.last).Seconds())
	c.last = now
	return nil
}

func main() {
	name := flag.String("model", "mlp", "mlp (784-64-10), wide (784-1024-1024-10), cnn (two convolutions with pooling) or lstm (a picture's rows as a sequence), these on 12,800 examples")
	fitEpochs := flag.Int("fit", 10, "epochs of the fit with validation data; 0 leaves it out")
	epochs := flag.Int("epochs", 10, "epochs of the fit on all 60,000 examples; 0 leaves it out")
	hand := flag.Bool("hand", false, "train with a loop written by hand in GoMLX instead (XLA; only -epochs)")
	seed := flag.Int64("seed", 0, "seed of weights and order")
	dir := flag.String("data", "", "folder with MNIST's files; empty means the Go module")
	profile := flag.String("cpuprofile", "", "file for a CPU profile (Go backend only: with an XLA plugin loaded profiling aborts the process)")
	flag.Parse()
	if *profile != "" {
		f, err := os.Create(*profile)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "train:", err)
			os.Exit(1)
		}
	}
	r, err := run(context.Background(), *name, *fitEpochs, *epochs, *seed, *dir, *hand)
	pprof.StopCPUProfile() // does nothing without a profile
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(r)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "train:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, name string, fitEpochs, epochs int, seed int64, dir string, hand bool) (*result, error) {
	bench, ok := models[name]
	if !ok {
		return nil, fmt.Errorf("expected the model mlp, wide, cnn or lstm. Got %q", name)
	}
	b, err := backend.Default()
	if err != nil {
		return nil, err
	}
	r := &result{Name: "gonbml", Model: name, Versions: versions(), Backend: b.String(), Kind: b.Choice().Kind, Batch: batch}
	all, test, err := mnist(ctx, dir)
	if err != nil {
		return nil, err
	}
	if bench.sizes == nil {
		all, test = shaped(all, bench.shape), shaped(test, bench.shape)
	}
	part := head(all, bench.examples)
	if hand {
		if bench.sizes == nil {
			return nil, errors.New("the loop by hand has only dense layers")
		}
		r.Name = "gomlx-while"
		if r.Epochs, err = byHand(b.GoMLX(), bench.sizes, part, test, epochs, seed); err == nil {
			r.PeakMB, err = peak()
		}
		return r, err
	}
	var model *ml.Model
	if fitEpochs > 0 {
		train, val := head(all, 50_000), tail(all, 50_000)
		if model, r.Fit, err = timed(ctx, bench, train, test, ml.FitConfig{Epochs: fitEpochs, Validation: val, Seed: seed}); err != nil {
			return nil, err
		}
	}
	if epochs > 0 {
		if model, r.Epochs, err = timed(ctx, bench, part, test, ml.FitConfig{Epochs: epochs, Seed: seed}); err != nil {
			return nil, err
		}
	}
	if model != nil {
		if r.PredictMS, err = predict(ctx, model, test); err != nil {
			return nil, err
		}
	}
	r.PeakMB, err = peak()
	return r, err
}

// timed trains a new model and evaluates it on the test set.
func timed(ctx context.Context, bench benchmark, train, test data.Dataset, config ml.FitConfig) (*ml.Model, *fit, error) {
	m := ml.Sequential(bench.layers()...)
	if err := m.Compile(optimizers.Adam{}, losses.SparseCategoricalCrossentropy{FromLogits: true}, metrics.Accuracy{}); err != nil {
		return nil, nil, err
	}
	start := time.Now()
	c := &clock{last: start}
	config.BatchSize, config.Quiet, config.Callbacks = batch, true, []ml.Callback{c}
	history, err := m.Fit(ctx, train.X, train.Y, config)
	if err != nil {
		return nil, nil, err
	}
	f := &fit{Seconds: time.Since(start).Seconds(), Epochs: c.epochs, Compiling: history.Compiling.Seconds()}
	f.MSPerStep = median(c.epochs) * 1e3 / float64(history.Epochs[0].Steps)
	if v, ok := history.Last("val_accuracy"); ok {
		f.ValAccuracy = v
	}
	scores, err := m.Evaluate(ctx, test.X, test.Y)
	f.TestAccuracy = scores.Accuracy()
	return m, f, err
}

// predict returns the median of 200 predictions of one row, in milliseconds.
func predict(ctx context.Context, m *ml.Model, test data.Dataset) (float64, error) {
	var ms []float64
	for i := range 220 {
		row := test.X.Rows([]int{i})
		start := time.Now()
		if _, err := m.Predict(ctx, row); err != nil {
			return 0, err
		}
		if i >= 20 { // the first compile and warm up
			ms = append(ms, time.Since(start).Seconds()*1e3)
		}
	}
	return median(ms), nil
}

// mnist returns MNIST with pixels from 0 to 1.
func mnist(ctx context.Context, dir string) (train, test data.Dataset, err error) {
	if train, test, err = data.MNIST(ctx, data.MNISTConfig{Dir: dir}); err != nil {
		return
	}
	scaler := data.Scaler{Shift: []float32{0}, Scale: []float32{255}}
	if train, err = scaler.Apply(train); err != nil {
		return
	}
	test, err = scaler.Apply(test)
	return
}

// shaped gives rows of 784 pixels another shape; they share their storage.
func shaped(d data.Dataset, shape []int) data.Dataset {
	d.X.Shape = append([]int{d.X.Len()}, shape...)
	return d
}

// head returns the first n examples, tail those behind them; both share their storage with d.
func head(d data.Dataset, n int) data.Dataset {
	d.X = data.Array{Values: d.X.Values[:n*d.X.Features()], Shape: append([]int{n}, d.X.Shape[1:]...)}
	d.Y = d.Y[:n]
	return d
}

func tail(d data.Dataset, n int) data.Dataset {
	d.X = data.Array{Values: d.X.Values[n*d.X.Features():], Shape: append([]int{d.X.Len() - n}, d.X.Shape[1:]...)}
	d.Y = d.Y[n:]
	return d
}

func median(values []float64) float64 {
	v := slices.Sorted(slices.Values(values))
	n := len(v)
	if n == 0 {
		return 0
	}
	return (v[(n-1)/2] + v[n/2]) / 2
}

// versions names what our figures depend on.
func versions() map[string]string {
	v := map[string]string{"Go": strings.TrimPrefix(runtime.Version(), "go")}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/gomlx/gomlx" {
				v["GoMLX"] = strings.TrimPrefix(m.Version, "v")
			}
		}
	}
	return v
}

// peak returns the largest resident memory of this process so far, in MB.
func peak() (float64, error) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "VmHWM:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kb / 1e3, err
		}
	}
	return 0, fmt.Errorf("expected a line VmHWM in /proc/self/status. Got none")
}
