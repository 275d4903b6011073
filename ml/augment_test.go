package ml_test

import (
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
)

// inTraining returns what a model makes of x while training, so many times one after the other.
func inTraining(t *testing.T, b *backend.Backend, seed int64, times int, x *tensors.Tensor, parts ...contract.Layer) [][]float32 {
	t.Helper()
	m := ml.Sequential(append([]contract.Layer{layers.Input(x.Shape().Dimensions[1:]...)}, parts...)...)
	m.UseBackend(b)
	if err := m.Build(seed); err != nil {
		t.Fatal(err)
	}
	exec, err := model.NewExec(b.GoMLX(), m.Store(), func(_ *model.Scope, x *graph.Node) *graph.Node {
		m.Store().SetTraining(x.Graph(), true)
		return m.Forward(x)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	own, err := x.LocalClone() // a tensor stays with the first backend that it meets
	if err != nil {
		t.Fatal(err)
	}
	var all [][]float32
	for range times {
		y, err := exec.Call1(own)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, tensors.MustCopyFlatData[float32](y))
	}
	return all
}

// numbered is a batch of pictures that count their pixels from 1, so that each tells where it comes from.
func numbered(batch, height, width int) *tensors.Tensor {
	values := make([]float32, batch*height*width)
	for i := range values {
		values[i] = float32(i%(height*width) + 1)
	}
	return tensors.FromFlatDataAndDimensions(values, batch, height, width, 1)
}

func TestRandomFlip(t *testing.T) {
	x := numbered(200, 2, 2)
	straight, across, down, both := [4]float32{1, 2, 3, 4}, [4]float32{2, 1, 4, 3}, [4]float32{3, 4, 1, 2}, [4]float32{4, 3, 2, 1}
	onEach(t, func(t *testing.T, b *backend.Backend) {
		for direction, allowed := range map[layers.Direction][][4]float32{
			layers.Horizontal: {straight, across}, layers.Vertical: {straight, down}, layers.HorizontalAndVertical: {straight, across, down, both},
		} {
			counts := map[[4]float32]int{}
			for p := range slices.Chunk(inTraining(t, b, 1, 1, x, layers.RandomFlip(direction))[0], 4) {
				counts[[4]float32(p)]++
			}
			for _, way := range allowed {
				// 200 draws; a count this far off has a chance below 1 in 10^4.
				if n, want := counts[way], 200/len(allowed); n < want-30 || n > want+30 {
					t.Errorf("%q: %v %d times. Expected about %d", direction, way, n, want)
				}
				delete(counts, way)
			}
			if len(counts) > 0 {
				t.Errorf("%q: also %v", direction, counts)
			}
		}
	})
}

func TestRandomCrop(t *testing.T) {
	x := numbered(100, 4, 5)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		seen := map[float32]bool{}
		for p := range slices.Chunk(inTraining(t, b, 1, 1, x, layers.RandomCrop(3, 3))[0], 9) {
			first := p[0]
			seen[first] = true
			for i, v := range p {
				if want := first + float32(i/3*5+i%3); v != want {
					t.Fatalf("piece %v is not one of the picture", p)
				}
			}
		}
		if len(seen) != 6 {
			t.Errorf("pieces begin at %v. Expected six places", seen)
		}
		// In Predict the picture is scaled down.
		m := ml.Sequential(layers.Input(4, 4, 1), layers.RandomCrop(2, 2))
		m.UseBackend(b)
		p, err := m.Predict(t.Context(), numbered(1, 4, 4))
		if err != nil || !slices.Equal(p.Values, []float32{3.5, 5.5, 11.5, 13.5}) {
			t.Errorf("%v, %v. Expected the means of the quarters", p.Values, err)
		}
	})
}

// TestAugmentationIsSeeded looks at the random numbers of all such layers: the same for a seed, others at the next step, none in Predict.
func TestAugmentationIsSeeded(t *testing.T) {
	x := numbered(4, 6, 6)
	parts := []contract.Layer{layers.RandomFlip(layers.Horizontal), layers.RandomTranslation(0.2, 0.2), layers.RandomRotation(0.2, layers.Black)}
	onEach(t, func(t *testing.T, b *backend.Backend) {
		one, two := inTraining(t, b, 7, 2, x, parts...), inTraining(t, b, 7, 2, x, parts...)
		if !slices.Equal(one[0], two[0]) || !slices.Equal(one[1], two[1]) {
			t.Error("the same seed moves pictures otherwise")
		}
		if slices.Equal(one[0], one[1]) || slices.Equal(one[0], inTraining(t, b, 8, 1, x, parts...)[0]) {
			t.Error("another step, or another seed, moves pictures alike")
		}
		m := ml.Sequential(append([]contract.Layer{layers.Input(6, 6, 1)}, parts...)...)
		m.UseBackend(b)
		if p, err := m.Predict(t.Context(), x); err != nil || !slices.Equal(p.Values, tensors.MustCopyFlatData[float32](x)) {
			t.Errorf("Predict moves pictures: %v, %v", p.Values, err)
		}
	})
}

// TestDropoutMasks looks at what is dropped: channels as a whole, and in recurrent layers the same at all steps.
func TestDropoutMasks(t *testing.T) {
	const batch, steps, features = 20, 5, 6
	ones := tensors.FromFlatDataAndDimensions(slices.Repeat([]float32{1}, batch*steps*features), batch, steps, features)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		y := inTraining(t, b, 1, 1, ones, layers.SpatialDropout(0.5))[0]
		dropped := 0
		for i, v := range y {
			example, feature := i/(steps*features), i%features
			if first := y[example*steps*features+feature]; v != first || v != 0 && v != 2 {
				t.Fatalf("value %d is %g, that of the first step %g. Expected the same, 0 or 2", i, v, first)
			}
			if v == 0 {
				dropped++
			}
		}
		if dropped < len(y)/3 || dropped > len(y)*2/3 {
			t.Errorf("%d of %d were dropped. Expected about half", dropped, len(y))
		}
		// A unit whose input is 1 or dropped at all steps alike gives the output of that many steps: there are few different ones.
		outputs := map[float32]bool{}
		one := tensors.FromFlatDataAndDimensions(slices.Repeat([]float32{1}, 200*steps), 200, steps, 1)
		for _, layer := range []contract.Layer{layers.LSTM(1, layers.InputDropout(0.5)), layers.GRU(1, layers.InputDropout(0.5)), layers.LSTM(1, layers.RecurrentDropout(0.5)), layers.GRU(1, layers.RecurrentDropout(0.5))} {
			clear(outputs)
			for _, v := range inTraining(t, b, 3, 1, one, layer)[0] {
				outputs[v] = true
			}
			if len(outputs) != 2 {
				t.Errorf("%s: %d different outputs. Expected one with the mask and one without", layer, len(outputs))
			}
		}
	})
}
