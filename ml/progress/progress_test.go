package progress

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/gonbml/gonbml/display"
)

func state(epoch, step int, values ...Value) State {
	return State{Backend: "the abacus", Phase: "training", Epoch: epoch, Epochs: 2, Step: step, Steps: 4,
		Training: time.Duration(step) * 23 * time.Millisecond, Examples: 500, BatchSize: 128, LearningRate: 0.001, Values: values}
}

func TestNotebookUpdatesAtMostFiveTimesASecond(t *testing.T) {
	clock := time.Unix(0, 0)
	var shown []display.Bundle
	n := NewNotebook(func() time.Time { return clock }, func(b display.Bundle) { shown = append(shown, b) })
	for i := range 1000 {
		clock = clock.Add(time.Millisecond)
		n.Update(state(1, 1+i%4, Value{"loss", 1}))
	}
	if len(shown) < 5 || len(shown) > 6 {
		t.Errorf("a second of updates was published %d times. Expected 5 or 6", len(shown))
	}
}

func TestNotebookShowsTheEndWhateverTheClock(t *testing.T) {
	var shown []display.Bundle
	n := NewNotebook(func() time.Time { return time.Unix(0, 0) }, func(b display.Bundle) { shown = append(shown, b) })
	n.Update(State{Backend: "the abacus", Phase: "compiling", Epoch: 1, Epochs: 2})
	if got := shown[0][display.MIMEText]; got != "Training on the abacus\ncompiling..." {
		t.Errorf("text while compiling: %q", got)
	}
	values := []Value{{"loss", 0.5}, {"accuracy", 0.75}, {"val_loss", 0.25}, {"val_accuracy", 0.9}}
	n.EpochEnd(state(1, 4, values...), 3*time.Second)
	n.EpochEnd(state(2, 4, values...), 3*time.Second)
	n.Done(state(2, 4, values...))
	last := shown[len(shown)-1]
	want := "Epoch 2/2\n4/4 [====================] - 3.00 s - 23ms/step - loss: 0.5000 - accuracy: 0.7500 - val_loss: 0.2500 - val_accuracy: 0.9000"
	if text := last[display.MIMEText].(string); !strings.HasSuffix(text, want) || strings.Count(text, "Epoch") != 2 {
		t.Errorf("final text:\n%s\nExpected two epochs, the last:\n%s", text, want)
	}
	html := last[display.MIMEHTML].(string)
	for _, want := range []string{"val_accuracy", "0.9000", "width:100.0%", "the abacus", "500 examples"} {
		if !strings.Contains(html, want) {
			t.Errorf("final HTML lacks %q:\n%s", want, html)
		}
	}
	if strings.Contains(html, "<script") {
		t.Error("the display holds a script, which notebooks that are not trusted remove")
	}
}

func TestNotebookDoesNotGrow(t *testing.T) {
	var last display.Bundle
	n := NewNotebook(time.Now, func(b display.Bundle) { last = b })
	for i := range 5000 {
		n.EpochEnd(State{Epoch: 1 + i, Epochs: 5000, Step: 4, Steps: 4, Values: []Value{{"loss", 1 / float64(i+1)}}}, time.Second)
	}
	n.Done(State{Epoch: 5000, Epochs: 5000})
	html, text := last[display.MIMEHTML].(string), last[display.MIMEText].(string)
	if len(html)+len(text) > 25_000 {
		t.Errorf("after 5000 epochs the display has %d bytes of HTML and %d of text", len(html), len(text))
	}
	if !strings.Contains(html, "1–4988") || !strings.Contains(html, "<polyline") {
		t.Errorf("the display lacks the number of hidden epochs, or the curve: %s", html)
	}
}

func TestNotebookEscapes(t *testing.T) {
	var last display.Bundle
	n := NewNotebook(time.Now, func(b display.Bundle) { last = b })
	n.Done(State{Backend: "<b>", Note: "a<b", Step: 1, Steps: 1, Values: []Value{{"<i>", 1}}})
	html := last[display.MIMEHTML].(string)
	if strings.Contains(html, "<i>") || strings.Contains(html, "a<b") {
		t.Errorf("text is not escaped: %s", html)
	}
}

