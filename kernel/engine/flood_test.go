package engine_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gonbml/gonbml/kernel/exec"
)

// counted counts the texts that it is given.
type counted struct {
	exec.Output
	mu    sync.Mutex
	texts int
	text  strings.Builder
}

func (c *counted) Stream(_, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.texts++
	c.text.WriteString(text)
}

// lines returns how many lines have come, in how many texts.
func (c *counted) lines() (lines, texts int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.Count(c.text.String(), "\n"), c.texts
}

func TestFloodsAreCoalesced(t *testing.T) {
	n := newNotebook(t)
	for name, code := range map[string]string{
		"a cell":                       "for i := range 1000 { fmt.Println(i) }",
		"a shell line":                 "!for i in $(seq 1000); do echo $i; done",
		"a script":                     "%%bash\nfor i in $(seq 1000); do echo $i; done",
		"a goroutine of an ended cell": "go func() { time.Sleep(200 * time.Millisecond); for i := range 1000 { fmt.Println(i) } }()",
	} {
		t.Run(name, func(t *testing.T) {
			out := &counted{}
			n.n++
			if f := n.e.Execute(context.Background(), exec.Request{Code: code, Count: n.n}, out); f != nil {
				t.Fatal(f)
			}
			n.run("time.Sleep(time.Millisecond)") // what an ended cell prints is not the text of the last
			for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
				lines, texts := out.lines()
				if lines == 1000 {
					if texts > 200 {
						t.Errorf("1000 lines came in %d texts", texts)
					}
					break
				}
				if time.Now().After(end) {
					t.Fatalf("%d lines came in %d texts", lines, texts)
				}
			}
		})
	}
}
