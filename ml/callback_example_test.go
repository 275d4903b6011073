package ml_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/callbacks"
	"github.com/gonbml/gonbml/ml/data"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// small returns some digits to learn from, others to validate on, and a model for them.
func small() (m *ml.Model, train, val data.Dataset) {
	all, err := data.Digits()
	if err != nil {
		fmt.Println(err)
	}
	scaler, _ := data.FitRange(all.X)
	all, _ = scaler.Apply(all)
	train, val, _ = all.Head(600).Split(0.25, data.SplitConfig{Seed: 1})
	m = ml.Sequential(layers.Input(64), layers.Dense(32, layers.ReLU), layers.Dense(10))
	m.Compile(optimizers.Adam{LearningRate: 0.01}, losses.SparseCategoricalCrossentropy{FromLogits: true}, metrics.Accuracy{})
	return m, train, val
}

// folder returns a new folder, and what removes it.
func folder() (string, func()) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
	}
	return dir, func() { os.RemoveAll(dir) }
}

func ExampleEarlyStopping() {
	m, train, val := small()
	ctx := context.Background()
	stop := &callbacks.EarlyStopping{Patience: 3}
	config := ml.FitConfig{Epochs: 500, Validation: val, Quiet: true, Callbacks: []ml.Callback{stop}}
	history, err := m.Fit(ctx, train.X, train.Y, config)
	if err != nil {
		fmt.Println(err)
		return
	}
	scores, _ := m.Evaluate(ctx, val.X, val.Y)
	fmt.Println("stopped early:", history.Len() < 500, "three epochs behind the best:", history.Len() == stop.BestEpoch()+3)
	fmt.Println("the model is the best one:", scores.Loss == stop.Best())
	// Output:
	// stopped early: true three epochs behind the best: true
	// the model is the best one: true
}

