package console

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/history"
)

// answers is a reader that has the answers to questions.
type answers []string

func (a *answers) cell(int) (string, error) { return "", errInterrupt }

func (a *answers) ask(prompt string, _ bool) (string, error) {
	next := (*a)[0]
	*a = (*a)[1:]
	if next == "^C" {
		return "", errInterrupt
	}
	return next, nil
}

// show runs a cell on a terminal of 20 columns and returns what is to be seen.
func show(code string, replies ...string) (string, *script) {
	screen, engine, a := &terminal{cooked: true}, &script{}, answers(replies)
	o := Options{Engine: engine, History: history.New(""), Terminal: true, Out: screen, Err: screen, Width: func() int { return 20 }}
	c := &console{Options: o, screen: newScreen(o), in: &a}
	c.run(context.Background(), 1, code)
	return screen.text(false), engine
}

func TestWhatCellsProduceIsShown(t *testing.T) {
	for name, c := range map[string]struct{ code, want string }{
		"text":                      {"print one\nwarn two", "one\ntwo"},
		"a result":                  {"begin x\nvalue 42", "x\nOut[1]: 42"},
		"a result of several lines": {`value 1\n2`, "Out[1]:\n1\n2"},
		"a display":                 {"begin x\nshow y\nprint z", "x\ny\nz"},
		"a display in its place":    {`print x` + "\n" + `show 1%\nof 2` + "\nupdate 50%\nupdate 100%\nprint z", "x\n100%\nz"},
		"a display out of reach":    {"show 1%\nprint x\nupdate 50%\nupdate 100%\nprint y", "1%\nx\ny\n100%"},
		"cleared":                   {"print " + strings.Repeat("x", 50) + "\nclear\nprint new", "new"},
		"cleared when more comes":   {"print old\nclear wait\nprint new", "new"},
		"cleared when nothing does": {"print old\nclear wait", "old"},
		"a failure":                 {"begin x\nfail no", "x\nno\nline 2"},
	} {
		t.Run(name, func(t *testing.T) {
			if got, _ := show(c.code); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

func TestQuestions(t *testing.T) {
	if got, _ := show("ask Name:\nsecret Key:", "Ann", "1234"); got != "<Ann>\n<1234>" {
		t.Errorf("got %q", got)
	}
	_, engine := show("ask Name:", "^C")
	if engine.interrupted != 1 {
		t.Errorf("Ctrl-C at a question interrupts the cell %d times, want once", engine.interrupted)
	}
}

func TestTheBeginOfTheLineIsPartOfTheQuestion(t *testing.T) {
	s := newScreen(Options{Out: &terminal{}, Err: &terminal{}, Width: func() int { return 20 }})
	s.begin(1)
	s.Stream("stdout", "line\nna")
	s.Stream("stdout", "me? ")
	if got := s.question(); got != "name? " {
		t.Errorf("got %q", got)
	}
	if got := s.question(); got != "" {
		t.Errorf("a second question: got %q", got)
	}
}

// encode returns an image as a bundle.
func encode(t *testing.T, img image.Image) exec.Bundle {
	t.Helper()
	var raw bytes.Buffer
	if err := png.Encode(&raw, img); err != nil {
		t.Fatal(err)
	}
	return exec.Bundle{"image/png": base64.StdEncoding.EncodeToString(raw.Bytes()), "text/plain": "a picture"}
}

func TestPictures(t *testing.T) {
	img := image.NewNRGBA(image.Rect(0, 0, 2, 3))
	for x := range 2 {
		img.Set(x, 0, color.NRGBA{255, 0, 0, 255})
		img.Set(x, 1, color.NRGBA{0, 0, 255, 255})
	} // The last row is transparent.
	for mode, want := range map[string]string{
		"truecolor": "\x1b[38;2;255;0;0;48;2;0;0;255m▀\x1b[38;2;255;0;0;48;2;0;0;255m▀\x1b[0m\n\x1b[38;2;255;255;255;48;2;255;255;255m▀\x1b[38;2;255;255;255;48;2;255;255;255m▀\x1b[0m",
		"":          "\x1b[38;5;196;48;5;21m▀\x1b[38;5;196;48;5;21m▀\x1b[0m\n\x1b[38;5;231;48;5;231m▀\x1b[38;5;231;48;5;231m▀\x1b[0m",
	} {
		t.Setenv("COLORTERM", mode)
		if got := picture(encode(t, img), 80); got != want {
			t.Errorf("COLORTERM=%s: got %q, want %q", mode, got, want)
		}
	}
	for name, size := range map[string]image.Rectangle{"wide": image.Rect(0, 0, 1000, 10), "high": image.Rect(0, 0, 10, 1000), "large": image.Rect(0, 0, 900, 700)} {
		lines := strings.Split(escapes.ReplaceAllString(picture(encode(t, image.NewGray(size)), 80), ""), "\n")
		if len(lines) > maxRows || strings.Count(lines[0], "▀") > 79 || lines[0] == "" {
			t.Errorf("%s: %d rows of %d", name, len(lines), strings.Count(lines[0], "▀"))
		}
	}
	for _, broken := range []string{"", "no base64", base64.StdEncoding.EncodeToString([]byte("no image"))} {
		if got := picture(exec.Bundle{"image/png": broken}, 80); got != "" {
			t.Errorf("%q: got %q", broken, got)
		}
	}
}

func TestTextOfBundles(t *testing.T) {
	for want, data := range map[string]exec.Bundle{
		"plain":      {"text/plain": "plain\n", "text/html": "<b>html</b>"},
		"# markdown": {"text/markdown": "# markdown", "text/html": "x"},
		"name  age\nAnn   7\nJörg & Co": {"text/html": "<style>b { x }</style><table>\n <tr><th>name</th><th>age</th></tr>\n <tr><td>Ann</td>\n <td>7</td></tr>\n" +
			"<tr><td><b>Jörg</b> &amp; Co</td><td></td></tr></table>"},
		"a < b\nc":                     {"text/html": "<p>a &lt; b<br>c</p><script>x < y</script>"},
		"{\n  \"a\": [\n    1\n  ]\n}": {"application/json": map[string]any{"a": []any{1}}},
		"<image/svg+xml, 0.0 kB>":      {"image/svg+xml": "<svg/>"},
		"<image/png, 0.0 kB>":          {"image/png": "AAAA"},
		"":                             {},
	} {
		if got := plainText(data); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
