package progress

import (
	"fmt"
	"html"
	"strings"
	"time"

	"github.com/gonbml/gonbml/display"
)

const (
	// refresh is the least time between two updates of a notebook's display: five a second look
	// alive and cost the front end nothing.
	refresh = 200 * time.Millisecond
	// shownEpochs is the number of epochs in the table; earlier ones are counted only, so that the
	// notebook does not grow.
	shownEpochs = 12
	// keptLines is the number of epochs in the plain text form.
	keptLines = 100
)

// Notebook shows the progress as one display that is updated in place: the backend, a bar for the
// running epoch, and a table of the epochs behind it. Its final state stays in the notebook. The
// plain text has Keras's lines.
type Notebook struct {
	now     func() time.Time
	publish func(display.Bundle)
	last    time.Time
	phase   string
	rows    []Epoch
	// drawn are the epochs of the curves; when they are many every other one is left out.
	drawn   []Epoch
	lines   []string
	dropped int
}

// NewNotebook returns a display that publishes bundles, at most five per second by the clock now.
func NewNotebook(now func() time.Time, publish func(display.Bundle)) *Notebook {
	return &Notebook{now: now, publish: publish}
}

// Update shows the state if the last one is old enough, or if a new phase has begun that may last.
func (n *Notebook) Update(s State) {
	lasting := s.Phase != n.phase && len(n.rows) == 0
	n.phase = s.Phase
	if lasting || n.now().Sub(n.last) >= refresh {
		n.show(s, false)
	}
}

// EpochEnd adds the epoch to the table.
func (n *Notebook) EpochEnd(s State, took time.Duration) {
	e := Epoch{s.Epoch, s.Values, took}
	n.drawn = thin(append(n.drawn, e))
	n.rows = append(n.rows, e)
	if len(n.rows) > shownEpochs {
		n.rows = n.rows[1:]
		n.dropped++
	}
	n.lines = append(n.lines, epochLines(s, took))
	if len(n.lines) > keptLines {
		n.lines = n.lines[1:]
	}
	n.Update(s)
}

// Done shows the final state.
func (n *Notebook) Done(s State) { n.show(s, true) }

func (n *Notebook) show(s State, done bool) {
	n.last = n.now()
	n.publish(display.HTML(n.html(s, done), n.text(s, done)))
}

