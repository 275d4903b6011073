package display

import (
	"encoding/base64"
	"errors"
	"fmt"
	"image"
	"math/big"
	"strings"
	"testing"
	"time"
)

type point struct {
	X, y int
}

type celsius float64

func (c celsius) String() string { return fmt.Sprintf("%.1f °C", float64(c)) }

func TestText(t *testing.T) {
	var nobody *point
	var noError error
	n := 3
	tests := []struct {
		name string
		v    any
		want string
	}{
		{"int", 42, "42"},
		{"string", "as it is\n", "as it is\n"},
		{"float", 0.1, "0.1"},
		{"nil", nil, "<nil>"},
		{"nil error", noError, "<nil>"},
		{"nil pointer", nobody, "<nil>"},
		{"error", errors.New("broken"), "broken"},
		{"struct", point{1, 2}, "{1 2}"},
		{"pointer", &point{1, 2}, "&{1 2}"},
		{"stringer", celsius(21.5), "21.5 °C"},
		{"stringers", []celsius{1, 2}, "[1.0 °C 2.0 °C]"},
		{"duration", 90 * time.Second, "1m30s"},
		{"slice", []int{1, 2, 3}, "[1 2 3]"},
		{"map", map[string]int{"b": 2, "a": 1}, "map[a:1 b:2]"},
		{"big numbers", []*big.Int{big.NewInt(1)}, "[1]"},
		{"func", strings.ToUpper, "func(string) string"},
		{"chan", make(chan int, 2), "chan int with 0 of 2 elements"},
		{"bytes as text", []byte("häh"), `"häh" (4 bytes)`},
		{"bytes", []byte{0, 255}, "00 ff (2 bytes)"},
		{"no bytes", []byte{}, "[] (0 bytes)"},
		{"long slice", make([]int, 5000), "[0 0 0 0 0 0 0 0 0 0 ... 0 0 0 0 0 0 0 0 0 0] (5000 elements)"},
		{"pointer to long slice", &struct{ a []int }{make([]int, 5000)}, "&{[0 0 0 0 0 0 0 0 0 0 ... 0 0 0 0 0 0 0 0 0 0] (5000 elements)}"},
		{"invalid", "a\xff", "a\uFFFD"},
		{"pointer to int in table", []struct{ P *int }{{&n}, {nil}}, "   P\n0  3\n1  <nil>\n\n2 rows x 1 columns"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := Of(test.v)[MIMEText]; got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestLongTextIsCut(t *testing.T) {
	for name, v := range map[string]any{
		"string": strings.Repeat("é", 1<<20), "error": errors.New(strings.Repeat("x", 1<<20)), "deep": [][][]string{{{strings.Repeat("x", 1<<20)}}},
		"list": strings.Split(strings.Repeat("word ", 1<<20), " "), "map": bigMap(), "matrix": make([][]float64, 1e6),
	} {
		text := Of(v)[MIMEText].(string)
		if len(text) > longestText+100 || !strings.ContainsAny(text, "(") && name != "matrix" {
			t.Errorf("%s: %d bytes, ending in %q", name, len(text), text[max(0, len(text)-50):])
		}
	}
}

func bigMap() map[int]string {
	m := map[int]string{}
	for i := range 100_000 {
		m[i] = "value"
	}
	return m
}

func TestStructTable(t *testing.T) {
	type row struct {
		Name  string
		Score float64
		note  string
	}
	b := Of([]row{{"Ann", 1.5, "<b>"}, {"Bob", 10, ""}})
	want := "   Name  Score  note\n0  Ann     1.5  <b>\n1  Bob      10\n\n2 rows x 3 columns"
	if b[MIMEText] != want {
		t.Errorf("got\n%s\nwant\n%s", b[MIMEText], want)
	}
	if h := b[MIMEHTML].(string); !strings.Contains(h, "&lt;b&gt;") || strings.Contains(h, "color") {
		t.Errorf("got %s", h)
	}
	if got := Of([]row{})[MIMEText]; got != "  Name  Score  note\n\n0 rows x 3 columns" {
		t.Errorf("empty: %q", got)
	}
	if got := Of([]*row{{"Ann", 1, ""}, nil})[MIMEText].(string); !strings.Contains(got, "<nil>") {
		t.Errorf("pointers: %q", got)
	}
}

func TestLongTableShowsItsEnds(t *testing.T) {
	rows := make([]point, 1_000_000)
	for i := range rows {
		rows[i].X = i
	}
	b := Of(rows)
	text := b[MIMEText].(string)
	lines := strings.Split(text, "\n")
	if len(lines) != 1+20+1+2 || lines[11] != "   ...  ..." && !strings.HasPrefix(strings.TrimSpace(lines[11]), "...") || !strings.HasSuffix(text, "1000000 rows x 2 columns") {
		t.Errorf("got\n%s", text)
	}
	if !strings.HasPrefix(strings.TrimSpace(lines[10]), "9 ") || !strings.HasPrefix(strings.TrimSpace(lines[12]), "999990 ") {
		t.Errorf("rows around the gap: %q %q", lines[10], lines[12])
	}
	if n := strings.Count(b[MIMEHTML].(string), "<tr>"); n != 22 {
		t.Errorf("%d rows in HTML", n)
	}
}

func TestOtherTables(t *testing.T) {
	records := []map[string]any{{"a": 1, "b": "x"}, {"a": 2.5}}
	if got, want := Of(records)[MIMEText], "     a  b\n0    1  x\n1  2.5\n\n2 rows x 2 columns"; got != want {
		t.Errorf("records:\n%s\nwant\n%s", got, want)
	}
	if got, want := Of([][]float64{{1, 2}, {3.25}})[MIMEText], "      0  1\n0     1  2\n1  3.25\n\n2 rows x 2 columns"; got != want {
		t.Errorf("matrix:\n%s\nwant\n%s", got, want)
	}
	if got, want := Of([1][2]int8{{1, 2}})[MIMEText], "   0  1\n0  1  2\n\n1 rows x 2 columns"; got != want {
		t.Errorf("array:\n%s\nwant\n%s", got, want)
	}
	wide := Of([][]int{make([]int, 100)})[MIMEText].(string)
	if !strings.Contains(wide, "  9  ...  90  ") || !strings.HasSuffix(wide, "1 rows x 100 columns") {
		t.Errorf("wide:\n%s", wide)
	}
	m := Of(map[int]string{10: "b", 9: "a"})[MIMEHTML].(string)
	if a, b := strings.Index(m, ">9<"), strings.Index(m, ">10<"); a < 0 || b < a {
		t.Errorf("map: %s", m)
	}
	if b := Table(5); b[MIMEText] != "5" {
		t.Errorf("Table(5): %v", b)
	}
}

type drawn struct{}

func (drawn) HTML() string         { return "<i>x</i>" }
func (drawn) PNG() ([]byte, error) { return []byte("png"), nil }
func (*drawn) SVG() string         { return "<svg/>" }
func (drawn) String() string       { return "drawn" }

type bundled struct{}

func (bundled) MIMEBundle() map[string]any {
	return map[string]any{"image/png": []byte("x"), "a/b+json": []int{1}}
}

type failing struct{}

func (failing) HTML() string { panic("oops") }

func TestOwnMethods(t *testing.T) {
	png := base64.StdEncoding.EncodeToString([]byte("png"))
	if got, want := fmt.Sprint(Of(drawn{})), fmt.Sprint(Bundle{MIMEHTML: "<i>x</i>", MIMEPNG: png, MIMEText: "drawn"}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if b := Of(&drawn{}); b[MIMESVG] != "<svg/>" {
		t.Errorf("pointer: %v", b)
	}
	if b := Of(bundled{}); b[MIMEPNG] != "eA==" || b[MIMEText] != "display.bundled" || fmt.Sprint(b["a/b+json"]) != "[1]" {
		t.Errorf("MIMEBundle: %v", b)
	}
	if b := Of(failing{}); !strings.Contains(b[MIMEText].(string), "display.failing.HTML: panic: oops") || len(b) != 1 {
		t.Errorf("panic: %v", b)
	}
	var none *failing
	if b := Of(none); b[MIMEText] == "" {
		t.Errorf("nil pointer: %v", b)
	}
}

func TestImageAndJSON(t *testing.T) {
	b := Of(image.NewGray(image.Rect(0, 0, 4, 3)))
	raw, err := base64.StdEncoding.DecodeString(b[MIMEPNG].(string))
	if err != nil || !strings.HasPrefix(string(raw), "\x89PNG") || b[MIMEText] != "*image.Gray 4x3" {
		t.Errorf("got %v, %v", b[MIMEText], err)
	}
	if b := Of(image.NewGray(image.Rectangle{})); b[MIMEPNG] != nil || !strings.Contains(b[MIMEText].(string), "empty") {
		t.Errorf("empty: %v", b)
	}
	if b := JSON(map[string]int{"a": 1}); b[MIMEText] != "{\n  \"a\": 1\n}" {
		t.Errorf("got %v", b)
	}
	if b := JSON(func() {}); !strings.Contains(b[MIMEText].(string), "unsupported type") {
		t.Errorf("got %v", b)
	}
}

func TestValues(t *testing.T) {
	if b := Values(1, "a", errors.New("e")); b[MIMEText] != "1 a e" {
		t.Errorf("got %v", b)
	}
	if b := Values([]point{{1, 2}}); b[MIMEHTML] == nil {
		t.Errorf("got %v", b)
	}
}
