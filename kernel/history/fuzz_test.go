package history

import (
	"os"
	"testing"
)

// FuzzFile reads anything at all as the file of an earlier session: nothing panics, and the next
// session can be written.
func FuzzFile(f *testing.F) {
	f.Add([]byte(`{"line":1,"input":"x := 1"}` + "\n" + `{"line":1,"output":"1"}` + "\n"))
	f.Add([]byte(`{"line":-1,"input":"a"}` + "\n" + `{"line":1e9,"input":null}` + "\n[]\n\x00"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(fileName(dir, 1), text, 0o600); err != nil {
			t.Fatal(err)
		}
		l := New(dir)
		defer l.Close()
		before := len(l.Tail(0))
		if err := l.Add(1, "next"); err != nil {
			t.Fatal(err)
		}
		if got := l.Tail(0); len(got) != before+1 || got[before].Input != "next" {
			t.Errorf("%q: got %v after %d entries", text, got, before)
		}
		os.Remove(fileName(dir, l.number))
	})
}
