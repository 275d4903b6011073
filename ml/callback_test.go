package ml_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/callbacks"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// outputs are the model's predictions, in which any change of a weight shows.
func outputs(t testing.TB, m *ml.Model, x any) []float32 {
	t.Helper()
	p, err := m.Predict(context.Background(), x)
	if err != nil {
		t.Fatal(err)
	}
	return p.Values
}

// worsen raises the learning rate after an epoch, so that what follows is worse; outputs of that epoch's model are kept.
func worsen(after int, rate float64, best *ml.Weights) callbacks.Hooks {
	return callbacks.Hooks{OnEpochEnd: func(r *ml.Run) error {
		if r.Epoch != after {
			return nil
		}
		w, err := r.Weights()
		if err != nil {
			return err
		}
		*best = *w
		return r.SetLearningRate(rate)
	}}
}

func TestEarlyStoppingRestoresInEveryWayToEnd(t *testing.T) {
	train, test := digits(t)
	boom := errors.New("boom")
	onEach(t, func(t *testing.T, b *backend.Backend) {
		for _, end := range []string{"patience", "last epoch", "interrupt", "error"} {
			t.Run(end, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				var best ml.Weights
				stop := &callbacks.EarlyStopping{Patience: 2}
				epochs := 20
				other := callbacks.Hooks{}
				switch end {
				case "last epoch":
					epochs = 4
				case "interrupt":
					other.OnEpochBegin = func(r *ml.Run) error {
						if r.Epoch == 4 {
							cancel()
						}
						return nil
					}
				case "error":
					other.OnEpochBegin = func(r *ml.Run) error {
						if r.Epoch == 4 {
							return boom
						}
						return nil
					}
				}
				m := digitsModel(t, b)
				h, err := m.Fit(ctx, train.X, train.Y, ml.FitConfig{Epochs: epochs, Validation: test, Quiet: true,
					Callbacks: []ml.Callback{stop, worsen(3, 1, &best), other}})
				wants := map[string]struct {
					epochs int
					err    error
				}{"patience": {5, nil}, "last epoch": {4, nil}, "interrupt": {3, ml.ErrInterrupted}, "error": {3, boom}}
				if want := wants[end]; h.Len() != want.epochs || !errors.Is(err, want.err) {
					t.Fatalf("%d epochs, %v. Expected %d, %v", h.Len(), err, want.epochs, want.err)
				}
				if stop.BestEpoch() != 3 || !strings.Contains(h.Restored, "weights of epoch 3") {
					t.Errorf("best epoch %d, restored: %q. Expected 3", stop.BestEpoch(), h.Restored)
				}
				s, err := m.Evaluate(t.Context(), test.X, test.Y)
				if err != nil {
					t.Fatal(err)
				}
				if want := h.Values("val_loss")[2]; s.Loss != want || stop.Best() != want {
					t.Errorf("loss %g, best %g. Expected that of epoch 3, %g", s.Loss, stop.Best(), want)
				}
				for _, path := range best.Paths() {
					got := tensors.MustCopyFlatData[float32](m.Store().GetVariable(path).MustValue())
					if !slices.Equal(got, tensors.MustCopyFlatData[float32](best.Value(path))) {
						t.Errorf("%s is not that of epoch 3", path)
					}
				}
			})
		}
	})
}

func TestEarlyStoppingKeepLast(t *testing.T) {
	train, test := digits(t)
	m := digitsModel(t, backends[0])
	var best ml.Weights
	h, err := m.Fit(t.Context(), train.X, train.Y, ml.FitConfig{Epochs: 20, Validation: test, Quiet: true,
		Callbacks: []ml.Callback{&callbacks.EarlyStopping{KeepLast: true}, worsen(3, 1, &best)}})
	if err != nil || h.Len() != 4 || h.Restored != "" {
		t.Fatalf("%d epochs, restored %q, %v. Expected 4 and none", h.Len(), h.Restored, err)
	}
	s, err := m.Evaluate(t.Context(), test.X, test.Y)
	if last, _ := h.Last("val_loss"); err != nil || s.Loss != last {
		t.Errorf("loss %g, %v. Expected the last epoch's, %g", s.Loss, err, last)
	}
}

