package gopls

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gonbml/gonbml/internal/testlimit"
	kexec "github.com/gonbml/gonbml/kernel/exec"
)

// TestMain runs this program as a language server of our making when it is started as one.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		fake(os.Getenv("FAKE_GOPLS"))
		return
	}
	os.Exit(m.Run())
}

// fake is a language server that completes each text with "word" and does, if the text holds their
// names, what the behaviours say: die, hang, babble.
func fake(behaviour string) {
	in := textproto.NewReader(bufio.NewReader(os.Stdin))
	text := ""
	for {
		head, err := in.ReadMIMEHeader()
		if err != nil {
			return
		}
		n, _ := strconv.Atoi(head.Get("Content-Length"))
		data := make([]byte, n)
		if _, err := io.ReadFull(in.R, data); err != nil {
			return
		}
		var m struct {
			ID     json.RawMessage
			Method string
			Params struct {
				TextDocument   struct{ Text string }
				ContentChanges []struct{ Text string }
			}
		}
		if json.Unmarshal(data, &m) != nil {
			return
		}
		reply := func(result string) {
			body := fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, m.ID, result)
			fmt.Printf("Content-Length: %d\r\n\r\n%s", len(body), body)
		}
		switch m.Method {
		case "initialize":
			if behaviour == "unable" {
				os.Exit(1)
			}
			if behaviour == "mute" {
				os.WriteFile("mute", []byte(strconv.Itoa(os.Getpid())), 0o600)
				select {}
			}
			reply("{}")
		case "textDocument/didOpen":
			text = m.Params.TextDocument.Text
		case "textDocument/didChange":
			text = m.Params.ContentChanges[0].Text
		case "textDocument/completion":
			switch {
			case strings.Contains(text, "die"):
				os.Exit(3)
			case strings.Contains(text, "hang"):
				select {}
			case strings.Contains(text, "slow"):
				time.Sleep(300 * time.Millisecond)
			case strings.Contains(text, "babble"):
				fmt.Print("Content-Length: nonsense\r\n\r\n")
			}
			reply(fmt.Sprintf(`{"items":[{"label":"word","kind":3,"detail":"func()","documentation":{"kind":"markdown","value":"It is. And more."},"sortText":"1"},{"label":"pid","detail":"%d","sortText":"0"}]}`, os.Getpid()))
		case "shutdown":
			reply("null")
		}
	}
}

func newFake(t *testing.T, behaviour string) *Server {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s := New(Options{Program: func() string { return self }, Dir: filepath.Join(t.TempDir(), "w"),
		Workspace: func() (Workspace, error) {
			return Workspace{Mod: []byte("module notebook\n"), Env: append(os.Environ(), "FAKE_GOPLS="+behaviour)}, nil
		}})
	t.Cleanup(s.Close)
	return s
}

// try asks once, as an editor does.
func try(s *Server, text string) ([]kexec.Completion, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	return s.Complete(ctx, map[string]string{"a.go": text}, "a.go", 0)
}

// eventually asks until there is an answer.
func eventually(t *testing.T, s *Server, text string) (items []kexec.Completion) {
	t.Helper()
	testlimit.Until(t, fmt.Sprintf("an answer to %.40q", text), func() bool {
		var err error
		items, err = try(s, text)
		return err == nil
	})
	return items
}