func ExampleModelCheckpoint() {
	dir, remove := folder()
	defer remove()
	m, train, val := small()
	ctx := context.Background()
	_, err := m.Fit(ctx, train.X, train.Y, ml.FitConfig{Epochs: 4, Validation: val, Quiet: true, Callbacks: []ml.Callback{
		&callbacks.ModelCheckpoint{Path: filepath.Join(dir, "best"), BestOnly: true},
		&callbacks.ModelCheckpoint{Path: filepath.Join(dir, "epoch-{epoch:03d}"), Epochs: 2},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	saved, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, s := range saved {
		fmt.Println(filepath.Base(s))
	}
	best, err := ml.Load(filepath.Join(dir, "best"))
	fmt.Println(best, err)
	// Output:
	// best
	// epoch-002
	// epoch-004
	// Sequential(Input(64), Dense(32, relu), Dense(10)) <nil>
}

func ExampleReduceLROnPlateau() {
	m, train, _ := small()
	// The loss has to fall by 0.5 in each epoch, or the rate is halved.
	history, err := m.Fit(context.Background(), train.X, train.Y, ml.FitConfig{Epochs: 5, Quiet: true, Callbacks: []ml.Callback{
		&callbacks.ReduceLROnPlateau{Monitor: "loss", Factor: 0.5, Patience: 1, MinDelta: 0.5},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("lower at the end:", history.Epochs[4].LearningRate < history.Epochs[0].LearningRate)
	// Output: lower at the end: true
}

func ExampleLearningRateScheduler() {
	m, train, _ := small()
	history, err := m.Fit(context.Background(), train.X, train.Y, ml.FitConfig{Epochs: 3, Quiet: true, Callbacks: []ml.Callback{
		callbacks.LearningRateScheduler(func(epoch int, now float64) float64 {
			if epoch == 1 {
				return now
			}
			return now / 10
		}),
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, e := range history.Epochs {
		fmt.Printf("%.4f ", e.LearningRate)
	}
	// Output: 0.0100 0.0010 0.0001
}

func ExampleCSVLogger() {
	dir, remove := folder()
	defer remove()
	m, train, _ := small()
	log := filepath.Join(dir, "log.csv")
	_, err := m.Fit(context.Background(), train.X, train.Y, ml.FitConfig{Epochs: 2, Quiet: true, Callbacks: []ml.Callback{&callbacks.CSVLogger{Path: log}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	text, _ := os.ReadFile(log)
	lines := strings.Split(string(text), "\n")
	fmt.Println(lines[0])
	fmt.Println(len(lines)-2, "epochs")
	// Output:
	// epoch,loss,accuracy,learning_rate,seconds
	// 2 epochs
}

func ExampleTerminateOnNaN() {
	m, train, _ := small()
	train.X.Row(100)[7] = float32(math.NaN()) // a hole in the data
	_, err := m.Fit(context.Background(), train.X, train.Y, ml.FitConfig{InOrder: true, Quiet: true, Callbacks: []ml.Callback{callbacks.TerminateOnNaN{}}})
	var found *ml.NotFiniteError
	if errors.As(err, &found) {
		fmt.Printf("step %d: %s has %d NaN\n", found.Step, found.Where, found.NaN)
	}
	// Output: step 4: the data of input input has 1 NaN
}

func ExampleHooks() {
	m, train, _ := small()
	_, err := m.Fit(context.Background(), train.X, train.Y, ml.FitConfig{Epochs: 10, Quiet: true, Callbacks: []ml.Callback{callbacks.Hooks{
		OnEpochEnd: func(r *ml.Run) error {
			if r.Scores.Accuracy() > 0.9 {
				fmt.Println("good enough")
				r.Stop("good enough")
			}
			return nil
		},
	}}})
	if err != nil {
		fmt.Println(err)
	}
	// Output: good enough
}

// Data that is made as it is needed, in batches of any size.
func ExampleStream() {
	stream := ml.Stream(func(epoch int) iter.Seq2[ml.Batch, error] {
		return func(yield func(ml.Batch, error) bool) {
			for i := range 50 {
				x := float32(i%10) / 10
				if !yield(ml.Batch{X: [][]float32{{x}}, Y: []float32{2*x + 1}}, nil) {
					return
				}
			}
		}
	})
	m := ml.Sequential(layers.Input(1), layers.Dense(1))
	m.Compile(optimizers.Adam{LearningRate: 0.1}, losses.MeanSquaredError{})
	history, err := m.Fit(context.Background(), stream, nil, ml.FitConfig{BatchSize: 16, Epochs: 100, Quiet: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	p, _ := m.Predict(context.Background(), [][]float32{{10}})
	fmt.Printf("%d steps in an epoch; %.1f\n", history.Epochs[0].Steps, p.Row(0)[0])
	// Output: 4 steps in an epoch; 21.0
}

// A training that was cut off goes on in another process, with the same numbers as if it had not been.
func ExampleFitConfig_resume() {
	dir, remove := folder()
	defer remove()
	ctx := context.Background()
	config := ml.FitConfig{Epochs: 6, Quiet: true}

	whole, train, _ := small()
	want, _ := whole.Fit(ctx, train.X, train.Y, config)

	// Another one saves itself every 20 steps; its process ends in epoch 3, after 45 of the 90 steps.
	ends := &every{n: 45, f: func(r *ml.Run) { r.Stop("the end of the process") }}
	config.Callbacks = []ml.Callback{&callbacks.ModelCheckpoint{Path: dir, Steps: 20}, ends}
	cut, _, _ := small()
	cut.Fit(ctx, train.X, train.Y, config)

	m, err := ml.Load(dir) // as it was after 40 steps
	if err != nil {
		fmt.Println(err)
		return
	}
	config.Callbacks, config.Resume = config.Callbacks[:1], true
	history, err := m.Fit(ctx, train.X, train.Y, config)
	if err != nil {
		fmt.Println(err)
		return
	}
	a, _ := want.Last("loss")
	b, _ := history.Last("loss")
	fmt.Println(history.Len(), a == b)
	// Output: 6 true
}

func ExampleHistory() {
	m, train, val := small()
	history, err := m.Fit(context.Background(), train.X, train.Y, ml.FitConfig{Epochs: 2, Validation: val, Quiet: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(history.Names(), len(history.Values("val_loss")), "epochs,", len(history.Steps("loss")), "steps")
	// Output: [loss accuracy val_loss val_accuracy] 2 epochs, 30 steps
}
