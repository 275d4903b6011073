package ml

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
)

// name names the layers as Keras does, dense, dense_1, dense_2, if they bring no names of their
// own; and the outputs after their layers.
func (n *network) name(known map[contract.Layer]string) error {
	taken := map[string]bool{}
	for _, p := range n.layers {
		own := ownName(p.Layer)
		if known != nil {
			own = known[p.Layer]
		}
		if own == "" {
			own = snake(p.Kind())
		}
		p.name = own
		for i := 1; taken[p.name]; i++ {
			p.name = own + "_" + strconv.Itoa(i)
		}
		if strings.Contains(p.name, model.ScopeSeparator) {
			return fmt.Errorf("ml: %s: expected a name without %q. Got %q", p.path(), model.ScopeSeparator, p.name)
		}
		taken[p.name] = true
	}
	for _, at := range n.outputs {
		own := n.calls[at].placed.name
		name := own
		for i := 1; slices.Contains(n.names, name); i++ {
			name = own + "_" + strconv.Itoa(i)
		}
		n.names = append(n.names, name)
	}
	return nil
}

// ownName is the layer's field Name; empty without one.
func ownName(l contract.Layer) string {
	v := reflect.Indirect(reflect.ValueOf(l))
	if v.Kind() != reflect.Struct {
		return ""
	}
	if f := v.FieldByName("Name"); f.IsValid() && f.Kind() == reflect.String {
		return f.String()
	}
	return ""
}

// snake turns MaxPooling2D into max_pooling2d and Conv2DTranspose into conv2d_transpose, as Keras
// does.
func snake(kind string) string {
	var s strings.Builder
	for i, r := range kind {
		begins := i > 0 && i+1 < len(kind) && unicode.IsLower(rune(kind[i+1]))
		if unicode.IsUpper(r) && (begins || i > 0 && unicode.IsLower(rune(kind[i-1]))) {
			s.WriteByte('_')
		}
		s.WriteRune(unicode.ToLower(r))
	}
	return s.String()
}
