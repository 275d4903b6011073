package display

import (
	"fmt"
	"math"
	"reflect"
	"strings"
)

// tensor is what this package asks of a tensor; GoMLX's has it. The package knows no tensor
// library, so that cells that show text do not link one.
type tensor interface {
	ConstFlatData(access func(flat any)) error
	Ok() bool
	Memory() uintptr
}

// mostSampled is how many of a tensor's elements take part in its statistics; of larger ones it is
// a sample.
const mostSampled = 1 << 20

// tensorShape returns the type of a tensor's elements and its dimensions, without looking at the
// elements.
func tensorShape(v any) (elem string, dims []int, ok bool) {
	if _, is := v.(tensor); !is || isNil(v) {
		return "", nil, false
	}
	m := reflect.ValueOf(v).MethodByName("Shape")
	if !m.IsValid() || m.Type().NumIn() != 0 || m.Type().NumOut() != 1 || m.Type().Out(0).Kind() != reflect.Struct {
		return "", nil, false
	}
	shape := m.Call(nil)[0]
	d, t := shape.FieldByName("Dimensions"), shape.FieldByName("DType")
	if !d.IsValid() || !t.IsValid() || d.Type() != reflect.TypeFor[[]int]() {
		return "", nil, false
	}
	return strings.ToLower(fmt.Sprint(t)), d.Interface().([]int), true
}

// tensorOf renders a tensor: its shape, its first and last values, and what they are like; nil for
// anything else. A tensor whose memory was given away says so.
func tensorOf(v any) (b Bundle) {
	elem, dims, ok := tensorShape(v)
	if !ok {
		return nil
	}
	head := fmt.Sprintf("%s %v", elem, dims)
	defer func() {
		if wrong := caught(recover()); wrong != "" {
			b = Text(head + ": " + strings.TrimPrefix(wrong, "panic: "))
		}
	}()
	t := v.(tensor)
	if !t.Ok() {
		return Text(head + ": its memory was released or given to a computation")
	}
	err := t.ConstFlatData(func(flat any) {
		data := reflect.ValueOf(flat)
		stats := statistics(data)
		if m := flatTable(data, dims); m != nil {
			m.caption = head
			m.note = stats
			b = m.bundle()
			return
		}
		var sb strings.Builder
		nested(&sb, data, dims, 0, 1)
		b = Text(strings.TrimRight(head+"\n"+sb.String()+"\n"+stats, "\n"))
	})
	if err != nil {
		return Text(head + ": " + sprint(err))
	}
	return b
}

// flatTable is a matrix as a table; nil for anything but a matrix with elements.
func flatTable(data reflect.Value, dims []int) *table {
	if len(dims) != 2 || dims[0] == 0 || dims[1] == 0 || data.Len() != dims[0]*dims[1] {
		return nil
	}
	columns := shown(dims[1], mostColumns)
	t := newTable(dims[0], dims[1], columns, func(c int) (string, bool) { return fmt.Sprint(c), true })
	for _, r := range t.at {
		t.rows = append(t.rows, t.line(func(c int) string { return number(data.Index(r*dims[1] + c)) }, columns))
	}
	return t
}

// nested writes the elements in brackets, with only the ends of long axes, and returns the index
// after them.
func nested(sb *strings.Builder, data reflect.Value, dims []int, at, indent int) int {
	if len(dims) == 0 {
		if at < data.Len() {
			sb.WriteString(number(data.Index(at)))
		}
		return at + 1
	}
	size := 1
	for _, d := range dims[1:] {
		size *= d
	}
	most := ends
	if len(dims) > 1 {
		most = 3
	}
	sb.WriteByte('[')
	first := true
	for i := 0; i < dims[0] && sb.Len() < longestText; i++ {
		if !first {
			if len(dims) > 1 {
				sb.WriteString(",\n" + strings.Repeat(" ", indent))
			} else {
				sb.WriteString(", ")
			}
		}
		first = false
		if dims[0] > 2*most && i == most {
			sb.WriteString("...")
			i = dims[0] - most - 1
			continue
		}
		nested(sb, data, dims[1:], at+i*size, indent+1)
	}
	sb.WriteByte(']')
	return at + dims[0]*size
}

// number is the text of one element.
func number(v reflect.Value) string {
	if f, ok := v.Interface().(interface{ Float32() float32 }); ok { // half-precision types
		return fmt.Sprintf("%.4g", f.Float32())
	}
	return cellText(v)
}

// statistics tells the range and the mean of numbers, and how many are none; "" for other elements.
// Of many it looks at a sample.
func statistics(data reflect.Value) string {
	n := data.Len()
	if n < 2 {
		return ""
	}
	step := (n + mostSampled - 1) / mostSampled
	low, high, sum := math.Inf(1), math.Inf(-1), 0.0
	looked, bad := 0, 0
	add := func(x float64) {
		looked++
		if math.IsNaN(x) || math.IsInf(x, 0) {
			bad++
			return
		}
		low, high, sum = min(low, x), max(high, x), sum+x
	}
	switch flat := data.Interface().(type) {
	case []float32:
		for i := 0; i < n; i += step {
			add(float64(flat[i]))
		}
	case []float64:
		for i := 0; i < n; i += step {
			add(flat[i])
		}
	default:
		for i := 0; i < n; i += step {
			x := data.Index(i)
			switch {
			case x.CanInterface() && x.Type().Implements(reflect.TypeFor[interface{ Float32() float32 }]()):
				add(float64(x.Interface().(interface{ Float32() float32 }).Float32()))
			case x.CanInt():
				add(float64(x.Int()))
			case x.CanUint():
				add(float64(x.Uint()))
			case x.CanFloat():
				add(x.Float())
			default:
				return ""
			}
		}
	}
	var parts []string
	if looked > bad {
		parts = append(parts, fmt.Sprintf("min %.6g  max %.6g  mean %.6g", low, high, sum/float64(looked-bad)))
	}
	if bad > 0 {
		parts = append(parts, fmt.Sprintf("%d not finite", bad))
	}
	if step > 1 {
		parts = append(parts, fmt.Sprintf("(of %d elements looked at)", looked))
	}
	return strings.Join(parts, "  ")
}
