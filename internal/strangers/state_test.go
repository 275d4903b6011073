package strangers_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/internal/strangers"
	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/optimizers"
)

func init() {
	layers.Register("Fixed", func() contract.Layer { return new(fixed) })
}

// fixed multiplies by a state, which is 2 and changes by nothing but a mistake, and by a weight.
type fixed struct{ Name string }

func (*fixed) Kind() string                        { return "Fixed" }
func (*fixed) String() string                      { return "Fixed()" }
func (*fixed) OutputShape(in []int) ([]int, error) { return in, nil }
func (*fixed) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	state := contract.State(scope, "state", strangers.Ramp{First: 2}, x, 1)
	weight := contract.Weight(scope, "weight", strangers.Ramp{First: 0.5}, x, 1)
	factor := graph.Mul(graph.ConvertDType(state.NodeValue(x), x.DType()), weight)
	return graph.Mul(x, graph.ExpandLeftToRank(factor, x.Shape().Rank()))
}

// untrained is the same as a function, with GoMLX's own means.
func untrained(name string) *layers.LambdaLayer {
	return layers.LayerFunc(name, func(scope *model.Scope, x []*graph.Node) *graph.Node {
		make := func(name string, value float64) *model.Variable {
			fill := func(g *graph.Graph, s shapes.Shape) *graph.Node { return graph.FillScalar(g, s, value) }
			return scope.WithInitializer(fill).VariableWithShape(name, shapes.Make(dtypes.Float32))
		}
		state := make("state", 2).SetTrainable(false)
		return graph.Mul(x[0], graph.Mul(state.NodeValue(x[0]), make("weight", 0.5).NodeValue(x[0])))
	})
}

// places are models with such layers, of inputs [batch, 2].
func places() map[string]func(l func() contract.Layer) *ml.Model {
	dense := func() contract.Layer { return layers.Dense(1) }
	return map[string]func(l func() contract.Layer) *ml.Model{
		"chain": func(l func() contract.Layer) *ml.Model { return ml.Sequential(layers.Input(2), l(), dense()) },
		"twice": func(l func() contract.Layer) *ml.Model { return ml.Sequential(layers.Input(2), l(), l(), dense()) },
		"steps": func(l func() contract.Layer) *ml.Model {
			return ml.Sequential(layers.Input(2), layers.Reshape(1, 2), layers.TimeDistributed(l()), layers.Flatten(), dense())
		},
		"pair": func(l func() contract.Layer) *ml.Model {
			return ml.Sequential(layers.Input(2), strangers.Pair(l(), layers.Dense(2)), dense())
		},
		"pair in a pair, in steps": func(l func() contract.Layer) *ml.Model {
			return ml.Sequential(layers.Input(2), layers.Reshape(1, 2), layers.TimeDistributed(strangers.Pair(l(), strangers.Pair(l(), l()))), layers.Flatten(), dense())
		},
		"shared": func(l func() contract.Layer) *ml.Model {
			x, shared := ml.In("x", 2), l()
			return ml.Functional(ml.Tensors{x}, ml.Tensors{layers.Dense(1).On(contract.On(shared, contract.On(shared, x)))})
		},
		"model": func(l func() contract.Layer) *ml.Model {
			return ml.Sequential(ml.Sequential(layers.Input(2), l()), dense())
		},
		"model of models": func(l func() contract.Layer) *ml.Model {
			return ml.Sequential(ml.Sequential(ml.Sequential(layers.Input(2), l()), l()), dense())
		},
		"model in a pair": func(l func() contract.Layer) *ml.Model {
			return ml.Sequential(layers.Input(2), strangers.Pair(ml.Sequential(layers.Input(2), l()), l()), dense())
		},
		"model in steps": func(l func() contract.Layer) *ml.Model {
			return ml.Sequential(layers.Input(2), layers.Reshape(1, 2), layers.TimeDistributed(ml.Sequential(layers.Input(2), l())), layers.Flatten(), dense())
		},
	}
}

// onDevice are the places for a backend: XLA takes seconds to compile each, and nothing of what is
// trained is up to it.
func onDevice(b *backend.Backend) []string {
	if b.XLA() {
		return []string{"model in a pair"}
	}
	return slices.Sorted(maps.Keys(places()))
}

