// Gonbml runs Go notebooks, in Jupyter and without it: see README.md.
package main

import (
	"embed"
	"os"

	"github.com/gonbml/gonbml/internal/command"
)

// sources are the parts of this module that the worker process and cells are built from, so that
// the one executable is all that must be installed.
//
//go:embed go.mod go.sum display kernel/worker/host kernel/worker/frame session ml
var sources embed.FS

func main() { os.Exit(command.Main(os.Args[1:], sources)) }
