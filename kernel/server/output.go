package server

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/message"
)

// large is how much text waits until front ends have taken what was sent before.
const large = 64 << 10

// output publishes what one request produces, as it comes, under that request, also after its
// reply. It holds no text back: who hands it on has done so.
type output struct {
	server      *Server
	request     *request
	count       int
	silent      bool
	allowStdin  bool
	interrupted context.Context

	// mu guards what follows, and the order of messages: the plain text of the result, and what the
	// reply shows in a pager.
	mu     sync.Mutex
	result string
	pages  []any
}

var (
	_ exec.Output = (*output)(nil)
	_ exec.Pager  = (*output)(nil)
)

// Stream implements exec.Output.
func (o *output) Stream(name, text string) {
	if text == "" {
		return
	}
	if len(text) >= large {
		o.server.sockets.IOPub.Room(o.server.ctx)
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.server.publish(o.request, "stream", message.Stream{Name: name, Text: text})
}

// publish sends a message. Content that is no JSON is reported in the cell.
func (o *output) publish(kind string, content any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := o.server.tryPublish(o.request, kind, content); err != nil {
		o.server.publish(o.request, "stream", message.Stream{Name: "stderr", Text: fmt.Sprintf("This output cannot be shown: %v\n", err)})
	}
}

// Display implements exec.Output.
func (o *output) Display(d exec.Display) {
	o.server.sockets.IOPub.Room(o.server.ctx)
	kind := "display_data"
	if d.Update {
		kind = "update_display_data"
	}
	transient := map[string]any{}
	if d.ID != "" {
		transient["display_id"] = d.ID
	}
	o.publish(kind, message.Display{Data: object(d.Data), Metadata: object(d.Metadata), Transient: transient})
}

// ClearOutput implements exec.Output.
func (o *output) ClearOutput(wait bool) {
	o.publish("clear_output", message.ClearOutput{Wait: wait})
}

// Result implements exec.Output.
func (o *output) Result(data exec.Bundle, metadata map[string]any) {
	if o.silent {
		return
	}
	o.server.sockets.IOPub.Room(o.server.ctx)
	o.publish("execute_result", message.ExecuteResult{ExecutionCount: o.count, Data: object(data), Metadata: object(metadata)})
	if text, ok := data["text/plain"].(string); ok {
		o.mu.Lock()
		o.result = text
		o.mu.Unlock()
	}
}

// Page implements exec.Pager: the front end shows the text when it gets the reply.
func (o *output) Page(data exec.Bundle) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pages = append(o.pages, message.Page{Source: "page", Data: data})
}

// payload returns what the reply shows in a pager.
func (o *output) payload() []any {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]any{}, o.pages...)
}

// shown returns the plain text of the result, for the history.
func (o *output) shown() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.result
}

// Input implements exec.Output.
func (o *output) Input(ctx context.Context, prompt string, password bool) (string, error) {
	if !o.allowStdin {
		return "", errors.New("the front end does not allow questions to the user (allow_stdin is false)")
	}
	return o.server.ask(ctx, o.interrupted, o.request, prompt, password)
}

// capture keeps the value of a user expression and drops what it prints.
type capture struct {
	data     exec.Bundle
	metadata map[string]any
}

// Stream implements exec.Output.
func (c *capture) Stream(name, text string) {}

// Display implements exec.Output.
func (c *capture) Display(d exec.Display) {
	if c.data == nil {
		c.data, c.metadata = d.Data, d.Metadata
	}
}

// ClearOutput implements exec.Output.
func (c *capture) ClearOutput(wait bool) {}

// Result implements exec.Output.
func (c *capture) Result(data exec.Bundle, metadata map[string]any) {
	c.data, c.metadata = data, metadata
}

// Input implements exec.Output.
func (c *capture) Input(ctx context.Context, prompt string, password bool) (string, error) {
	return "", errors.New("a user expression cannot ask the user")
}
