package ml_test

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"testing"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// These tests keep what CONTRIBUTING.md asks of whoever adds a layer, loss, metric or optimiser: a
// kind that is registered has its cases in the tables of tests, is saved, and stands in docs/ml.md.

// noParity are kinds of layers that Keras's numbers are not compared with, and why.
var noParity = map[string]string{
	"Dropout":        "random: TestDropoutMasks",
	"SpatialDropout": "random: TestDropoutMasks",
	"RandomFlip":     "random: TestRandomFlip",
	"RandomCrop":     "random: TestRandomCrop",
}

func TestEveryLayerHasItsCases(t *testing.T) {
	fixtures(t) // for the activations
	kinds := ours(t, "layers", "Kind", layers.Kinds(), layers.Load, "LambdaLayer")
	var gradients, parities []string
	for _, c := range gradientCases() {
		gradients = append(gradients, kindsIn(c.layer)...)
	}
	for _, build := range layerCases() {
		parities = append(parities, kindsBehind(build(ml.In("x", 4, 4, 2)))...)
	}
	covered(t, kinds, "in gradientCases", gradients, noGradient)
	covered(t, kinds, "in layerCases", parities, noParity)
	documented(t, kinds)
}

func TestEveryLossHasItsCases(t *testing.T) {
	kinds := ours(t, "losses", "PerExample", losses.Kinds(), losses.Load, "lossFunc")
	var gradients, parities []string
	for _, c := range lossGradientCases() {
		gradients = append(gradients, saved(t, c.loss, losses.Save, losses.Load))
	}
	for _, l := range lossCases() {
		parities = append(parities, saved(t, l, losses.Save, losses.Load))
	}
	covered(t, kinds, "in lossGradientCases", gradients, nil)
	covered(t, kinds, "in lossCases", parities, nil)
	documented(t, kinds)
}

func TestEveryMetricHasItsCases(t *testing.T) {
	kinds := ours(t, "metrics", "Sums", metrics.Kinds(), metrics.Load, "metricFunc")
	var parities []string
	for _, m := range metricCases() {
		parities = append(parities, saved(t, m, metrics.Save, metrics.Load))
		saved(t, metrics.Weighted(m), metrics.Save, metrics.Load)
		saved(t, metrics.Named("other", m), metrics.Save, metrics.Load)
		if _, ok := m.(contract.DirectedMetric); !ok {
			t.Errorf("expected %T to say whether higher is better. It doesn't", m)
		}
	}
	covered(t, kinds, "in metricCases", parities,
		map[string]string{
			"Weighted": "wraps another metric: ExampleWeighted",
			"Named":    "wraps another metric: TestNamesOfMetrics",
		})
	documented(t, kinds)
}

func TestEveryOptimizerHasItsCases(t *testing.T) {
	kinds := ours(t, "optimizers", "GoMLX", optimizers.Kinds(), optimizers.Load, "foreignOptimizer")
	var parities []string
	for _, o := range optimizerCases() {
		parities = append(parities, saved(t, o, optimizers.Save, optimizers.Load))
	}
	covered(t, kinds, "in optimizerCases", parities, nil)
	documented(t, kinds)
}

// ours returns the kinds whose types are a package's own, and reports types of it that have the
// method given but are not registered. Kinds of examples and of other tests are left out, and
// models, which are layers, too.
func ours[T any](
	t *testing.T, pkg, method string, kinds []string, load func(contract.Saved) (T, error),
	unsaved ...string,
) (own []string) {
	t.Helper()
	registered := unsaved
	for _, kind := range kinds {
		part, _ := load(contract.Saved{Kind: kind, Config: []byte("{}")}) // a wrapper is incomplete
		of := reflect.TypeOf(part)
		if of.Kind() == reflect.Pointer {
			of = of.Elem()
		}
		if path.Base(of.PkgPath()) == pkg {
			own, registered = append(own, kind), append(registered, of.Name())
		}
	}
	files, err := filepath.Glob(pkg + "/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in %s, %v", pkg, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		methods := regexp.MustCompile(`(?m)^func \((?:\w+ )?\*?(\w+)\) ` + method + `\(`)
		for _, m := range methods.FindAllSubmatch(text, -1) {
			if name := string(m[1]); !slices.Contains(registered, name) {
				t.Errorf("expected %s to be registered in %s. It isn't", name, file)
			}
		}
	}
	return own
}

// kindsIn are the kinds of a layer and of those inside it.
func kindsIn(l contract.Layer) []string {
	kinds := []string{l.Kind()}
	if c, ok := l.(contract.Composite); ok {
		for _, child := range c.Children() {
			kinds = append(kinds, kindsIn(child.Layer)...)
		}
	}
	return kinds
}

// kindsBehind are the kinds of the layers that make a tensor.
func kindsBehind(x *ml.Tensor) []string {
	kinds := kindsIn(x.Layer())
	for _, from := range x.From() {
		kinds = append(kinds, kindsBehind(from)...)
	}
	return kinds
}

// saved saves and loads a part, which must come back as it was, and returns its kind.
func saved[T any](
	t *testing.T, part T, save func(T) (contract.Saved, error),
	load func(contract.Saved) (T, error),
) string {
	t.Helper()
	s, err := save(part)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var read contract.Saved
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	loaded, err := load(read)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(loaded, part) {
		t.Errorf("%s: loaded %+v. Expected %+v", text, loaded, part)
	}
	return s.Kind
}

// covered compares kinds with those of the cases: each has one, or a reason why it has none.
func covered(t *testing.T, kinds []string, where string, cases []string,
	without map[string]string) {
	t.Helper()
	for _, kind := range kinds {
		if !slices.Contains(cases, kind) && without[kind] == "" {
			t.Errorf("expected a case of the kind %s %s. Got none", kind, where)
		}
	}
	for kind, why := range without {
		if slices.Contains(cases, kind) || !slices.Contains(kinds, kind) {
			t.Errorf("%s is said to have no case %s (%s). It has, or there is no such kind", kind,
				where, why)
		}
	}
}

// documented looks for kinds on docs/ml.md.
func documented(t *testing.T, kinds []string) {
	t.Helper()
	page, err := os.ReadFile("../docs/ml.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range kinds {
		if !regexp.MustCompile("`[^`\n]*\\b" + kind + "\\b[^`\n]*`").Match(page) {
			t.Errorf("expected `%s` on docs/ml.md. It isn't there", kind)
		}
	}
}
