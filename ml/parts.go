package ml

import (
	"encoding/json"
	"fmt"
	"reflect"
)

// savedPart is an optimiser, loss or metric by kind and settings.
type savedPart struct {
	Kind   string          `json:"kind"`
	Config json.RawMessage `json:"config"`
}

// weightedKind is the kind of what Weighted returns, whose settings are the metric in it.
const weightedKind = "Weighted"

// parts reads each kind of optimiser, loss and metric that Load can make; the kind is the type's name.
var parts = partsOf(
	SGD{}, Adam{}, AdamW{}, RMSprop{}, Adagrad{}, Lion{},
	SparseCategoricalCrossentropy{}, CategoricalCrossentropy{}, BinaryCrossentropy{},
	MeanSquaredError{}, MeanAbsoluteError{}, Huber{}, KLDivergence{}, Hinge{}, Contrastive{},
	Accuracy{}, BinaryAccuracy{}, CategoricalAccuracy{}, TopKAccuracy{}, Precision{}, Recall{}, F1{}, AUC{},
	RootMeanSquaredError{}, R2{}, Perplexity{},
)

func partsOf(values ...any) map[string]reflect.Type {
	all := map[string]reflect.Type{}
	for _, v := range values {
		t := reflect.TypeOf(v)
		all[t.Name()] = t
	}
	return all
}

// savePart describes v if it is of a kind that Load can make; else it returns nil.
func savePart(v any) (*savedPart, error) {
	if w, ok := v.(weightedMetric); ok {
		inner, err := savePart(w.Metric)
		if inner == nil || err != nil {
			return nil, err
		}
		config, err := json.Marshal(inner)
		return &savedPart{weightedKind, config}, err
	}
	kind := reflect.TypeOf(v).Name()
	if parts[kind] != reflect.TypeOf(v) {
		return nil, nil
	}
	config, err := json.Marshal(v)
	return &savedPart{kind, config}, err
}

func loadPart[T any](s *savedPart) (T, error) {
	var none T
	if s.Kind == weightedKind {
		var inner savedPart
		if err := json.Unmarshal(s.Config, &inner); err != nil {
			return none, fmt.Errorf("%s: %w", s.Kind, err)
		}
		metric, err := loadPart[Metric](&inner)
		if err != nil {
			return none, err
		}
		t, ok := any(Weighted(metric)).(T)
		if !ok {
			return none, fmt.Errorf("%q is something else", s.Kind)
		}
		return t, nil
	}
	kind := parts[s.Kind]
	if kind == nil {
		return none, fmt.Errorf("%q is not known to this version", s.Kind)
	}
	v := reflect.New(kind)
	if err := json.Unmarshal(s.Config, v.Interface()); err != nil {
		return none, fmt.Errorf("%s: %w", s.Kind, err)
	}
	t, ok := v.Elem().Interface().(T)
	if !ok {
		return none, fmt.Errorf("%q is something else", s.Kind)
	}
	return t, nil
}
