package ml_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/session/rt"
)

// cell is a notebook's cell as the code in it sees it.
type cell struct {
	ctx context.Context

	mu      sync.Mutex
	shown   []map[string]any
	updates int
}

func (c *cell) Publish(data, _ map[string]any, _ string, update bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shown = append(c.shown, data)
	if update {
		c.updates++
	}
}
func (c *cell) Stdout() io.Writer                          { return io.Discard }
func (c *cell) Show([]any)                                 {}
func (c *cell) Flag(string)                                {}
func (c *cell) ClearOutput(bool)                           {}
func (c *cell) Context() context.Context                   { return c.ctx }
func (c *cell) Input(string, bool) (s string, error error) { return "", errors.New("nobody is there") }

// inCell runs the rest of the test as if in a cell.
func inCell(t *testing.T) (*cell, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	c := &cell{ctx: ctx}
	rt.SetHost(c)
	t.Cleanup(func() { cancel(); rt.SetHost(nil) })
	return c, cancel
}

func TestInterruptedCellStopsFit(t *testing.T) {
	train, _ := digits(t)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		c, interrupt := inCell(t)
		m := digitsModel(t, b)
		stop := &cancelAfter{epoch: 2, cancel: interrupt}
		h, err := m.Fit(context.Background(), train.X, train.Y, ml.FitConfig{BatchSize: 4, Epochs: 1000, Callbacks: []ml.Callback{stop}})
		// The news of a cell's interrupt reaches Fit through a goroutine, which may have to wait for its turn.
		if stop.after > 20 {
			t.Errorf("%d executions after the interrupt", stop.after)
		}
		if !errors.Is(err, ml.ErrInterrupted) || h.Len() == 0 {
			t.Errorf("%d epochs, %v", h.Len(), err)
		}
		last := c.shown[len(c.shown)-1]
		if text := last["text/plain"].(string); !strings.Contains(text, "interrupted in epoch") {
			t.Errorf("the display ends with %q", text)
		}
		if c.updates != len(c.shown)-1 {
			t.Errorf("%d of %d displays are updates of the first. Expected all", c.updates, len(c.shown)-1)
		}
	})
}

func TestDisplayNamesTheBackendFirst(t *testing.T) {
	train, _ := digits(t)
	c, _ := inCell(t)
	m := digitsModel(t, backends[0])
	if _, err := m.Fit(context.Background(), train.X, train.Y, ml.FitConfig{}); err != nil {
		t.Fatal(err)
	}
	if html := c.shown[0]["text/html"].(string); !strings.Contains(html, "Go backend on the CPU") || !strings.Contains(html, "preparing the data…") {
		t.Errorf("the first display is %s", html)
	}
	if text := c.shown[1]["text/plain"].(string); !strings.HasSuffix(text, "compiling...") {
		t.Errorf("the second display is %s", text)
	}
}

func TestUseBackendMovesTheModel(t *testing.T) {
	train, test := digits(t)
	m := digitsModel(t, backends[len(backends)-1])
	fit(t, m, train, ml.FitConfig{Epochs: 2})
	before, err := m.Evaluate(t.Context(), test.X, test.Y)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.UseBackend(backends[0]); err != nil {
		t.Fatal(err)
	}
	after, err := m.Evaluate(t.Context(), test.X, test.Y)
	if err != nil {
		t.Fatal(err)
	}
	if before.Accuracy() != after.Accuracy() {
		t.Errorf("accuracy %v became %v", before, after)
	}
	fit(t, m, train, ml.FitConfig{Epochs: 1})
}

// TestDisplayEndsWithTheTable looks at what a notebook is saved with, by nbclient and all others: one display, with the figures of each epoch.
func TestDisplayEndsWithTheTable(t *testing.T) {
	train, test := digits(t)
	c, _ := inCell(t)
	m := digitsModel(t, backends[0])
	h, err := m.Fit(context.Background(), train.X, train.Y, ml.FitConfig{Epochs: 3, Validation: test})
	if err != nil {
		t.Fatal(err)
	}
	if c.updates != len(c.shown)-1 {
		t.Errorf("%d of %d displays are updates of the first. Expected all", c.updates, len(c.shown)-1)
	}
	html := c.shown[len(c.shown)-1]["text/html"].(string)
	_, table, _ := strings.Cut(html, "<table")
	table, _, _ = strings.Cut(table, "</table>")
	rows := strings.Split(table, "<tr")
	if len(rows) != 1+1+3 {
		t.Fatalf("%d rows beside the header. Expected one for each of 3 epochs:\n%s", len(rows)-2, html)
	}
	for i, e := range h.Epochs {
		for _, v := range e.Values {
			if !strings.Contains(rows[1], ">"+v.Name+"<") || !strings.Contains(rows[2+i], fmt.Sprintf(">%.4f<", v.Value)) {
				t.Errorf("the row of epoch %d lacks %s, %.4f: %s", i+1, v.Name, v.Value, rows[2+i])
			}
		}
	}
}
