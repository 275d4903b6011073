package display

import (
	"fmt"
	"reflect"
)

// matrix is a matrix of gonum and of whatever has its two methods.
type matrix interface {
	Dims() (rows, columns int)
	At(row, column int) float64
}

// record is a table of columns, such as a record of Apache Arrow; the method Column returns one.
type record interface {
	NumCols() int64
	NumRows() int64
	ColumnName(i int) string
}

// foreignTable makes a table of a matrix or record of a library, else nil. Their methods are not
// trusted.
func foreignTable(v any) (t *table) {
	if isNil(v) {
		return nil
	}
	defer func() {
		if caught(recover()) != "" {
			t = nil
		}
	}()
	switch v := v.(type) {
	case matrix:
		rows, columns := v.Dims()
		at := shown(columns, mostColumns)
		t = newTable(rows, columns, at, func(c int) (string, bool) { return fmt.Sprint(c), true })
		for _, r := range t.at {
			t.rows = append(t.rows, t.line(func(c int) string { return fmt.Sprintf("%.6g", v.At(r, c)) }, at))
		}
		return t
	case record:
		return recordColumns(v)
	}
	return nil
}

func recordColumns(v record) *table {
	column := reflect.ValueOf(v).MethodByName("Column")
	if !column.IsValid() || column.Type().NumIn() != 1 || column.Type().NumOut() != 1 {
		return nil
	}
	cell := func(c, r int) string {
		array := column.Call([]reflect.Value{reflect.ValueOf(c)})[0].Interface()
		if a, ok := array.(interface{ ValueStr(i int) string }); ok {
			return shorten(a.ValueStr(r))
		}
		return "?"
	}
	columns := shown(int(v.NumCols()), mostColumns)
	t := newTable(int(v.NumRows()), int(v.NumCols()), columns, func(c int) (string, bool) { return v.ColumnName(c), false })
	for _, r := range t.at {
		t.rows = append(t.rows, t.line(func(c int) string { return cell(c, r) }, columns))
	}
	return t
}
