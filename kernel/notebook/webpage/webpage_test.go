package webpage

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/notebook"
)

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func render(t *testing.T, o Options, cells ...*notebook.Cell) string {
	t.Helper()
	var b strings.Builder
	if err := Write(&b, &notebook.Notebook{Cells: cells}, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func prose(s string) *notebook.Cell { return &notebook.Cell{Type: notebook.MarkdownCell, Source: s} }

func code(source string, outputs ...*notebook.Output) *notebook.Cell {
	return &notebook.Cell{Type: notebook.CodeCell, Source: source, Count: 7, Outputs: outputs}
}

func bundle(kv ...any) *notebook.Output {
	o := &notebook.Output{Type: notebook.DisplayOutput, Data: map[string]any{}}
	for i := 0; i < len(kv); i += 2 {
		o.Data[kv[i].(string)] = kv[i+1]
	}
	return o
}

func TestPage(t *testing.T) {
	h := render(t, Options{Name: "nb.ipynb"},
		prose("intro\n\n# The <title>\n\n| a | b |\n|--|--|\n| 1 | 2 |\n\nnote[^1]\n\n[^1]: foot\n\n```go\nx := 1\n```\n"),
		code("func f() { return 1 }", &notebook.Output{Type: notebook.StreamOutput, Name: "stderr", Text: "<w>\n"}),
		&notebook.Cell{Type: notebook.RawCell, Source: "<raw>"},
	)
	for _, want := range []string{
		"<title>The &lt;title&gt;</title>",
		"Content-Security-Policy\" content=\"default-src 'none'",
		"prefers-color-scheme: dark",
		"<td>1</td>",
		"class=\"footnotes\"",
		"<span class=\"kd\">func</span>",
		"<div class=\"prompt\">[7]</div>",
		"<div class=\"output stream stderr\"><pre>&lt;w&gt;\n</pre>",
		"<pre class=\"raw\">&lt;raw&gt;</pre>",
		"<footer>nb.ipynb, run by gonbml</footer>",
	} {
		if !strings.Contains(h, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if m := regexp.MustCompile(`(?i)<script|<link|@import|url\(|src="http`).FindString(h); m != "" {
		t.Errorf("the page loads something: %s", m)
	}
	if strings.Count(h, "x</span>") != 1 {
		t.Error("the fenced code is not highlighted once")
	}
}

func TestTitleFallsBackToTheName(t *testing.T) {
	if h := render(t, Options{Name: "nb.ipynb"}, prose("text")); !strings.Contains(h, "<title>nb.ipynb</title>") {
		t.Error("no title")
	}
}

func TestRichestSafeOutput(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    *notebook.Output
		want string
	}{
		{"html first", bundle("text/html", "<b>h</b>", "image/png", pixel, "text/plain", "t"), `<div class="output html"><b>h</b></div>`},
		{"a script alone shows nothing", bundle("text/html", "<div id=x></div><script>draw()</script>", "text/plain", "<t>"), "<pre>&lt;t&gt;</pre>"},
		{"a picture instead of a script", bundle("text/html", "text<script>draw()</script>", "image/png", pixel), `<img src="data:image/png;base64,iVBOR`},
		{"vega falls back to SVG", bundle("application/vnd.vegalite.v5+json", map[string]any{}, "image/svg+xml", "<svg/>", "image/png", pixel), `<img src="data:image/svg+xml;base64,PHN2Zy8+" alt="">`},
		{"png with its text", bundle("image/png", pixel[:10]+"\n"+pixel[10:], "text/plain", "a \"plot\"\nmore"), `alt="a &#34;plot&#34;">`},
		{"markdown", bundle("text/markdown", "*m*", "text/plain", "t"), "<p><em>m</em></p>"},
		{"latex", bundle("text/latex", "$x$"), "<math><semantics><mrow><mi>x</mi></mrow>"},
		{"json", bundle("application/json", map[string]any{"a": 1}), "&#34;a&#34;"},
		{"nothing that can be shown", bundle("application/javascript", "alert(1)"), "only a running notebook can show"},
		{"an error", &notebook.Output{Type: notebook.ErrorOutput, Traceback: []string{"\x1b[31mbad\x1b[0m", "<x>"}}, `<pre><span class="ansi-fg1">bad</span>` + "\n&lt;x&gt;</pre>"},
		{"an error's mark and hint", &notebook.Output{Type: notebook.ErrorOutput, Traceback: []string{"\x1b[2m    1 |\x1b[0m 字x", "        \u3000\x1b[31m^\x1b[0m", "\x1b[36m  hint: \x1b[0mtext"}},
			`<pre><span class="ansi-faint">    1 |</span> 字x` + "\n        \u3000" + `<span class="ansi-fg1">^</span>` + "\n" + `<span class="ansi-fg6">  hint: </span>text</pre>`},
		{"an error without traceback", &notebook.Output{Type: notebook.ErrorOutput, EName: "Panic", EValue: "v"}, "<pre>Panic: v</pre>"},
	} {
		if h := render(t, Options{}, code("x", tt.o)); !strings.Contains(h, tt.want) {
			t.Errorf("%s: no %s in %s", tt.name, tt.want, h[strings.Index(h, "<main>"):])
		}
	}
}

func TestPicturesBecomePartOfThePage(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a b.gif"), []byte("GIF"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := prose("![x](attachment:p.png) ![y](a%20b.gif) ![z](none.gif) ![w](https://example.com/w.png)")
	c.Attachments = map[string]map[string]any{"p.png": {"image/png": "QUJD\n"}}
	h := render(t, Options{Dir: dir}, c)
	for _, want := range []string{`src="data:image/png;base64,QUJD"`, `src="data:image/gif;base64,R0lG"`, `src="none.gif"`, `src="https://example.com/w.png"`} {
		if !strings.Contains(h, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestANSI(t *testing.T) {
	for in, want := range map[string]string{
		"a<b":                              "a&lt;b",
		"\x1b[1;32mok\x1b[0m.":             `<span class="ansi-bold ansi-fg2">ok</span>.`,
		"\x1b[91mx\x1b[39my":               `<span class="ansi-fg1">x</span>y`,
		"\x1b[38;5;196mx\x1b[m":            `<span style="color:rgb(255,0,0)">x</span>`,
		"\x1b[48;2;1;2;3mx":                `<span style="background:rgb(1,2,3)">x</span>`,
		"\x1b[2K\x1b[1Ax\x1b]0;title\x07y": "xy",
		"\x1b[2;3;4;7mx\x1b[22;23;24;27my": `<span class="ansi-faint ansi-italic ansi-underline ansi-inverse">x</span>y`,
		"\x1b[38;5mx":                      "x",
		"cut \x1b[3":                       "cut \x1b[3",
	} {
		if got := string(ansi(in)); got != want {
			t.Errorf("ansi(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestCodeOfOtherLanguages(t *testing.T) {
	h := render(t, Options{}, code("%%bash\nfor i in 1; do echo; done"))
	if !strings.Contains(h, "%%bash\n") || !strings.Contains(h, `<span class="k">for</span> i in`) {
		t.Errorf("bash is not highlighted: %s", h[strings.Index(h, "<main>"):])
	}
}

func TestWriteFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.html")
	if err := WriteFile(path, &notebook.Notebook{}, Options{}); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || !strings.HasPrefix(string(b), "<!DOCTYPE html>") {
		t.Errorf("file holds %q, %v", b, err)
	}
	if err := WriteFile(filepath.Join(path, "x"), &notebook.Notebook{}, Options{}); err == nil || !strings.HasPrefix(err.Error(), "write web page: ") {
		t.Errorf("error %v", err)
	}
}
