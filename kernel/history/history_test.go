package history

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
)

// add adds inputs as the lines from 1 on.
func add(t *testing.T, l *Log, inputs ...string) {
	t.Helper()
	for i, input := range inputs {
		if err := l.Add(i+1, input); err != nil {
			t.Fatal(err)
		}
	}
}

// names writes entries as session:line.
func names(entries []Entry) string {
	var all []string
	for _, e := range entries {
		all = append(all, fmt.Sprintf("%d:%d", e.Session, e.Line))
	}
	return strings.Join(all, " ")
}

func TestSessionsFindThemselvesAndThoseBefore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "history")
	first := New(dir)
	add(t, first, "a := [1]", "b/c", "b/c", "fmt.Println(a)\nb")
	first.SetOutput(2, "out")
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := New(dir)
	for name, c := range map[string]struct {
		got  []Entry
		want string
	}{
		"tail of a session without entries":  {second.Tail(2), "1:3 1:4"},
		"range of a session without entries": {second.Range(0, 1, 0), ""},
		"the session before it":              {second.Range(-1, 1, 0), "1:1 1:2 1:3 1:4"},
	} {
		if names(c.got) != c.want {
			t.Errorf("%s: got %q, want %q", name, names(c.got), c.want)
		}
	}
	add(t, second, "b/c", "x")
	third := New(dir)
	add(t, third, "later")
	for name, c := range map[string]struct {
		got  []Entry
		want string
	}{
		"tail":                     {second.Tail(3), "1:4 2:1 2:2"},
		"tail beyond the start":    {second.Tail(99), "1:1 1:2 1:3 1:4 2:1 2:2"},
		"tail without a limit":     {second.Tail(0), "1:1 1:2 1:3 1:4 2:1 2:2"},
		"range":                    {second.Range(1, 2, 4), "1:2 1:3"},
		"range to the end":         {second.Range(1, 3, 0), "1:3 1:4"},
		"range of this session":    {second.Range(0, 1, 0), "2:1 2:2"},
		"range of the one before":  {second.Range(-1, 1, 2), "1:1"},
		"range before the first":   {second.Range(-2, 1, 0), ""},
		"range of nobody":          {second.Range(17, 1, 0), ""},
		"range that is empty":      {second.Range(1, 9, 2), ""},
		"search":                   {second.Search("b*", 0, false), "1:2 1:3 2:1"},
		"search in the middle":     {second.Search("*a*b", 0, false), "1:4"},
		"search with brackets":     {second.Search("*[?]", 0, false), "1:1"},
		"search unique":            {second.Search("b?c", 0, true), "2:1"},
		"search the newest":        {second.Search("*", 1, false), "2:2"},
		"search without a pattern": {second.Search("", 2, false), "2:1 2:2"},
		"the third":                {third.Tail(2), "2:2 3:1"},
	} {
		if names(c.got) != c.want {
			t.Errorf("%s: got %q, want %q", name, names(c.got), c.want)
		}
	}
	want := []Entry{{Session: 1, Line: 2, Input: "b/c", Output: "out"}}
	if got := second.Range(1, 2, 3); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestHistoryInMemory(t *testing.T) {
	l := New("")
	add(t, l, "one", "two")
	l.SetOutput(2, "2")
	want := []Entry{{1, 1, "one", ""}, {1, 2, "two", "2"}}
	if got := l.Tail(0); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
	for i := range 2 * memoryLimit {
		l.Add(i+3, "x")
	}
	if got := len(l.Tail(0)); got != memoryLimit {
		t.Errorf("%d entries are kept, want %d", got, memoryLimit)
	}
}

func TestAFolderThatCannotBeWrittenIsToldOnceAndTheSessionGoesOn(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l := New(filepath.Join(file, "history"))
	if err := l.Add(1, "one"); err == nil || !strings.Contains(err.Error(), "the history is not kept") {
		t.Errorf("got error %v", err)
	}
	if err := l.Add(2, "two"); err != nil {
		t.Errorf("the second time: got error %v", err)
	}
	if got := names(l.Tail(0)); got != "1:1 1:2" {
		t.Errorf("got %q", got)
	}
}

