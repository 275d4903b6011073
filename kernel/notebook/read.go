package notebook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// ReadFile reads a notebook file. Its errors name the file.
func ReadFile(path string) (*Notebook, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		var p *os.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		return nil, fmt.Errorf("notebook %s: %w", path, err)
	}
	nb, err := Read(b)
	if err != nil {
		return nil, fmt.Errorf("notebook %s: %w", path, err)
	}
	return nb, nil
}

// Read parses a notebook file of nbformat 4.0 to 4.x.
func Read(b []byte) (*Notebook, error) {
	var v any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return nil, syntaxError(b, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("expected the end of the file after the notebook, at %s", place(b, d.InputOffset()))
	}
	top, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("expected a notebook, which is a JSON object. Got %s", kind(v))
	}
	f := fields{m: top}
	major, minor := f.integer("nbformat"), f.integer("nbformat_minor")
	if f.err == nil && major != 4 {
		return nil, versionError(top, major)
	}
	nb := &Notebook{Minor: minor, Metadata: f.object("metadata")}
	for _, k := range []string{"orig_nbformat", "orig_nbformat_minor", "signature"} {
		delete(nb.Metadata, k) // Jupyter drops them, too
	}
	for i, v := range f.list("cells") {
		c, err := readCell(v)
		if err != nil {
			return nil, fmt.Errorf("cell %d: %w", i+1, err)
		}
		nb.Cells = append(nb.Cells, c)
	}
	nb.extra = f.rest()
	return nb, f.err
}

func versionError(top map[string]any, major int) error {
	switch _, hasFormat := top["nbformat"]; {
	case !hasFormat:
		return errors.New(`expected a notebook, which has a field "nbformat". Got another JSON file`)
	case major < 4:
		return fmt.Errorf("expected nbformat 4. Got nbformat %d, which Jupyter wrote before 2015. Open and save the notebook in JupyterLab, or run: jupyter nbconvert --to notebook --inplace FILE", major)
	}
	return fmt.Errorf("expected nbformat 4. Got nbformat %d, which is newer than this program", major)
}

func readCell(v any) (*Cell, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("expected an object. Got %s", kind(v))
	}
	f := fields{m: m}
	c := &Cell{Type: f.text("cell_type"), Source: f.lines("source"), Metadata: f.object("metadata")}
	if _, ok := m["id"]; ok {
		c.ID = f.text("id")
	}
	delete(c.Metadata, "trusted")
	if _, ok := m["attachments"]; ok {
		c.Attachments = map[string]map[string]any{}
		for name, v := range f.object("attachments") {
			bundle, ok := v.(map[string]any)
			if !ok {
				return nil, fmt.Errorf("attachment %q: expected an object. Got %s", name, kind(v))
			}
			rejoin(bundle)
			c.Attachments[name] = bundle
		}
	}
	switch c.Type {
	case CodeCell:
		c.Count = f.count("execution_count")
		for i, v := range f.list("outputs") {
			o, err := readOutput(v)
			if err != nil {
				return nil, fmt.Errorf("output %d: %w", i+1, err)
			}
			c.Outputs = append(c.Outputs, o)
		}
	case MarkdownCell, RawCell:
	default:
		if f.err == nil {
			return nil, fmt.Errorf("cell_type: expected code, markdown or raw. Got %q", c.Type)
		}
	}
	c.extra = f.rest()
	return c, f.err
}

func readOutput(v any) (*Output, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("expected an object. Got %s", kind(v))
	}
	f := fields{m: m}
	o := &Output{Type: f.text("output_type")}
	switch o.Type {
	case StreamOutput:
		o.Name, o.Text = f.text("name"), f.lines("text")
	case DisplayOutput, ResultOutput:
		o.Data, o.Metadata = f.object("data"), f.object("metadata")
		rejoin(o.Data)
		if o.Type == ResultOutput {
			o.Count = f.count("execution_count")
		}
	case ErrorOutput:
		o.EName, o.EValue = f.text("ename"), f.text("evalue")
		for _, v := range f.list("traceback") {
			s, ok := v.(string)
			if !ok {
				return nil, fmt.Errorf("traceback: expected lines of text. Got %s", kind(v))
			}
			o.Traceback = append(o.Traceback, s)
		}
	default:
		if f.err == nil {
			return nil, fmt.Errorf("output_type: expected stream, display_data, execute_result or error. Got %q", o.Type)
		}
	}
	o.extra = f.rest()
	return o, f.err
}

