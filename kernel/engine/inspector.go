package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gonbml/gonbml/kernel/engine/words"
	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/magic"
	"github.com/gonbml/gonbml/kernel/program"
	"github.com/gonbml/gonbml/kernel/worker"
)

// inspectorTarget is the comm target through which front ends see the session's variables; docs/inspector.md describes
// its messages.
const inspectorTarget = "gonbml.variables"

// inspector shows the session's variables, in cells (%whos) and over comms. It never waits for a running cell: the worker
// looks at the values meanwhile.
//
// Its goroutines: one for each request that a comm has brought, which ends when the worker has answered or after
// inspectorTime.
type inspector struct {
	// values returns the worker, nil while there is none, and the program whose values it holds.
	values func() (*worker.Process, *program.Program)

	// mu guards the comms that want to hear of changes, by id.
	mu       sync.Mutex
	watchers map[string]exec.Comm
}

// inspectorTime is how long a request may take.
const inspectorTime = 5 * time.Second

func newInspector(values func() (*worker.Process, *program.Program)) *inspector {
	return &inspector{values: values, watchers: map[string]exec.Comm{}}
}

// now returns the worker and the variables that there are now, also those of the main lane's running cell.
func (i *inspector) now() (*worker.Process, []worker.Variable) {
	proc, p := i.values()
	var list []worker.Variable
	for _, v := range p.Located() {
		list = append(list, worker.Variable(v))
	}
	return proc, list
}

// tellWatchers sends those who watch what there is now.
func (i *inspector) tellWatchers() {
	i.mu.Lock()
	var comms []exec.Comm
	for _, c := range i.watchers {
		comms = append(comms, c)
	}
	i.mu.Unlock()
	if len(comms) == 0 {
		return
	}
	go func() {
		answer := i.variables(nil)
		for _, c := range comms {
			answer.sendOn(c)
		}
	}()
}

// inspection is a message of the inspector.
type inspection struct {
	Type      string          `json:"type"`
	ID        json.RawMessage `json:"id,omitempty"` // as the request had it
	Busy      bool            `json:"busy"`
	Variables any             `json:"variables,omitempty"`
	Name      string          `json:"name,omitempty"`
	Data      any             `json:"data,omitempty"`
	Error     string          `json:"error,omitempty"`
}

func (m inspection) sendOn(c exec.Comm) {
	data, err := json.Marshal(m)
	if err != nil {
		return // what came from the worker was JSON
	}
	_ = c.Send(exec.CommMessage{Data: data}) // fails for data that is no object
}

// variables describes all variables.
func (i *inspector) variables(id json.RawMessage) inspection {
	m := inspection{Type: "variables", ID: id, Variables: []any{}}
	proc, list := i.now()
	if proc == nil || len(list) == 0 {
		return m
	}
	ctx, cancel := context.WithTimeout(context.Background(), inspectorTime)
	defer cancel()
	answer, err := proc.Inspect(ctx, list)
	if err != nil {
		return inspection{Type: "error", ID: id, Error: err.Error()}
	}
	m.Busy, _ = answer["busy"].(bool)
	m.Variables = answer["variables"]
	return m
}

// value renders one variable whole.
func (i *inspector) value(id json.RawMessage, name string) inspection {
	proc, list := i.now()
	at := slices.IndexFunc(list, func(v worker.Variable) bool { return v.Name == name })
	if proc == nil || at < 0 {
		return inspection{Type: "error", ID: id, Name: name, Error: fmt.Sprintf("expected the name of a variable. Got %q", name)}
	}
	ctx, cancel := context.WithTimeout(context.Background(), inspectorTime)
	defer cancel()
	answer, err := proc.InspectOne(ctx, list[at])
	if err != nil {
		return inspection{Type: "error", ID: id, Name: name, Error: err.Error()}
	}
	m := inspection{Type: "value", ID: id, Name: name, Data: answer["data"]}
	m.Busy, _ = answer["busy"].(bool)
	return m
}

// open is the exec.CommTarget of the inspector.
func (i *inspector) open(c exec.Comm, _ exec.CommMessage) (exec.CommPeer, error) {
	return inspectorPeer{i, c}, nil
}

// inspectorPeer takes what one front end asks.
type inspectorPeer struct {
	i *inspector
	c exec.Comm
}

// Message implements exec.CommPeer.
func (p inspectorPeer) Message(m exec.CommMessage) {
	var request struct {
		Type string          `json:"type"`
		ID   json.RawMessage `json:"id"`
		Name string          `json:"name"`
		On   bool            `json:"on"`
	}
	if err := json.Unmarshal(m.Data, &request); err != nil {
		inspection{Type: "error", Error: "expected a request as docs/inspector.md describes it. Got " + err.Error()}.sendOn(p.c)
		return
	}
	switch request.Type {
	case "list":
		go func() { p.i.variables(request.ID).sendOn(p.c) }()
	case "value":
		go func() { p.i.value(request.ID, request.Name).sendOn(p.c) }()
	case "watch":
		p.i.mu.Lock()
		if request.On {
			p.i.watchers[p.c.ID()] = p.c
		} else {
			delete(p.i.watchers, p.c.ID())
		}
		p.i.mu.Unlock()
		if request.On {
			go func() { p.i.variables(request.ID).sendOn(p.c) }()
		}
	default:
		inspection{Type: "error", ID: request.ID, Error: fmt.Sprintf("expected a request of type list, value or watch. Got %q", request.Type)}.sendOn(p.c)
	}
}

// Closed implements exec.CommPeer.
func (p inspectorPeer) Closed(exec.CommMessage) {
	p.i.mu.Lock()
	defer p.i.mu.Unlock()
	delete(p.i.watchers, p.c.ID())
}

// whos shows the variables, or those that are named, as a table.
func (i *inspector) whos(ctx context.Context, c magic.Command, out exec.Output) *exec.Failure {
	proc, list := i.now()
	if len(c.Args) > 0 {
		for _, name := range c.Args {
			if !slices.ContainsFunc(list, func(v worker.Variable) bool { return v.Name == name }) {
				return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%whos: expected names of variables. Got %s; %%whos alone shows all", c.Line, name))
			}
		}
		list = slices.DeleteFunc(slices.Clone(list), func(v worker.Variable) bool { return !slices.Contains(c.Args, v.Name) })
	}
	if proc == nil || len(list) == 0 {
		out.Stream("stdout", "no variables\n")
		return nil
	}
	answer, err := proc.Inspect(ctx, list)
	if err != nil {
		return words.Failure(exec.CommandError, fmt.Sprintf("line %d: %%whos: %v", c.Line, err))
	}
	bundle := exec.Bundle{}
	if table, ok := answer["table"].(map[string]any); ok {
		bundle = table
	}
	if text, ok := bundle["text/plain"].(string); ok {
		bundle["text/plain"] = strings.TrimRight(text, "\n")
	}
	out.Display(exec.Display{Data: bundle})
	return nil
}
