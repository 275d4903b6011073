package engine

import "github.com/gonbml/gonbml/kernel/exec"

// UseComms implements exec.CommUser.
func (e *Engine) UseComms(c exec.Comms) {
	e.page.Use(c)
	c.Register(inspectorTarget, e.inspector.open)
}

// toPrograms hands a value of the page to the worker, also while a cell runs.
func (e *Engine) toPrograms(address string, value any) {
	if p := e.session.process(); p != nil {
		p.Value(address, value)
	}
}
