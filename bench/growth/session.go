package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/gonbml/gonbml/kernel/engine"
	"github.com/gonbml/gonbml/kernel/exec"
)

// window is how many cells up to a row of the table its times are taken from.
const window = 10

// rows are the cells after which the table has a row; the last cell is one, too.
var rows = []int{10, 100, 200, 500, 1000}

// The first cell, and the others, of each kind. Every cell is one that was edited: it defines the
// same names anew, under a number that no earlier session has had, so that nothing comes from the
// cache.
var kinds = map[string]struct{ first, cell string }{
	"fmt": {"import \"fmt\"\nfunc show(n int) string { return fmt.Sprint(n) }",
		"func value() int { return %d }\nv := value()\nfmt.Println(\"cell\", show(v))"},
	"gomlx": {"import (\n\t\"fmt\"\n\t\"github.com/gomlx/compute\"\n\t. \"github.com/gomlx/gomlx/core/graph\"\n)\nbackend := compute.MustNew()",
		"func model(x *Node) *Node { return AddScalar(Mul(x, x), float32(%d)) }\nexec := MustNewExec(backend, model)\nfmt.Println(exec.MustExec(float32(2)))"},
}

// growth is one row: after so many cells, the median and the slowest of the last times, and the
// worker's memory in MB.
type growth struct {
	cells           int
	median, slowest time.Duration
	own, resident   string
}

// measure runs a session and reports each row.
func measure(ctx context.Context, source, kind string, cells int, report func(growth)) (err error) {
	k, ok := kinds[kind]
	if !ok {
		return fmt.Errorf("expected fmt or gomlx. Got %q", kind)
	}
	dir, err := os.MkdirTemp("", "growth-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	e, err := engine.New(ctx, engine.Options{Source: os.DirFS(source), WorkDir: dir, Env: []string{"GOMLX_BACKEND=go"}, Progress: func(s string) { fmt.Fprintln(os.Stderr, s) }})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	run := func(count int, code string) (string, error) {
		out := &text{}
		if f := e.Execute(ctx, exec.Request{Code: code, Count: count}, out); f != nil {
			return "", fmt.Errorf("cell %d: %w", count, f)
		}
		return out.String(), nil
	}
	if _, err := run(1, k.first); err != nil {
		return err
	}
	salt := time.Now().UnixNano() % 1e9
	var times []time.Duration
	for i := 1; i <= cells; i++ {
		code := fmt.Sprintf(k.cell, salt+int64(i))
		begun := time.Now()
		if _, err := run(i+1, code); err != nil {
			return err
		}
		times = append(times, time.Since(begun))
		if i != cells && !slices.Contains(rows, i) {
			continue
		}
		memory, err := run(i+1, "%mem")
		if err != nil {
			return err
		}
		last := slices.Clone(times[max(0, len(times)-window):])
		slices.Sort(last)
		g := growth{cells: i, median: last[len(last)/2], slowest: last[len(last)-1]}
		if m := memoryLine.FindStringSubmatch(memory); m != nil {
			g.resident, g.own = m[1], m[2]
		}
		report(g)
	}
	return nil
}

var memoryLine = regexp.MustCompile(`worker: ([0-9.]+) MB resident, ([0-9.]+) MB of it its own`)

// text collects what a cell prints.
type text struct{ strings.Builder }

func (t *text) Stream(_, s string)                                  { t.WriteString(s) }
func (t *text) Display(exec.Display)                                {}
func (t *text) ClearOutput(bool)                                    {}
func (t *text) Result(exec.Bundle, map[string]any)                  {}
func (t *text) Input(context.Context, string, bool) (string, error) { return "", io.EOF }
