package position

import (
	"testing"
	"unicode/utf16"
	"unicode/utf8"
)

func TestPlaces(t *testing.T) {
	// é: 2 bytes, 1 unit. 漢: 3 bytes, 1 unit. 😀: 4 bytes, 2 units. e with a combining accent: 2
	// code points.
	const text = "aé漢😀\te\u0301\r\n\n😀x"
	m := NewMapper(text)
	for _, tt := range []struct {
		bytes, points int
		lsp           Point
	}{
		{0, 0, Point{0, 0}},
		{1, 1, Point{0, 1}},
		{3, 2, Point{0, 2}},
		{6, 3, Point{0, 3}},
		{10, 4, Point{0, 5}},
		{11, 5, Point{0, 6}},
		{12, 6, Point{0, 7}},
		{14, 7, Point{0, 8}},
		{16, 9, Point{1, 0}},
		{17, 10, Point{2, 0}},
		{21, 11, Point{2, 2}},
		{22, 12, Point{2, 3}},
	} {
		if got := m.Points(tt.bytes); got != tt.points {
			t.Errorf("Points(%d): got %d, want %d", tt.bytes, got, tt.points)
		}
		if got := m.Bytes(tt.points); got != tt.bytes {
			t.Errorf("Bytes(%d): got %d, want %d", tt.points, got, tt.bytes)
		}
		if got := m.LSP(tt.bytes); got != tt.lsp {
			t.Errorf("LSP(%d): got %v, want %v", tt.bytes, got, tt.lsp)
		}
		if got := m.Offset(tt.lsp); got != tt.bytes {
			t.Errorf("Offset(%v): got %d, want %d", tt.lsp, got, tt.bytes)
		}
	}
}

func TestPlacesThatAreNone(t *testing.T) {
	const text = "漢x\n😀"
	m := NewMapper(text)
	for _, tt := range []struct {
		what      string
		got, want int
	}{
		{"bytes before the text", m.Points(-1), 0},
		{"bytes after the text", m.Points(100), 4},
		{"bytes within a character", m.Points(2), 0},
		{"points before the text", m.Bytes(-3), 0},
		{"points after the text", m.Bytes(100), len(text)},
		{"a line before the text", m.Offset(Point{-1, 3}), 0},
		{"a line after the text", m.Offset(Point{9, 0}), len(text)},
		{"a unit after the line", m.Offset(Point{0, 50}), 4},
		{"half a character", m.Offset(Point{1, 1}), 5},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.what, tt.got, tt.want)
		}
	}
	if got := m.LSP(7); got != (Point{1, 0}) {
		t.Errorf("LSP within a character: got %v", got)
	}
}

func FuzzPlaces(f *testing.F) {
	f.Add("x := \"é漢😀\"\n", 5)
	f.Add("\xff\xc3\xa9\xf0\x9f", 1)
	f.Add("", 0)
	f.Fuzz(func(t *testing.T, text string, n int) {
		m := NewMapper(text)
		points := m.Points(m.Bytes(n))
		if want := max(0, min(n, utf8.RuneCountInString(text))); points != want {
			t.Errorf("%d code points there and back: got %d, want %d", n, points, want)
		}
		at := m.Bytes(n)
		if got := m.Offset(m.LSP(at)); got != at {
			t.Errorf("offset %d there and back: got %d", at, got)
		}
		if p := m.LSP(len(text)); p.Line != len(m.lines)-1 {
			t.Errorf("the end is in line %d of %d", p.Line, len(m.lines))
		}
		if utf8.ValidString(text) {
			total := 0
			for i := range m.lines {
				end := len(text)
				if i+1 < len(m.lines) {
					end = m.lines[i+1]
				}
				total += len(utf16.Encode([]rune(text[m.lines[i]:end])))
			}
			if want := len(utf16.Encode([]rune(text))); total != want {
				t.Errorf("lines have %d units, the text %d", total, want)
			}
		}
	})
}
