package display

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// Table renders a slice of structs, a slice of maps, a matrix (a slice of slices of numbers) or a
// map as a table. At most the first and last ten rows and columns are shown. Anything else is
// rendered as Of does.
func Table(v any) Bundle {
	if v == nil {
		return Of(v)
	}
	var b Bundle
	wrong := trusting(func() {
		if t := foreignTable(v); t != nil {
			b = t.bundle()
		} else if t := tableOf(reflect.ValueOf(v)); t != nil {
			b = t.bundle()
		}
	})
	if wrong != "" || b == nil {
		return Of(v)
	}
	return b
}

// tableOf makes a table of a value that has the form of one, else nil.
func tableOf(v reflect.Value) *table {
	switch v.Kind() {
	case reflect.Pointer:
		// A pointer to a slice or map is shown as what it points to, as fmt does with an ampersand.
		if !v.IsNil() && (v.Elem().Kind() == reflect.Slice || v.Elem().Kind() == reflect.Array || v.Elem().Kind() == reflect.Map) {
			return tableOf(v.Elem())
		}
	case reflect.Map:
		if !v.IsNil() {
			return mapTable(v)
		}
	case reflect.Slice, reflect.Array:
		elem := v.Type().Elem()
		row := elem
		if row.Kind() == reflect.Pointer {
			row = row.Elem()
		}
		switch {
		case printsItself(elem) || printsItself(reflect.PointerTo(row)):
			return nil // times, big numbers: their text, not their insides
		case row.Kind() == reflect.Struct && row.NumField() > 0:
			return structTable(v, row)
		case elem.Kind() == reflect.Map && elem.Key().Kind() == reflect.String:
			return recordTable(v)
		case (elem.Kind() == reflect.Slice || elem.Kind() == reflect.Array) && isNumber(elem.Elem().Kind()) && elem.Elem().Kind() != reflect.Uint8:
			return matrixTable(v)
		}
	}
	return nil
}

// structTable has a column for each field.
func structTable(v reflect.Value, row reflect.Type) *table {
	columns := shown(row.NumField(), mostColumns)
	t := newTable(v.Len(), row.NumField(), columns, func(c int) (string, bool) {
		f := row.Field(c)
		return f.Name, isNumber(f.Type.Kind()) && !printsItself(f.Type)
	})
	for _, r := range t.at {
		x := v.Index(r)
		if x.Kind() == reflect.Pointer {
			if x.IsNil() {
				t.rows = append(t.rows, t.line(func(int) string { return "<nil>" }, columns))
				continue
			}
			x = x.Elem()
		}
		t.rows = append(t.rows, t.line(func(c int) string { return cellText(x.Field(c)) }, columns))
	}
	return t
}

// recordTable has a column for each key that occurs in the rows that are shown.
func recordTable(v reflect.Value) *table {
	at := shown(v.Len(), mostRows)
	seen := map[string]bool{}
	var keys []string
	for _, r := range at {
		for it := v.Index(r).MapRange(); it.Next(); {
			if k := it.Key().String(); !seen[k] {
				seen[k] = true
				keys = append(keys, k)
			}
		}
	}
	slices.Sort(keys)
	columns := shown(len(keys), mostColumns)
	value := func(r int, c int) reflect.Value {
		m := v.Index(r)
		return m.MapIndex(reflect.ValueOf(keys[c]).Convert(m.Type().Key()))
	}
	t := newTable(v.Len(), len(keys), columns, func(c int) (string, bool) {
		for _, r := range at {
			x := value(r, c)
			if x.IsValid() && x.Kind() == reflect.Interface {
				x = x.Elem()
			}
			if x.IsValid() && !isNumber(x.Kind()) {
				return keys[c], false
			}
		}
		return keys[c], true
	})
	for _, r := range t.at {
		t.rows = append(t.rows, t.line(func(c int) string {
			if x := value(r, c); x.IsValid() {
				return cellText(x)
			}
			return ""
		}, columns))
	}
	return t
}

// manyRows is how many rows of a matrix are asked for their length, and how many keys of a map are
// sorted.
const manyRows = 100_000

// matrixTable has numbered columns.
func matrixTable(v reflect.Value) *table {
	width := 0
	for i := range min(v.Len(), manyRows) {
		width = max(width, v.Index(i).Len())
	}
	for _, i := range shown(v.Len(), mostRows) {
		width = max(width, v.Index(i).Len())
	}
	columns := shown(width, mostColumns)
	t := newTable(v.Len(), width, columns, func(c int) (string, bool) { return strconv.Itoa(c), true })
	for _, r := range t.at {
		row := v.Index(r)
		t.rows = append(t.rows, t.line(func(c int) string {
			if c < row.Len() {
				return cellText(row.Index(c))
			}
			return ""
		}, columns))
	}
	return t
}