// states checks that all of a model's states are 2 and not to be trained, and its weights to be.
func states(t *testing.T, when string, m *ml.Model, trained bool) {
	t.Helper()
	n := 0
	for v := range m.Store().IterVariables() {
		path := strings.TrimPrefix(v.Path(), "/model/")
		switch {
		case path == v.Path(): // not a layer's
		case v.Name() == "state":
			n++
			if got := values(t, m, path); got[0] != 2 || v.Trainable || contract.KindOf(m.Store(), v) != contract.StateVariable {
				t.Errorf("%s: %s is %v, trainable %v, a %s. Expected a state of 2", when, path, got, v.Trainable, contract.KindOf(m.Store(), v))
			}
		default:
			if v.Trainable != trained || contract.KindOf(m.Store(), v) != contract.WeightVariable {
				t.Errorf("%s: %s is trainable %v, a %s. Expected a weight, %v", when, path, v.Trainable, contract.KindOf(m.Store(), v), trained)
			}
		}
	}
	if n == 0 {
		t.Errorf("%s: no states", when)
	}
}

// TestStateIsNeverTrained does all that could make it so: layers with a state of 2, at all places.
func TestStateIsNeverTrained(t *testing.T) {
	x, y := rows(6, 2), targets(6)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		for _, place := range onDevice(b) {
			for i, l := range []func() contract.Layer{func() contract.Layer { return new(fixed) }, func() contract.Layer { return untrained("own") }} {
				o := []contract.Optimizer{optimizers.SGD{LearningRate: 0.01}, optimizers.Adam{}}[i]
				t.Run(fmt.Sprint(place, i), func(t *testing.T) {
					m := compiled(t, b, places()[place](l), losses.MeanSquaredError{}, o)
					moved := func(when string, m *ml.Model, config ml.FitConfig) {
						t.Helper()
						before := all(t, m)
						config.BatchSize = 4
						fit(t, m, x, y, config)
						states(t, when, m, true)
						if now := all(t, m); len(before) > 0 && now["/model/dense/kernel"] == before["/model/dense/kernel"] {
							t.Errorf("%s: nothing was trained", when)
						}
					}
					moved("trained", m, ml.FitConfig{Epochs: 2})
					if err := m.Freeze(); err != nil {
						t.Fatal(err)
					}
					before := all(t, m)
					fit(t, m, x, y, ml.FitConfig{Epochs: 1})
					states(t, "frozen", m, false)
					for path, value := range all(t, m) {
						if strings.HasPrefix(path, "/model/") && before[path] != value {
							t.Errorf("frozen %s became %s from %s", path, value, before[path])
						}
					}
					if i == 0 {
						loaded := reload(t, b, m)
						states(t, "frozen and loaded", loaded, false)
						loaded.Unfreeze()
						moved("frozen, loaded, thawed and trained", loaded, ml.FitConfig{Epochs: 1})
					}
					if err := m.Unfreeze(); err != nil {
						t.Fatal(err)
					}
					moved("thawed", m, ml.FitConfig{Epochs: 1})
					if i == 0 {
						loaded := reload(t, b, m)
						states(t, "loaded", loaded, true)
						moved("loaded and trained", loaded, ml.FitConfig{Epochs: 2})
						moved("loaded and resumed", loaded, ml.FitConfig{Epochs: 4, Resume: true})
						moved("loaded twice and trained", reload(t, b, reload(t, b, loaded)), ml.FitConfig{Epochs: 1})
					}
					if err := m.Compile(o, losses.MeanSquaredError{}); err != nil {
						t.Fatal(err)
					}
					moved("compiled again", m, ml.FitConfig{Epochs: 1})
					outer := compiled(t, b, ml.Sequential(m, layers.Dense(1, layers.Named("out"))), losses.MeanSquaredError{}, o)
					fit(t, outer, x, y, ml.FitConfig{Epochs: 1})
					states(t, "in a model", outer, true)
					states(t, "after it was in a model", m, true)
					outer.Freeze()
					outer.Unfreeze()
					fit(t, outer, x, y, ml.FitConfig{Epochs: 1})
					states(t, "thawed in a model", outer, true)
				})
			}
		}
	})
}