func TestAnswers(t *testing.T) {
	s := newFake(t, "")
	begun := time.Now()
	if _, err := try(s, "x"); !errors.Is(err, ErrNotReady) {
		t.Errorf("the first question: got %v, want ErrNotReady", err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("the first question took %v", took)
	}
	items := eventually(t, s, "x")
	if want := (kexec.Completion{Text: "word", Kind: "function", Detail: "func()", Doc: "It is."}); len(items) != 2 || items[1] != want {
		t.Errorf("got %+v, want %+v in the end", items, want)
	}
}

func TestAProcessThatDiesIsReplaced(t *testing.T) {
	for _, how := range []string{"die", "babble"} {
		s := newFake(t, "")
		first := eventually(t, s, "x")[0].Detail
		for range 2 { // it may die while it is asked, or be found dead
			if items, err := try(s, how); err == nil {
				t.Errorf("%s: got %v", how, items)
			}
		}
		if second := eventually(t, s, "x")[0].Detail; second == first {
			t.Errorf("%s: process %s still answers", how, first)
		}
		gone(t, first)
	}
}

func TestAProcessThatHangsIsReplaced(t *testing.T) {
	s := newFake(t, "")
	s.hang = 3 * time.Second
	first := eventually(t, s, "x")[0].Detail
	for range 3 { // the first waits as long as it may, the others do not wait
		begun := time.Now()
		if _, err := try(s, "hang"); !errors.Is(err, ErrNotReady) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(begun); took > 2*time.Second {
			t.Errorf("took %v", took)
		}
	}
	if second := eventually(t, s, "x")[0].Detail; second == first {
		t.Error("the process that hung still answers")
	}
	gone(t, first)
}

func TestASlowAnswerKeepsTheProcess(t *testing.T) {
	s := newFake(t, "")
	first := eventually(t, s, "x")[0].Detail
	if _, err := try(s, "slow"); !errors.Is(err, ErrNotReady) {
		t.Errorf("got %v", err)
	}
	if second := eventually(t, s, "x")[0].Detail; second != first {
		t.Error("it was replaced")
	}
}

func TestAFileLargerThanAPipeDoesNotBlock(t *testing.T) {
	s := newFake(t, "")
	s.hang = 300 * time.Millisecond
	eventually(t, s, "x")
	_, _ = try(s, "hang")
	big := strings.Repeat("// a long text\n", 1<<20)
	tried := make(chan error, 1)
	go func() {
		_, err := try(s, big)
		tried <- err
	}()
	if err := testlimit.Receive(t, "the end of a question that nobody reads", tried); err == nil {
		t.Error("it was answered")
	}
	eventually(t, s, "x")
}

func TestAProgramThatCannotStartIsNotTriedAllTheTime(t *testing.T) {
	s := newFake(t, "unable")
	var starts int
	program := s.o.Program
	s.o.Program = func() string { starts++; return program() }
	for end := time.Now().Add(700 * time.Millisecond); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if _, err := try(s, "x"); err == nil {
			t.Fatal("answered")
		}
	}
	s.Close()
	if starts != 1 {
		t.Errorf("tried %d times within a second, want once", starts)
	}
}

func TestWithoutTheProgram(t *testing.T) {
	s := New(Options{Program: func() string { return "" }, Dir: t.TempDir(), Workspace: func() (Workspace, error) { return Workspace{}, nil }})
	defer s.Close()
	for range 3 {
		if _, err := try(s, "x"); !errors.Is(err, ErrNotReady) {
			t.Errorf("got %v", err)
		}
	}
}

func TestCloseEndsTheProcess(t *testing.T) {
	s := newFake(t, "")
	pid := eventually(t, s, "x")[0].Detail
	s.Close()
	gone(t, pid)
	if _, err := try(s, "x"); !errors.Is(err, ErrNotReady) {
		t.Errorf("after Close: got %v", err)
	}
}

func TestCloseDoesNotWaitForAStart(t *testing.T) {
	s := newFake(t, "mute")
	if _, err := try(s, "x"); !errors.Is(err, ErrNotReady) {
		t.Errorf("got %v", err)
	}
	var pid []byte
	testlimit.Until(t, "the program's process", func() bool {
		var err error
		pid, err = os.ReadFile(filepath.Join(s.o.Dir, "mute"))
		return err == nil && len(pid) > 0
	})
	begun := time.Now()
	s.Close()
	if took := time.Since(begun); took > startLimit/4 {
		t.Errorf("closed after %v", took)
	}
	gone(t, string(pid))
}