func TestLearningRateChangesWithoutCompiling(t *testing.T) {
	train, _ := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		rates := map[int]float64{}
		m := digitsModel(t, b)
		h, err := m.Fit(t.Context(), train.X, train.Y, ml.FitConfig{Epochs: 3, Quiet: true, Callbacks: []ml.Callback{
			callbacks.LearningRateScheduler(func(epoch int, now float64) float64 {
				rates[epoch] = now
				return []float64{0.01, 0.005, 0}[epoch-1]
			})}})
		if err != nil {
			t.Fatal(err)
		}
		near := func(a, b float64) bool { return math.Abs(a-b) < 1e-8 }
		if !near(rates[1], 0.001) || !near(rates[2], 0.01) || !near(rates[3], 0.005) {
			t.Errorf("rates before the epochs: %v. Expected Adam's 0.001, then those set", rates)
		}
		if !near(h.Epochs[1].LearningRate, 0.005) || h.Epochs[2].LearningRate != 0 {
			t.Errorf("recorded: %v, %v", h.Epochs[1].LearningRate, h.Epochs[2].LearningRate)
		}
		again := fit(t, m, train, ml.FitConfig{Epochs: 1})
		if now, before := again.Values("loss")[0], h.Values("loss")[2]; math.Abs(now-before) > 1e-5 {
			t.Errorf("at rate 0 the loss changed from %g to %g", before, now)
		}
	})
}

func TestSetLearningRateErrors(t *testing.T) {
	train, _ := digits(t)
	run := func(o contract.Optimizer, rate float64) error {
		m := ml.Sequential(layers.Input(64), layers.Dense(10))
		m.UseBackend(backends[0])
		m.Compile(o, losses.SparseCategoricalCrossentropy{FromLogits: true})
		_, err := m.Fit(t.Context(), train.X, train.Y, ml.FitConfig{Quiet: true, Callbacks: []ml.Callback{callbacks.LearningRateScheduler(func(int, float64) float64 { return rate })}})
		return err
	}
	for _, test := range []struct {
		o    contract.Optimizer
		rate float64
		want string
	}{
		{optimizers.Adam{}, -1, "expected a learning rate of 0 or more. Got -1"},
		{optimizers.Adam{}, math.NaN(), "expected a learning rate of 0 or more. Got NaN"},
		{optimizers.Adam{Schedule: optimizers.CosineDecay(0.1, 10)}, 1, "without a Schedule"},
	} {
		if err := run(test.o, test.rate); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, %g: %v. Expected %q", test.o, test.rate, err, test.want)
		}
	}
}

func TestStepCallbacks(t *testing.T) {
	train, _ := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		var at []string
		c := &every{n: 5, f: func(r *ml.Run) { at = append(at, fmt.Sprintf("%d/%d", r.Epoch, r.Step)) }}
		h := fit(t, digitsModel(t, b), train.Head(130), ml.FitConfig{BatchSize: 10, Epochs: 2, Callbacks: []ml.Callback{c}})
		if got := strings.Join(at, " "); got != "1/5 1/10 2/2 2/7 2/12" {
			t.Errorf("called after steps %s", got)
		}
		whole := fit(t, digitsModel(t, b), train.Head(130), ml.FitConfig{BatchSize: 10, Epochs: 2})
		if !slices.Equal(h.Values("loss"), whole.Values("loss")) {
			t.Errorf("losses %v. Without the callback %v", h.Values("loss"), whole.Values("loss"))
		}
	})
}

type every struct {
	ml.NoCallback
	n int
	f func(*ml.Run)
}

func (e *every) Every() int { return e.n }
func (e *every) StepEnd(r *ml.Run) error {
	e.f(r)
	return nil
}

func TestHistoryOfSteps(t *testing.T) {
	train, _ := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := compiled(t, b, layers.Input(64), layers.Dense(10))
		h := fit(t, m, train.Head(70), ml.FitConfig{BatchSize: 32, Epochs: 2, InOrder: true})
		for _, e := range h.Epochs {
			if len(e.Batches) != 3 {
				t.Fatalf("%d steps are recorded. Expected 3", len(e.Batches))
			}
			sum, right := 0., 0.
			for i, n := range []float64{32, 32, 6} {
				sum += n * e.Batches[i].Loss
				right += n * e.Batches[i].Accuracy()
			}
			loss, _ := e.Value("loss")
			accuracy, _ := e.Value("accuracy")
			if math.Abs(sum/70-loss) > 1e-9 || math.Abs(right/70-accuracy) > 1e-9 {
				t.Errorf("the steps' mean is %g, %g. The epoch's record says %g, %g", sum/70, right/70, loss, accuracy)
			}
		}
	})
}

