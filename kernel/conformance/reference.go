package conformance

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Reference is what a program does when it is built by go build and run by itself.
type Reference struct {
	// Problem says why there is nothing to compare with: the program did not build or did not end.
	// The other fields are then empty.
	Problem string
	// Status is the exit status.
	Status         int
	Stdout, Stderr string
}

// Toolchain makes references. The zero value of each field but GOROOT is usable.
type Toolchain struct {
	// GOROOT is the toolchain's folder.
	GOROOT string
	// CacheDir keeps references between runs; they are made anew each time if it is empty.
	CacheDir string
	// Limit is how long a program may run; the default is a minute.
	Limit time.Duration
}

// FindToolchain asks the go command where its toolchain is, and keeps references in the user's
// cache folder.
func FindToolchain(ctx context.Context) (*Toolchain, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT", "GOVERSION").Output()
	if err != nil {
		return nil, fmt.Errorf("find the Go toolchain: %w", err)
	}
	lines := strings.Split(string(out), "\n")
	if len(lines) < 2 {
		return nil, fmt.Errorf("find the Go toolchain: go env said %q", out)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("find a folder for references: %w", err)
	}
	return &Toolchain{GOROOT: lines[0], CacheDir: filepath.Join(cache, "gonbml", "conformance", lines[1])}, nil
}

// Reference returns what the program does under Go, from the cache if it was ever run.
func (t *Toolchain) Reference(ctx context.Context, p Program) (Reference, error) {
	if t.CacheDir == "" {
		return t.make(ctx, p)
	}
	sum := sha256.Sum256([]byte(p.Text))
	file := filepath.Join(t.CacheDir, hex.EncodeToString(sum[:12])+".json")
	var ref Reference
	if data, err := os.ReadFile(file); err == nil && json.Unmarshal(data, &ref) == nil {
		return ref, nil
	}
	ref, err := t.make(ctx, p)
	if err != nil {
		return ref, err
	}
	data, err := json.Marshal(ref)
	if err == nil {
		err = os.MkdirAll(t.CacheDir, 0o700)
	}
	if err == nil {
		err = os.WriteFile(file, data, 0o600)
	}
	if err != nil {
		return ref, fmt.Errorf("keep the reference of %s: %w", p.Name, err)
	}
	return ref, nil
}

// make builds the program and runs it in an empty folder.
func (t *Toolchain) make(ctx context.Context, p Program) (ref Reference, err error) {
	dir, err := os.MkdirTemp("", "reference-")
	if err != nil {
		return ref, fmt.Errorf("reference of %s: %w", p.Name, err)
	}
	defer os.RemoveAll(dir)
	bin := filepath.Join(dir, "program")
	build := exec.CommandContext(ctx, "go", "build", "-o", bin, p.Path)
	build.Env = append(os.Environ(), "GO111MODULE=off", "GOFLAGS=")
	if out, err := build.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return ref, ctx.Err()
		}
		return Reference{Problem: "go build: " + strings.TrimSpace(string(out))}, nil
	}
	var stdout, stderr bytes.Buffer
	if err := t.start(ctx, bin, &stdout, &stderr, &ref); err != nil || ref.Problem != "" {
		return ref, err
	}
	ref.Stdout, ref.Stderr = stdout.String(), stderr.String()
	if want, ok := p.wantOutput(); ok && ref.Stdout+ref.Stderr != want && ref.Stderr+ref.Stdout != want {
		return ref, t.checkOutFile(ctx, p, bin, want)
	}
	return ref, nil
}

// checkOutFile compares the .out file with what the program prints on both streams together: the
// toolchain itself should agree with it.
func (t *Toolchain) checkOutFile(ctx context.Context, p Program, bin, want string) error {
	var ref Reference
	var both bytes.Buffer
	if err := t.start(ctx, bin, &both, &both, &ref); err != nil {
		return err
	}
	if got := both.String(); got != want && !strings.HasPrefix(got, want) {
		return fmt.Errorf("reference of %s: its .out file does not hold what it prints by itself", p.Name)
	}
	return nil
}

func (t *Toolchain) start(ctx context.Context, bin string, stdout, stderr *bytes.Buffer, ref *Reference) error {
	limit := t.Limit
	if limit == 0 {
		limit = time.Minute
	}
	runCtx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	dir, err := os.MkdirTemp(filepath.Dir(bin), "wd")
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(runCtx, bin)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, stdout, stderr
	cmd.WaitDelay = time.Second // a child that lives on must not keep the pipes
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case runCtx.Err() != nil:
		ref.Problem = fmt.Sprintf("did not end within %v", limit)
	case errors.As(err, &exit):
		ref.Status = exit.ExitCode()
	case err != nil:
		ref.Problem = err.Error()
	}
	return nil
}
