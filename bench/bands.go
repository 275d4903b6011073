//go:build ignore

// Bands trains well-known recipes on MNIST with three seeds each and compares the test accuracy
// with what they are known to reach. It ends with status 1 if one falls short.
//
//	go run bench/bands.go                       # all of it: minutes on a quiet machine with XLA
//	go run bench/bands.go -only article -seeds 1
package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/data"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// recipe is a model with its training, and the test accuracy that each seed must reach.
type recipe struct {
	name, what string
	least      float64
	layers     func() []contract.Layer
	optimizer  contract.Optimizer
	config     ml.FitConfig
	pictures   bool
}

// steps is the number of steps in an epoch of the convnet, for its schedule.
const steps = (54000 + 127) / 128

var recipes = []recipe{
	{
		name: "article", what: "784-64-10, ReLU, Adam, batch 128, 10 epochs: the article's model and settings", least: 0.970,
		layers: func() []contract.Layer {
			return []contract.Layer{layers.Input(784), layers.Dense(64, layers.ReLU), layers.Dense(10)}
		},
		optimizer: optimizers.Adam{}, config: ml.FitConfig{BatchSize: 128, Epochs: 10, ValidationSplit: 0.1},
	},
	{
		name: "keras-mlp", what: "784-512-512-10, dropout 0.2, RMSprop, batch 128, 20 epochs: Keras's example, there 98.40%", least: 0.982,
		layers: func() []contract.Layer {
			return []contract.Layer{layers.Input(784), layers.Dense(512, layers.ReLU), layers.Dropout(0.2), layers.Dense(512, layers.ReLU), layers.Dropout(0.2), layers.Dense(10)}
		},
		optimizer: optimizers.RMSprop{}, config: ml.FitConfig{BatchSize: 128, Epochs: 20},
	},
	{
		name: "convnet", what: "two convolutions with pooling, 128 units, dropout, Adam along half a cosine, batch 128, 5 epochs", least: 0.990,
		layers: func() []contract.Layer {
			return []contract.Layer{
				layers.Input(28, 28, 1),
				layers.Conv2D(32, 3, layers.ReLU), layers.MaxPooling2D(2), layers.Conv2D(64, 3, layers.ReLU), layers.MaxPooling2D(2),
				layers.Flatten(), layers.Dropout(0.25), layers.Dense(128, layers.ReLU), layers.Dropout(0.5), layers.Dense(10),
			}
		},
		optimizer: optimizers.Adam{Schedule: optimizers.CosineDecay(2e-3, 5*steps)}, config: ml.FitConfig{BatchSize: 128, Epochs: 5, ValidationSplit: 0.1},
		pictures: true,
	},
}

func main() {
	only := flag.String("only", "", "the recipes to train, by name with commas between them; all by default")
	seeds := flag.Int("seeds", 3, "number of seeds, from 0")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ok, err := run(ctx, *only, *seeds)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bands:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

func run(ctx context.Context, only string, seeds int) (ok bool, err error) {
	train, test, err := data.MNIST(ctx, data.MNISTConfig{})
	if err != nil {
		return false, err
	}
	scaler, err := data.FitRange(train.X)
	if err != nil {
		return false, err
	}
	if train, err = scaler.Apply(train); err != nil {
		return false, err
	}
	if test, err = scaler.Apply(test); err != nil {
		return false, err
	}
	fmt.Println("| recipe | at least | seeds: test accuracy | mean | seconds a Fit | |")
	fmt.Println("| --- | ---: | --- | ---: | ---: | --- |")
	ok = true
	for _, r := range recipes {
		if only != "" && !slices.Contains(strings.Split(only, ","), r.name) {
			continue
		}
		var all []string
		sum, least, took := 0.0, math.Inf(1), time.Duration(0)
		for seed := range seeds {
			start := time.Now()
			accuracy, err := r.fit(ctx, train, test, int64(seed))
			if err != nil {
				return false, fmt.Errorf("%s, seed %d: %w", r.name, seed, err)
			}
			took += time.Since(start)
			sum, least = sum+accuracy, min(least, accuracy)
			all = append(all, fmt.Sprintf("%.4f", accuracy))
			fmt.Fprintf(os.Stderr, "%s, seed %d: %.4f\n", r.name, seed, accuracy)
		}
		verdict := "reached"
		if least < r.least {
			verdict, ok = "missed", false
		}
		fmt.Printf("| %s: %s | %.3f | %s | %.4f | %.1f | %s |\n", r.name, r.what, r.least, strings.Join(all, ", "), sum/float64(seeds), took.Seconds()/float64(seeds), verdict)
	}
	return ok, nil
}

// fit trains once and returns the test accuracy.
func (r recipe) fit(ctx context.Context, train, test data.Dataset, seed int64) (float64, error) {
	if r.pictures {
		var err error
		if train, err = train.Reshape(28, 28, 1); err != nil {
			return 0, err
		}
		if test, err = test.Reshape(28, 28, 1); err != nil {
			return 0, err
		}
	}
	m := ml.Sequential(r.layers()...)
	if err := m.Compile(r.optimizer, losses.SparseCategoricalCrossentropy{FromLogits: true}, metrics.Accuracy{}); err != nil {
		return 0, err
	}
	config := r.config
	config.Seed, config.Quiet = seed, true
	if _, err := m.Fit(ctx, train.X, train.Y, config); err != nil {
		return 0, err
	}
	s, err := m.Evaluate(ctx, test.X, test.Y)
	return s.Accuracy(), err
}
