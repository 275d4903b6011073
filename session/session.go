// Package session is what a cell can ask of the notebook session in which it runs. Outside a
// notebook it answers as a plain process would.
package session

import (
	"context"
	"errors"

	"github.com/gonbml/gonbml/session/rt"
)

// Context returns a context that ends when the calling cell is interrupted or the session ends.
// Outside a notebook it is context.Background().
func Context() context.Context {
	if h := rt.CurrentHost(); h != nil {
		return h.Context()
	}
	return context.Background()
}

// InNotebook says whether the program runs in a gonbml session.
func InNotebook() bool { return rt.CurrentHost() != nil }

// Input shows the prompt and returns the line that the user enters. It returns an error outside a
// notebook, and if the front end cannot ask.
func Input(prompt string) (string, error) { return input(prompt, false) }

// Password is like Input, but does not show what is typed.
func Password(prompt string) (string, error) { return input(prompt, true) }

func input(prompt string, password bool) (string, error) {
	h := rt.CurrentHost()
	if h == nil {
		return "", errors.New("session: there is no notebook to ask; read os.Stdin instead")
	}
	return h.Input(prompt, password)
}
