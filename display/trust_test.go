package display

import (
	"errors"
	"image"
	"image/color"
	"math"
	"reflect"
	"strings"
	"testing"
	"unsafe"
)

type list []list

type throws struct{ x int }

func (t throws) String() string               { panic(t) }
func (t throws) Error() string                { panic(t) }
func (t throws) HTML() string                 { panic(t) }
func (t throws) Unwrap() error                { panic(t) }
func (t throws) MarshalJSON() ([]byte, error) { panic(t) }
func (t throws) Bounds() image.Rectangle      { panic(t) }
func (t throws) At(int, int) color.Color      { panic(t) }
func (t throws) ColorModel() color.Model      { panic(t) }

type throwing struct{}

func (t throwing) Error() string           { panic(t) }
func (t throwing) Dims() (int, int)        { panic(t) }
func (t throwing) At(int, int) float64     { panic(t) }
func (t throwing) ConstFlatData(any) error { panic(t) }

type itself struct{}

func (e itself) Error() string { return "itself" }
func (e itself) Unwrap() error { return e }

type hasNil struct{ error }

type shape struct{ X any }

func (s *shape) HTML() string { return s.X.(string) }

// Whatever can exist can be shown.
func TestAnyValueIsShown(t *testing.T) {
	cyclic := list{nil}
	cyclic[0] = cyclic
	var self any
	self = &self
	type ring struct{ next *ring }
	r := &ring{}
	r.next = r
	var hidden struct {
		a any
		b error
		c throws
		d map[throws]throws
		e unsafe.Pointer
	}
	hidden.a, hidden.b, hidden.d = throws{}, throwing{}, map[throws]throws{{}: {}}
	n := 1
	var nowhere *throws
	values := []any{
		cyclic, []list{cyclic}, self, r, hidden, &hidden, throws{}, &throws{}, []throws{{}}, map[string]throws{"a": {}}, nowhere,
		map[throws]int{{1}: 2, {2}: 3}, throwing{}, &throwing{}, []error{throwing{}}, itself{}, hasNil{}, &hasNil{}, (*shape)(nil), &shape{},
		map[float64]string{math.NaN(): "a", math.Inf(1): "b"}, map[any]any{math.NaN(): nil, nil: math.NaN(), [0]int{}: struct{}{}},
		[1 << 40]struct{}{}, make([]struct{}, 1<<40), [0]int{}, [0][1 << 20]int{}, [][0]int{{}, {}}, [2][0]throws{}, struct{}{},
		make(chan<- throws), (chan int)(nil), (func())(nil), errors.New, uintptr(7), unsafe.Pointer(&n), unsafe.Pointer(nil),
		[]unsafe.Pointer{nil, unsafe.Pointer(&n)}, complex(math.NaN(), math.Inf(-1)), "a\xff\x00", []byte("\xff\xfe"), [3]byte{0xff}, []any{nil, (*int)(nil)},
		reflect.ValueOf(hidden), reflect.Value{}, reflect.TypeFor[throws](), struct{ reflect.Type }{}, struct{ image.Image }{},
		[]map[string]any{{"a": throws{}}, nil}, []*throws{nil, {}}, [][]float64{nil, {math.NaN()}}, Bundle(nil), rune(-1), math.Copysign(0, -1),
	}
	for _, v := range values {
		b := Of(v)
		if text, ok := b[MIMEText].(string); !ok && v != nil && reflect.TypeOf(v) != reflect.TypeFor[Bundle]() || len(text) > 60_000 {
			t.Errorf("%T: got %.200v", v, b)
		}
		Values(v, v)
		if rv := reflect.ValueOf(v); !(rv.Kind() == reflect.Array || rv.Kind() == reflect.Slice) || rv.Len() < 1000 {
			JSON(v)
		}
		Table(v)
		p := reflect.New(reflect.TypeOf(v))
		if p.Elem().Type().Size() < 1<<20 {
			p.Elem().Set(reflect.ValueOf(v))
		}
		Pointed(p.Interface())
		Describe("v", "T", p.Interface(), true)
		if d := Describe("v", "T", p.Interface(), false); d.Name != "v" {
			t.Errorf("%T: got %+v", v, d)
		}
	}
	Image(throws{})
	if text := Of(map[float64]string{math.NaN(): "a"})[MIMEHTML].(string); !strings.Contains(text, ">a<") {
		t.Errorf("a key that is not a number: got %s", text)
	}
}
