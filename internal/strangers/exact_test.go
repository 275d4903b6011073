package strangers_test

import (
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/internal/strangers"
	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/initializers"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
)

// echo returns what reaches it, in float32, and tells in what type it came.
type echo struct {
	types *[]dtypes.DType
	cast  bool
}

func (echo) Kind() string                        { return "Echo" }
func (echo) String() string                      { return "Echo()" }
func (echo) OutputShape(in []int) ([]int, error) { return in, nil }
func (e echo) Autocast() bool                    { return e.cast }
func (e echo) Apply(_ *model.Scope, x *graph.Node) *graph.Node {
	*e.types = append(*e.types, x.DType())
	return graph.ConvertDType(x, dtypes.Float32)
}

// plain is a layer without a method Autocast.
type plain struct{ echo contract.Layer }

func (plain) Kind() string                        { return "Plain" }
func (plain) String() string                      { return "Plain()" }
func (plain) OutputShape(in []int) ([]int, error) { return in, nil }
func (p plain) Apply(scope *model.Scope, x *graph.Node) *graph.Node {
	return p.echo.Apply(scope, x)
}

// TestIdsArriveExact sends token ids that bfloat16 does not have on every way that ids may go.
func TestIdsArriveExact(t *testing.T) {
	ids := [][]float32{{257, 1000}, {50255, 65537}}
	want := []float32{257, 1000, 50255, 65537}
	same := func(x *graph.Node) *graph.Node { return x }
	onEach(t, func(t *testing.T, b *backend.Backend) {
		var types []dtypes.DType
		last := plain{echo{types: &types}}
		x, left, right := ml.In("x", 2), ml.In("left", 1), ml.In("right", 1)
		dense := layers.Dense(2, initializers.Zeros)
		cut := func(name string, i int) *layers.LambdaLayer {
			return layers.Lambda(name, func(x *graph.Node) *graph.Node { return graph.Slice(x, graph.AxisRange(), graph.AxisRange(i, i+1)) })
		}
		inner := func(all ...contract.Layer) *ml.Model {
			return ml.Sequential(append([]contract.Layer{layers.Input(2)}, all...)...)
		}
		for name, m := range map[string]*ml.Model{
			"own layer":               ml.Sequential(layers.Input(2), last),
			"function":                ml.Sequential(layers.Input(2), layers.Lambda("same", same), last),
			"layer function":          ml.Sequential(layers.Input(2), layers.LayerFunc("same", func(_ *model.Scope, x []*graph.Node) *graph.Node { return x[0] }), last),
			"flatten":                 ml.Sequential(layers.Input(2), layers.Reshape(2, 1), layers.Flatten(), last),
			"reshape":                 ml.Sequential(layers.Input(2), layers.Reshape(1, 2), layers.Reshape(2, 1), last, layers.Flatten()),
			"steps":                   ml.Sequential(layers.Input(2), layers.Reshape(2, 1), layers.TimeDistributed(last), layers.Flatten()),
			"steps of steps":          ml.Sequential(layers.Input(2), layers.Reshape(2, 1, 1), layers.TimeDistributed(layers.TimeDistributed(last)), layers.Flatten()),
			"pair":                    ml.Sequential(layers.Input(2), strangers.Pair(last, dense)),
			"pair in steps":           ml.Sequential(layers.Input(2), layers.Reshape(1, 2), layers.TimeDistributed(strangers.Pair(last, dense)), layers.Flatten()),
			"model":                   ml.Sequential(inner(last)),
			"model of one":            ml.Sequential(inner(layers.Flatten()), last),
			"two models":              ml.Sequential(inner(inner(layers.Reshape(2, 1)), layers.Flatten()), last),
			"model in a pair":         ml.Sequential(layers.Input(2), strangers.Pair(inner(last), dense)),
			"model of a layer of two": ml.Sequential(layers.Input(2), strangers.Pair(inner(strangers.Pair(last, dense)), dense)),
			"concatenate":             ml.Functional(ml.Tensors{x}, ml.Tensors{contract.On(last, layers.Concatenate().On(cut("a", 0).On(x), cut("b", 1).On(x)))}),
			"whole numbers": ml.Sequential(layers.Input(2), layers.Lambda("int", func(x *graph.Node) *graph.Node { return graph.ConvertDType(x, dtypes.Int32) }),
				layers.Flatten(), last),
			"whole numbers through a dense layer's cast": ml.Sequential(layers.Input(2),
				layers.Lambda("int", func(x *graph.Node) *graph.Node { return graph.ConvertDType(x, dtypes.Int32) }), echo{types: &types, cast: true}, last),
		} {
			t.Run(name, func(t *testing.T) {
				types = nil
				for _, err := range []error{m.UseBackend(b), m.UsePolicy(ml.MixedBFloat16)} {
					if err != nil {
						t.Fatal(err)
					}
				}
				near(t, "ids", predict(t, m, ids), want, 0)
				if slices.Contains(types, dtypes.BFloat16) || len(types) == 0 {
					t.Errorf("ids came as %v", types)
				}
			})
		}
		t.Run("two inputs", func(t *testing.T) {
			m := ml.Functional(ml.Tensors{left, right}, ml.Tensors{contract.On(last, layers.Concatenate().On(left, right))})
			m.UseBackend(b)
			m.UsePolicy(ml.MixedBFloat16)
			near(t, "ids", predict(t, m, ml.Arrays{"left": []float32{257, 50255}, "right": []float32{1000, 65537}}), want, 0)
		})
		t.Run("policy of the inner model", func(t *testing.T) {
			m := inner(last)
			m.UsePolicy(ml.MixedBFloat16)
			outer := ml.Sequential(m)
			outer.UseBackend(b)
			near(t, "ids", predict(t, outer, ids), want, 0)
		})
	})
}