func TestManySessionsAtOnceHaveFilesOfTheirOwn(t *testing.T) {
	dir := t.TempDir()
	const many, lines = 20, 50
	var wg sync.WaitGroup
	for range many {
		wg.Go(func() {
			l := New(dir)
			defer l.Close()
			for i := range lines {
				if err := l.Add(i+1, strings.Repeat("x", 1000)); err != nil {
					t.Error(err)
				}
				l.SetOutput(i+1, "y")
			}
		})
	}
	wg.Wait()
	reader := New(dir)
	entries := reader.Tail(0)
	if len(entries) != many*lines {
		t.Fatalf("%d entries, want %d", len(entries), many*lines)
	}
	for i, e := range entries {
		if e.Session != i/lines+1 || e.Line != i%lines+1 || len(e.Input) != 1000 || e.Output != "y" {
			t.Fatalf("entry %d is %d:%d", i, e.Session, e.Line)
		}
	}
}

func TestWhatAKilledSessionLeftIsRead(t *testing.T) {
	dir := t.TempDir()
	text := `{"line":1,"input":"one"}` + "\n\x00garbage\n[]\n" + `{"line":2,"input":"two"}` + "\n" + `{"line":9,"output":"of nothing"}` + "\n" + `{"line":3,"inp`
	if err := os.WriteFile(fileName(dir, 7), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("not ours"), 0o600)
	l := New(dir)
	if got := names(l.Tail(0)); got != "7:1 7:2" {
		t.Errorf("got %q", got)
	}
	add(t, l, "next")
	if got := names(l.Range(0, 1, 0)); got != "8:1" {
		t.Errorf("the next session: got %q", got)
	}
}

func TestOthersCannotReadIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "history")
	add(t, New(dir), "secret")
	for path, want := range map[string]os.FileMode{dir: 0o700, fileName(dir, 1): 0o600} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got %v, %v, want %v", path, info.Mode().Perm(), err, want)
		}
	}
}

func TestSizeIsLimited(t *testing.T) {
	dir := t.TempDir()
	l := New(dir)
	add(t, l, strings.Repeat("a", inputLimit+1), "short")
	if got := names(l.Tail(0)); got != "1:2" {
		t.Errorf("of a long and a short input: got %q", got)
	}
	l.SetOutput(2, strings.Repeat("b", outputLimit+1))
	long := strings.Repeat("c", inputLimit)
	for i := range 2 * sessionLimit / inputLimit {
		l.Add(i+3, long)
	}
	if _, bytes := Usage(dir); bytes > sessionLimit || bytes < sessionLimit/2 {
		t.Errorf("one session takes %d bytes", bytes)
	}
	l.Close()
	for range 3 { // each takes half of the limit
		l := New(dir)
		for i := range 2 * sessionLimit / inputLimit {
			l.Add(i+1, long)
		}
		l.Close()
	}
	if _, bytes := Usage(dir); bytes > limit+sessionLimit {
		t.Errorf("four sessions take %d bytes", bytes)
	}
	if got := sessions(dir); slices.Contains(got, 1) || !slices.Contains(got, 4) {
		t.Errorf("left are the sessions %v, want the newest", got)
	}
	if err := Clear(dir); err != nil {
		t.Fatal(err)
	}
	if count, bytes := Usage(dir); count != 0 || bytes != 0 {
		t.Errorf("after Clear: %d sessions, %d bytes", count, bytes)
	}
}

func TestDefaultDir(t *testing.T) {
	t.Setenv("HOME", "/home/ann")
	for _, c := range []struct{ variable, data, want string }{
		{"", "", "/home/ann/.local/share/gonbml/history"},
		{"", "/data", "/data/gonbml/history"},
		{"", "relative", "/home/ann/.local/share/gonbml/history"},
		{"/mine", "/data", "/mine"},
		{"off", "/data", ""},
	} {
		t.Setenv(Variable, c.variable)
		t.Setenv("XDG_DATA_HOME", c.data)
		if got := DefaultDir(); got != c.want {
			t.Errorf("%+v: got %q", c, got)
		}
	}
}
