package contract

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
)

// Registry knows the kinds of parts of one sort, such as layers, that a saved model may name. Its
// methods are safe for use by several goroutines.
type Registry[T any] struct {
	// what is what error texts call a part, register the name of the function that registers one.
	what, register string

	mu    sync.Mutex
	makes map[string]func() T
	kinds map[reflect.Type]string
}

// NewRegistry returns an empty registry. Error texts call a part what, such as "layer", and the
// function that registers one register, such as "layers.Register".
func NewRegistry[T any](what, register string) *Registry[T] {
	return &Registry[T]{
		what: what, register: register,
		makes: map[string]func() T{}, kinds: map[reflect.Type]string{},
	}
}

// ours is the beginning of the paths of packages whose kinds nobody else may take.
var ours = strings.TrimSuffix(reflect.TypeFor[Saved]().PkgPath(), "/contract")

// Register makes a kind known. The function returns an empty part, a pointer or a value, into which
// package encoding/json reads the saved settings: the exported fields, unless the part has methods
// MarshalJSON and UnmarshalJSON. A kind that is registered again is replaced, which happens when a
// cell is run again. Register panics if kind is empty, if make returns nil, or if the kind is one
// of gonbml's own.
func (r *Registry[T]) Register(kind string, make func() T) {
	t := typeOf(make())
	if kind == "" || t == nil {
		panic(fmt.Errorf("%s: expected a kind and a function that makes an empty %s. Got kind %q and %v",
			r.register, r.what, kind, t))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if before := r.makes[kind]; before != nil {
		if was := before(); builtin(typeOf(was)) && typeOf(was) != t {
			panic(fmt.Errorf("%s: expected a kind of your own. Got %q, which is gonbml's %T",
				r.register, kind, was))
		}
	}
	r.makes[kind], r.kinds[t] = make, kind
}

// Kinds returns the registered kinds, sorted.
func (r *Registry[T]) Kinds() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.makes))
}

// KindOf returns the kind of a part: what its type was registered as, or, where that is several
// kinds, which of them its method Kind returns. It is empty if the type was not registered. It
// makes no difference whether the part is a value or a pointer to one.
func (r *Registry[T]) KindOf(part T) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := typeOf(part)
	kind := r.kinds[t]
	if own, ok := any(part).(interface{ Kind() string }); ok && kind != "" {
		// The method of a type that another one embeds may be that one's, and say its kind.
		if make := r.makes[own.Kind()]; make != nil && typeOf(make()) == t {
			kind = own.Kind()
		}
	}
	return kind
}

// typeOf is a part's type, without being a pointer to it; nil for nil.
func typeOf(part any) reflect.Type {
	t := reflect.TypeOf(part)
	if t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t
}

// ErrUnregistered is wrapped by the error that Save returns for a part whose type was not
// registered.
var ErrUnregistered = errors.New("expected a registered kind")

// Saved is a part in a saved model: its kind, its settings and, unless it is one of gonbml's, its
// Go type, so that the error of Load can say where to find it.
type Saved struct {
	Kind   string          `json:"kind"`
	Type   string          `json:"type,omitempty"`
	Config json.RawMessage `json:"config"`
}

// Save returns the form in which a part is saved. The error for a part whose type was not
// registered says how to register it.
func (r *Registry[T]) Save(part T) (Saved, error) {
	t := typeOf(part)
	if t == nil {
		return Saved{}, fmt.Errorf("expected a %s. Got nil", r.what)
	}
	kind := r.KindOf(part)
	if kind == "" {
		name := t.String()
		_, short, _ := cutLast(name, ".")
		return Saved{}, fmt.Errorf("%w of %s. Got the type %s: its code is not part of the model; make it a type of your own and call %s(%q, ...) beside that",
			ErrUnregistered, r.what, name, r.register, short)
	}
	config, err := json.Marshal(part)
	if err != nil {
		return Saved{}, fmt.Errorf("%s %q: %w", r.what, kind, err)
	}
	s := Saved{Kind: kind, Config: config}
	if !builtin(t) {
		s.Type = origin(t)
	}
	return s, nil
}

// Load makes a part of what Save returned.
func (r *Registry[T]) Load(s Saved) (part T, err error) {
	r.mu.Lock()
	make := r.makes[s.Kind]
	r.mu.Unlock()
	if make == nil {
		return part, fmt.Errorf("expected a kind of %s that is registered. Got %q%s",
			r.what, s.Kind, r.cure(s))
	}
	part = make()
	v := reflect.ValueOf(part)
	if v.Kind() == reflect.Pointer {
		err = json.Unmarshal(s.Config, part)
	} else {
		fresh := reflect.New(v.Type())
		fresh.Elem().Set(v)
		err = json.Unmarshal(s.Config, fresh.Interface())
		part = fresh.Elem().Interface().(T)
	}
	if err != nil {
		return part, fmt.Errorf("%s %q: %w", r.what, s.Kind, err)
	}
	return part, nil
}

// cure says what makes a kind known.
func (r *Registry[T]) cure(s Saved) string {
	call := fmt.Sprintf("%s(%q, ...)", r.register, s.Kind)
	plain, _, _ := strings.Cut(s.Type, "[") // type arguments have paths of their own
	switch pkg, _, found := cutLast(plain, "."); {
	case !found:
		return ", which this version does not have; import the package, or run the cell, that calls " + call
	case pkg == "main":
		return fmt.Sprintf(" of the type %s of a notebook or program; run the cell that defines it and calls %s",
			s.Type, call)
	default:
		return fmt.Sprintf(" of the type %s; import %q, which calls %s", s.Type, pkg, call)
	}
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// builtin says whether a type is of gonbml's own packages.
func builtin(t reflect.Type) bool {
	return t.PkgPath() == ours || strings.HasPrefix(t.PkgPath(), ours+"/")
}

// origin is a type with its package's path.
func origin(t reflect.Type) string { return t.PkgPath() + "." + t.Name() }