// rejoin makes one string of each text that is stored as a list of lines.
func rejoin(bundle map[string]any) {
	for mime, v := range bundle {
		if isJSON(mime) {
			continue
		}
		if s, ok := joined(v); ok {
			bundle[mime] = s
		}
	}
}

func isJSON(mime string) bool {
	return mime == "application/json" || strings.HasPrefix(mime, "application/") && strings.HasSuffix(mime, "+json")
}

// joined returns a text that is stored as a string or as a list of lines.
func joined(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case []any:
		var b strings.Builder
		for _, l := range v {
			s, ok := l.(string)
			if !ok {
				return "", false
			}
			b.WriteString(s)
		}
		return b.String(), true
	}
	return "", false
}

// fields takes known fields out of a JSON object, keeps the first error, and in the end returns the
// rest.
type fields struct {
	m    map[string]any
	used []string
	err  error
}

func (f *fields) take(name string) (any, bool) {
	f.used = append(f.used, name)
	v, ok := f.m[name]
	return v, ok
}

func (f *fields) expect(name, what string, v any, ok bool) {
	if f.err != nil {
		return
	}
	if !ok {
		f.err = fmt.Errorf("%s: expected %s. Got nothing", name, what)
		return
	}
	f.err = fmt.Errorf("%s: expected %s. Got %s", name, what, kind(v))
}

func (f *fields) text(name string) string {
	v, ok := f.take(name)
	s, is := v.(string)
	if !is {
		f.expect(name, "text", v, ok)
	}
	return s
}

func (f *fields) lines(name string) string {
	v, ok := f.take(name)
	s, is := joined(v)
	if !is {
		f.expect(name, "text or a list of lines", v, ok)
	}
	return s
}

func (f *fields) integer(name string) int {
	v, ok := f.take(name)
	n, is := v.(json.Number)
	i, err := strconv.Atoi(n.String())
	if !is || err != nil {
		f.expect(name, "a whole number", v, ok)
	}
	return i
}

// count reads an execution count, which may be null.
func (f *fields) count(name string) int {
	if v, ok := f.m[name]; !ok || v == nil {
		f.used = append(f.used, name)
		return 0
	}
	return f.integer(name)
}

func (f *fields) object(name string) map[string]any {
	v, ok := f.take(name)
	m, is := v.(map[string]any)
	if !is {
		f.expect(name, "an object", v, ok)
	}
	return m
}

func (f *fields) list(name string) []any {
	v, ok := f.take(name)
	l, is := v.([]any)
	if !is {
		f.expect(name, "a list", v, ok)
	}
	return l
}

// rest returns the fields that nobody took.
func (f *fields) rest() map[string]any {
	r := maps.Clone(f.m)
	maps.DeleteFunc(r, func(k string, _ any) bool { return slices.Contains(f.used, k) })
	return r
}

// kind names a JSON value in an error.
func kind(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "true or false"
	case json.Number:
		return "the number " + v.String()
	case string:
		if len(v) > 40 {
			v = v[:40] + "..."
		}
		return strconv.Quote(v)
	case []any:
		return "a list"
	}
	return "an object"
}

// syntaxError says where the JSON is broken.
func syntaxError(b []byte, err error) error {
	var syn *json.SyntaxError
	switch {
	case len(bytes.TrimSpace(b)) == 0:
		return errors.New("expected a notebook. Got an empty file")
	case errors.As(err, &syn):
		return fmt.Errorf("expected JSON. At %s: %w", place(b, syn.Offset), err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("expected JSON. The file ends in the middle")
	}
	return fmt.Errorf("expected JSON: %w", err)
}

func place(b []byte, offset int64) string {
	before := b[:min(int(offset), len(b))]
	return fmt.Sprintf("line %d, column %d", 1+bytes.Count(before, []byte("\n")), max(1, len(before)-1-bytes.LastIndexByte(before, '\n')))
}
