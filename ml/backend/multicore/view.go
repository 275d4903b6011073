package multicore

import "slices"

// view is an array within a slice: its element at i, j, ... is at offset + i·strides[0] +
// j·strides[1] + ...
type view struct {
	offset        int
	dims, strides []int
}

// packed is the view of a whole array.
func packed(dims []int) view {
	v := view{dims: slices.Clone(dims), strides: make([]int, len(dims))}
	step := 1
	for i := len(dims) - 1; i >= 0; i-- {
		v.strides[i] = step
		step *= dims[i]
	}
	return v
}

// transposed has the axes in another order.
func (v view) transposed(order []int) view {
	t := view{offset: v.offset}
	for _, axis := range order {
		t.dims, t.strides = append(t.dims, v.dims[axis]), append(t.strides, v.strides[axis])
	}
	return t
}

// part is a part with strides.
func (v view) part(starts, limits, strides []int) view {
	p := view{v.offset, slices.Clone(v.dims), slices.Clone(v.strides)}
	for i := range p.dims {
		step := 1
		if len(strides) > 0 {
			step = strides[i]
		}
		p.offset += starts[i] * v.strides[i]
		p.dims[i] = (limits[i] - starts[i] + step - 1) / step
		p.strides[i] *= step
	}
	return p
}

// stretched has the view's axes at those numbered of dims, and repeats its elements along the
// others.
func (v view) stretched(dims, axes []int) view {
	s := view{v.offset, slices.Clone(dims), make([]int, len(dims))}
	for i, axis := range axes {
		if v.dims[i] == dims[axis] {
			s.strides[axis] = v.strides[i]
		}
	}
	return s
}

// merged is the axes numbered as one: its length and stride, if that is possible.
func (v view) merged(axes []int) (length, stride int, ok bool) {
	length, stride = 1, 1
	for _, axis := range slices.Backward(axes) {
		switch {
		case v.dims[axis] == 1:
			continue
		case length == 1:
			stride = v.strides[axis]
		case v.strides[axis] != stride*length:
			return 0, 0, false
		}
		length *= v.dims[axis]
	}
	return length, stride, true
}

// move is the copying of one view to another of the same dimensions, with as few axes as possible.
type move struct {
	dims, to, from       []int
	toOffset, fromOffset int
}

func newMove(to, from view) move {
	m := move{toOffset: to.offset, fromOffset: from.offset}
	for i, n := range to.dims {
		last := len(m.dims) - 1
		switch {
		case n == 1:
		case last >= 0 && m.to[last] == to.strides[i]*n && m.from[last] == from.strides[i]*n:
			m.dims[last] *= n
			m.to[last], m.from[last] = to.strides[i], from.strides[i]
		default:
			m.dims, m.to, m.from = append(m.dims, n), append(m.to, to.strides[i]), append(m.from, from.strides[i])
		}
	}
	if len(m.dims) == 0 {
		m.dims, m.to, m.from = []int{1}, []int{1}, []int{1}
	}
	return m
}

// grain is how many numbers a task should have at least.
const grain = 1 << 14

// run copies.
func (m move) run(w *workers, to, from []float32) {
	last := len(m.dims) - 1
	length := m.dims[last]
	rows := 1
	for _, n := range m.dims[:last] {
		rows *= n
	}
	if rows == 1 && m.to[last] == 1 && m.from[last] == 1 {
		pieces := (length + grain - 1) / grain
		w.run(pieces, func(i int) {
			end := min(length, (i+1)*grain)
			copy(to[m.toOffset+i*grain:m.toOffset+end], from[m.fromOffset+i*grain:])
		})
		return
	}
	each := max(1, grain/length)
	w.run((rows+each-1)/each, func(i int) { m.rows(to, from, i*each, min(rows, (i+1)*each)) })
}

// rows copies the rows from first to last, a row being what lies along the last axis.
func (m move) rows(to, from []float32, first, last int) {
	axes := len(m.dims) - 1
	at := make([]int, axes)
	t, f := m.toOffset, m.fromOffset
	rest := first
	for i := axes - 1; i >= 0; i-- {
		at[i] = rest % m.dims[i]
		rest /= m.dims[i]
		t, f = t+at[i]*m.to[i], f+at[i]*m.from[i]
	}
	length, toStep, fromStep := m.dims[axes], m.to[axes], m.from[axes]
	for range last - first {
		switch {
		case toStep == 1 && fromStep == 1:
			copy(to[t:t+length], from[f:f+length])
		case toStep == 1 && fromStep == 0:
			fill(to[t:t+length], from[f])
		default:
			for i, j, k := t, f, 0; k < length; i, j, k = i+toStep, j+fromStep, k+1 {
				to[i] = from[j]
			}
		}
		for i := axes - 1; i >= 0; i-- {
			t, f = t+m.to[i], f+m.from[i]
			if at[i]++; at[i] < m.dims[i] {
				break
			}
			t, f = t-at[i]*m.to[i], f-at[i]*m.from[i]
			at[i] = 0
		}
	}
}

// fill sets all of to.
func fill(to []float32, v float32) {
	n := min(len(to), 16)
	for i := range n {
		to[i] = v
	}
	for ; n < len(to); n *= 2 {
		copy(to[n:], to[:n])
	}
}
