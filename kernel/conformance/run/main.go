// Command run runs the conformance suite and prints a line for each case and a total:
//
//	go run ./kernel/conformance/run -mode whole -n 80
//
// It is to be started in the repository's root. Its exit status is 1 when a case fails that
// known.txt does not list, or one passes that it does.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"

	"github.com/gonbml/gonbml/kernel/conformance"
	"github.com/gonbml/gonbml/kernel/engine"
)

type options struct {
	mode     string
	n        int
	shard    string
	list     string
	source   string
	cache    string
	parallel int
	limit    time.Duration
	verbose  bool
	docs     bool
	names    []string
}

func main() {
	var o options
	flag.StringVar(&o.mode, "mode", "whole", "what to run: whole, split, errors or examples")
	flag.IntVar(&o.n, "n", 0, "run a sample of `N` cases, spread evenly; 0 means all")
	flag.StringVar(&o.shard, "shard", "", "run part `i/k` only: every k-th case from the i-th, counted from 0")
	flag.StringVar(&o.list, "list", "", "run the cases that `FILE` names, one a line")
	flag.StringVar(&o.source, "source", ".", "`folder` with gonbml's sources, which the worker is built from")
	flag.StringVar(&o.cache, "cache", "", "`folder` for compiled cells; the default is the user's cache")
	flag.IntVar(&o.parallel, "j", 2, "how many engines work at a time")
	flag.DurationVar(&o.limit, "limit", 90*time.Second, "how long a case may take")
	flag.BoolVar(&o.verbose, "v", false, "print the cases that pass, too")
	flag.BoolVar(&o.docs, "docs", false, "run nothing; write what known.txt lists into docs/cells.md")
	flag.Usage = func() {
		fmt.Fprintf(flag.CommandLine.Output(), "usage: run [flags] [case ...]\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	o.names = flag.Args()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	ok, err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// run runs what the options say, and tells whether all went as known.txt says.
func run(ctx context.Context, o options) (bool, error) {
	if o.docs {
		return true, document("docs/cells.md")
	}
	mode, err := conformance.ParseMode(o.mode)
	if err != nil {
		return false, err
	}
	tools, err := conformance.FindToolchain(ctx)
	if err != nil {
		return false, err
	}
	suite, err := conformance.NewSuite(ctx, mode, tools)
	if err != nil {
		return false, err
	}
	suite.Engine = engine.Options{Source: os.DirFS(o.source), CacheDir: o.cache, Progress: func(s string) { fmt.Fprintln(os.Stderr, s) }}
	suite.Limit, suite.Parallel = o.limit, o.parallel
	names, err := chosen(o, suite.Names())
	if err != nil {
		return false, err
	}
	known, err := conformance.ReadKnown()
	if err != nil {
		return false, err
	}
	var pass, fail, skip, surprises int
	err = suite.Run(ctx, names, func(r conformance.Result) {
		surprise := known.Surprise(r)
		switch r.Verdict {
		case conformance.Pass:
			pass++
		case conformance.Fail:
			fail++
		case conformance.Skip:
			skip++
		}
		if surprise != "" {
			surprises++
		}
		if o.verbose || r.Verdict != conformance.Pass || surprise != "" {
			fmt.Println(strings.ReplaceAll(r.String(), "\n", " | ") + surprise)
		}
	})
	if err != nil {
		return false, err
	}
	if o.n == 0 && o.shard == "" && o.list == "" && len(o.names) == 0 {
		if wrong := known.Counted(mode, pass+fail); wrong != "" {
			fmt.Println(wrong)
			surprises++
		}
	}
	fmt.Printf("TOTAL mode=%s pass=%d fail=%d skip=%d (%.1f%% of %d)\n", mode, pass, fail, skip, 100*float64(pass)/float64(max(1, pass+fail)), pass+fail)
	return surprises == 0, nil
}

// document writes what known.txt lists into a page.
func document(file string) error {
	known, err := conformance.ReadKnown()
	if err != nil {
		return err
	}
	page, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	now, err := known.Rewrite(string(page))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, []byte(now), 0o644)
}

// chosen picks the cases to run.
func chosen(o options, names []string) ([]string, error) {
	switch {
	case len(o.names) > 0:
		names = o.names
	case o.list != "":
		data, err := os.ReadFile(o.list)
		if err != nil {
			return nil, fmt.Errorf("-list: %w", err)
		}
		names = strings.Fields(string(data))
	}
	names = conformance.Sample(names, o.n)
	if o.shard == "" {
		return names, nil
	}
	is, ks, _ := strings.Cut(o.shard, "/")
	i, err1 := strconv.Atoi(is)
	k, err2 := strconv.Atoi(ks)
	if err1 != nil || err2 != nil || i < 0 || k < 1 || i >= k {
		return nil, fmt.Errorf("-shard: expected i/k with 0 <= i < k, as in 0/4; got %q", o.shard)
	}
	var part []string
	for j := i; j < len(names); j += k {
		part = append(part, names[j])
	}
	return part, nil
}
