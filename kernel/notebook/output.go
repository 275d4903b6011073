package notebook

import (
	"context"
	"errors"
	"sync"

	"github.com/gonbml/gonbml/kernel/exec"
)

// run is one run of a notebook. Its only goroutines are one for each call of the engine, which ends
// with the call.
type run struct {
	nb     *Notebook
	engine exec.Engine
	opts   RunOptions

	// mu guards the outputs of all cells and what follows: goroutines that a cell left behind print
	// while later cells run.
	mu       sync.Mutex
	term     *terminal
	displays map[string][]*Output // by display id: all places in the notebook that show it
	ended    bool
}

// cellOutput stores and prints what one cell produces.
type cellOutput struct {
	run  *run
	cell *Cell
	// clearNext says that the next output replaces those so far.
	clearNext bool
}

var _ exec.Output = (*cellOutput)(nil)

// add appends an output; r.mu is held.
func (o *cellOutput) add(out *Output) {
	o.clearIfAsked()
	o.cell.Outputs = append(o.cell.Outputs, out)
}

func (o *cellOutput) clearIfAsked() {
	if o.clearNext {
		o.clearNext = false
		o.clear()
	}
}

func (o *cellOutput) clear() {
	for id, places := range o.run.displays {
		kept := places[:0]
		for _, p := range places {
			if !contains(o.cell.Outputs, p) {
				kept = append(kept, p)
			}
		}
		o.run.displays[id] = kept
	}
	o.cell.Outputs = nil
}

func contains(outputs []*Output, p *Output) bool {
	for _, o := range outputs {
		if o == p {
			return true
		}
	}
	return false
}

// Stream implements exec.Output: neighbouring pieces of one stream become one output.
func (o *cellOutput) Stream(name, text string) {
	o.run.mu.Lock()
	defer o.run.mu.Unlock()
	if o.run.ended || text == "" {
		return
	}
	o.run.term.stream(name, text)
	o.clearIfAsked()
	if n := len(o.cell.Outputs); n > 0 {
		if last := o.cell.Outputs[n-1]; last.Type == StreamOutput && last.Name == name {
			last.Text += text
			return
		}
	}
	o.add(&Output{Type: StreamOutput, Name: name, Text: text})
}

// Display implements exec.Output. An update replaces the content of all displays with its id, in
// whichever cell.
func (o *cellOutput) Display(d exec.Display) {
	o.run.mu.Lock()
	defer o.run.mu.Unlock()
	if o.run.ended {
		return
	}
	if d.ID != "" {
		for _, place := range o.run.displays[d.ID] {
			place.Data, place.Metadata = dataOf(d.Data), dataOf(d.Metadata)
		}
	}
	o.run.term.display(d)
	if d.Update {
		return
	}
	out := &Output{Type: DisplayOutput, Data: dataOf(d.Data), Metadata: dataOf(d.Metadata)}
	o.add(out)
	if d.ID != "" {
		o.run.displays[d.ID] = append(o.run.displays[d.ID], out)
	}
}

// ClearOutput implements exec.Output.
func (o *cellOutput) ClearOutput(wait bool) {
	o.run.mu.Lock()
	defer o.run.mu.Unlock()
	if o.run.ended {
		return
	}
	o.clearNext = wait
	if !wait {
		o.clear()
	}
}

// Result implements exec.Output.
func (o *cellOutput) Result(data exec.Bundle, metadata map[string]any) {
	o.run.mu.Lock()
	defer o.run.mu.Unlock()
	if o.run.ended {
		return
	}
	o.run.term.display(exec.Display{Data: data})
	o.add(&Output{Type: ResultOutput, Data: dataOf(data), Metadata: dataOf(metadata), Count: o.cell.Count})
}

// Input implements exec.Output: nobody is there to ask.
func (o *cellOutput) Input(context.Context, string, bool) (string, error) {
	return "", errors.New("a notebook that runs by itself cannot ask for input; give the value as a parameter")
}
