// Command growth runs a long session in which every cell is new, and tells what a cell costs early
// and late: the time from its text to its end, and the worker's memory. Its table is one of
// bench/README.md.
//
//	go run ./bench/growth -cells 1000 -kind gomlx
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"time"
)

func main() {
	cells := flag.Int("cells", 1000, "how many cells to run")
	kind := flag.String("kind", "fmt", "what the cells use: fmt or gomlx")
	source := flag.String("source", ".", "folder of gonbml's sources")
	flag.Parse()
	fmt.Println("| cell | median of the last 10 | slowest of them | worker's own memory | resident |\n| --- | --- | --- | --- | --- |")
	err := measure(context.Background(), *source, *kind, *cells, func(g growth) {
		fmt.Printf("| %d | %v | %v | %s MB | %s MB |\n", g.cells, g.median.Round(time.Millisecond), g.slowest.Round(time.Millisecond), g.own, g.resident)
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
