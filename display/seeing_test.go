package display

import (
	"errors"
	"fmt"
	"image"
	"io/fs"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/tensors"
)

func TestTensors(t *testing.T) {
	for _, test := range []struct {
		v    any
		want string
	}{
		{tensors.FromValue([][]float32{{1, 2, 3}, {4, 5, 6.5}}), "float32 [2 3]\n   0  1    2\n0  1  2    3\n1  4  5  6.5\nmin 1  max 6.5  mean 3.58333"},
		{tensors.FromValue([]int32{1, 2, 3}), "int32 [3]\n[1, 2, 3]\nmin 1  max 3  mean 2"},
		{tensors.FromValue(float64(2.5)), "float64 []\n2.5"},
		{tensors.FromValue([]bool{true, false}), "bool [2]\n[true, false]"},
		{tensors.FromValue([][][]int8{{{1}, {2}}, {{3}, {4}}}), "int8 [2 2 1]\n[[[1],\n  [2]],\n [[3],\n  [4]]]\nmin 1  max 4  mean 2.5"},
		{tensors.FromValue([]float32{1, float32(math.NaN()), 3}), "float32 [3]\n[1, NaN, 3]\nmin 1  max 3  mean 2  1 not finite"},
	} {
		if got := Of(test.v)[MIMEText]; got != test.want {
			t.Errorf("got\n%s\nwant\n%s", got, test.want)
		}
	}
	big := make([]float32, 3<<20)
	text := Of(tensors.FromFlatDataAndDimensions(big, 3<<20))[MIMEText].(string)
	if len(text) > 300 || !strings.Contains(text, "...") || !strings.Contains(text, "1048576 elements looked at") {
		t.Errorf("got %s", text)
	}
	gone := tensors.FromValue([]float32{1})
	gone.MustFinalizeAll()
	if text := Of(gone)[MIMEText].(string); !strings.Contains(text, "released") {
		t.Errorf("got %q", text)
	}
	var none *tensors.Tensor
	if text := Of(none)[MIMEText]; text != "<nil>" {
		t.Errorf("got %q", text)
	}
}

type dense struct{ rows [][]float64 }

func (d dense) Dims() (int, int)          { return len(d.rows), len(d.rows[0]) }
func (d dense) At(i, j int) float64       { return d.rows[i][j] }
func (d dense) String() string            { return "not this" }
func (c columns) NumCols() int64          { return int64(len(c)) }
func (c columns) NumRows() int64          { return 2 }
func (c columns) ColumnName(i int) string { return fmt.Sprint("c", i) }
func (c columns) Column(i int) texts      { return c[i] }
func (t texts) ValueStr(i int) string     { return t[i] }

type columns []texts
type texts []string

func TestMatricesAndRecordsOfLibraries(t *testing.T) {
	if got, want := Of(dense{[][]float64{{1, 2.5}}})[MIMEText], "   0    1\n0  1  2.5\n\n1 rows x 2 columns"; got != want {
		t.Errorf("matrix: got %q", got)
	}
	b := Of(columns{{"a", "b"}, {"1", "2"}})
	if got, want := b[MIMEText], "   c0  c1\n0  a   1\n1  b   2\n\n2 rows x 2 columns"; got != want || b[MIMEHTML] == nil {
		t.Errorf("record: got %q", got)
	}
	if got := Of(dense{})[MIMEText]; got != "not this" { // Dims panics
		t.Errorf("broken matrix: got %q", got)
	}
}

func TestErrorsAndTypes(t *testing.T) {
	_, err := os.Open("/no/such/file")
	b := Of(fmt.Errorf("reading: %w", err))
	if b[MIMEText] != "reading: open /no/such/file: no such file or directory" {
		t.Errorf("got %v", b[MIMEText])
	}
	html := b[MIMEHTML].(string)
	for _, want := range []string{"*fmt.wrapError ← *fs.PathError ← syscall.Errno", "var(--jp-error-color1, ", "reading: open"} {
		if !strings.Contains(html, want) {
			t.Errorf("no %q in %s", want, html)
		}
	}
	var none *fs.PathError
	if got := Of(none)[MIMEText].(string); got != "<nil>" {
		t.Errorf("nil error: got %q", got)
	}
	if got := Of(reflect.TypeFor[point]())[MIMEText]; got != "display.point: struct, 16 bytes\n    X int\n    y int" {
		t.Errorf("got %q", got)
	}
	if got := Of(reflect.TypeFor[celsius]())[MIMEText]; got != "display.celsius: float64, 8 bytes\n    func String() string" {
		t.Errorf("got %q", got)
	}
	if got := Of(reflect.TypeFor[fmt.State]())[MIMEText].(string); !strings.Contains(got, "\n    func Write([]uint8) (int, error)") {
		t.Errorf("got %q", got)
	}
	if got := Of(reflect.TypeFor[int]())[MIMEText]; got != "int, 8 bytes" {
		t.Errorf("got %q", got)
	}
}

