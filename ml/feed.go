package ml

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/gonbml/gonbml/ml/internal/array"
)

// Arrays are arrays by name, for models of several inputs or outputs, as in
// ml.Arrays{"image": images, "age": ages}. Any other map with strings as keys will do as well, and
// so will a struct. A field of a struct has the name that its tag gives it, as in `ml:"image"`;
// without a tag it has its own name, where capitals and underlines do not matter.
type Arrays map[string]any

// feed finds in what a user passed as x or y the arrays for the names, in their order. Where there
// is one name only, it may be the array itself.
func feed(what string, v any, names []string) ([]*array.Array, error) {
	found, err := namedArrays(v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	if found == nil {
		if len(names) != 1 {
			return nil, fmt.Errorf("expected %s with an array for each of %s, as a map or a struct. Got %T", what, strings.Join(names, ", "), v)
		}
		a, err := array.Of(what, v)
		return []*array.Array{a}, err
	}
	var all []*array.Array
	given := fieldNames(found)
	for _, name := range names {
		i := slices.IndexFunc(found, func(f field) bool { return f.name == name })
		if i < 0 {
			i = slices.IndexFunc(found, func(f field) bool { return f.loose && plain(f.name) == plain(name) })
		}
		if i < 0 {
			return nil, fmt.Errorf("expected %s with an array for each of %s. Got %s", what, strings.Join(names, ", "), given)
		}
		a, err := array.Of(what+" "+name, found[i].value)
		if err != nil {
			return nil, err
		}
		all = append(all, a)
		found = slices.Delete(found, i, i+1)
	}
	if len(found) > 0 {
		return nil, fmt.Errorf("expected %s with an array for each of %s. Got %s, too", what, strings.Join(names, ", "), fieldNames(found))
	}
	return all, nil
}

// ports are the names by which a model's data is found: those of its inputs, and of the outputs
// that need targets.
type ports struct{ inputs, targets []string }

// feed finds the arrays in what a user passed as x and y.
func (p ports) feed(x, y any) (ax, ay []*array.Array, err error) {
	if ax, err = feed("x", x, p.inputs); err != nil {
		return nil, nil, err
	}
	if ay, err = feed("y", y, p.targets); err != nil {
		return nil, nil, err
	}
	return ax, ay, nil
}

// sameCount says whether all arrays have as many examples as the first.
func (p ports) sameCount(ax, ay []*array.Array) error {
	n := ax[0].Shape[0]
	if err := sameCount("x", p.inputs, ax, n); err != nil {
		return err
	}
	return sameCount("y", p.targets, ay, n)
}

// sameCount says whether all arrays have n examples.
func sameCount(what string, names []string, arrays []*array.Array, n int) error {
	for i, a := range arrays {
		if a.Shape[0] == n {
			continue
		}
		if len(arrays) > 1 || what == "x" {
			what += " " + names[i]
		}
		return fmt.Errorf("expected as many examples in %s as in x, %d. Got %d", what, n, a.Shape[0])
	}
	return nil
}

// field is an array with its name; loose says that capitals and underlines in it do not matter.
type field struct {
	name  string
	value any
	loose bool
}

func fieldNames(fields []field) string {
	var all []string
	for _, f := range fields {
		all = append(all, f.name)
	}
	return strings.Join(all, ", ")
}

// plain is a name without capitals and underlines.
func plain(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' {
			return -1
		}
		return unicode.ToLower(r)
	}, name)
}

// namedArrays returns the entries of a map or struct, by name; nil if v is an array.
func namedArrays(v any) ([]field, error) {
	switch v.(type) {
	case nil, array.Flat, *tensors.Tensor, *array.Array:
		return nil, nil
	}
	rv := reflect.Indirect(reflect.ValueOf(v))
	var found []field
	switch {
	case rv.Kind() == reflect.Map && rv.Type().Key().Kind() == reflect.String:
		for _, key := range rv.MapKeys() {
			found = append(found, field{name: key.String(), value: rv.MapIndex(key).Interface()})
		}
		slices.SortFunc(found, func(a, b field) int { return strings.Compare(a.name, b.name) })
	case rv.Kind() == reflect.Struct:
		for i := range rv.NumField() {
			f := rv.Type().Field(i)
			name, tagged := f.Tag.Lookup("ml")
			if !f.IsExported() || name == "-" {
				continue
			}
			if !tagged {
				name = f.Name
			}
			found = append(found, field{name, rv.Field(i).Interface(), !tagged})
		}
	default:
		return nil, nil
	}
	if found == nil {
		return nil, fmt.Errorf("expected arrays by name in it. Got an empty %T", v)
	}
	return found, nil
}
