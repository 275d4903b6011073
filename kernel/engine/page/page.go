// Package page connects programs with the page in which a browser shows the notebook: gonbui's
// comms, dom and widgets need a script there. It owns that script, how it gets into the page, the
// one comm between the two, and what waits until a page is there. It does not own what is said over
// it: that is between the programs' library and the page.
package page

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/gonbml/gonbml/kernel/exec"
	"github.com/gonbml/gonbml/kernel/worker"
)

// target is the comm target by which the script in the page (page.js) reaches the session. Its
// messages are {"address": A, "value": V}, either way.
const target = "gonb_comm"

// Addresses that the two sides keep for themselves.
const (
	openedAddress = "#comm_open_ack" // from the kernel, and then from the page: the other is heard
	pingAddress   = "#heartbeat/ping"
	pongAddress   = "#heartbeat/pong"
)

// The kernel waits so long for a page: to connect when the script was shown, and to answer a ping. Any message within
// fresh shows that the page is there.
const (
	patience = 6 * time.Second
	pingTime = 500 * time.Millisecond
	fresh    = time.Second
)

//go:embed page.js
var source string

// Page is the session's end of the connection. It shows the script as an output that is emptied
// when the script has connected, so that it is not saved with the notebook.
//
// It has no goroutines. Programs' messages come from the worker's dispatcher, which waits in
// Connect for a page; the page's messages come from the front end's.
type Page struct {
	kernel     string
	toPrograms func(address string, value any)

	// mu guards the fields below.
	mu      sync.Mutex
	comms   exec.Comms    // nil: the front end has no comms
	comm    exec.Comm     // nil: no page is connected
	coming  exec.Comm     // of a page that has not said yet that it hears us; or nil
	opened  chan struct{} // closed when a page connects
	pong    chan struct{} // receives when the page answers a ping
	heard   time.Time     // when the page said something last
	shown   string        // id of the display that holds the script; "" when it is emptied
	out     exec.Output   // to which that display belongs
	refused bool          // no page connected when one was asked for: nobody waits again
	waiting []message     // for a page
}

// mostWaiting is how many messages wait for a page to connect.
const mostWaiting = 1000

// message is the data of a message on the page's comm.
type message struct {
	Address string `json:"address"`
	Value   any    `json:"value,omitempty"`
	Read    bool   `json:"read_request,omitempty"`
}

// New returns the connection of a session that no page has joined. kernel is the id under which the
// Jupyter server knows the session; toPrograms hands on what the page has for the programs.
func New(kernel string, toPrograms func(address string, value any)) *Page {
	return &Page{kernel: kernel, toPrograms: toPrograms, opened: make(chan struct{}), pong: make(chan struct{}, 1)}
}

// Use takes the front end's comms.
func (p *Page) Use(c exec.Comms) {
	p.mu.Lock()
	p.comms = c
	p.mu.Unlock()
	c.Register(target, p.open)
}

// Handle takes what a program has for the page. The end of ctx ends only the wait for a page.
func (p *Page) Handle(ctx context.Context, c worker.Comm, out exec.Output) {
	switch c.Verb {
	case worker.CommUnsubscribe:
		return
	case worker.CommStart, worker.CommSubscribe:
		p.attach(ctx, out)
		return
	}
	p.mu.Lock()
	connected := p.comm != nil
	p.mu.Unlock()
	if !connected {
		p.attach(ctx, out)
	}
	p.post(message{Address: c.Address, Value: c.Value, Read: c.Verb == worker.CommRead})
}

// attach connects the page for a program. When none connects the program's cell says so, once.
func (p *Page) attach(ctx context.Context, out exec.Output) {
	p.mu.Lock()
	told := p.refused
	p.mu.Unlock()
	if err := p.Connect(ctx, out); err != nil && !told && ctx.Err() == nil {
		p.mu.Lock()
		p.refused = true
		p.mu.Unlock()
		out.Stream("stderr", "note: what this cell shows does not answer: "+err.Error()+"\n")
	}
}

// post sends a message to the page, or keeps it until one connects.
func (p *Page) post(m message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.comm != nil {
		p.send(m)
		return
	}
	if p.comms != nil {
		p.waiting = append(p.waiting[max(0, len(p.waiting)-mostWaiting+1):], m)
	}
}

// send sends to the connected page; the caller holds mu.
func (p *Page) send(m message) { sendTo(p.comm, m) }

func sendTo(c exec.Comm, m message) {
	data, err := json.Marshal(m)
	if err != nil {
		return // values of programs come as JSON
	}
	_ = c.Send(exec.CommMessage{Data: data}) // fails for data that is no object
}

// Connect makes sure that a page is connected, and says why none is. It shows the script if need
// be.
func (p *Page) Connect(ctx context.Context, out exec.Output) error {
	if ok, _ := p.Alive(ctx); ok {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	p.mu.Lock()
	if p.comms == nil {
		p.mu.Unlock()
		return errors.New("this front end has no connection for widgets")
	}
	opened := p.opened
	if p.refused {
		p.mu.Unlock()
		return errNoPage
	}
	if p.shown == "" {
		p.shown, p.out = "gonb-page-"+strings.ToLower(rand.Text()), out
		p.show("<script>\n" + p.script() + "</script>")
	}
	p.mu.Unlock()
	err := errNoPage
	select {
	case <-opened:
		return nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(patience):
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.comm != nil { // it has connected at this very moment
		return nil
	}
	p.refused = err == errNoPage
	p.hide()
	return err
}

var errNoPage = fmt.Errorf("no page has connected within %v: the front end runs no scripts, or does not reach the server", patience)

// Retry makes the next Connect wait for a page again.
func (p *Page) Retry() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused = false
}

// show replaces what the display with the script shows; the caller holds mu.
func (p *Page) show(html string) {
	p.out.Display(exec.Display{Data: exec.Bundle{"text/html": html, "text/plain": ""}, ID: p.shown, Update: html == ""})
}

// hide empties the display with the script; the caller holds mu.
func (p *Page) hide() {
	if p.shown != "" {
		p.show("")
		p.shown, p.out = "", nil
	}
}

// script is the script for the page.
func (p *Page) script() string {
	config, _ := json.Marshal(map[string]string{"kernel": p.kernel, "target": target}) // texts
	return strings.Replace(source, "__CONFIG__", string(config), 1)
}

// Alive says whether the page that was connected still is, and how long it took to answer.
func (p *Page) Alive(ctx context.Context) (bool, time.Duration) {
	p.mu.Lock()
	if p.comm == nil {
		p.mu.Unlock()
		return false, 0
	}
	if time.Since(p.heard) < fresh {
		p.mu.Unlock()
		return true, 0
	}
	begun, asked := time.Now(), p.comm
	select {
	case <-p.pong: // an answer that nobody waited for
	default:
	}
	p.send(message{Address: pingAddress, Value: true})
	p.mu.Unlock()
	select {
	case <-p.pong:
		return true, time.Since(begun)
	case <-ctx.Done():
		return false, 0 // the page may well be there
	case <-time.After(pingTime):
	}
	p.mu.Lock()
	if p.comm == asked { // the page was closed, or loaded again
		p.disconnect()
		_ = asked.Close(exec.CommMessage{}) // cannot fail without data
	}
	p.mu.Unlock()
	return false, 0
}