func TestText(t *testing.T) {
	tests := []struct {
		name     string
		terminal bool
		want     string
	}{
		{"file", false, "Training on the abacus\nEpoch 1/2\n4/4 [====================] - 0.10 s - 23ms/step - loss: 0.5000\nInterrupted\n"},
		{"terminal", true, "Training on the abacus\n\rEpoch 1/2 1/4 [=====>..............] 0.07 s left - 23ms/step - 5,570 examples/s - learning rate 0.001 - loss: 0.6000"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var b strings.Builder
			d := NewText(&b, test.terminal)
			d.Update(state(1, 1, Value{"loss", 0.6}))
			d.EpochEnd(state(1, 4, Value{"loss", 0.5}), 100*time.Millisecond)
			s := state(1, 4)
			s.Note = "interrupted"
			d.Done(s)
			if !strings.HasPrefix(b.String(), test.want) {
				t.Errorf("got\n%q\nExpected it to begin\n%q", b.String(), test.want)
			}
		})
	}
}

func TestDisplayWithoutAKnownEnd(t *testing.T) {
	s := state(1, 3, Value{"loss", 0.5})
	s.Steps, s.LearningRate = 0, math.NaN()
	var b strings.Builder
	NewText(&b, true).Update(s)
	if want := "Epoch 1/2 step 3 [....................] - 23ms/step - 5,570 examples/s - loss: 0.5000"; !strings.HasSuffix(b.String(), want) {
		t.Errorf("got %q. Expected %q", b.String(), want)
	}
	var last display.Bundle
	n := NewNotebook(time.Now, func(b display.Bundle) { last = b })
	n.Update(s)
	if html := last[display.MIMEHTML].(string); !strings.Contains(html, "step 3 · 23ms/step · 5,570 examples/s<") {
		t.Errorf("got %s", html)
	}
}

func TestFigures(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{figure(0.12345), "0.1235"}, {figure(0.00001234), "1.234e-05"}, {figure(0), "0.0000"},
		{perStep(23 * time.Millisecond), "23ms/step"}, {perStep(1700 * time.Microsecond), "1.7ms/step"}, {perStep(190 * time.Microsecond), "0.19ms/step"},
		{short(410 * time.Millisecond), "0.41 s"}, {short(12 * time.Second), "12 s"}, {short(185 * time.Second), "3 min 5 s"}, {short(2 * time.Hour), "2 h 0 min"},
		{thousands(1234567), "1,230,000"}, {thousands(999.6), "1,000"}, {thousands(12), "12"},
		{bar(0, 0, 4), "...."}, {bar(1, 4, 4), "=>.."}, {bar(4, 4, 4), "===="},
	} {
		if test.got != test.want {
			t.Errorf("got %q. Expected %q", test.got, test.want)
		}
	}
}

func TestHistoryHTML(t *testing.T) {
	var epochs []Epoch
	for i := range 20 {
		epochs = append(epochs, Epoch{i + 1, []Value{{"loss", 1 / float64(i+1)}, {"<acc>", math.NaN()}, {"val_loss", 2 / float64(i+1)}}, time.Second})
	}
	h := HistoryHTML(epochs)
	for _, want := range []string{"1–8", ">20<", "<polyline", "validation", "&lt;acc&gt;"} {
		if !strings.Contains(h, want) {
			t.Errorf("expected %q in %s", want, h)
		}
	}
	if strings.Count(h, "<svg") != 1 {
		t.Error("a figure without finite values has a panel")
	}
	if strings.Contains(h, "NaN,") || strings.Contains(h, "<acc>") {
		t.Errorf("a point that is no number, or a name that is not escaped: %s", h)
	}
	if h := HistoryHTML(epochs[:1]); strings.Contains(h, "<svg") || !strings.Contains(h, "val_loss") {
		t.Errorf("one epoch: %s", h)
	}
}
