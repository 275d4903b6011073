package strangers_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/internal/strangers"
	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// TestEveryLayerIsSaved saves each layer after a step of training, in a chain and by itself.
func TestEveryLayerIsSaved(t *testing.T) {
	for _, c := range layerCases {
		t.Run(c.name, func(t *testing.T) {
			var inputs ml.Tensors
			x := ml.Arrays{}
			size := 1
			for k, shape := range c.shapes {
				name := fmt.Sprintf("x%d", k)
				inputs = append(inputs, ml.In(name, shape[1:]...))
				size = 1
				for _, d := range shape[1:] {
					size *= d
				}
				var flat []float32
				for _, row := range rows(4, size) {
					flat = append(flat, row...)
				}
				x[name] = tensors.FromFlatDataAndDimensions(flat, append([]int{4}, shape[1:]...)...)
			}
			m := ml.Functional(inputs, ml.Tensors{layers.Dense(1).On(layers.Flatten().On(contract.On(c.make(), inputs...)))})
			compiled(t, backends[0], m, strangers.Pinball{Quantile: 0.3}, strangers.Sign{LearningRate: 0.01, Beta: 0.9})
			fit(t, m, x, targets(4), ml.FitConfig{Epochs: 1})
			loaded := reload(t, backends[0], m)
			equal(t, "outputs", predict(t, loaded, x), predict(t, m, x))
			equal(t, "layers", loaded.Layers(), m.Layers())
			equal(t, "summary", must(loaded.Summary()), must(m.Summary()))
			fit(t, loaded, x, targets(4), ml.FitConfig{Epochs: 2, Resume: true})
			fit(t, m, x, targets(4), ml.FitConfig{Epochs: 2, Resume: true})
			want, got := all(t, m), all(t, loaded)
			for path := range want {
				equal(t, "resumed "+path, got[path], want[path])
			}
		})
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// pick is a layer that cannot be a key of a map; nothing is one of no size, of which all pointers are
// the same.
type pick struct{ Columns []int }

func (pick) Kind() string                         { return "Pick" }
func (p pick) String() string                     { return fmt.Sprintf("Pick(%v)", p.Columns) }
func (p pick) OutputShape(_ []int) ([]int, error) { return []int{len(p.Columns)}, nil }
func (p pick) Apply(_ *model.Scope, x *graph.Node) *graph.Node {
	var all []*graph.Node
	for _, c := range p.Columns {
		all = append(all, graph.Slice(x, graph.AxisRange(), graph.AxisRange(c, c+1)))
	}
	return graph.Concatenate(all, -1)
}

type bias struct{}

func (*bias) Kind() string                        { return "Bias" }
func (*bias) String() string                      { return "Bias()" }
func (*bias) OutputShape(in []int) ([]int, error) { return in, nil }
func (*bias) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	return graph.Add(x, graph.InsertAxes(contract.Weight(scope, "bias", strangers.Ramp{}, x, x.Shape().Dim(-1)), 0))
}

// branded is a Dense of another name, with all its methods.
type branded struct {
	*layers.DenseLayer
	Brand string
}

// own is a Dense with a kind of its own that some other type was registered as.
type own struct{ layers.DenseLayer }

func (*own) Kind() string { return "Scale" }

// held is a Composite that is a value.
type held struct{ *strangers.PairLayer }

func (held) Kind() string { return "Held" }

func init() {
	layers.Register("Held", func() contract.Layer { return held{new(strangers.PairLayer)} })
	layers.Register("Pick", func() contract.Layer { return pick{} })
	layers.Register("Bias", func() contract.Layer { return new(bias) })
	layers.Register("Branded", func() contract.Layer { return &branded{DenseLayer: new(layers.DenseLayer)} })
	layers.Register("Own", func() contract.Layer { return new(own) })
	losses.Register("ByPointer", func() contract.Loss { return Absolute{} })
	optimizers.RegisterSchedule("Ragged", func() optimizers.LearningRateSchedule { return Ragged{} })
}

// Absolute is a loss that is registered as a value and used by a pointer.
type Absolute struct{ strangers.Pinball }

// Ragged is a schedule whose settings have the names of what a Schedule writes beside them.
type Ragged struct {
	Kind, Type, Config string
	Warm               float64
}

func (r Ragged) String() string                 { return fmt.Sprintf("Ragged(%s, %s, %g)", r.Kind, r.Type, r.Warm) }
func (Ragged) Check() error                     { return nil }
func (r Ragged) Initial() float64               { return r.Warm }
func (r Ragged) Rate(s *graph.Node) *graph.Node { return graph.ConstAs(s, r.Warm) }

// TestOddLayersAreSaved has layers of types that are hard to tell apart.
func TestOddLayersAreSaved(t *testing.T) {
	x := ml.In("x", 3)
	two := contract.On(new(bias), contract.On(pick{[]int{0, 1}}, x))
	other := contract.On(new(bias), contract.On(pick{[]int{1, 2}}, x))
	sum := contract.On(strangers.CenterLayer{}, layers.Add().On(two, contract.On(strangers.CenterLayer{}, other)))
	network := ml.Functional(ml.Tensors{x}, ml.Tensors{layers.Dense(1).On(sum)})
	chain := ml.Sequential(layers.Input(3), pick{[]int{2, 0}}, new(bias), new(bias), strangers.TimesLayer{Factor: 2}, strangers.TimesLayer{Factor: 2}, layers.Dense(1))
	brand := ml.Sequential(layers.Input(3), &branded{layers.Dense(2), "b"}, &own{*layers.Dense(1)})
	inner := ml.Sequential(layers.Input(2), new(bias), new(bias))
	values := ml.Sequential(layers.Input(3), pick{[]int{2, 0}}, held{strangers.Pair(inner, new(bias))}, new(bias), new(bias), layers.Dense(1))
	for name, m := range map[string]*ml.Model{"values": values, "network": network, "chain": chain, "branded": brand} {
		t.Run(name, func(t *testing.T) {
			compiled(t, backends[0], m, losses.MeanSquaredError{}, nil)
			fit(t, m, rows(6, 3), targets(6), ml.FitConfig{Epochs: 2})
			if name != "branded" {
				if err := m.Freeze("bias_1"); err != nil {
					t.Fatal(err)
				}
			}
			loaded := reload(t, backends[0], m)
			equal(t, "layers", fmt.Sprintf("%T", loaded.Layers()), fmt.Sprintf("%T", m.Layers()))
			for i, l := range m.Layers() {
				equal(t, "type", fmt.Sprintf("%T", loaded.Layers()[i]), fmt.Sprintf("%T", l))
			}
			equal(t, "summary", must(loaded.Summary()), must(m.Summary()))
			equal(t, "outputs", predict(t, loaded, rows(6, 3)), predict(t, m, rows(6, 3)))
			if name == "values" {
				part := loaded.Layers()[2].(held).Left.(*ml.Model)
				before := fmt.Sprint(part.Store().GetVariable("/model/bias_1/bias").MustValue().Value())
				fit(t, loaded, rows(6, 3), targets(6), ml.FitConfig{Epochs: 1})
				if now := fmt.Sprint(part.Store().GetVariable("/model/bias_1/bias").MustValue().Value()); now == before {
					t.Error("the model in it was not trained with it")
				}
				return
			}
			fit(t, m, rows(6, 3), targets(6), ml.FitConfig{Epochs: 1})
			fit(t, loaded, rows(6, 3), targets(6), ml.FitConfig{Epochs: 1})
			equal(t, "summary", must(loaded.Summary()), must(m.Summary()))
			if name == "branded" {
				equal(t, "setting", loaded.Layers()[1].(*branded).Brand, "b")
			}
		})
	}
}

// TestOwnTrainingIsSaved loads a model that is compiled with nothing but parts of one's own.
func TestOwnTrainingIsSaved(t *testing.T) {
	make := func() *ml.Model { return ml.Sequential(layers.Input(2), strangers.Scale(), layers.Dense(1)) }
	within := strangers.Within{Limits: []float64{0.1, 1}, ByWeight: true}
	for name, c := range map[string]struct {
		loss      contract.Loss
		optimizer contract.Optimizer
		metrics   []contract.Metric
	}{
		"own":      {strangers.Pinball{Quantile: 0.3}, strangers.Sign{LearningRate: 0.01, Beta: 0.9}, []contract.Metric{within}},
		"schedule": {strangers.Pinball{Quantile: 0.3}, optimizers.SGD{Schedule: optimizers.Schedule{Formula: strangers.Triangle{Low: 0.01, High: 0.1, Period: 4}}.WarmUp(3)}, nil},
		"own optimiser with an own schedule": {strangers.Pinball{Quantile: 0.3},
			strangers.Sign{Beta: 0.9, Schedule: optimizers.Schedule{Formula: strangers.Triangle{Low: 0.01, High: 0.1, Period: 4}}}, nil},
		"weighted":          {losses.MeanSquaredError{}, optimizers.Adam{}, []contract.Metric{metrics.Weighted(strangers.Within{Limits: []float64{0.5}})}},
		"pointers":          {&Absolute{strangers.Pinball{Quantile: 0.5}}, &strangers.Sign{LearningRate: 0.01}, []contract.Metric{&within}},
		"built-in pointers": {&losses.MeanSquaredError{}, &optimizers.Adam{LearningRate: 0.01}, []contract.Metric{&metrics.R2{}}},
		"ragged":            {losses.MeanSquaredError{}, optimizers.SGD{Schedule: optimizers.Schedule{Formula: Ragged{"k", "t", "c", 0.25}}.WarmUp(2)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			m := compiled(t, backends[0], make(), c.loss, c.optimizer, c.metrics...)
			config := ml.FitConfig{Epochs: 2, BatchSize: 4, SampleWeights: []float32{1, 2, 3, 4, 5, 6}}
			fit(t, m, rows(6, 2), targets(6), config)
			loaded := reload(t, backends[0], m)
			if s, err := loaded.Evaluate(t.Context(), rows(6, 2), targets(6)); err != nil || s.String() != must(m.Evaluate(t.Context(), rows(6, 2), targets(6))).String() {
				t.Fatalf("%v, %v. Expected %v", s, err, must(m.Evaluate(t.Context(), rows(6, 2), targets(6))))
			}
			config.Resume, config.Epochs = true, 4
			want, got := fit(t, m, rows(6, 2), targets(6), config), fit(t, loaded, rows(6, 2), targets(6), config)
			for i := range want.Epochs {
				equal(t, "epoch", got.Epochs[i].Values, want.Epochs[i].Values)
				equal(t, "rate", got.Epochs[i].LearningRate, want.Epochs[i].LearningRate)
			}
		})
	}
	t.Run("outputs", func(t *testing.T) {
		x := ml.In("x", 2)
		m := ml.Functional(ml.Tensors{x}, ml.Tensors{layers.Dense(1, layers.Named("a")).On(x), layers.Dense(1, layers.Named("b")).On(x)})
		compiled(t, backends[0], m, ml.Outputs{"a": {Loss: strangers.Pinball{Quantile: 0.3}, Metrics: ml.Metrics{within}}, "b": {Loss: losses.MeanSquaredError{}}}, nil)
		y := ml.Arrays{"a": targets(6), "b": targets(6)}
		fit(t, m, rows(6, 2), y, ml.FitConfig{Epochs: 1})
		equal(t, "scores", must(reload(t, backends[0], m).Evaluate(t.Context(), rows(6, 2), y)), must(m.Evaluate(t.Context(), rows(6, 2), y)))
	})
}

// unregistered parts.
type (
	unknownLayer     struct{ strangers.TimesLayer }
	unknownLoss      struct{ strangers.Pinball }
	unknownMetric    struct{ strangers.Within }
	unknownOptimizer struct{ strangers.Sign }
	unknownSchedule  struct{ strangers.Triangle }
)

// TestSaveNamesTheKind has types that nobody registered.
func TestSaveNamesTheKind(t *testing.T) {
	mine := unknownLayer{strangers.TimesLayer{Factor: 2}}
	for name, m := range map[string]*ml.Model{
		"layer 1 Times(2)":                                      ml.Sequential(layers.Input(2), mine),
		"layer 1 Pair(Times(2), Scale())":                       ml.Sequential(layers.Input(2), strangers.Pair(mine, strangers.Scale())),
		"layer 1 TimeDistributed(Times(2))":                     ml.Sequential(layers.Input(2, 2), layers.TimeDistributed(mine)),
		"layer 1 Sequential of a layer":                         ml.Sequential(ml.Sequential(layers.Input(2), mine)),
		"layer 1 Pair(Scale(), Sequential(Input(2), Times(2)))": ml.Sequential(layers.Input(2), strangers.Pair(strangers.Scale(), ml.Sequential(layers.Input(2), mine))),
	} {
		if err := m.Build(0); err != nil {
			t.Fatal(err)
		}
		err := m.Save(filepath.Join(t.TempDir(), "m"))
		if err == nil || !errors.Is(err, contract.ErrUnregistered) || !strings.Contains(err.Error(), name) ||
			!strings.Contains(err.Error(), `strangers_test.unknownLayer`) || !strings.Contains(err.Error(), `layers.Register("unknownLayer", ...)`) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, c := range []struct {
		err  error
		want string
	}{
		{second(losses.Save(unknownLoss{})), `strangers_test.unknownLoss: its code is not part of the model; make it a type of your own and call losses.Register("unknownLoss", ...)`},
		{second(metrics.Save(unknownMetric{})), `metrics.Register("unknownMetric", ...)`},
		{second(metrics.Save(metrics.Weighted(unknownMetric{}))), `metrics.Register("unknownMetric", ...)`},
		{second(optimizers.Save(unknownOptimizer{})), `optimizers.Register("unknownOptimizer", ...)`},
		{second(optimizers.Save(optimizers.SGD{Schedule: optimizers.Schedule{Formula: unknownSchedule{}}})), `optimizers.RegisterSchedule("unknownSchedule", ...)`},
		{second(layers.Save(layers.Lambda("f", nil))), `layers.LambdaLayer: its code is not part of the model`},
		{second(layers.Save(strangers.Pair(nil, nil))), "expected a layer. Got nil"},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.want) {
			t.Errorf("got %v. Expected %s", c.err, c.want)
		}
	}
}

func second[T any](_ T, err error) error { return err }

// TestUnregisteredTrainingIsLeftOut saves a model whose loss, metrics or optimiser nobody registered: it
// is loaded, and asks to be compiled.
func TestUnregisteredTrainingIsLeftOut(t *testing.T) {
	for _, c := range []struct {
		loss      contract.Loss
		optimizer contract.Optimizer
	}{
		{unknownLoss{}, optimizers.SGD{}},
		{losses.MeanSquaredError{}, unknownOptimizer{strangers.Sign{LearningRate: 0.1}}},
		{losses.MeanSquaredError{}, optimizers.SGD{Schedule: optimizers.Schedule{Formula: unknownSchedule{strangers.Triangle{Period: 1}}}}},
		{losses.LossFunc("f", strangers.Pinball{}.PerExample), optimizers.SGD{}},
	} {
		m := compiled(t, backends[0], ml.Sequential(layers.Input(2), layers.Dense(1)), c.loss, c.optimizer, unknownMetric{strangers.Within{Limits: []float64{1}}})
		m.Build(0)
		if _, err := reload(t, backends[0], m).Evaluate(t.Context(), rows(2, 2), targets(2)); err == nil || !strings.Contains(err.Error(), "expected a compiled model") {
			t.Errorf("%s, %s: %v", c.loss, c.optimizer, err)
		}
	}
}

// TestLoadNamesTheKind loads models with parts that nobody has registered here.
func TestLoadNamesTheKind(t *testing.T) {
	const here = "github.com/gonbml/gonbml/internal/strangers"
	m := compiled(t, backends[0], ml.Sequential(layers.Input(2), strangers.Pair(strangers.Scale(), ml.Sequential(layers.Input(2), &bias{})), layers.Dense(1)),
		strangers.Pinball{Quantile: 0.3}, strangers.Sign{LearningRate: 0.1, Schedule: optimizers.Schedule{Formula: strangers.Triangle{High: 1, Period: 3}}},
		strangers.Within{Limits: []float64{1}}, metrics.Weighted(strangers.Within{Limits: []float64{2}}))
	m.Build(0)
	for _, c := range []struct{ kind, what, register string }{
		{"Scale", "layer", "layers.Register"}, {"Pair", "layer", "layers.Register"}, {"Bias", "layer", "layers.Register"},
		{"Pinball", "loss", "losses.Register"}, {"Within", "metric", "metrics.Register"},
		{"Sign", "optimizer", "optimizers.Register"}, {"Triangle", "learning rate schedule", "optimizers.RegisterSchedule"},
	} {
		dir := filepath.Join(t.TempDir(), "m")
		if err := m.Save(dir); err != nil {
			t.Fatal(err)
		}
		gone := func(text string) string { return strings.ReplaceAll(text, `"`+c.kind+`"`, `"Gone"`) }
		edit(t, dir, gone)
		_, err := ml.Load(dir)
		from := here
		if c.kind == "Bias" {
			from += "_test"
		}
		want := fmt.Sprintf(`expected a kind of %s that is registered. Got "Gone" of the type %s.`, c.what, from)
		cure := fmt.Sprintf(`; import %q, which calls %s("Gone", ...)`, from, c.register)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), cure) {
			t.Errorf("%s: %v. Expected %s...%s", c.kind, err, want, cure)
		}
		edit(t, dir, func(text string) string { return strings.ReplaceAll(text, from+".", "main.") })
		if _, err = ml.Load(dir); err == nil || !strings.Contains(err.Error(), fmt.Sprintf(`of a notebook or program; run the cell that defines it and calls %s("Gone", ...)`, c.register)) {
			t.Errorf("%s of a notebook: %v", c.kind, err)
		}
	}
	// A type with type arguments has dots in its name.
	_, err := layers.Load(contract.Saved{Kind: "Gone", Type: "main.Gone[example.com/a/b.T]"})
	if err == nil || !strings.Contains(err.Error(), "run the cell that defines it") {
		t.Errorf("generic type: %v", err)
	}
	_, err = layers.Load(contract.Saved{Kind: "Gone", Config: json.RawMessage("{}")})
	if err == nil || !strings.Contains(err.Error(), `"Gone", which this version does not have; import the package, or run the cell, that calls layers.Register("Gone", ...)`) {
		t.Errorf("without a type: %v", err)
	}
}

