// Package session is what a cell may ask of the notebook session it runs in. In a program outside a
// notebook it answers as a plain process would.
package session

import (
	"context"
	"errors"

	"github.com/gonbml/gonbml/session/rt"
)

// Context returns a context that ends when the cell that calls it is interrupted, or when the
// session ends. Outside a notebook it is context.Background().
func Context() context.Context {
	if h := rt.CurrentHost(); h != nil {
		return h.Context()
	}
	return context.Background()
}

// InNotebook says whether the program runs in a gonbml session.
func InNotebook() bool { return rt.CurrentHost() != nil }

// Input shows the prompt and returns the line that the user enters. Outside a notebook, or where
// the front end cannot ask, it returns an error.
func Input(prompt string) (string, error) { return input(prompt, false) }

// Password is Input without showing what is typed.
func Password(prompt string) (string, error) { return input(prompt, true) }

func input(prompt string, password bool) (string, error) {
	h := rt.CurrentHost()
	if h == nil {
		return "", errors.New("session: there is no notebook to ask; read os.Stdin instead")
	}
	return h.Input(prompt, password)
}
