package display

import "fmt"

// Variables renders a list of variables as a table. changing says that their values may have
// changed while it was made.
func Variables(list []Variable, changing bool) Bundle {
	t := &table{header: []string{"name", "type", "shape", "size", "value"}, numbers: []bool{false, false, true, true, false}, totalRows: len(list), totalColumns: 5}
	for _, v := range list {
		size := bytesOf(v.Bytes)
		if v.Partial {
			size = "≥ " + size
		}
		t.rows = append(t.rows, []string{shorten(v.Name), shorten(v.Type), shorten(v.Shape), size, shorten(v.Value)})
	}
	switch {
	case len(list) == 0:
		return Text("no variables")
	case changing:
		t.note = "A cell is running: the values may be changing, and what is not safe to read meanwhile is left out."
	}
	return t.bundle()
}

// bytesOf is an amount of memory as people read it.
func bytesOf(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000_000:
		return fmt.Sprintf("%.3g kB", float64(n)/1e3)
	case n < 1000_000_000:
		return fmt.Sprintf("%.3g MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.3g GB", float64(n)/1e9)
}
