package progress

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Text shows the progress as lines. On a terminal, the line of the running epoch is overwritten in
// place.
type Text struct {
	w        io.Writer
	terminal bool
	began    bool
	last     time.Time
	width    int
}

// NewText returns a display that writes lines to w. terminal says that a carriage return goes back
// to the beginning of the line.
func NewText(w io.Writer, terminal bool) *Text { return &Text{w: w, terminal: terminal} }

// Update shows the running epoch, on a terminal only.
func (t *Text) Update(s State) {
	t.head(s)
	if !t.terminal || time.Since(t.last) < 100*time.Millisecond {
		return
	}
	t.last = time.Now()
	if s.Step == 0 {
		t.over(s.Phase + "...")
		return
	}
	t.over(fmt.Sprintf("Epoch %d/%d %s [%s]%s - %s%s - %s", s.Epoch, s.Epochs, s.place(), bar(s.Step, s.Steps, 20), s.left(" "), s.speed(), s.rate(" - "), values(s.Values)))
}

// head prints once what computes.
func (t *Text) head(s State) {
	if !t.began {
		t.began = true
		fmt.Fprintf(t.w, "Training on %s\n", s.Backend)
	}
}

// over overwrites the line.
func (t *Text) over(line string) {
	fmt.Fprintf(t.w, "\r%s%s", line, strings.Repeat(" ", max(0, t.width-len(line))))
	t.width = len(line)
}

// clear empties the line.
func (t *Text) clear() {
	if t.terminal && t.width > 0 {
		t.over("")
		fmt.Fprint(t.w, "\r")
	}
}

// EpochEnd prints the epoch's two lines.
func (t *Text) EpochEnd(s State, took time.Duration) {
	t.head(s)
	t.clear()
	fmt.Fprint(t.w, epochLines(s, took))
}

// epochLines is an epoch as Keras prints it.
func epochLines(s State, took time.Duration) string {
	return fmt.Sprintf("Epoch %d/%d\n%d/%d [%s] - %s - %s - %s\n", s.Epoch, s.Epochs, s.Step, s.Steps, bar(s.Step, s.Steps, 20), short(took), perStep(s.StepTime()), values(s.Values))
}

// Done prints the note, if there is one.
func (t *Text) Done(s State) {
	t.clear()
	if s.Note != "" {
		fmt.Fprintln(t.w, strings.ToUpper(s.Note[:1])+s.Note[1:])
	}
}