// TestHandIsObeyed sets a built-in layer's weight to be left alone, by the variable itself.
func TestHandIsObeyed(t *testing.T) {
	x, y := rows(6, 2), targets(6)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		make := func() *ml.Model {
			return compiled(t, b, ml.Sequential(layers.Input(2), layers.Dense(2, layers.Named("held")), layers.Dense(1)), losses.MeanSquaredError{}, nil)
		}
		obeyed := func(t *testing.T, m *ml.Model, within string) {
			t.Helper()
			before := values(t, m, within+"held/kernel")
			check := func(when string, m *ml.Model) {
				t.Helper()
				bias := values(t, m, within+"held/bias")
				fit(t, m, x, y, ml.FitConfig{Epochs: 2, BatchSize: 4})
				if got := values(t, m, within+"held/kernel"); !slices.Equal(got, before) {
					t.Errorf("%s: the kernel became %v. Expected %v", when, got, before)
				}
				if slices.Equal(values(t, m, within+"held/bias"), bias) {
					t.Errorf("%s: the bias was not trained", when)
				}
			}
			check("set", m)
			m.Freeze()
			m.Unfreeze()
			check("thawed", m)
			loaded := reload(t, b, m)
			check("loaded", loaded)
			loaded.Freeze()
			loaded = reload(t, b, loaded)
			loaded.Unfreeze()
			check("frozen, loaded and thawed", loaded)
			fit(t, loaded, x, y, ml.FitConfig{Epochs: 6, Resume: true, BatchSize: 4})
			check("resumed", loaded)
		}
		t.Run("before the first fit", func(t *testing.T) {
			m := make()
			m.Build(0)
			variable(t, m, "held/kernel").SetTrainable(false)
			obeyed(t, m, "")
		})
		t.Run("after the first fit", func(t *testing.T) {
			m := make()
			fit(t, m, x, y, ml.FitConfig{Epochs: 2, BatchSize: 4})
			variable(t, m, "held/kernel").SetTrainable(false)
			obeyed(t, m, "")
		})
		t.Run("taken back", func(t *testing.T) {
			m := make()
			m.Build(0)
			v := variable(t, m, "held/kernel").SetTrainable(false)
			fit(t, m, x, y, ml.FitConfig{Epochs: 1, BatchSize: 4})
			before := values(t, m, "held/kernel")
			v.SetTrainable(true)
			fit(t, m, x, y, ml.FitConfig{Epochs: 1, BatchSize: 4})
			if slices.Equal(values(t, m, "held/kernel"), before) {
				t.Error("the kernel is not trained again")
			}
		})
		inner := func() *ml.Model {
			m := ml.Sequential(layers.Input(2), layers.Dense(2, layers.Named("held")))
			m.Name = "inner"
			return m
		}
		t.Run("in the inner model before", func(t *testing.T) {
			m := inner()
			m.Build(0)
			variable(t, m, "held/kernel").SetTrainable(false)
			outer := compiled(t, b, ml.Sequential(m, layers.Dense(1)), losses.MeanSquaredError{}, nil)
			outer.Build(0)
			obeyed(t, outer, "inner/")
			near(t, "inner kernel", values(t, m, "held/kernel"), values(t, outer, "inner/held/kernel"), 0)
		})
		t.Run("in the inner model after", func(t *testing.T) {
			m := inner()
			outer := compiled(t, b, ml.Sequential(m, layers.Dense(1)), losses.MeanSquaredError{}, nil)
			fit(t, outer, x, y, ml.FitConfig{Epochs: 1, BatchSize: 4})
			variable(t, m, "held/kernel").SetTrainable(false)
			obeyed(t, outer, "inner/")
		})
		t.Run("in the outer model", func(t *testing.T) {
			m := inner()
			outer := compiled(t, b, ml.Sequential(m, layers.Dense(1)), losses.MeanSquaredError{}, nil)
			fit(t, outer, x, y, ml.FitConfig{Epochs: 1, BatchSize: 4})
			variable(t, outer, "inner/held/kernel").SetTrainable(false)
			obeyed(t, outer, "inner/")
		})
	})
}

