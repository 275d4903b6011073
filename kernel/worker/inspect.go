package worker

import (
	"context"

	"github.com/gonbml/gonbml/kernel/worker/frame"
)

// Variable names a variable in the process.
type Variable struct {
	Name string
	// Path is the package path of the cell that holds it.
	Path string
	// Type is its type as the user's program spells it.
	Type string
}

// Inspect looks at variables, even while a cell runs. The answer has the keys "busy" (a cell, or a
// goroutine of one, may be changing the values), "variables" (a list of objects, see
// display.Variable) and "table" (the same as a MIME bundle).
func (p *Process) Inspect(ctx context.Context, list []Variable) (map[string]any, error) {
	args := make([]string, 0, 3*len(list))
	for _, v := range list {
		args = append(args, v.Name, v.Path, v.Type)
	}
	reply, err := p.request(ctx, &frame.Message{Kind: frame.Inspect, Args: args})
	if err != nil {
		return nil, err
	}
	return reply.Data, nil
}

// InspectOne renders one variable as a whole. The answer has the keys "busy" and "data", a MIME
// bundle.
func (p *Process) InspectOne(ctx context.Context, v Variable) (map[string]any, error) {
	reply, err := p.request(ctx, &frame.Message{Kind: frame.Inspect, Name: v.Name, Path: v.Path, Text: v.Type})
	if err != nil {
		return nil, err
	}
	return reply.Data, nil
}