// gone checks that a process does not exist any more, not even as a zombie.
func gone(t *testing.T, pid string) {
	t.Helper()
	n, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	testlimit.Until(t, fmt.Sprintf("the end of process %d", n), func() bool { return syscall.Kill(n, 0) == syscall.ESRCH })
}

func TestOtherFlagsStartItAnew(t *testing.T) {
	s := newFake(t, "")
	first := eventually(t, s, "x")[0].Detail
	workspace := s.o.Workspace
	s.o.Workspace = func() (Workspace, error) {
		w, err := workspace()
		w.Env = append(w.Env, "GOFLAGS=-tags=x")
		return w, err
	}
	if second := eventually(t, s, "x")[0].Detail; second == first {
		t.Error("the process with the old flags still answers")
	}
}

// realServer is a gopls as users have it, about a package with the standard library.
func realServer(t *testing.T) *Server {
	t.Helper()
	program := Find(t.TempDir())
	if program == "" {
		t.Skip("gopls is neither in PATH nor at " + Variable + ": go install golang.org/x/tools/gopls@" + Version)
	}
	s := New(Options{Program: func() string { return program }, Dir: filepath.Join(t.TempDir(), "w"),
		Workspace: func() (Workspace, error) {
			return Workspace{Mod: []byte("module notebook\n\ngo 1.26\n"), Env: append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off")}, nil
		}})
	t.Cleanup(s.Close)
	return s
}

func TestRealGopls(t *testing.T) {
	s := realServer(t)
	text := "package main\n\nimport \"strings\"\n\n// ümlaut doubles 漢.\nfunc ümlaut(a, b int) int { return a }\n\nfunc run() {\n\ts := \"😀\"; _ = ümlaut(1, 2); strings.ToUp(s)\n}\n"
	files := map[string]string{"a.go": text}
	at := func(sub string) int { return strings.Index(text, sub) + len(sub) }
	ctx := testlimit.Context(t)
	var items []kexec.Completion
	testlimit.Until(t, "an answer of gopls", func() bool {
		var err error
		items, err = s.Complete(ctx, files, "a.go", at("strings.ToUp"))
		return err == nil
	})
	i := slices.IndexFunc(items, func(c kexec.Completion) bool { return c.Text == "ToUpper" })
	if i < 0 {
		t.Fatalf("got %v, want ToUpper", items)
	}
	if got := items[i]; got.Kind != "function" || got.Detail != "func(s string) string" || !strings.HasPrefix(got.Doc, "ToUpper returns s with all") {
		t.Errorf("got %+v", got)
	}
	md, err := s.Hover(ctx, files, "a.go", at("_ = üm"))
	if err != nil || !strings.Contains(md, "func ümlaut(a int, b int) int") || !strings.Contains(md, "doubles 漢") {
		t.Errorf("hover: got %q, %v", md, err)
	}
	if out, err := exec.Command("ps", "-o", "args=", "--ppid", strconv.Itoa(s.proc.cmd.Process.Pid)).Output(); err == nil && strings.Contains(string(out), "gopls") {
		t.Errorf("gopls has started a process that is not in its group, and so does not end with it: %s", out)
	}
	label, parameter, _, err := s.Signature(ctx, files, "a.go", at("ümlaut(1, "))
	if err != nil || label != "ümlaut(a int, b int) int" || parameter != "b int" {
		t.Errorf("signature: got %q, %q, %v", label, parameter, err)
	}
	source, where, ok, err := s.Definition(ctx, files, "a.go", at("strings.ToU"))
	_ = source
	if err == nil && ok && !strings.Contains(where, "strings/strings.go:") {
		t.Errorf("definition: got %q", where)
	}
	if _, _, ok, err := s.Definition(ctx, files, "a.go", at("_ = üm")); ok || err != nil {
		t.Errorf("definition in our file: got %v, %v", ok, err)
	}
}
