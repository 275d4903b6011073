package notebook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"
)

// WriteFile writes the notebook to a file, either whole or not at all. It may be the file that the
// notebook was read from.
func (nb *Notebook) WriteFile(path string) error {
	b, err := nb.Bytes()
	if err != nil {
		return fmt.Errorf("notebook %s: %w", path, err)
	}
	if err := ReplaceFile(path, b); err != nil {
		return fmt.Errorf("write notebook: %w", err)
	}
	return nil
}

// ReplaceFile writes a file, either whole or not at all. An existing file keeps its permissions,
// and a link keeps its target.
func ReplaceFile(path string, b []byte) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	mode := os.FileMode(0o644)
	if st, err := os.Stat(path); err == nil {
		if !st.Mode().IsRegular() { // a device or pipe must stay what it is
			return os.WriteFile(path, b, mode)
		}
		mode = st.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails after the rename, as it should
	_, err = f.Write(b)
	if e := f.Chmod(mode); err == nil {
		err = e
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Bytes returns the file's content as Jupyter's nbformat writes it: keys sorted, an indent of one
// space per level, texts as lists of lines, characters outside ASCII as they are, and a newline at
// the end.
func (nb *Notebook) Bytes() ([]byte, error) {
	top := with(nb.extra)
	cells := make([]any, len(nb.Cells))
	for i, c := range nb.Cells {
		cells[i] = c.object(nb.Minor)
	}
	top["cells"] = cells
	top["metadata"] = nb.Metadata
	top["nbformat"] = 4
	top["nbformat_minor"] = nb.Minor
	w := &writer{}
	w.value(top, 0)
	w.WriteByte('\n')
	return w.Bytes(), w.err
}

func (c *Cell) object(minor int) map[string]any {
	m := with(c.extra)
	m["cell_type"] = c.Type
	m["metadata"] = c.Metadata
	m["source"] = split(c.Source)
	if c.ID != "" && minor >= 5 {
		m["id"] = c.ID
	}
	if c.Attachments != nil {
		a := map[string]any{}
		for name, bundle := range c.Attachments {
			a[name] = splitBundle(bundle)
		}
		m["attachments"] = a
	}
	if c.Type == CodeCell {
		m["execution_count"] = countOrNull(c.Count)
		outputs := make([]any, len(c.Outputs))
		for i, o := range c.Outputs {
			outputs[i] = o.object()
		}
		m["outputs"] = outputs
	}
	return m
}

func (o *Output) object() map[string]any {
	m := with(o.extra)
	m["output_type"] = o.Type
	switch o.Type {
	case StreamOutput:
		m["name"], m["text"] = o.Name, split(o.Text)
	case DisplayOutput, ResultOutput:
		m["data"], m["metadata"] = splitBundle(o.Data), o.Metadata
		if o.Type == ResultOutput {
			m["execution_count"] = countOrNull(o.Count)
		}
	case ErrorOutput:
		lines := make([]any, len(o.Traceback))
		for i, l := range o.Traceback {
			lines[i] = l
		}
		m["ename"], m["evalue"], m["traceback"] = o.EName, o.EValue, lines
	}
	return m
}

func with(extra map[string]any) map[string]any {
	if extra == nil {
		return map[string]any{}
	}
	return maps.Clone(extra)
}

func countOrNull(n int) any {
	if n == 0 {
		return nil
	}
	return n
}

// splitBundle makes lists of lines of the texts that nbformat stores so.
func splitBundle(bundle map[string]any) map[string]any {
	m := make(map[string]any, len(bundle))
	for mime, v := range bundle {
		s, ok := v.(string)
		if ok && (strings.HasPrefix(mime, "text/") || mime == "application/javascript" || mime == "image/svg+xml") {
			m[mime] = split(s)
		} else {
			m[mime] = v
		}
	}
	return m
}

// split cuts a text after its line ends. Those are all that Python's splitlines knows, because
// nbformat uses it.
func split(s string) []any {
	lines := []any{}
	for s != "" {
		end := len(s)
		for i, r := range s {
			if !endsLine(r) {
				continue
			}
			end = i + utf8.RuneLen(r)
			if r == '\r' && strings.HasPrefix(s[end:], "\n") {
				end++
			}
			break
		}
		lines = append(lines, s[:end])
		s = s[end:]
	}
	return lines
}

func endsLine(r rune) bool {
	switch r {
	case '\n', '\v', '\f', '\r', 0x1c, 0x1d, 0x1e, 0x85, 0x2028, 0x2029:
		return true
	}
	return false
}

// writer writes JSON in Python's layout, which encoding/json cannot: it escapes other characters.
type writer struct {
	bytes.Buffer
	err error
}

func (w *writer) value(v any, depth int) {
	switch v := v.(type) {
	case string:
		w.text(v)
	case map[string]any:
		if len(v) == 0 {
			w.WriteString("{}")
			return
		}
		w.WriteByte('{')
		for i, k := range slices.Sorted(maps.Keys(v)) {
			w.item(i, depth)
			w.text(k)
			w.WriteString(": ")
			w.value(v[k], depth+1)
		}
		w.end('}', depth)
	case []any:
		if len(v) == 0 {
			w.WriteString("[]")
			return
		}
		w.WriteByte('[')
		for i, e := range v {
			w.item(i, depth)
			w.value(e, depth+1)
		}
		w.end(']', depth)
	case json.Number:
		w.WriteString(v.String())
	case nil, bool, int, int64, float64:
		b, err := json.Marshal(v)
		w.fail(err)
		w.Write(b)
	default:
		w.other(v, depth)
	}
}

// other writes a Go value that the engine put into a bundle.
func (w *writer) other(v any, depth int) {
	b, err := json.Marshal(v)
	if err != nil {
		w.fail(err)
		return
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var plain any
	w.fail(d.Decode(&plain))
	w.value(plain, depth)
}

func (w *writer) item(i, depth int) {
	if i > 0 {
		w.WriteByte(',')
	}
	w.newline(depth + 1)
}

func (w *writer) end(bracket byte, depth int) {
	w.newline(depth)
	w.WriteByte(bracket)
}

func (w *writer) newline(depth int) {
	w.WriteByte('\n')
	for range depth {
		w.WriteByte(' ')
	}
}

func (w *writer) text(s string) {
	w.WriteByte('"')
	for _, r := range s { // bytes that are not UTF-8 become U+FFFD
		switch {
		case r == '"' || r == '\\':
			w.WriteByte('\\')
			w.WriteRune(r)
		case r == '\n':
			w.WriteString(`\n`)
		case r == '\r':
			w.WriteString(`\r`)
		case r == '\t':
			w.WriteString(`\t`)
		case r == '\b':
			w.WriteString(`\b`)
		case r == '\f':
			w.WriteString(`\f`)
		case r < 0x20:
			fmt.Fprintf(w, `\u%04x`, r)
		default:
			w.WriteRune(r)
		}
	}
	w.WriteByte('"')
}

func (w *writer) fail(err error) {
	if w.err == nil && err != nil {
		w.err = err
	}
}