func TestReduceLROnPlateau(t *testing.T) {
	train, _ := digits(t)
	c := &callbacks.ReduceLROnPlateau{Monitor: "loss", Patience: 1, MinDelta: 100, Factor: 0.5, MinRate: 0.0003}
	h := fit(t, digitsModel(t, backends[0]), train, ml.FitConfig{Epochs: 5, Callbacks: []ml.Callback{c}})
	want := []float64{0.001, 0.001, 0.0005, 0.0003, 0.0003}
	for i, e := range h.Epochs {
		if math.Abs(e.LearningRate-want[i]) > 1e-9 {
			t.Errorf("epoch %d: %g. Expected %g", i+1, e.LearningRate, want[i])
		}
	}
}

func TestMonitorErrors(t *testing.T) {
	train, _ := digits(t)
	for _, test := range []struct {
		c    ml.Callback
		want string
	}{
		{&callbacks.EarlyStopping{Monitor: "nothing"}, `whose name does not tell which way it gets better. Got none for "nothing"`},
		{&callbacks.EarlyStopping{Monitor: "val_accuracy"}, `expected one of the figures loss, accuracy to monitor. Got "val_accuracy"`},
		{&callbacks.EarlyStopping{Mode: "best"}, `expected the mode callbacks.Min or callbacks.Max. Got "best"`},
		{&callbacks.EarlyStopping{Patience: -1}, "of 0 or more"},
		{&callbacks.ReduceLROnPlateau{Factor: 2}, "expected a Factor below 1"},
		{&callbacks.ModelCheckpoint{}, "expected a Path"},
		{&callbacks.ModelCheckpoint{Path: "x-{nothing}"}, `expected one of the figures loss, accuracy. Got "nothing"`},
		{&callbacks.ModelCheckpoint{Path: "x-{epoch:zz}"}, "names of figures in braces"},
		{&callbacks.CSVLogger{}, "expected a Path"},
	} {
		m := digitsModel(t, backends[0])
		_, err := m.Fit(t.Context(), train.X, train.Y, ml.FitConfig{Quiet: true, Callbacks: []ml.Callback{test.c}})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v. Expected %q", test.c, err, test.want)
		}
	}
}

func TestModelCheckpoint(t *testing.T) {
	train, test := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		dir := t.TempDir()
		var best ml.Weights
		m := digitsModel(t, b)
		h := fit(t, m, train, ml.FitConfig{Epochs: 4, Validation: test, Callbacks: []ml.Callback{
			&callbacks.ModelCheckpoint{Path: dir + "/best", BestOnly: true},
			&callbacks.ModelCheckpoint{Path: dir + "/e{epoch:02d}-{val_loss:.3f}", Epochs: 2},
			&callbacks.ModelCheckpoint{Path: dir + "/s{step}", Steps: 100},
			worsen(3, 1, &best),
		}})
		var names []string
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			names = append(names, e.Name())
		}
		values := h.Values("val_loss")
		want := []string{"best", fmt.Sprintf("e02-%.3f", values[1]), fmt.Sprintf("e04-%.3f", values[3]), "s100"}
		if !slices.Equal(names, want) {
			t.Errorf("saved %v. Expected %v", names, want)
		}
		loaded, err := ml.Load(dir + "/best")
		if err != nil {
			t.Fatal(err)
		}
		loaded.UseBackend(b)
		s, err := loaded.Evaluate(t.Context(), test.X, test.Y)
		if err != nil || s.Loss != values[2] {
			t.Errorf("the best model's loss is %g, %v. Expected %g", s.Loss, err, values[2])
		}
	})
}

