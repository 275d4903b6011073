// Package host is the inside of a worker: the process that opens compiled cells as plugins and runs
// them. It owns the process's side of the pipes to the kernel, the run of each cell (panics,
// interrupts), and what cells reach through rt.Host. It decides nothing about cells, and it never
// gives up: whatever a cell does short of ending the process, the host goes on answering.
//
// Goroutines: Main reads from the kernel and ends with the process; each run has one for its cell;
// one waits for reads from standard input while a cell runs; one serves gonbui's named pipe. All
// but those of the cells end only with the process.
package host

import (
	"context"
	"fmt"
	"log"
	"os"
	"plugin"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/gonbml/gonbml/kernel/worker/frame"
	"github.com/gonbml/gonbml/session/rt"
)

// host is the one host of the process.
type host struct {
	out   *sender
	stdin *stdin

	mu   sync.Mutex
	runs map[int64]*run // those that Done was not sent for
	last *run           // the latest that began, or, when that has ended, of those that run
	asks map[int64]chan *frame.Message
	ask  atomic.Int64

	subscribed map[string]int // how many programs want the page's values, by their address
	answers    *answers       // to programs that read gonbui's named pipe; nil before it is open

	inspecting sync.Mutex            // held while variables are looked at
	stuck      map[any]chan struct{} // looks that have not ended, by the variable's pointer

	streams streams  // who may write to the output streams
	stdout  *printer // what cells print goes through it
	stderr  *printer // what cells log
}

// Main serves the kernel until the kernel closes its pipe.
func Main() {
	syscall.CloseOnExec(frame.ToWorker)
	syscall.CloseOnExec(frame.FromWorker)
	catchInterrupts()

	in := frame.NewReader(os.NewFile(frame.ToWorker, "from kernel"))
	start, err := in.Read()
	if err != nil || start.Kind != frame.Start {
		fmt.Fprintln(os.Stderr, "This program runs the cells of a gonbml notebook; it is of no use by itself.")
		os.Exit(2)
	}
	bufferLines()
	initFlags()
	h := &host{out: newSender(start.Marker), runs: map[int64]*run{}, asks: map[int64]chan *frame.Message{}, subscribed: map[string]int{}, stuck: map[any]chan struct{}{}}
	h.stdin, h.stdout, h.stderr = newStdin(h), newPrinter(h, "stdout", os.Stdout), newPrinter(h, "stderr", os.Stderr)
	rt.SetHost(h)
	rt.SetStacks(stackBytes)
	log.SetOutput(h.stderr)
	active.Store(h)
	go h.servePipes()
	h.out.send(&frame.Message{Kind: frame.Hello}, ordered)
	for {
		m, err := in.Read()
		if err != nil {
			end()
		}
		h.handle(m)
	}
}

// active is the host for Gonbui, which generated code calls.
var active atomic.Pointer[host]

// end ends the process and the programs it started, because the kernel is gone.
func end() {
	if syscall.Getpgrp() == os.Getpid() {
		syscall.Kill(0, syscall.SIGKILL)
	}
	os.Exit(0)
}

// handle does what the kernel asks and does not wait for anything.
func (h *host) handle(m *frame.Message) {
	switch m.Kind {
	case frame.Open:
		go h.reply(m.ID, func() error {
			h.opens(m.Exec)
			return open(m.SO)
		})
	case frame.Activate:
		h.reply(m.ID, func() error {
			for _, key := range m.Args {
				rt.Activate(key, m.Path)
			}
			return nil
		})
	case frame.Run:
		h.start(m.Exec, m.Path, m.Args)
	case frame.Interrupt:
		h.mu.Lock()
		r := h.runs[m.Exec]
		h.mu.Unlock()
		if r != nil {
			r.interrupt()
		}
	case frame.Setenv:
		h.reply(m.ID, func() error {
			if m.Remove {
				return os.Unsetenv(m.Name)
			}
			return os.Setenv(m.Name, m.Text)
		})
	case frame.Stacks:
		h.out.send(&frame.Message{Kind: frame.Reply, ID: m.ID, Text: stacks()}, ordered)
	case frame.Chdir:
		h.reply(m.ID, func() error { return os.Chdir(m.Text) })
	case frame.Inspect:
		go h.inspect(m)
	case frame.Value:
		h.deliver(m.Text, m.Data["value"])
	case frame.Answer:
		h.mu.Lock()
		answer := h.asks[m.ID]
		delete(h.asks, m.ID)
		h.mu.Unlock()
		if answer != nil {
			answer <- m
		}
	}
}

// reply answers a request by what f returns.
func (h *host) reply(id int64, f func() error) {
	m := &frame.Message{Kind: frame.Reply, ID: id}
	if err := f(); err != nil {
		m.Error = err.Error()
	}
	h.out.send(m, ordered)
}

// open loads a plugin, whose initialisers may do anything.
func open(so string) (err error) {
	ended := false
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic while a package was initialised: %v", describe(r).Value)
		} else if !ended {
			err = fmt.Errorf("runtime.Goexit was called while a package was initialised")
		}
	}()
	_, err = plugin.Open(so)
	ended = true
	return err
}

// owner returns the run that the calling goroutine works for: that of the cell that started it; for
// a goroutine started by a library, the latest.
func (h *host) owner() (id int64, ctx context.Context) {
	if e := rt.Current(); e != nil {
		return e.ID, e.Context
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.last == nil {
		return 0, context.Background()
	}
	return h.last.exec.ID, h.last.exec.Context
}
