package host

import (
	"context"
	"errors"

	"github.com/gonbml/gonbml/display"
	"github.com/gonbml/gonbml/kernel/worker/frame"
)

// Publish implements rt.Host.
func (h *host) Publish(data, metadata map[string]any, id string, update bool) {
	exec, _ := h.owner()
	if len(metadata) > 0 {
		metadata = encoded(metadata)
	}
	h.out.send(&frame.Message{Kind: frame.Display, Exec: exec, Data: encoded(data), Metadata: metadata, DisplayID: id, Update: update}, ordered)
}

// Show implements rt.Host.
func (h *host) Show(values []any) {
	exec, _ := h.owner()
	h.out.send(&frame.Message{Kind: frame.Result, Exec: exec, Data: encoded(display.Values(values...))}, ordered)
}

// ClearOutput implements rt.Host.
func (h *host) ClearOutput(wait bool) {
	exec, _ := h.owner()
	h.out.send(&frame.Message{Kind: frame.Clear, Exec: exec, Wait: wait}, ordered)
}

// Context implements rt.Host.
func (h *host) Context() context.Context {
	_, ctx := h.owner()
	return ctx
}

// Input implements rt.Host.
func (h *host) Input(prompt string, password bool) (string, error) {
	exec, ctx := h.owner()
	return h.input(ctx, exec, prompt, password)
}

// input asks the kernel and waits for the answer or the end of ctx.
func (h *host) input(ctx context.Context, exec int64, prompt string, password bool) (string, error) {
	id := h.ask.Add(1)
	answer := make(chan *frame.Message, 1)
	h.mu.Lock()
	h.asks[id] = answer
	h.mu.Unlock()
	h.out.send(&frame.Message{Kind: frame.Input, ID: id, Exec: exec, Text: prompt, Password: password}, ordered)
	select {
	case m := <-answer:
		if m.Error != "" && ctx.Err() != nil {
			return "", ctx.Err() // the kernel has given up asking for the same reason
		}
		if m.Error != "" {
			return "", errors.New(m.Error)
		}
		return m.Text, nil
	case <-ctx.Done():
		h.mu.Lock()
		delete(h.asks, id)
		h.mu.Unlock()
		return "", ctx.Err()
	}
}
