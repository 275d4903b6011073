package server

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/message"
)

// Text of a stream is held back for streamDelay, or until streamSize bytes have come, and sent as
// one message: a loop that prints would otherwise drown the front end in messages.
const (
	streamDelay = 10 * time.Millisecond
	streamSize  = 64 << 10
)

// output publishes what one request produces, under that request, also after its reply.
type output struct {
	server      *Server
	request     *request
	count       int
	silent      bool
	allowStdin  bool
	interrupted context.Context

	// mu guards what follows, and the order of messages: the stream whose text is held back, the
	// text, the timer that will send it (nil: none), the plain text of the result, and what the
	// reply shows in a pager.
	mu     sync.Mutex
	stream string
	held   strings.Builder
	timer  *time.Timer
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
	if len(text) >= streamSize {
		o.server.sockets.IOPub.Room(o.server.ctx)
	}
	o.mu.Lock()
	if o.stream != name {
		o.flushLocked()
		o.stream = name
	}
	o.held.WriteString(text)
	full := o.held.Len() >= streamSize
	if full {
		o.flushLocked()
	} else if o.timer == nil {
		o.timer = time.AfterFunc(streamDelay, o.flush)
	}
	o.mu.Unlock()
	if full {
		o.server.sockets.IOPub.Room(o.server.ctx)
	}
}

// flush sends the text that is held back.
func (o *output) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flushLocked()
}

func (o *output) flushLocked() {
	if o.timer != nil {
		o.timer.Stop()
		o.timer = nil
	}
	if o.held.Len() == 0 {
		return
	}
	o.server.publish(o.request, "stream", message.Stream{Name: o.stream, Text: o.held.String()})
	o.held.Reset()
}

// publish sends a message after the text that was held back. Content that is no JSON is reported in
// the cell.
func (o *output) publish(kind string, content any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flushLocked()
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
	o.flush()
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
