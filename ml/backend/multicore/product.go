package multicore

// The size of a tile, which is what a processor's registers hold: see tile.
const (
	tileRows    = 8
	tileColumns = 32
)

// depth is how many of the numbers that are summed are taken at a time, so that a packed strip of
// the right factor stays in the innermost cache.
const depth = 256

// matrix is a matrix within a slice, whose rows and columns lie row and column numbers apart.
type matrix struct {
	data        []float32
	row, column int
}

func (m matrix) transposed() matrix { return matrix{m.data, m.column, m.row} }

// product computes the matrix product c = a·b of n by k and k by m numbers. Each number of the
// result is summed in an order that depends on k alone, so that neither the machine's cores nor the
// way the work was divided show in it.
func product(w *workers, n, m, k int, a, b, c matrix) {
	if turned(n, m, k, a, b) < turned(m, n, k, b.transposed(), a.transposed()) {
		n, m, a, b, c = m, n, b.transposed(), a.transposed(), c.transposed()
	}
	strips := (m + tileColumns - 1) / tileColumns
	blocks := (n + tileRows - 1) / tileRows
	// Several strips of so many rows are a task; each packs what it needs of b.
	span := min(blocks, 64)
	for span > 2 && strips*((blocks+span-1)/span) < 2*w.count() {
		span = (span + 1) / 2
	}
	chunks := (blocks + span - 1) / span
	tasks := strips * chunks
	if 2*n*m*k < leastFlops {
		w = alone
	}
	w.run(tasks, func(task int) {
		strip, chunk := task/chunks, task%chunks
		s := scratches.Get().(*scratch)
		s.strip(a, b, c, strip*tileColumns, m, chunk*span*tileRows, min(n, (chunk+1)*span*tileRows), k)
		scratches.Put(s)
	})
}

// leastFlops is from how many operations on a product is worth more than one core.
const leastFlops = 1 << 18

// turned is how many numbers must be packed across the direction in which they lie, or computed in
// vain, if a is the left factor, negated; the larger the better.
func turned(n, m, k int, a, b matrix) int {
	round := func(v, to int) int { return (v + to - 1) / to * to }
	cost := round(n, tileRows) * round(m, tileColumns) * k / 32
	if b.column != 1 {
		cost += 2 * m * k
	}
	return -cost
}

// scratch is what a task packs into.
type scratch struct {
	right [depth * tileColumns]float32
	left  [depth * tileRows]float32
	out   [tileRows * tileColumns]float32
}

// strip computes a strip of up to tileColumns columns, from column on, of the rows from first to
// last.
func (s *scratch) strip(a, b, c matrix, column, m, first, last, k int) {
	columns := min(tileColumns, m-column)
	for from := 0; from < k; from += depth {
		deep := min(depth, k-from)
		s.pack(b, from, deep, column, columns)
		for row := first; row < last; row += tileRows {
			rows := min(tileRows, last-row)
			left, rowStep, step := &a.data[row*a.row+from*a.column], a.row, a.column
			if rows < tileRows {
				s.packLeft(a, row, rows, from, deep)
				left, rowStep, step = &s.left[0], 1, tileRows
			}
			at := row*c.row + column*c.column
			if rows == tileRows && columns == tileColumns && c.column == 1 {
				tile(deep, left, 4*rowStep, 4*step, &s.right[0], &c.data[at], 4*c.row, from > 0)
				continue
			}
			tile(deep, left, 4*rowStep, 4*step, &s.right[0], &s.out[0], 4*tileColumns, false)
			for i := range rows {
				line := s.out[i*tileColumns:][:columns]
				at := at + i*c.row
				if from > 0 {
					for _, v := range line {
						c.data[at] += v
						at += c.column
					}
					continue
				}
				for _, v := range line {
					c.data[at] = v
					at += c.column
				}
			}
		}
	}
}

// pack packs so many columns of b and fills up with zeros.
func (s *scratch) pack(b matrix, from, deep, column, columns int) {
	if columns < tileColumns {
		clear(s.right[:deep*tileColumns])
	}
	at := from*b.row + column*b.column
	switch {
	case b.column == 1:
		for i := range deep {
			copy(s.right[i*tileColumns:][:columns], b.data[at+i*b.row:])
		}
	default:
		for j := range columns {
			place := at + j*b.column
			for i := j; i < deep*tileColumns; i += tileColumns {
				s.right[i] = b.data[place]
				place += b.row
			}
		}
	}
}

// packLeft packs fewer rows of a than a tile has, with zeros for those that are missing.
func (s *scratch) packLeft(a matrix, row, rows, from, deep int) {
	clear(s.left[:deep*tileRows])
	for i := range rows {
		place := (row+i)*a.row + from*a.column
		for j := i; j < deep*tileRows; j += tileRows {
			s.left[j] = a.data[place]
			place += a.column
		}
	}
}
