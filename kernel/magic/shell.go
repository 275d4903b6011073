package magic

import (
	"context"
	"errors"
	"fmt"
	"io"
	osexec "os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gonbml/gonbml/kernel/exec"
)

// RunShell runs the command line of a Shell command in bash (or in sh, if there is no bash), with
// dir as its folder and env as its whole environment. It hands the output on as it comes. The error
// says that the exit status was not 0, or that ctx ended; then the shell and all its children were
// interrupted, and killed if they did not end.
//
// A process that the line leaves in the background keeps running. What it prints after the shell
// has ended is dropped, because there is no cell to show it under.
func RunShell(ctx context.Context, dir string, env []string, c Command, out exec.Output) error {
	sh := "bash"
	if _, err := osexec.LookPath(sh); err != nil {
		sh = "sh"
	}
	p := process{name: "!" + c.Shell, argv: []string{sh, "-c", c.Shell}, input: c.Input}
	return p.run(ctx, dir, env, out)
}

// RunScript runs the program of a %%script, %%bash or %%sh cell with the cell's text as its input,
// under the rules of RunShell.
func RunScript(ctx context.Context, dir string, env []string, w Whole, out exec.Output) error {
	p := process{name: "%%" + strings.Join(w.Program, " "), argv: w.Program, stdin: w.Body}
	return p.run(ctx, dir, env, out)
}

// process is one program run for a cell.
//
// Its goroutines: one for each of stdout and stderr, which end when the program has ended and the
// pipe is drained (or, if a background process holds the pipe, when that ends); one that feeds or
// asks for input, which ends with the program.
type process struct {
	name  string // for errors
	argv  []string
	stdin string
	input Input
}

// inputDelay is how long a program must have run before the user is asked for input: one that ends
// at once needs none.
const inputDelay = 200 * time.Millisecond

// killDelay is how long an interrupted program may take to end by itself.
const killDelay = time.Second

func (p process) run(ctx context.Context, dir string, env []string, out exec.Output) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	cmd := osexec.Command(p.argv[0], p.argv[1:]...)
	cmd.Dir, cmd.Env = dir, env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if p.stdin != "" {
		cmd.Stdin = strings.NewReader(p.stdin)
		cmd.WaitDelay = killDelay // a background process may hold the input open unread
	}
	stdout, err := newPipe("stdout")
	if err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	stderr, err := newPipe("stderr")
	if err != nil {
		stdout.close()
		return fmt.Errorf("%s: %w", p.name, err)
	}
	cmd.Stdout, cmd.Stderr = stdout.w, stderr.w
	var stdin io.WriteCloser
	if p.input != NoInput {
		if stdin, err = cmd.StdinPipe(); err != nil {
			stdout.close()
			stderr.close()
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	if err := cmd.Start(); err != nil {
		stdout.close()
		stderr.close()
		return fmt.Errorf("%s: start %s: %w", p.name, p.argv[0], err)
	}
	stdout.w.Close()
	stderr.w.Close()

	locked := &lockedOutput{out: out}
	var readers sync.WaitGroup
	readers.Go(func() { stdout.pump(locked) })
	readers.Go(func() { stderr.pump(locked) })

	running, ended := context.WithCancel(context.WithoutCancel(ctx))
	defer ended()
	if stdin != nil {
		go ask(running, stdin, p.input == AskPassword, out)
	}
	stopKiller := context.AfterFunc(ctx, func() { stopGroup(running, cmd.Process.Pid) })
	err = cmd.Wait()
	ended()
	stopKiller()
	// What the program wrote is in the pipes now. A background process may still hold them open, so
	// their readers take what is there instead of waiting for an end.
	stdout.drain()
	stderr.drain()
	readers.Wait()

	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", p.name, context.Cause(ctx))
	}
	var exit *osexec.ExitError
	if errors.As(err, &exit) {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	// Any other error is the program not having read all of its input, which is its right.
	return nil
}

// stopGroup interrupts the process group and kills it unless running ends within killDelay.
func stopGroup(running context.Context, pid int) {
	_ = syscall.Kill(-pid, syscall.SIGINT)
	select {
	case <-running.Done():
	case <-time.After(killDelay):
	}
	// The group may live on when its leader has ended; a group that is gone is no error.
	_ = syscall.Kill(-pid, syscall.SIGKILL)
}

// ask feeds the program lines that the user enters, until it ends or the front end cannot ask.
func ask(running context.Context, stdin io.WriteCloser, password bool, out exec.Output) {
	defer stdin.Close()
	for {
		select {
		case <-running.Done():
			return
		case <-time.After(inputDelay):
		}
		line, err := out.Input(running, "", password)
		if err != nil {
			return
		}
		if _, err := io.WriteString(stdin, line+"\n"); err != nil {
			return
		}
	}
}

// lockedOutput lets the readers of stdout and stderr take turns.
type lockedOutput struct {
	mu  sync.Mutex
	out exec.Output
}

func (l *lockedOutput) stream(name, text string) {
	if text == "" {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out.Stream(name, text)
}

// RunProgram runs a program without input under the rules of RunShell. Errors call it name.
func RunProgram(ctx context.Context, name string, argv []string, dir string, env []string, out exec.Output) error {
	return process{name: name, argv: argv}.run(ctx, dir, env, out)
}
