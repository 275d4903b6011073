package engine_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gonbml/gonbml/kernel/engine"
	"github.com/gonbml/gonbml/kernel/exec"
)

// browser acts as the front end and the page in it do: it has comms, and runs the script that is shown to it.
type browser struct {
	t *testing.T

	mu      sync.Mutex
	targets map[string]exec.CommTarget
	peer    exec.CommPeer
	n       int
	deaf    bool // does not answer pings
	lost    int  // so many of the first messages do not arrive
	heard   bool // since the page was loaded
	// on is called for what programs send.
	on func(address string, value any)
	// shown is what displays with an id show now.
	shown map[string]string
	// onHTML is called for HTML that is shown.
	onHTML func(html string)
}

func newBrowser(t *testing.T) *browser {
	return &browser{t: t, targets: map[string]exec.CommTarget{}, shown: map[string]string{}}
}

func (b *browser) Register(target string, t exec.CommTarget) { b.targets[target] = t }
func (b *browser) RegisterFallback(exec.CommTarget)          {}
func (b *browser) Get(string) exec.Comm                      { return nil }
func (b *browser) Open(string, string, exec.CommMessage, exec.CommPeer) (exec.Comm, error) {
	return nil, fmt.Errorf("the page opens the comms here")
}

// pageComm is the kernel's end of the page's comm.
type pageComm struct {
	b     *browser
	id    string
	taken chan bool // closed when the browser knows the peer
}

func (c *pageComm) ID() string                   { return c.id }
func (c *pageComm) Target() string               { return "gonb_comm" }
func (c *pageComm) Close(exec.CommMessage) error { return nil }
func (c *pageComm) Send(m exec.CommMessage) error {
	go func() {
		<-c.taken
		c.b.receive(m)
	}()
	return nil
}

func (b *browser) receive(m exec.CommMessage) {
	var data struct {
		Address string
		Value   any
	}
	if err := json.Unmarshal(m.Data, &data); err != nil {
		b.t.Errorf("a message that is no JSON: %s", m.Data)
	}
	b.mu.Lock()
	on, deaf, first := b.on, b.deaf, !b.heard
	if b.lost > 0 {
		b.lost--
		b.mu.Unlock()
		return
	}
	b.heard = true
	b.mu.Unlock()
	if first {
		b.send("#comm_open_ack", true)
	}
	switch {
	case data.Address == "#heartbeat/ping" && !deaf:
		b.send("#heartbeat/pong", true)
	case !strings.HasPrefix(data.Address, "#") && on != nil:
		on(data.Address, data.Value)
	}
}

// connect is what the script does.
func (b *browser) connect() {
	b.mu.Lock()
	b.n++
	b.heard = false
	c := &pageComm{b, fmt.Sprint(b.n), make(chan bool)}
	target := b.targets["gonb_comm"]
	b.mu.Unlock()
	peer, err := target(c, exec.CommMessage{Data: json.RawMessage("{}")})
	if err != nil {
		b.t.Error(err)
	}
	b.mu.Lock()
	b.peer = peer
	b.mu.Unlock()
	close(c.taken)
	for {
		b.mu.Lock()
		heard := b.heard
		b.mu.Unlock()
		if heard {
			return
		}
		b.send("#heartbeat/ping", true)
		time.Sleep(5 * time.Millisecond)
	}
}

func (b *browser) send(address string, value any) {
	data, err := json.Marshal(map[string]any{"address": address, "value": value})
	if err != nil {
		b.t.Error(err)
	}
	b.mu.Lock()
	peer := b.peer
	b.mu.Unlock()
	peer.Message(exec.CommMessage{Data: data})
}

// output is a cell's output in the browser.
func (b *browser) output(scripts bool) *pageOutput {
	return &pageOutput{recorder: &recorder{}, b: b, scripts: scripts}
}

type pageOutput struct {
	*recorder
	b       *browser
	scripts bool
}

func (o *pageOutput) Display(d exec.Display) {
	html, _ := d.Data["text/html"].(string)
	o.b.mu.Lock()
	onHTML := o.b.onHTML
	if d.ID != "" {
		o.b.shown[d.ID] = html
	}
	o.b.mu.Unlock()
	switch {
	case o.scripts && strings.Contains(html, "new WebSocket"):
		go o.b.connect()
	case onHTML != nil:
		go onHTML(html)
	}
}