// TestFrozenAveragesStandStill freezes a layer with moving averages in every way there is.
func TestFrozenAveragesStandStill(t *testing.T) {
	x, y := rows(6, 2), targets(6)
	norm := func() contract.Layer { return strangers.MovingNorm(0.5) }
	onEach(t, func(t *testing.T, b *backend.Backend) {
		inner := ml.Sequential(layers.Input(2), norm())
		inner.Name = "inner"
		deep := ml.Sequential(layers.Input(2), norm())
		for _, c := range []struct {
			name   string
			m      *ml.Model
			layer  string
			freeze func(m *ml.Model) error
		}{
			{"layer", ml.Sequential(layers.Input(2), norm(), layers.Dense(1)), "moving_norm", func(m *ml.Model) error { return m.Freeze("moving_norm") }},
			{"pair", ml.Sequential(layers.Input(2), strangers.Pair(norm(), layers.Dense(2)), layers.Dense(1)), "pair/left", func(m *ml.Model) error { return m.Freeze("pair") }},
			{"model from outside", ml.Sequential(ml.Sequential(layers.Input(2), norm()), layers.Dense(1)), "sequential/moving_norm", func(m *ml.Model) error { return m.Freeze("sequential") }},
			{"model from inside", ml.Sequential(inner, layers.Dense(1)), "inner/moving_norm", func(*ml.Model) error { return inner.Freeze() }},
			{"model in a pair", ml.Sequential(layers.Input(2), strangers.Pair(deep, layers.Dense(2)), layers.Dense(1)), "pair/left/moving_norm", func(*ml.Model) error { return deep.Freeze("moving_norm") }},
			{"steps", ml.Sequential(layers.Input(2), layers.Reshape(1, 2), layers.TimeDistributed(norm()), layers.Flatten(), layers.Dense(1)), "time_distributed",
				func(m *ml.Model) error { return m.Freeze("time_distributed") }},
		} {
			t.Run(c.name, func(t *testing.T) {
				m := compiled(t, b, c.m, losses.MeanSquaredError{}, nil)
				config := ml.FitConfig{Epochs: 1, BatchSize: 4}
				names := []string{"gamma", "beta", "moving_mean", "moving_variance"}
				changed := func() (all []string) {
					before := map[string][]float32{}
					for _, n := range names {
						before[n] = values(t, m, c.layer+"/"+n)
					}
					fit(t, m, x, y, config)
					for _, n := range names {
						if !slices.Equal(values(t, m, c.layer+"/"+n), before[n]) {
							all = append(all, n)
						}
					}
					return all
				}
				fit(t, m, x, y, config)
				equal(t, "changed in training", changed(), names)
				if err := c.freeze(m); err != nil {
					t.Fatal(err)
				}
				equal(t, "changed while frozen", changed(), []string(nil))
				m = reload(t, b, m)
				equal(t, "changed while frozen, loaded", changed(), []string(nil))
			})
		}
	})
}

// TestResumeIsBitEqual cuts a training off and compares all variables with those of one that was not.
func TestResumeIsBitEqual(t *testing.T) {
	x, y := rows(10, 4), targets(10)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		for name, make := range map[string]func() *ml.Model{
			"layers": func() *ml.Model {
				return ml.Sequential(layers.Input(4), strangers.Scale(layers.Tanh), strangers.MovingNorm(0.9), layers.Dropout(0.3),
					strangers.Pair(strangers.MovingNorm(0.5), ml.Sequential(layers.Input(4), strangers.MovingNorm(0.7), layers.Dense(4))), layers.Dense(1))
			},
			"cache": func() *ml.Model {
				return ml.Sequential(layers.Input(4), layers.Reshape(2, 2), &strangers.PositionsLayer{}, layers.Flatten(), layers.Dropout(0.3), layers.Dense(1))
			},
			// Its values are random, but what it computes does not depend on them.
			"random cache": func() *ml.Model {
				return ml.Sequential(layers.Input(4), &noise{}, layers.Dropout(0.3), layers.Dense(1))
			},
		} {
			t.Run(name, func(t *testing.T) {
				o := strangers.Sign{LearningRate: 0.01, Beta: 0.5}
				l := strangers.Pinball{Quantile: 0.4}
				config := ml.FitConfig{Epochs: 4, BatchSize: 4, Seed: 5}
				whole := compiled(t, b, make(), l, o)
				fit(t, whole, x, y, config)
				cut := compiled(t, b, make(), l, o)
				config.Epochs = 2
				fit(t, cut, x, y, config)
				loaded := reload(t, b, cut)
				config.Epochs, config.Resume = 4, true
				fit(t, loaded, x, y, config)
				want, got := all(t, whole), all(t, loaded)
				for path := range want {
					if got[path] != want[path] && !strings.HasSuffix(path, "/noise/noise") {
						t.Errorf("%s: %s. Expected %s", path, got[path], want[path])
					}
				}
				if len(got) != len(want) {
					t.Errorf("%d variables. Expected %d", len(got), len(want))
				}
			})
		}
	})
}

