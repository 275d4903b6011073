package notebook

import (
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gonbml/gonbml/kernel/exec"
)

// terminal writes the progress of a run and what the cells produce as plain text. The run's mutex
// guards it.
type terminal struct {
	out, err io.Writer
	width    int // 0: not a terminal
	title    string

	// The cell's progress line stands there without its end, in case the cell prints nothing.
	heading bool
	midLine bool // the last thing printed did not end its line
	// block is the display that was printed last, by id, and the lines it takes; redrawing is
	// possible only there.
	block string
	lines int
	// states holds the text of displays that were updated and not redrawn.
	states map[string]string
}

func newTerminal(o RunOptions) *terminal {
	t := &terminal{out: o.Stdout, err: o.Stderr, width: o.Width, states: map[string]string{}}
	if t.out == nil {
		t.out = io.Discard
	}
	if t.err == nil {
		t.err = io.Discard
	}
	return t
}

// begin writes the progress line of a cell.
func (t *terminal) begin(number, of int, source string) {
	t.rest()
	t.title = fmt.Sprintf("[%*d/%d]", len(fmt.Sprint(of)), number, of)
	fmt.Fprintf(t.err, "%s %s", t.paint("1;34", t.title), headline(source))
	t.heading = true
}

// finish writes how long the cell took.
func (t *terminal) finish(d time.Duration, failedAsExpected bool) {
	t.rest()
	took := took(d)
	if failedAsExpected {
		took += ", failed as its tag raises-exception expects"
	}
	if t.heading {
		t.heading = false
		fmt.Fprintf(t.err, "  %s\n", t.paint("2", "("+took+")"))
		return
	}
	t.endLine()
	fmt.Fprintf(t.err, "%s %s\n", t.paint("1;34", t.title), t.paint("2", took))
}

// took writes a duration with three digits or so.
func took(d time.Duration) string {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond).String()
	case d < time.Minute:
		return fmt.Sprintf("%.2fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}

func (t *terminal) stream(name, text string) {
	t.endHeading()
	t.block = ""
	w := t.out
	if name == "stderr" {
		w = t.err
	}
	io.WriteString(w, text)
	t.midLine = !strings.HasSuffix(text, "\n")
}

// display writes a display's plain text, or its update.
func (t *terminal) display(d exec.Display) {
	text := plain(d.Data)
	if d.Update && (t.width == 0 || t.block != d.ID) {
		t.states[d.ID] = text
		return
	}
	t.endHeading()
	t.endLine()
	if t.width > 0 && d.ID != "" {
		text = clip(text, t.width)
		if d.Update {
			fmt.Fprintf(t.out, "\x1b[%dA\r\x1b[J", t.lines)
		}
		t.block, t.lines = d.ID, strings.Count(text, "\n")+1
	} else {
		t.block = ""
	}
	delete(t.states, d.ID)
	if text != "" {
		io.WriteString(t.out, text+"\n")
	}
}

// rest writes the last state of displays whose updates were not shown.
func (t *terminal) rest() {
	for _, id := range slices.Sorted(maps.Keys(t.states)) {
		if text := t.states[id]; text != "" {
			t.endHeading()
			t.endLine()
			io.WriteString(t.out, text+"\n")
		}
	}
	clear(t.states)
	t.block = ""
}

func (t *terminal) failure(f *exec.Failure) {
	t.endHeading()
	t.endLine()
	fmt.Fprintf(t.err, "%s: %s\n", f.Name, f.Value)
}

func (t *terminal) endHeading() {
	if t.heading {
		t.heading = false
		io.WriteString(t.err, "\n")
	}
}

func (t *terminal) endLine() {
	if t.midLine {
		t.midLine = false
		io.WriteString(t.out, "\n")
	}
}

func (t *terminal) paint(code, s string) string {
	if t.width == 0 {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// headline is the first line of a cell that says something.
func headline(source string) string {
	comment := ""
	for line := range strings.Lines(source) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line == "%%" || line == "import (":
			continue
		case strings.HasPrefix(line, "//"):
			if comment == "" {
				comment = line
			}
			continue
		}
		return clip(line, 70)
	}
	return clip(comment, 70)
}

// plain returns the text that stands for a bundle where only text can be shown.
func plain(data map[string]any) string {
	for _, mime := range []string{"text/plain", "text/markdown", "text/latex"} {
		if s, ok := data[mime].(string); ok {
			return strings.TrimRight(s, "\n")
		}
	}
	mimes := slices.Sorted(maps.Keys(data))
	if len(mimes) == 0 {
		return ""
	}
	content, _ := data[mimes[0]].(string)
	size := len(content)
	if strings.HasPrefix(mimes[0], "image/") && mimes[0] != "image/svg+xml" {
		size = base64.StdEncoding.DecodedLen(size)
	}
	return fmt.Sprintf("<%s, %.1f kB>", mimes[0], float64(size)/1000)
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;?]*[ -/]*[@-~]")

// clip cuts each line to the given number of characters, escape sequences not counted.
func clip(s string, width int) string {
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		visible := escapes.ReplaceAllString(l, "")
		if utf8.RuneCountInString(visible) > width {
			lines[i] = string([]rune(visible)[:max(0, width-1)]) + "…"
		}
	}
	return strings.Join(lines, "\n")
}
