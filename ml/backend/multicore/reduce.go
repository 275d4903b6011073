package multicore

// reduced returns how many numbers lie before, along and behind the axes that a reduction of in
// goes over, if these are side by side.
func (n *node) reduced(in *node) (outer, mid, inner int, ok bool) {
	dims := in.shape.Dimensions
	axes := n.attr.([]int)
	over := make([]bool, len(dims))
	for i := range over {
		over[i] = len(axes) == 0
	}
	for _, a := range axes {
		over[a] = true
	}
	outer, mid, inner = 1, 1, 1
	for i, d := range dims {
		switch {
		case d == 1:
		case over[i] && inner == 1:
			mid *= d
		case over[i]:
			return 0, 0, 0, false
		case mid == 1:
			outer *= d
		default:
			inner *= d
		}
	}
	return outer, mid, inner, true
}

// span is how many numbers are reduced in one piece at most. It is the same on every machine, so
// that the order of a sum is.
const span = 512

// reduction reduces from [outer, mid, inner] to [outer, inner].
type reduction struct {
	op                opcode
	outer, mid, inner int
}

func (r reduction) run(w *workers, to, from []float32) {
	pieces := (r.mid + span - 1) / span
	parts := to
	if pieces > 1 {
		parts = make([]float32, r.outer*pieces*r.inner)
	}
	tasks := r.outer * pieces
	each := 1
	if size := min(span, r.mid) * r.inner; size < grain {
		each = (grain + size - 1) / size
	}
	w.run((tasks+each-1)/each, func(i int) {
		for k := i * each; k < min(tasks, (i+1)*each); k++ {
			outer, piece := k/pieces, k%pieces
			first, last := piece*span, min(r.mid, (piece+1)*span)
			r.piece(parts[k*r.inner:(k+1)*r.inner], from[(outer*r.mid+first)*r.inner:(outer*r.mid+last)*r.inner])
		}
	})
	if pieces > 1 {
		reduction{r.op, r.outer, pieces, r.inner}.run(w, to, parts)
	}
}

// piece reduces [n, inner] to [inner].
func (r reduction) piece(to, from []float32) {
	combine := vectorAdd
	if r.op == opReduceMax {
		combine = vectorMax
	}
	if r.inner > 1 {
		copy(to, from)
		for from = from[r.inner:]; len(from) > 0; from = from[r.inner:] {
			combine(to, to, from[:r.inner], nil)
		}
		return
	}
	// Halves are combined until little is left.
	var lanes [span / 2]float32
	rest := from
	for len(rest) >= 16 {
		half := len(rest) / 2
		combine(lanes[:half], rest[:half], rest[half:2*half], nil)
		if len(rest)%2 == 1 {
			combine(lanes[:1], lanes[:1], rest[len(rest)-1:], nil)
		}
		rest = lanes[:half]
	}
	to[0] = rest[0]
	for _, v := range rest[1:] {
		if r.op == opReduceSum {
			to[0] += v
		} else {
			to[0] = max(to[0], v)
		}
	}
}