// holdsScript says whether a display shows the script for the page.
func (b *browser) holdsScript() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, html := range b.shown {
		if html != "" {
			return true
		}
	}
	return false
}

// waitFor waits until the condition holds.
func waitFor(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func inBrowser(t *testing.T) (*notebook, *browser, func(code string) *pageOutput) {
	n, b := newNotebook(t), newBrowser(t)
	var _ exec.CommUser = (*engine.Engine)(nil)
	n.e.UseComms(b)
	return n, b, func(code string) *pageOutput {
		t.Helper()
		out := b.output(true)
		n.n++
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if f := n.e.Execute(ctx, exec.Request{Code: code, Count: n.n}, out); f != nil {
			t.Fatalf("%s\n%s", f, strings.Join(f.Traceback, "\n"))
		}
		return out
	}
}

func TestASliderMovesACell(t *testing.T) {
	_, b, run := inBrowser(t)
	b.on = func(address string, value any) {
		if address == "/echo" {
			b.send("/slider", value.(float64)+1)
		}
	}
	// While the cell runs: what it sends comes back to it, in order.
	out := run("import \"github.com/janpfeifer/gonb/gonbui/comms\"\n%%\nl := comms.Listen[int](\"/slider\").WithBuffer(20)\n" +
		"for i := range 10 {\n\tcomms.Send(\"/echo\", 10*i)\n\tfmt.Print(<-l.C, \" \")\n}\nl.Close()")
	if got := out.text(); !strings.Contains(got, "1 11 21 31 41 51 61 71 81 91") {
		t.Errorf("got %q", got)
	}
	if b.holdsScript() {
		t.Error("the script stays in the notebook")
	}
	// After it has ended: values go on to come, in order, and what the callback prints appears under its cell, though others
	// have run since.
	subscriber := run("import \"github.com/janpfeifer/gonb/gonbui/comms\"\nmoved := 0\n" +
		"id := comms.Subscribe(\"/slider\", func(_ string, v int) { moved = v; fmt.Println(\"moved to\", v) })")
	run("moved")
	for i := range 50 {
		b.send("/slider", i)
	}
	want := ""
	for i := range 50 {
		want += fmt.Sprintf("moved to %d\n", i)
	}
	waitFor(t, "the last value", func() bool { return strings.Contains(subscriber.text(), "moved to 49") })
	if got := subscriber.text(); got != want {
		t.Errorf("got %q", got)
	}
	if got := run("moved").text(); strings.TrimSpace(got) != "49" {
		t.Errorf("moved is %s", got)
	}
	// A callback that panics ends nothing, and values for nobody are dropped without harm.
	run("comms.Subscribe(\"/bad\", func(_ string, v []string) { panic(v[1]) })\ncomms.Unsubscribe(id)")
	b.send("/bad", []string{"x", "a bad value"})
	b.send("/slider", 99)
	b.send("/nobody", map[string]any{"x": 1})
	run("l := comms.Listen[map[string]float64](\"/map\").LatestOnly()")
	b.send("/map", map[string]float64{"x": 2.5})
	if got := run("m := <-l.C\nm[\"x\"]").text(); strings.TrimSpace(got) != "2.5" {
		t.Errorf("got %s", got)
	}
	if got := run("moved").text(); strings.TrimSpace(got) != "49" {
		t.Errorf("moved is %s after Unsubscribe", got)
	}
}

// The answer to a page that connects is lost where the server does not listen to the kernel yet: the page asks on.
func TestAPageThatIsAnsweredTooEarlyConnects(t *testing.T) {
	_, b, run := inBrowser(t)
	b.lost = 4
	b.on = func(address string, value any) { b.send("/back", value) }
	out := run("import \"github.com/janpfeifer/gonb/gonbui/comms\"\n%%\nl := comms.Listen[int](\"/back\").WithBuffer(5)\n" +
		"for i := range 5 {\n\tcomms.Send(\"/there\", i)\n}\nfor range 5 {\n\tfmt.Print(<-l.C, \" \")\n}\nl.Close()")
	if got := strings.Fields(out.text()); len(got) != 5 {
		t.Errorf("got %q, want 5 values", out.text())
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.lost != 0 || b.n != 1 {
		t.Errorf("%d messages are still to be lost, and %d pages have connected", b.lost, b.n)
	}
}

func TestWidgetsOfGonbui(t *testing.T) {
	_, b, run := inBrowser(t)
	b.onHTML = func(html string) {
		switch { // what the scripts of the widgets do, and then the user
		case strings.Contains(html, "newSyncedVariable(\"/my/slider\""):
			b.send("/my/slider", "50") // a text, as browsers have it
			b.send("/my/slider", "73")
		case strings.Contains(html, "newSyncedVariable(\"/my/button\""):
			b.send("/my/button", 0)
			b.send("/my/button", 1)
		}
	}
	run("import \"github.com/janpfeifer/gonb/gonbui/widgets\"")
	out := run("%%\ns := widgets.Slider(0, 100, 50).WithAddress(\"/my/slider\").Done()\nfor s.Value() != 73 { time.Sleep(time.Millisecond) }\n" +
		"w := widgets.Button(\"go\").WithAddress(\"/my/button\").Done()\nfmt.Println(\"slider at\", s.Value(), w.Address())")
	if got := out.text(); !strings.Contains(got, "slider at 73 /my/button") {
		t.Errorf("got %q", got)
	}
}

func TestThePageIsLoadedAgain(t *testing.T) {
	n, b, run := inBrowser(t)
	run("%widgets")
	if got := run("%widgets_hb").text(); !strings.Contains(got, "the page answered within") {
		t.Errorf("got %q", got)
	}
	b.mu.Lock()
	first := b.n
	b.deaf = true // the page is gone, and has not said so
	b.mu.Unlock()
	time.Sleep(1100 * time.Millisecond)
	n.wantFailure("%widgets_hb", "CommandError", "expected a page that answers")
	b.mu.Lock()
	b.deaf = false
	b.mu.Unlock()
	run("%widgets")
	if b.n != first+1 {
		t.Errorf("%d pages have connected, want %d", b.n, first+1)
	}
}

func TestNoPageConnects(t *testing.T) {
	n := newNotebook(t)
	if out := n.run("%widgets"); !strings.Contains(out, "this front end has no connection for widgets") {
		t.Errorf("without comms: got %q", out)
	}
	b := newBrowser(t)
	n.e.UseComms(b)
	begun := time.Now()
	out := b.output(false)
	f := n.e.Execute(context.Background(), exec.Request{Code: "import \"github.com/janpfeifer/gonb/gonbui/comms\"\ncomms.Subscribe(\"/x\", func(string, int) {})\ncomms.Send(\"/x\", 1)\nfmt.Println(\"done\")"}, out)
	if f != nil || !strings.Contains(out.text(), "done") {
		t.Errorf("got %q, %v", out.text(), f)
	}
	if got := out.text(); strings.Count(got, "note: what this cell shows does not answer: no page has connected within") != 1 {
		t.Errorf("got %q", got)
	}
	if took := time.Since(begun); took > 30*time.Second {
		t.Errorf("a page that does not connect was waited for during %v", took)
	}
	if b.holdsScript() {
		t.Error("the script stays in the notebook")
	}
}

func TestUpdatesStayInPlaceAndACellThatRunsAgainShowsAgain(t *testing.T) {
	n := newNotebook(t)
	cell := "import \"github.com/janpfeifer/gonb/gonbui\"\n%%\nfor i := range 100 { gonbui.UpdateHtml(\"always-the-same\", fmt.Sprint(i)) }"
	for range 2 {
		out := &displays{recorder: &recorder{}}
		if f := n.e.Execute(context.Background(), exec.Request{Code: cell, Count: 1}, out); f != nil {
			t.Fatal(f)
		}
		if out.first != 1 || out.updates != 99 {
			t.Errorf("got %d displays and %d updates, want 1 and 99", out.first, out.updates)
		}
	}
}

// displays counts what makes a notebook longer, and what does not.
type displays struct {
	*recorder
	first, updates int
}

func (d *displays) Display(x exec.Display) {
	if x.Update {
		d.updates++
	} else {
		d.first++
	}
}
