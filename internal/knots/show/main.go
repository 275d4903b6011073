// Show prints how the files of each package hang together: how many there are, how many of them are
// in the largest knot, and how many pairs of files there are of which one refers to the other.
//
//	go run ./internal/knots/show [-v] [directory [pattern ...]]
//
// The directory is a module's, by default the current one; the pattern is ./... by default. With
// -v, the files of each knot are printed too.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/gonbml/gonbml/internal/knots"
)

func main() {
	verbose := flag.Bool("v", false, "print the files of each knot")
	flag.Parse()
	dir, patterns := ".", []string{"./..."}
	if flag.NArg() > 0 {
		dir = flag.Arg(0)
	}
	if flag.NArg() > 1 {
		patterns = flag.Args()[1:]
	}
	packages, err := knots.Read(dir, patterns...)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	slices.SortFunc(packages, func(a, b *knots.Package) int { return strings.Compare(a.Path, b.Path) })
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "package\tfiles\tknot\treferences")
	for _, p := range packages {
		all := p.Knots()
		largest := 0
		if len(all) > 0 {
			largest = len(all[0])
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\n", p.Path, len(p.Files), largest, p.References())
		if *verbose {
			for _, knot := range all {
				fmt.Fprintf(w, "  %s\n", strings.Join(knot, " "))
			}
		}
	}
	w.Flush()
}
