package ml

import "reflect"

// lossRegistry are the kinds of losses that a saved model may name.
var lossRegistry = NewRegistry[Loss]("loss", "losses.Register")

// metricRegistry are the kinds of metrics that a saved model may name.
var metricRegistry = NewRegistry[Metric]("metric", "metrics.Register")

// optimizerRegistry are the kinds of optimisers that a saved model may name.
var optimizerRegistry = NewRegistry[Optimizer]("optimizer", "optimizers.Register")

func init() {
	for _, l := range []Loss{SparseCategoricalCrossentropy{}, CategoricalCrossentropy{}, BinaryCrossentropy{}, MeanSquaredError{},
		MeanAbsoluteError{}, Huber{}, KLDivergence{}, Hinge{}, Contrastive{}} {
		lossRegistry.Register(reflect.TypeOf(l).Name(), func() Loss { return l })
	}
	for _, m := range []Metric{Accuracy{}, BinaryAccuracy{}, CategoricalAccuracy{}, TopKAccuracy{}, Precision{}, Recall{}, F1{}, AUC{},
		RootMeanSquaredError{}, R2{}, Perplexity{}, MeanSquaredError{}, MeanAbsoluteError{}} {
		metricRegistry.Register(reflect.TypeOf(m).Name(), func() Metric { return m })
	}
	metricRegistry.Register("Weighted", func() Metric { return weightedMetric{} })
	for _, o := range []Optimizer{SGD{}, Adam{}, AdamW{}, RMSprop{}, Adagrad{}, Lion{}} {
		optimizerRegistry.Register(reflect.TypeOf(o).Name(), func() Optimizer { return o })
	}
}
