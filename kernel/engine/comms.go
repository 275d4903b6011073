package engine

import "github.com/gonbml/gonbml/kernel/exec"

// UseComms implements exec.CommUser.
func (e *Engine) UseComms(c exec.Comms) { e.page.use(c) }

// toPrograms hands a value of the page to the worker, also while a cell runs.
func (e *Engine) toPrograms(address string, value any) {
	e.routes.mu.Lock()
	proc := e.routes.proc
	e.routes.mu.Unlock()
	if proc != nil {
		proc.Value(address, value)
	}
}
