// Package console is a terminal for an exec.Engine: it reads cells, runs them, and shows what they
// produce as text. It owns the prompt, the screen and the keys of the terminal. Everything else is
// the engine's, so a cell means the same here as in a notebook.
//
// On a terminal, cells are edited over several lines, with history and completion. Input that is
// not a terminal, such as a pipe, is read line by line until a cell is complete. The editor is the
// package's own, because the available ones either edit a single line only, or ask the terminal
// where its cursor is and mix up the answer with keys typed ahead.
package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/history"
)

// Options are what a console works with.
type Options struct {
	Engine exec.Engine
	// History keeps cells across sessions.
	History *history.Log
	// Terminal says that standard input and output are a terminal: cells are edited, and colours
	// are shown.
	Terminal bool
	// In is read if Terminal is false.
	In io.Reader
	// Out gets what cells print and show. Err gets what they print on standard error, and why they
	// fail.
	Out, Err io.Writer
	// Width returns the number of columns of the terminal, or 0 if there is none.
	Width func() int
	// Banner is the first thing shown on a terminal.
	Banner string
}

// ErrFailed says that a cell failed, in input that is not a terminal. The reason has been shown.
var ErrFailed = errors.New("a cell failed")

// errInterrupt is Ctrl-C at a prompt.
var errInterrupt = errors.New("interrupted")

// reader reads cells and the answers to questions.
type reader interface {
	// cell returns the next cell, errInterrupt to begin again, or io.EOF at the end.
	cell(number int) (string, error)
	// ask returns the answer to a cell's question.
	ask(prompt string, password bool) (string, error)
}

// console is one session at a terminal.
type console struct {
	Options
	in     reader
	screen *screen
}

// Run reads and runs cells until the end of the input. If the input is not a terminal and a cell
// fails, it returns ErrFailed; at a terminal the user sees why and goes on.
//
// Its goroutines: one waits for Ctrl-C while a cell runs, and ends with it. The engine calls the
// screen from goroutines of its own.
func Run(ctx context.Context, o Options) error {
	c := &console{Options: o, screen: newScreen(o)}
	if o.Terminal {
		fmt.Fprintln(o.Out, o.Banner)
		e := newEditor(o)
		c.in, c.screen.apart = e, e.apart
	} else {
		c.in = newPlain(o)
	}
	for number := 1; ; {
		code, err := c.in.cell(number)
		switch {
		case errors.Is(err, errInterrupt):
			continue
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("read a cell: %w", err)
		case strings.TrimSpace(code) == "":
			continue
		}
		if f := c.run(ctx, number, code); f != nil && !o.Terminal {
			return ErrFailed
		}
		number++
	}
}

// run runs a cell and shows why it failed.
func (c *console) run(ctx context.Context, number int, code string) *exec.Failure {
	if err := c.History.Add(number, code); err != nil {
		fmt.Fprintf(c.Err, "gonbml: %v\n", err)
	}
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, syscall.SIGINT)
	ended := make(chan struct{})
	go func() {
		for {
			select {
			case <-interrupts:
				c.Engine.Interrupt()
			case <-ended:
				return
			}
		}
	}()
	c.screen.begin(number)
	f := c.Engine.Execute(ctx, exec.Request{Code: code, Count: number, AllowStdin: true}, output{c.screen, c})
	signal.Stop(interrupts)
	close(ended)
	c.History.SetOutput(number, c.screen.finish())
	if f != nil {
		c.screen.failure(f)
	}
	return f
}

// output is the screen with somebody who can be asked.
type output struct {
	*screen
	console *console
}

var _ exec.Output = output{}

// Input implements exec.Output.
func (o output) Input(ctx context.Context, prompt string, password bool) (string, error) {
	answer, err := o.console.in.ask(o.question()+prompt, password)
	switch {
	case errors.Is(err, errInterrupt):
		o.console.Engine.Interrupt()
		return "", errors.New("interrupted")
	case errors.Is(err, io.EOF):
		return "", io.EOF
	}
	return answer, err
}
