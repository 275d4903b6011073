package contract

import (
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"
)

// TestKinds says what variables are for after all that may be done to them.
func TestKinds(t *testing.T) {
	freeze := func(s *model.Store, v *model.Variable) { FreezeVariable(s, v, true) }
	thaw := func(s *model.Store, v *model.Variable) { FreezeVariable(s, v, false) }
	stop := func(_ *model.Store, v *model.Variable) { v.SetTrainable(false) }
	train := func(_ *model.Store, v *model.Variable) { v.SetTrainable(true) }
	cache := func(s *model.Store, v *model.Variable) {
		v.SetTrainable(false)
		s.SetParam(markOf(v, cacheMark), true)
	}
	type steps []func(s *model.Store, v *model.Variable)
	for name, c := range map[string]struct {
		steps   steps
		kind    VariableKind
		trained bool
	}{
		"new":                           {steps{}, WeightVariable, true},
		"frozen":                        {steps{freeze}, WeightVariable, false},
		"frozen twice":                  {steps{freeze, freeze}, WeightVariable, false},
		"thawed":                        {steps{freeze, thaw}, WeightVariable, true},
		"frozen twice, thawed":          {steps{freeze, freeze, thaw}, WeightVariable, true},
		"thawed twice":                  {steps{thaw, thaw}, WeightVariable, true},
		"state":                         {steps{stop}, StateVariable, false},
		"state frozen and thawed":       {steps{stop, freeze, thaw}, StateVariable, false},
		"state thawed":                  {steps{stop, thaw}, StateVariable, false},
		"thawed, then stopped":          {steps{freeze, thaw, stop}, StateVariable, false},
		"thawed, stopped, frozen again": {steps{freeze, thaw, stop, freeze, thaw}, StateVariable, false},
		"state taken back":              {steps{stop, train}, WeightVariable, true},
		"cache":                         {steps{cache}, CacheVariable, false},
		"cache frozen and thawed":       {steps{cache, freeze, thaw}, CacheVariable, false},
	} {
		store := model.NewStore()
		v := store.Scope("/model/layer").VariableWithValue("v", float32(1))
		other := store.Scope("/model/layer").VariableWithValue("other", float32(1))
		for _, step := range c.steps {
			step(store, v)
		}
		if got := KindOf(store, v); got != c.kind || v.Trainable != c.trained {
			t.Errorf("%s: a %s, trainable %v. Expected a %s, %v", name, got, v.Trainable, c.kind, c.trained)
		}
		if KindOf(store, other) != WeightVariable || !other.Trainable {
			t.Errorf("%s: the other variable changed", name)
		}
	}
}

func TestWeightType(t *testing.T) {
	for given, want := range map[dtypes.DType]dtypes.DType{
		dtypes.BFloat16: dtypes.Float32, dtypes.Float16: dtypes.Float32, dtypes.Float32: dtypes.Float32, dtypes.Float64: dtypes.Float64,
	} {
		if got := WeightType(given); got != want {
			t.Errorf("%s: got %s. Expected %s", given, got, want)
		}
	}
}

func TestChild(t *testing.T) {
	for _, c := range []struct {
		scope, path, rest string
		ok                bool
	}{
		{"left", "left/kernel", "kernel", true},
		{"left", "left/inner/kernel", "inner/kernel", true},
		{"left", "left2/kernel", "", false},
		{"left", "right/kernel", "", false},
		{"", "kernel", "kernel", true},
	} {
		rest, ok := Child{Scope: c.scope}.Below(c.path)
		if ok != c.ok || ok && rest != c.rest {
			t.Errorf("%q below %q: %q, %v. Expected %q, %v", c.path, c.scope, rest, ok, c.rest, c.ok)
		}
	}
}