func TestCSVLogger(t *testing.T) {
	train, _ := digits(t)
	file := filepath.Join(t.TempDir(), "log.csv")
	lines := func() []string {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSpace(string(text)), "\n")
	}
	m := digitsModel(t, backends[0])
	l := &callbacks.CSVLogger{Path: file, Append: true}
	fit(t, m, train, ml.FitConfig{Epochs: 2, Callbacks: []ml.Callback{l}})
	fit(t, m, train, ml.FitConfig{Epochs: 1, Callbacks: []ml.Callback{l}})
	got := lines()
	if len(got) != 4 || got[0] != "epoch,loss,accuracy,learning_rate,seconds" || !strings.HasPrefix(got[3], "3,") || !strings.Contains(got[1], ",0.001,") {
		t.Errorf("the file holds\n%s", strings.Join(got, "\n"))
	}
	fit(t, m, train, ml.FitConfig{Epochs: 1, Callbacks: []ml.Callback{&callbacks.CSVLogger{Path: file}}})
	if got := lines(); len(got) != 2 || !strings.HasPrefix(got[1], "4,") {
		t.Errorf("written anew it holds\n%s", strings.Join(got, "\n"))
	}
	other := compiled(t, backends[0], layers.Input(64), layers.Dense(10))
	_, err := other.Fit(t.Context(), train.X, train.Y, ml.FitConfig{Quiet: true, ValidationSplit: 0, Validation: train, Callbacks: []ml.Callback{l}})
	if err == nil || !strings.Contains(err.Error(), "to go on with") {
		t.Errorf("other columns: %v", err)
	}
}

// TestFitEndComesToWhoHasBegun has a Fit fail before its first step: in a callback's FitBegin, and because there is nothing to resume.
func TestFitEndComesToWhoHasBegun(t *testing.T) {
	train, _ := digits(t)
	boom, late := errors.New("boom"), errors.New("late")
	for _, test := range []struct {
		resume bool
		begin  error
		want   string
	}{
		{false, boom, "boom"},
		{true, nil, "Got one without a Fit to go on with"},
	} {
		first := &recorder{}
		second := callbacks.Hooks{
			OnFitBegin: func(*ml.Run) error { return test.begin },
			OnFitEnd:   func(*ml.Run, error) error { return late },
		}
		config := ml.FitConfig{Quiet: true, Resume: test.resume, Callbacks: []ml.Callback{first, second}}
		_, err := digitsModel(t, backends[0]).Fit(t.Context(), train.X, train.Y, config)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("error: %v. Expected %q", err, test.want)
		}
		if errors.Is(err, late) != (test.begin == nil) {
			t.Errorf("error: %v. Expected that of FitEnd in it exactly if FitBegin had none", err)
		}
		if got := strings.Join(first.calls, " "); got != "fit done" {
			t.Errorf("calls: %s. Expected those of a Fit that has begun and ended", got)
		}
	}
}

// TestModelInCallback calls a method of the model that is being trained: it waits for the Fit, and its context still ends it.
func TestModelInCallback(t *testing.T) {
	train, _ := digits(t)
	m := digitsModel(t, backends[0])
	var waited error
	predict := callbacks.Hooks{OnEpochEnd: func(*ml.Run) error {
		ctx, cancel := context.WithDeadline(t.Context(), time.Now()) // Predict still takes the model if it is free
		defer cancel()
		_, waited = m.Predict(ctx, train.X)
		return nil
	}}
	fit(t, m, train, ml.FitConfig{Callbacks: []ml.Callback{predict}})
	if !errors.Is(waited, ml.ErrInterrupted) || !errors.Is(waited, context.DeadlineExceeded) {
		t.Errorf("Predict within Fit: %v. Expected an interrupt", waited)
	}
}

func TestCallbacks(t *testing.T) {
	train, _ := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		c := &recorder{stopAt: 2}
		m := digitsModel(t, b)
		h, err := m.Fit(t.Context(), train.X, train.Y, ml.FitConfig{Epochs: 5, Quiet: true, Callbacks: []ml.Callback{c}})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(c.calls, " "); got != "fit epoch end epoch end done" {
			t.Errorf("calls: %s", got)
		}
		if h.Len() != 2 || h.Stopped != "enough" {
			t.Errorf("%d epochs, stopped: %q", h.Len(), h.Stopped)
		}
	})
}

type recorder struct {
	ml.NoCallback
	calls  []string
	stopAt int
}

func (r *recorder) say(s string) error {
	r.calls = append(r.calls, s)
	return nil
}

func (r *recorder) FitBegin(*ml.Run) error { return r.say("fit") }

func (r *recorder) EpochBegin(*ml.Run) error { return r.say("epoch") }

func (r *recorder) FitEnd(*ml.Run, error) error { return r.say("done") }

func (r *recorder) EpochEnd(run *ml.Run) error {
	if run.Epoch == r.stopAt {
		run.Stop("enough")
	}
	return r.say("end")
}
