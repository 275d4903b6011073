package engine

import (
	"context"
	"sync"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/worker/held"
)

// heldOutput holds back the text of a program that runs for a cell, as the worker does for what the
// cell itself prints. Its goroutine ends with end.
type heldOutput struct {
	exec.Output
	mu    sync.Mutex // guards text
	text  *held.Text[string]
	ended chan struct{}
}

func holdBack(out exec.Output) *heldOutput {
	h := &heldOutput{Output: out, ended: make(chan struct{})}
	h.text = held.New(func(_ int64, stream, text string) { out.Stream(stream, text) })
	go func() {
		for {
			select {
			case <-h.text.Due():
				h.flush()
			case <-h.ended:
				return
			}
		}
	}()
	return h
}

// Stream implements exec.Output.
func (h *heldOutput) Stream(name, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text.Add(0, name, text)
}

// Input implements exec.Output.
func (h *heldOutput) Input(ctx context.Context, prompt string, password bool) (string, error) {
	h.flush()
	return h.Output.Input(ctx, prompt, password)
}

func (h *heldOutput) flush() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text.Flush()
}

// end hands on what is left.
func (h *heldOutput) end() {
	close(h.ended)
	h.flush()
}
