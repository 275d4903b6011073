package notebook

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestRoundTrip reads files that Jupyter's nbformat wrote.
func TestRoundTrip(t *testing.T) {
	files, err := filepath.Glob("testdata/*.ipynb")
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		want, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		nb, err := ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		got, err := nb.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("%s is written back as:\n%s", f, got)
		}
	}
}

func TestReadFields(t *testing.T) {
	nb, err := ReadFile("testdata/all.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	if nb.Language() != "go" || nb.Title() != "Ünïcode \u2028 title" || nb.Minor != 5 || len(nb.Cells) != 4 {
		t.Errorf("language %q, title %q, minor %d, %d cells", nb.Language(), nb.Title(), nb.Minor, len(nb.Cells))
	}
	c := nb.Cells[1]
	if c.Source != "x := 1\nx" || c.ID != "c1" || c.Count != 1 || !c.Tagged("parameters") || c.Tagged("x") || len(c.Outputs) != 4 {
		t.Errorf("cell %+v", c)
	}
	if s := c.Outputs[1].Data["image/svg+xml"]; s != "<svg>\n</svg>" {
		t.Errorf("SVG %q", s)
	}
	if a := nb.Cells[0].Attachments["a.png"]["image/png"]; a != "iVBORw0KGgo=" {
		t.Errorf("attachment %q", a)
	}
}

func TestSourceAsOneString(t *testing.T) {
	nb, err := Read([]byte(`{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[{"cell_type":"markdown","id":"a","metadata":{},"source":"a\nb"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := nb.Bytes()
	if want := "\"source\": [\n    \"a\\n\",\n    \"b\"\n   ]"; !strings.Contains(string(b), want) {
		t.Errorf("written as %s", b)
	}
}

func TestReadErrors(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"", "expected a notebook. Got an empty file"},
		{"{\n \"a\": x}", "expected JSON. At line 2, column 7: invalid character 'x' looking for beginning of value"},
		{`{"nbformat":4`, "expected JSON. The file ends in the middle"},
		{"[]", "expected a notebook, which is a JSON object. Got a list"},
		{`{"a":1}`, `nbformat: expected a whole number. Got nothing`},
		{`{"nbformat":3,"nbformat_minor":0}`, "expected nbformat 4. Got nbformat 3, which Jupyter wrote before 2015. Open and save the notebook in JupyterLab, or run: jupyter nbconvert --to notebook --inplace FILE"},
		{`{"nbformat":5,"nbformat_minor":0}`, "expected nbformat 4. Got nbformat 5, which is newer than this program"},
		{`{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":{}}`, "cells: expected a list. Got an object"},
		{`{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[]} x`, "expected the end of the file after the notebook, at line 1, column 59"},
		{`{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[{"cell_type":"code","metadata":{},"source":5,"outputs":[],"execution_count":null}]}`, "cell 1: source: expected text or a list of lines. Got the number 5"},
		{`{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[{"cell_type":"x","metadata":{},"source":""}]}`, `cell 1: cell_type: expected code, markdown or raw. Got "x"`},
		{`{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[{"cell_type":"code","metadata":{},"source":"","execution_count":1,"outputs":[{"output_type":"stream","name":"stdout"}]}]}`, "cell 1: output 1: text: expected text or a list of lines. Got nothing"},
	} {
		_, err := Read([]byte(tt.in))
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s:\n got %v\nwant %s", tt.in, err, tt.want)
		}
	}
	if _, err := ReadFile("testdata/none.ipynb"); err == nil || err.Error() != "notebook testdata/none.ipynb: no such file or directory" {
		t.Errorf("missing file: %v", err)
	}
}

func TestWriteFileReplacesTheWhole(t *testing.T) {
	path := filepath.Join(t.TempDir(), "nb.ipynb")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	nb := &Notebook{Minor: 5}
	if err := nb.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	b, _ := os.ReadFile(path)
	if want := "{\n \"cells\": [],\n \"metadata\": {},\n \"nbformat\": 4,\n \"nbformat_minor\": 5\n}\n"; string(b) != want {
		t.Errorf("file holds %s", b)
	}
	if st, _ := os.Stat(path); st.Mode().Perm() != 0o600 {
		t.Errorf("permissions became %v", st.Mode())
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if err := nb.WriteFile(filepath.Join(path, "x")); err == nil {
		t.Error("no error for a folder that is a file")
	}
}

func TestLanguage(t *testing.T) {
	for _, tt := range []struct {
		metadata map[string]any
		want     string
	}{
		{nil, ""},
		{map[string]any{"kernelspec": map[string]any{"name": "x", "language": "Go"}}, "go"},
		{map[string]any{"kernelspec": map[string]any{"name": "gonb"}}, "go"},
		{map[string]any{"kernelspec": map[string]any{"name": "python3"}}, "python3"},
		{map[string]any{"language_info": map[string]any{"name": "python"}}, "python"},
	} {
		if got := (&Notebook{Metadata: tt.metadata}).Language(); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.metadata, got, tt.want)
		}
	}
}

func TestTitle(t *testing.T) {
	nb := &Notebook{Cells: []*Cell{{Type: CodeCell, Source: "# no"}, {Type: MarkdownCell, Source: "text\n#tag\n## The title ##\n"}}}
	if got := nb.Title(); got != "The title" {
		t.Errorf("title %q", got)
	}
}

func TestReplaceFileLeavesADeviceADevice(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		b, _ := os.ReadFile(pipe)
		read <- string(b)
	}()
	if err := ReplaceFile(pipe, []byte("text")); err != nil {
		t.Fatal(err)
	}
	if got := <-read; got != "text" {
		t.Errorf("the pipe's reader got %q", got)
	}
	if st, err := os.Stat(pipe); err != nil || st.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("the pipe is now %v, %v", st, err)
	}
}
