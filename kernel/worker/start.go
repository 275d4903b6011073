package worker

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/gonbml/gonbml/kernel/worker/frame"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// Spec says which process to start.
type Spec struct {
	// Path is the worker program.
	Path string
	// Dir is the folder it runs in.
	Dir string
	// Env is its whole environment. With nil it is the kernel's own.
	Env []string
	// TempDir is an existing folder for the process's named pipes.
	TempDir string
}

// Start starts a worker and waits until it can open cells. The process lives until Close or Kill,
// not until ctx ends.
func Start(ctx context.Context, spec Spec, h Handler) (*Process, error) {
	p, err := start(ctx, spec, h)
	if err != nil {
		return nil, fmt.Errorf("start the worker: %w", err)
	}
	return p, nil
}

func start(ctx context.Context, spec Spec, h Handler) (*Process, error) {
	random := make([]byte, 16)
	rand.Read(random)
	prefix := frame.Prefix(hex.EncodeToString(random))
	c, err := startChild(spec, hex.EncodeToString(random[:4]))
	if err != nil {
		return nil, err
	}
	p := &Process{
		handler: h, proc: c, done: make(chan struct{}), w: frame.NewWriter(c.toWorker),
		opened: map[string]bool{}, replies: map[int64]chan *frame.Message{}, runs: map[int64]*run{},
	}
	d := newDispatcher(p, prefix)
	go d.loop()
	p.send(&frame.Message{Kind: frame.Start, Marker: prefix})
	select {
	case <-d.hello:
		return p, nil
	case <-p.done:
		return nil, p.exit
	case <-ctx.Done():
		p.Kill()
		return nil, ctx.Err()
	}
}

// child is the operating system's side of a worker.
type child struct {
	cmd      *exec.Cmd
	toWorker *os.File
	stdout   *os.File
	stderr   *os.File
	messages *os.File
	pipes    []string // named pipes to remove

	ended  chan struct{} // closed when the process has ended
	killed atomic.Bool   // by us
	closed sync.Once     // of toWorker
}

// startChild starts the process in a process group of its own. name tells its named pipes from
// those of others.
func startChild(spec Spec, name string) (*child, error) {
	c := &child{ended: make(chan struct{})}
	var theirs []*os.File
	fail := func(err error) (*child, error) {
		for _, f := range append(theirs, c.toWorker, c.stdout, c.stderr, c.messages) {
			if f != nil {
				f.Close()
			}
		}
		c.removePipes()
		return nil, err
	}
	var errs [4]error
	pipe := func(err *error, ours, their **os.File, weRead bool) {
		r, w, e := os.Pipe()
		if *err = e; e != nil {
			return
		}
		*ours, *their = r, w
		if !weRead {
			*ours, *their = w, r
		}
		theirs = append(theirs, *their)
	}
	var stdout, stderr, toWorker, messages *os.File
	pipe(&errs[0], &c.stdout, &stdout, true)
	pipe(&errs[1], &c.stderr, &stderr, true)
	pipe(&errs[2], &c.toWorker, &toWorker, false)
	pipe(&errs[3], &c.messages, &messages, true)
	if err := errors.Join(errs[:]...); err != nil {
		return fail(err)
	}
	c.cmd = exec.Command(spec.Path)
	c.cmd.Dir = spec.Dir
	c.cmd.Env = spec.Env
	if c.cmd.Env == nil {
		c.cmd.Env = os.Environ()
	}
	for _, v := range []struct{ name, file string }{{protocol.GONB_PIPE_ENV, "gonbui"}, {protocol.GONB_PIPE_BACK_ENV, "gonbui-back"}} {
		file := filepath.Join(spec.TempDir, v.file+"-"+name)
		if err := syscall.Mkfifo(file, 0o600); err != nil {
			return fail(fmt.Errorf("make the named pipe %s: %w", file, err))
		}
		c.pipes = append(c.pipes, file)
		c.cmd.Env = append(c.cmd.Env, v.name+"="+file)
	}
	c.cmd.Stdout, c.cmd.Stderr = stdout, stderr
	c.cmd.ExtraFiles = []*os.File{toWorker, messages}
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}

	started := make(chan error)
	go func() {
		// The system sends Pdeathsig when the thread ends that started the process, so this
		// goroutine keeps its thread.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := c.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		_ = c.cmd.Wait() // ProcessState has what there is to know
		syscall.Kill(-c.cmd.Process.Pid, syscall.SIGKILL)
		close(c.ended)
	}()
	if err := <-started; err != nil {
		return fail(err)
	}
	for _, f := range theirs {
		f.Close()
	}
	return c, nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// kill ends the process and its group.
func (c *child) kill() {
	select {
	case <-c.ended:
		return // the number may belong to somebody else by now
	default:
	}
	c.killed.Store(true)
	syscall.Kill(-c.pid(), syscall.SIGKILL)
}

// hangUp closes the pipe to the process, which ends it.
func (c *child) hangUp() {
	c.killed.Store(true)
	c.closed.Do(func() { c.toWorker.Close() })
}

func (c *child) removePipes() {
	for _, f := range c.pipes {
		os.Remove(f)
	}
}

// release gives back what the system holds for a process that has ended.
func (c *child) release() {
	c.hangUpQuietly()
	c.stdout.Close()
	c.stderr.Close()
	c.messages.Close()
	c.removePipes()
}

func (c *child) hangUpQuietly() { c.closed.Do(func() { c.toWorker.Close() }) }
