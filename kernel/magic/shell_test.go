package magic

import (
	"context"
	"errors"
	"fmt"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/gonbml/gonbml/internal/testlimit"
	"github.com/gonbml/gonbml/kernel/exec"
)

// recorder is an Output that keeps what it gets and tells every stream on a channel.
type recorder struct {
	mu             sync.Mutex
	stdout, stderr strings.Builder
	seen           chan string
	answers        chan string
	bundles        []exec.Bundle
}

func (r *recorder) Stream(name, text string) {
	r.mu.Lock()
	if name == "stdout" {
		r.stdout.WriteString(text)
	} else {
		r.stderr.WriteString(text)
	}
	r.mu.Unlock()
	if r.seen != nil {
		r.seen <- text
	}
}
func (r *recorder) Display(d exec.Display)                    { r.bundles = append(r.bundles, d.Data) }
func (r *recorder) ClearOutput(bool)                          {}
func (r *recorder) Result(data exec.Bundle, m map[string]any) { r.bundles = append(r.bundles, data) }
func (r *recorder) Input(ctx context.Context, prompt string, password bool) (string, error) {
	select {
	case a := <-r.answers:
		return fmt.Sprintf("%s %v", a, password), nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func run(t *testing.T, ctx context.Context, line string, r *recorder) error {
	t.Helper()
	c, err := Parse(line)
	if err != nil {
		t.Fatal(err)
	}
	return RunShell(ctx, t.TempDir(), append(os.Environ(), "GREETING=hello"), c.Commands[len(c.Commands)-1], r)
}

func TestShellOutput(t *testing.T) {
	for _, tt := range []struct{ line, stdout, stderr, err string }{
		{"!echo $GREETING; echo oops >&2", "hello\n", "oops\n", ""},
		{"!printf 'a\\377b\\303'", "a\uFFFDb\uFFFD", "", ""},
		{"!cat", "", "", ""}, // no input: it ends at once
		{"!echo one; exit 3", "one\n", "", "!echo one; exit 3: exit status 3"},
		{"!kill -9 $$", "", "", "!kill -9 $$: signal: killed"},
		{"!sleep 1000 & echo $!", "", "", ""}, // does not wait for the background process
	} {
		r := &recorder{}
		err := run(t, t.Context(), tt.line, r)
		if tt.err == "" && err != nil || tt.err != "" && (err == nil || err.Error() != tt.err) {
			t.Errorf("%s: error %v, want %q", tt.line, err, tt.err)
		}
		var pid int
		if _, e := fmt.Sscan(r.stdout.String(), &pid); e == nil {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Errorf("%s: the background process is gone: %v", tt.line, err)
			}
			continue
		}
		if r.stdout.String() != tt.stdout || r.stderr.String() != tt.stderr {
			t.Errorf("%s: printed %q and %q, want %q and %q", tt.line, &r.stdout, &r.stderr, tt.stdout, tt.stderr)
		}
	}
}

func TestShellStreamsWhileItRuns(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "go-on")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	r := &recorder{seen: make(chan string)}
	done := make(chan error, 1)
	go func() {
		done <- RunShell(t.Context(), dir, os.Environ(), Command{Shell: "echo first; cat go-on"}, r)
	}()
	if got := <-r.seen; got != "first\n" { // comes although the shell waits for us
		t.Errorf("first output %q", got)
	}
	if err := os.WriteFile(fifo, []byte("second\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := <-r.seen; got != "second\n" {
		t.Errorf("second output %q", got)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestShellIsKilledWithItsChildren(t *testing.T) {
	r := &recorder{seen: make(chan string, 10)}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-r.seen
		cancel()
	}()
	ended := make(chan error, 1)
	go func() { ended <- run(t, ctx, "!trap '' INT; sleep 10000 & echo $!; wait; wait", r) }()
	if err := testlimit.Receive(t, "the end of the command", ended); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	var pid int
	if _, err := fmt.Sscan(r.stdout.String(), &pid); err != nil {
		t.Fatal(err)
	}
	testlimit.Until(t, "the end of the command's child", func() bool { return !alive(pid) })
}

// alive says whether the process runs; one that has ended but was not waited for does not.
func alive(pid int) bool {
	out, _ := osexec.Command("ps", "-o", "stat=", "-p", fmt.Sprint(pid)).Output()
	s := strings.TrimSpace(string(out))
	return s != "" && !strings.HasPrefix(s, "Z")
}

func TestShellInput(t *testing.T) {
	r := &recorder{answers: make(chan string, 2)}
	r.answers <- "Ann"
	if err := run(t, t.Context(), "%with_inputs\n!read x; echo \"<$x>\"", r); err != nil {
		t.Error(err)
	}
	r.answers <- "secret"
	if err := run(t, t.Context(), "%with_password\n!read x; echo \"<$x>\"", r); err != nil {
		t.Error(err)
	}
	if got := r.stdout.String(); got != "<Ann false>\n<secret true>\n" {
		t.Errorf("printed %q", got)
	}
}

func TestShellFlood(t *testing.T) {
	r := &recorder{}
	if err := run(t, t.Context(), "!head -c 20000000 /dev/zero | tr '\\0' x", r); err != nil {
		t.Fatal(err)
	}
	if n := r.stdout.Len(); n != 20000000 {
		t.Errorf("%d bytes came through", n)
	}
}

func TestScript(t *testing.T) {
	r := &recorder{}
	c, err := Parse("%%sh\nx=5\necho $x")
	if err != nil {
		t.Fatal(err)
	}
	if err := RunScript(t.Context(), t.TempDir(), os.Environ(), *c.Whole, r); err != nil {
		t.Fatal(err)
	}
	if r.stdout.String() != "5\n" {
		t.Errorf("printed %q", &r.stdout)
	}
	err = RunScript(t.Context(), t.TempDir(), nil, Whole{Program: []string{"no-such-program"}, Body: "x"}, r)
	if err == nil || !strings.HasPrefix(err.Error(), "%%no-such-program: start no-such-program: ") {
		t.Errorf("error %v", err)
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	for _, code := range []string{"%%writefile $NAME.txt\none\ntwo", "%%writefile -a x.txt\nthree", "%%writefile -a x.txt\nfour\n", "%%writefile -a x.txt\n\nfive"} {
		c, err := Parse(code)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := WriteFile(dir, []string{"NAME=x"}, *c.Whole); err != nil {
			t.Fatal(err)
		}
	}
	if b, _ := os.ReadFile(filepath.Join(dir, "x.txt")); string(b) != "one\ntwo\nthree\nfour\n\n\nfive\n" {
		t.Errorf("file holds %q", b)
	}
	if _, err := WriteFile(dir, nil, Whole{File: "no/such/folder"}); err == nil {
		t.Error("no error for a folder that does not exist")
	}
}

func TestCapture(t *testing.T) {
	dir := t.TempDir()
	r := &recorder{}
	c, err := Capture{File: "out"}.Start(dir, nil, r)
	if err != nil {
		t.Fatal(err)
	}
	c.Stream("stdout", "text\n")
	c.Display(exec.Display{Data: exec.Bundle{"text/html": "<b>", "text/plain": "b"}})
	c.Result(exec.Bundle{"image/png": "AAEC"}, nil)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	c.Stream("stdout", "late\n")
	if b, _ := os.ReadFile(filepath.Join(dir, "out")); string(b) != "text\n<b>\n\x00\x01\x02" {
		t.Errorf("file holds %q", b)
	}
	if r.stdout.String() != "text\nlate\n" || len(r.bundles) != 2 {
		t.Errorf("the front end got %q and %d bundles", &r.stdout, len(r.bundles))
	}
}