// text is the plain form.
func (n *Notebook) text(s State, done bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Training on %s\n", s.Backend)
	for _, l := range n.lines {
		b.WriteString(l)
	}
	switch {
	case s.Note != "":
		b.WriteString(s.Note)
	case !done && s.Step == 0:
		b.WriteString(s.Phase + "...")
	case !done && (s.Steps == 0 || s.Step < s.Steps):
		fmt.Fprintf(&b, "Epoch %d/%d\n%s [%s]%s - %s%s - %s", s.Epoch, s.Epochs, s.place(), bar(s.Step, s.Steps, 20), s.left(" - "), s.speed(), s.rate(" - "), values(s.Values))
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// The colours are translucent or the text's own, so that they are legible on a light and on a dark
// page.
const (
	css = `font:13px/1.5 system-ui,sans-serif;max-width:50em`
	dim = `opacity:.65;font-size:12px`
	// Cells carry their own style, because front ends style those of tables, too.
	pad = `text-align:right;padding:1px 0 1px 1.4em`
)

// html is the form for the notebook.
func (n *Notebook) html(s State, done bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<div style="%s"><div style="%s">%s</div>`, css, dim, html.EscapeString(heading(s)))
	status, part := n.status(s, done)
	colour := "#2f7ed8"
	switch {
	case s.Note != "":
		colour = "#d9822b"
	case done:
		colour = "#3a9d5d"
	}
	fmt.Fprintf(&b, `<div style="display:flex;align-items:center;gap:.8em;margin:.3em 0"><b style="white-space:nowrap">Epoch %d/%d</b>`, s.Epoch, s.Epochs)
	fmt.Fprintf(&b, `<div style="flex:1;min-width:6em;height:8px;border-radius:4px;background:rgba(128,128,128,.25)"><div style="width:%.1f%%;height:8px;border-radius:4px;background:%s"></div></div>`, part*100, colour)
	fmt.Fprintf(&b, `<span style="white-space:nowrap;font-variant-numeric:tabular-nums">%s</span></div>`, html.EscapeString(status))
	if s.Note != "" {
		fmt.Fprintf(&b, `<div>%s</div>`, html.EscapeString(s.Note))
	}
	n.table(&b, s, done)
	b.WriteString(curves(n.drawn))
	b.WriteString(`</div>`)
	return b.String()
}

// thin leaves out every other epoch but the last until there are no more than a small chart can
// show.
func thin(epochs []Epoch) []Epoch {
	for len(epochs) > 120 {
		var kept []Epoch
		for i, e := range epochs {
			if i%2 == 0 || i == len(epochs)-1 {
				kept = append(kept, e)
			}
		}
		epochs = kept
	}
	return epochs
}

// heading says what computes on what.
func heading(s State) string {
	parts := []string{s.Backend}
	if s.Examples > 0 {
		parts = append(parts, fmt.Sprintf("%d examples in batches of %d", s.Examples, s.BatchSize))
	}
	if s.Compiling > 0 {
		parts = append(parts, "compiled in "+short(s.Compiling))
	}
	return strings.Join(parts, " · ")
}

// status is the text behind the bar, and how far the bar goes.
func (n *Notebook) status(s State, done bool) (string, float64) {
	part := 0.0
	if s.Steps > 0 {
		part = float64(s.Step) / float64(s.Steps)
	}
	if s.Step == 0 {
		if done {
			return "", 0
		}
		return s.Phase + "…", 0
	}
	text := s.place() + " · " + strings.ReplaceAll(s.speed(), " - ", " · ") + s.rate(" · ")
	if done || s.Step == s.Steps {
		return text, part
	}
	return text + s.left(" · "), part
}

// table lists the epochs behind and the figures of the running one.
func (n *Notebook) table(b *strings.Builder, s State, done bool) {
	rows := n.rows
	running := !done || s.Note != ""
	if running && s.Step > 0 && (len(rows) == 0 || rows[len(rows)-1].Number != s.Epoch) {
		rows = append(rows[:len(rows):len(rows)], Epoch{s.Epoch, s.Values, 0})
	}
	if len(rows) == 0 {
		return
	}
	// The first row names the columns: unlike the running epoch it has the figures of validation.
	head := rows[0].Values
	fmt.Fprintf(b, `<table style="border-collapse:collapse;margin:0;font-variant-numeric:tabular-nums"><tr style="%s"><th style="%s">epoch</th>`, dim, pad)
	for _, v := range head {
		fmt.Fprintf(b, `<th style="%s">%s</th>`, pad, html.EscapeString(v.Name))
	}
	fmt.Fprintf(b, `<th style="%s">time</th></tr>`, pad)
	if n.dropped > 0 {
		fmt.Fprintf(b, `<tr style="%s"><td style="%s">1–%d</td><td colspan="%d" style="padding-left:1.4em">earlier epochs are in the history</td></tr>`, dim, pad, n.dropped, len(head)+1)
	}
	for _, r := range rows {
		fmt.Fprintf(b, `<tr><td style="%s">%d</td>`, pad, r.Number)
		for i := range head {
			text := ""
			if i < len(r.Values) {
				text = figure(r.Values[i].Value)
			}
			fmt.Fprintf(b, `<td style="%s">%s</td>`, pad, text)
		}
		took := "…"
		if r.Took > 0 {
			took = short(r.Took)
		}
		fmt.Fprintf(b, `<td style="%s">%s</td></tr>`, pad, took)
	}
	b.WriteString(`</table>`)
}
