package magic

import (
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/gonbml/gonbml/kernel/exec"
)

// WriteFile writes the file of a %%writefile cell and returns a sentence that says so. The file's
// name is relative to dir.
func WriteFile(dir string, env []string, w Whole) (string, error) {
	path := ExpandPath(w.File, dir, env)
	f, err := open(path, w.Append)
	if err != nil {
		return "", fmt.Errorf("%%%%writefile: %w", err)
	}
	_, err = io.WriteString(f, w.Body)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return "", fmt.Errorf("%%%%writefile: %w", err)
	}
	if w.Append {
		return fmt.Sprintf("Cell contents appended to %q.", path), nil
	}
	return fmt.Sprintf("Cell contents written to %q.", path), nil
}

func open(path string, add bool) (*os.File, error) {
	flags := os.O_CREATE | os.O_WRONLY | os.O_TRUNC
	if add {
		flags = os.O_CREATE | os.O_WRONLY | os.O_APPEND
	}
	return os.OpenFile(path, flags, 0o666)
}

// Captured is an output that is also copied to a file, as %capture asks. As in GoNB, streams and
// texts are copied as they are and images are decoded, without MIME types. Close it when the cell
// has ended; what a goroutine prints after that goes to the front end only.
type Captured struct {
	exec.Output
	mu  sync.Mutex
	f   *os.File
	err error
}

// Start opens the file, whose name is relative to dir, and returns the output to use for the rest
// of the cell.
func (c Capture) Start(dir string, env []string, out exec.Output) (*Captured, error) {
	f, err := open(ExpandPath(c.File, dir, env), c.Append)
	if err != nil {
		return nil, fmt.Errorf("%%capture: %w", err)
	}
	return &Captured{Output: out, f: f}, nil
}

// Stream implements exec.Output.
func (c *Captured) Stream(name, text string) {
	c.Output.Stream(name, text)
	c.write([]byte(text))
}

// Display implements exec.Output.
func (c *Captured) Display(d exec.Display) {
	c.Output.Display(d)
	c.bundle(d.Data)
}

// Result implements exec.Output.
func (c *Captured) Result(data exec.Bundle, metadata map[string]any) {
	c.Output.Result(data, metadata)
	c.bundle(data)
}

// Close closes the file and returns the first error that writing it had.
func (c *Captured) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.f.Close()
	c.f = nil
	if c.err != nil {
		err = c.err
	}
	if err != nil {
		return fmt.Errorf("%%capture: %w", err)
	}
	return nil
}

// bundle writes the richest content.
func (c *Captured) bundle(b exec.Bundle) {
	for _, mime := range []string{"text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/plain"} {
		s, ok := b[mime].(string)
		if !ok {
			continue
		}
		if mime == "image/png" || mime == "image/jpeg" {
			if raw, err := base64.StdEncoding.DecodeString(s); err == nil {
				c.write(raw)
				return
			}
			continue
		}
		c.write([]byte(s + "\n"))
		return
	}
}

func (c *Captured) write(b []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.f == nil || c.err != nil {
		return
	}
	_, c.err = c.f.Write(b)
}