// mapTable has a column for keys and one for values. Its plain text is what fmt prints.
func mapTable(v reflect.Value) *table {
	t := &table{
		header: []string{"key", "value"}, totalRows: v.Len(), totalColumns: 2,
		numbers: []bool{isNumber(v.Type().Key().Kind()), isNumber(v.Type().Elem().Kind())},
	}
	if v.CanInterface() {
		t.text = textOf(v.Interface())
	}
	entries := sortedEntries(v)
	for _, i := range shown(len(entries), mostRows) {
		t.rows = append(t.rows, []string{cellText(entries[i].key), cellText(entries[i].value)})
	}
	return t
}

// newTable makes a table of numbered rows; column names and tells whether it holds numbers.
func newTable(rows, columns int, shownColumns []int, column func(c int) (string, bool)) *table {
	t := &table{totalRows: rows, totalColumns: columns, at: shown(rows, mostRows)}
	for i, c := range shownColumns {
		if columns > len(shownColumns) && i == mostColumns/2 {
			t.header, t.numbers = append(t.header, "..."), append(t.numbers, false)
		}
		name, number := column(c)
		t.header, t.numbers = append(t.header, shorten(name)), append(t.numbers, number)
	}
	return t
}

// line makes a row of the shown columns.
func (t *table) line(text func(c int) string, columns []int) []string {
	row := make([]string, 0, len(t.header))
	for i, c := range columns {
		if t.totalColumns > len(columns) && i == mostColumns/2 {
			row = append(row, "...")
		}
		row = append(row, text(c))
	}
	return row
}

// cellText is the text of a value in a table: short, and floating-point numbers with six digits.
func cellText(v reflect.Value) string {
	for v.Kind() == reflect.Interface && !v.IsNil() {
		v = v.Elem()
	}
	if !v.IsValid() {
		return "<nil>"
	}
	if !printsItself(v.Type()) {
		switch v.Kind() {
		case reflect.Float32, reflect.Float64:
			return strconv.FormatFloat(v.Float(), 'g', 6, 64)
		case reflect.String:
			return shorten(v.String()[:min(v.Len(), 4*widest)])
		case reflect.Pointer:
			if v.IsNil() {
				return "<nil>"
			}
			if k := v.Elem().Kind(); k < reflect.Array || k == reflect.String {
				return cellText(v.Elem())
			}
		}
		if count(v, manyElements) > manyElements {
			var sb strings.Builder
			abbreviate(&sb, v)
			return shorten(sb.String())
		}
	}
	// fmt prints what a reflect.Value holds, including unexported fields.
	return shorten(sprint(v))
}

func isNumber(k reflect.Kind) bool {
	return k >= reflect.Int && k <= reflect.Complex128 && k != reflect.Uintptr
}

// entry is a key of a map and its value. NaN as a key finds nothing, so the two stay together.
type entry struct{ key, value reflect.Value }

// someEntries returns the entries of a map, of a large one only some.
func someEntries(m reflect.Value, most int) []entry {
	n := m.Len()
	if n > most {
		n = 2 * ends
	}
	entries := make([]entry, 0, n)
	for it := m.MapRange(); len(entries) < n && it.Next(); {
		entries = append(entries, entry{it.Key(), it.Value()})
	}
	return entries
}

// sortedEntries sorts a map's entries by their keys: numbers by value, everything else by its text.
// Of a very large map it has only some.
func sortedEntries(m reflect.Value) []entry {
	entries := someEntries(m, manyRows)
	slices.SortFunc(entries, func(x, y entry) int {
		a, b := x.key, y.key
		if a.Kind() == reflect.Interface {
			a = a.Elem()
		}
		if b.Kind() == reflect.Interface {
			b = b.Elem()
		}
		switch {
		case !a.IsValid() || !b.IsValid() || a.Kind() != b.Kind():
		case a.CanInt():
			return cmp.Compare(a.Int(), b.Int())
		case a.CanUint():
			return cmp.Compare(a.Uint(), b.Uint())
		case a.CanFloat():
			return cmp.Compare(a.Float(), b.Float())
		case a.Kind() == reflect.String:
			return cmp.Compare(a.String(), b.String())
		}
		return cmp.Compare(sprint(a), sprint(b))
	})
	return entries
}