func TestHugeValuesCostLittle(t *testing.T) {
	type row struct{ A, B int }
	huge := map[string]any{
		"rows": make([]row, 5_000_000), "texts": make([]string, 5_000_000), "bytes": make([]byte, 500<<20), "matrix": make([][]float64, 3_000_000),
		"image": image.NewUniform(image.Black), "pointers": make([]*row, 5_000_000),
	}
	m := map[int]int{}
	for i := range 1_000_000 {
		m[i] = i
	}
	huge["map"] = m
	for name, v := range huge {
		begun := time.Now()
		b := Of(v)
		if took := time.Since(begun); took > 3*time.Second {
			t.Errorf("%s took %v", name, took)
		}
		for mime, content := range b {
			if s, ok := content.(string); !ok || len(s) > 40_000 && mime != MIMEPNG {
				t.Errorf("%s: %d bytes of %s", name, len(s), mime)
			}
		}
	}
	if text := Of(m)[MIMEText].(string); !strings.HasSuffix(text, "...] (1000000 keys)") {
		t.Errorf("got %q", text)
	}
	big := image.NewGray(image.Rect(0, 0, 8000, 6000))
	if b := Of(big); b[MIMEText] != "*image.Gray 8000x6000, shown as 1600x1200" || len(b[MIMEPNG].(string)) > 200_000 {
		t.Errorf("got %v and %d bytes", b[MIMEText], len(b[MIMEPNG].(string)))
	}
}

func TestCyclesEnd(t *testing.T) {
	list := []any{1, nil}
	list[1] = list
	m := map[string]any{}
	m["self"] = m
	type node struct {
		Next *node
		V    int
	}
	n := &node{V: 1}
	n.Next = n
	for _, v := range []any{list, m, n, []*node{n}, &list} {
		for mime, content := range Of(v) {
			if s := content.(string); len(s) > 60_000 {
				t.Errorf("%T: %d bytes of %s", v, len(s), mime)
			}
		}
	}
	if d := Describe("list", "[]any", &list, false); d.Bytes < 40 || d.Bytes > 100 || d.Partial {
		t.Errorf("got %+v", d)
	}
}

func TestDescribe(t *testing.T) {
	n, text, err, pointer := 42, "häh", errors.New("broken"), &point{1, 2}
	var nothing any
	grid := [][]int{{1, 2}, {3, 4}}
	tensor := tensors.FromValue([][]float32{{1, 2}})
	ch := make(chan int, 3)
	f := strings.ToUpper
	names := []string{"a", "bb"}
	for _, test := range []struct {
		pointer  any
		changing bool
		want     string
	}{
		{&n, false, "|8|42"},
		{&n, true, "|8|42"},
		{&text, false, `4|20|"häh"`},
		{&text, true, `4|20|"häh"`},
		{&err, false, "|38|broken"},
		{&err, true, "|16+|"},
		{&pointer, false, "|24|&{1 2}"},
		{&pointer, true, "|8+|"},
		{&nothing, false, "|16|<nil>"},
		{&grid, false, "2 x 2|104|[[1 2] [3 4]]"},
		{&grid, true, "2|72+|"},
		{&tensor, false, "[1 2] float32|16|float32 [1 2]⏎   0  1⏎0  1  2⏎min 1  max 2  mean 1.5"},
		{&tensor, true, "|8+|"},
		{&ch, false, "0 of 3|32|chan int with 0 of 3 elements"},
		{&f, false, "|8|func(string) string"},
		{&names, false, "2|59|[a bb]"},
		{&names, true, "2|56+|"},
		{&[3]float64{1, 2.5}, true, "3|24|[1 2.5 0]"},
		{&point{3, 4}, true, "|16|{3 4}"},
	} {
		d := Describe("x", "T", test.pointer, test.changing)
		more := ""
		if d.Partial {
			more = "+"
		}
		got := fmt.Sprintf("%s|%d%s|%s", d.Shape, d.Bytes, more, d.Value)
		if got != test.want {
			t.Errorf("%T changing=%v: got %q, want %q", test.pointer, test.changing, got, test.want)
		}
	}
}

func TestVariablesTable(t *testing.T) {
	b := Variables([]Variable{{Name: "x", Type: "[]int", Shape: "3", Bytes: 1_500_000, Value: "[1 <2> 3]", Partial: true}}, true)
	if got := b[MIMEText].(string); !strings.HasPrefix(got, "name  type   shape      size  value\nx     []int      3  ≥ 1.5 MB  [1 <2> 3]\nA cell is running") {
		t.Errorf("got\n%s", got)
	}
	if html := b[MIMEHTML].(string); !strings.Contains(html, "[1 &lt;2&gt; 3]") || !strings.Contains(html, "A cell is running") {
		t.Errorf("got %s", html)
	}
}