// TestRegisterAgain replaces a kind as a cell that is run again does, and leaves gonbml's own alone.
func TestRegisterAgain(t *testing.T) {
	layers.Register("Replaced", func() contract.Layer { return strangers.TimesLayer{Factor: 1} })
	l := must(layers.Load(contract.Saved{Kind: "Replaced", Config: json.RawMessage("{}")}))
	equal(t, "before", l, strangers.TimesLayer{Factor: 1})
	layers.Register("Replaced", func() contract.Layer { return strangers.TimesLayer{Factor: 5} })
	l = must(layers.Load(contract.Saved{Kind: "Replaced", Config: json.RawMessage("{}")}))
	equal(t, "after", l, strangers.TimesLayer{Factor: 5})
	layers.Register("Times", func() contract.Layer { return strangers.TimesLayer{} }) // as it was
	for name, register := range map[string]func(){
		`layers.Register: expected a kind of your own. Got "Dense", which is gonbml's *layers.DenseLayer`: func() { layers.Register("Dense", func() contract.Layer { return new(bias) }) },
		`layers.Register: expected a kind of your own. Got "Sequential", which is gonbml's *ml.Model`:     func() { layers.Register("Sequential", func() contract.Layer { return new(bias) }) },
		`layers.Register: expected a kind of your own. Got "Add", which is gonbml's *layers.MergeLayer`:   func() { layers.Register("Add", func() contract.Layer { return new(bias) }) },
		`losses.Register: expected a kind of your own. Got "Huber", which is gonbml's losses.Huber`:       func() { losses.Register("Huber", func() contract.Loss { return strangers.Pinball{} }) },
		`metrics.Register: expected a kind of your own. Got "F1", which is gonbml's metrics.F1`:           func() { metrics.Register("F1", func() contract.Metric { return strangers.Within{} }) },
		`optimizers.Register: expected a kind of your own. Got "Adam", which is gonbml's optimizers.Adam`: func() { optimizers.Register("Adam", func() contract.Optimizer { return strangers.Sign{} }) },
		`optimizers.RegisterSchedule: expected a kind of your own. Got "StepDecay", which is gonbml's optimizers.StepSchedule`: func() {
			optimizers.RegisterSchedule("StepDecay", func() optimizers.LearningRateSchedule { return strangers.Triangle{} })
		},
		`layers.Register: expected a kind and a function that makes an empty layer. Got kind "" and`:          func() { layers.Register("", func() contract.Layer { return new(bias) }) },
		`layers.Register: expected a kind and a function that makes an empty layer. Got kind "Nil" and <nil>`: func() { layers.Register("Nil", func() contract.Layer { return nil }) },
	} {
		func() {
			defer func() {
				if r := recover(); r == nil || !strings.Contains(fmt.Sprint(r), name) {
					t.Errorf("got %v. Expected %s", r, name)
				}
			}()
			register()
		}()
	}
}