// TestCacheIsNotSaved changes a cache and loads the model: it begins afresh.
func TestCacheIsNotSaved(t *testing.T) {
	onEach(t, func(t *testing.T, b *backend.Backend) {
		for _, place := range onDevice(b) {
			t.Run(place, func(t *testing.T) {
				m := compiled(t, b, places()[place](func() contract.Layer { return &counting{} }), losses.MeanSquaredError{}, optimizers.Adam{})
				fit(t, m, rows(6, 2), targets(6), ml.FitConfig{Epochs: 1, BatchSize: 3})
				count := func(m *ml.Model) (all []float32) {
					for v := range m.Store().IterVariables() {
						if v.Name() == "count" && strings.HasPrefix(v.Path(), "/model/") {
							all = append(all, values(t, m, strings.TrimPrefix(v.Path(), "/model/"))...)
						}
					}
					return all
				}
				now := count(m)
				if len(now) == 0 || slices.Contains(now, 0) {
					t.Fatalf("counted %v", now)
				}
				dir := filepath.Join(t.TempDir(), "m")
				if err := m.Save(dir); err != nil {
					t.Fatal(err)
				}
				loaded, err := ml.Load(dir)
				if err != nil {
					t.Fatal(err)
				}
				loaded.UseBackend(b)
				equal(t, "caches after Load", count(loaded), make([]float32, len(now)))
				equal(t, "caches after Save", count(m), now)
				equal(t, "outputs", predict(t, loaded, rows(6, 2)), predict(t, m, rows(6, 2)))
				fit(t, loaded, rows(6, 2), targets(6), ml.FitConfig{Epochs: 3, BatchSize: 3, Resume: true})
			})
		}
	})
}

func init() {
	layers.Register("Counting", func() contract.Layer { return new(counting) })
	layers.Register("Noise", func() contract.Layer { return new(noise) })
}

// counting counts its steps in a cache, and takes no notice of it.
type counting struct{ fixed }

func (*counting) Kind() string { return "Counting" }
func (c *counting) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	n := contract.Cache(scope, "count", strangers.Ramp{}, x, 1)
	if scope.IsTraining(x.Graph()) {
		n.SetNodeValue(graph.OnePlus(n.NodeValue(x)))
	}
	return c.fixed.Apply(scope, x)
}

// noise has a cache of random numbers.
type noise struct{ fixed }

func (*noise) Kind() string { return "Noise" }
func (n *noise) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	noise := contract.Cache(scope, "noise", random{}, x, 1).NodeValue(x)
	return graph.Add(n.fixed.Apply(scope, x), graph.MulScalar(graph.ConvertDType(graph.ReduceAllSum(noise), x.DType()), 0))
}

type random struct{}

func (random) Values(scope *model.Scope, g *graph.Graph, shape shapes.Shape) *graph.Node {
	return scope.RandomUniform(g, shape)
}

// late has a state that is made only where it trains.
type late struct{ fixed }

func (*late) Kind() string { return "Late" }
func (l *late) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	if scope.IsTraining(x.Graph()) {
		n := contract.State(scope, "count", strangers.Ramp{}, x, 1)
		n.SetNodeValue(graph.OnePlus(n.NodeValue(x)))
	}
	return l.fixed.Apply(scope, x)
}

// TestLateState has a model with a state that only training makes, by itself and then in another one.
func TestLateState(t *testing.T) {
	layers.Register("Late", func() contract.Layer { return new(late) })
	x, y := rows(6, 2), rows(6, 2)
	config := ml.FitConfig{Epochs: 2, BatchSize: 3}
	onEach(t, func(t *testing.T, b *backend.Backend) {
		inner := compiled(t, b, ml.Sequential(layers.Input(2), new(late)), losses.MeanSquaredError{}, nil)
		inner.Name = "inner"
		fit(t, inner, x, y, config)
		near(t, "alone", values(t, inner, "late/count"), []float32{4}, 0)
		outer := compiled(t, b, ml.Sequential(inner, layers.Dense(2)), losses.MeanSquaredError{}, nil)
		fit(t, outer, x, y, config)
		near(t, "in the outer model", values(t, outer, "inner/late/count"), []float32{8}, 0)
		near(t, "in the inner model", values(t, inner, "late/count"), []float32{8}, 0)
		fit(t, inner, x, y, config)
		fit(t, outer, x, y, config)
		near(t, "in turn", values(t, outer, "inner/late/count"), []float32{16}, 0)
		loaded := reload(t, b, outer)
		near(t, "loaded", values(t, loaded, "inner/late/count"), values(t, outer, "inner/late/count"), 0)
		fit(t, loaded, x, y, config)
		near(t, "loaded and trained", values(t, loaded, "inner/late/count"), []float32{20}, 0)
		// The other way round: the outer model trains first.
		inner = ml.Sequential(layers.Input(2), new(late))
		outer = compiled(t, b, ml.Sequential(inner, layers.Dense(2)), losses.MeanSquaredError{}, nil)
		fit(t, outer, x, y, config)
		near(t, "given to the inner model", values(t, inner, "late/count"), []float32{4}, 0)
		equal(t, "kind", contract.KindOf(inner.Store(), variable(t, inner, "late/count")), contract.StateVariable)
	})
}