// TestEmbeddingsOfLargeIds looks the vectors of neighbours up that bfloat16 takes for one.
func TestEmbeddingsOfLargeIds(t *testing.T) {
	ids := [][]float32{{256, 257}, {50255, 50256}}
	var want []float32
	for _, row := range ids {
		want = append(want, row...)
	}
	ramp := strangers.Ramp{Step: 1}
	words := func() contract.Layer { return &strangers.WordsLayer{Count: 50257, Dim: 1, Fill: ramp} }
	onEach(t, func(t *testing.T, b *backend.Backend) {
		for name, all := range map[string][]contract.Layer{
			"own":       {words(), layers.Flatten()},
			"reshaped":  {layers.Reshape(2, 1), layers.Flatten(), words(), layers.Flatten()},
			"steps":     {layers.Reshape(2, 1), layers.TimeDistributed(words()), layers.Flatten()},
			"in models": {ml.Sequential(layers.Input(2), ml.Sequential(layers.Input(2), words())), layers.Flatten()},
		} {
			m := ml.Sequential(append([]contract.Layer{layers.Input(2)}, all...)...)
			m.UseBackend(b)
			m.UsePolicy(ml.MixedBFloat16)
			near(t, name, predict(t, m, ids), want, 0)
			near(t, name+", loaded", predict(t, reload(t, b, m), ids), want, 0)
		}
		// The built-in one has no ramp: its vectors are compared with the table's.
		for name, l := range map[string]contract.Layer{"embedding": layers.Embedding(50257, 1), "embedding in steps": layers.TimeDistributed(layers.Embedding(50257, 1))} {
			m := ml.Sequential(layers.Input(2), layers.Reshape(2, 1), l, layers.Flatten())
			m.UseBackend(b)
			m.UsePolicy(ml.MixedBFloat16)
			m.Build(1)
			var table []float32
			for v := range m.Store().IterVariables() {
				if v.Name() == "embeddings" {
					table = values(t, m, v.Path()[len("/model/"):])
				}
			}
			near(t, name, predict(t, m, ids), []float32{table[256], table[257], table[50255], table[50256]}, 0)
		}
	})
}

// TestAutocast trains in bfloat16 what asks for it, with weights that stay float32.
func TestAutocast(t *testing.T) {
	onEach(t, func(t *testing.T, b *backend.Backend) {
		var types []dtypes.DType
		type at struct {
			name string
			l    contract.Layer
			want []dtypes.DType
		}
		for _, c := range []at{
			{"asks", echo{&types, true}, []dtypes.DType{dtypes.BFloat16}},
			{"asks not", echo{&types, false}, []dtypes.DType{dtypes.Float32}},
			{"in a pair", strangers.Pair(echo{&types, true}, echo{&types, false}), []dtypes.DType{dtypes.BFloat16, dtypes.Float32}},
			{"in a model", ml.Sequential(layers.Input(3), echo{&types, true}), []dtypes.DType{dtypes.BFloat16}},
		} {
			m := ml.Sequential(layers.Input(3), c.l)
			m.UseBackend(b)
			m.UsePolicy(ml.MixedBFloat16)
			m.Build(0) // which builds a model in it by itself, without the policy
			types = nil
			predict(t, m, rows(2, 3))
			slices.Sort(types)
			slices.Sort(c.want)
			types, c.want = slices.Compact(types), slices.Compact(c.want)
			equal(t, c.name, types, c.want)
		}
		for i, c := range layerCases {
			if len(c.shapes) > 1 || b.XLA() && i%4 != 0 { // each is compiled for seconds there
				continue
			}
			t.Run(c.name, func(t *testing.T) {
				in := c.shapes[0][1:]
				m := compiled(t, b, ml.Sequential(layers.Input(in...), strangers.Scale(), c.make(), layers.Flatten(), layers.Dense(1)), losses.MeanSquaredError{}, nil)
				if err := m.UsePolicy(ml.MixedBFloat16); err != nil {
					t.Fatal(err)
				}
				size := shapes.Make(dtypes.Float32, in...).Size()
				flat := ml.Sequential(layers.Input(size), layers.Reshape(in...), m)
				compiled(t, b, flat, losses.MeanSquaredError{}, nil)
				h := fit(t, flat, rows(6, size), targets(6), ml.FitConfig{Epochs: 3, BatchSize: 4})
				if first, last := h.Epochs[0].Values[0].Value, h.Epochs[2].Values[0].Value; !(last < first) {
					t.Errorf("loss %v, then %v", first, last)
				}
				for v := range flat.Store().IterVariables() {
					if v.DType() == dtypes.BFloat16 {
						t.Errorf("%s is kept in bfloat16", v.Path())
					}
				}
				loaded := reload(t, b, m)
				equal(t, "policy", loaded.Policy(), ml.MixedBFloat16)
				x := tensors.FromFlatDataAndDimensions(slices.Concat(rows(2, size)...), append([]int{2}, in...)...)
				equal(t, "outputs of the loaded model", predict(t, loaded, x), predict(t, m, x))
			})
		}
	})
}
