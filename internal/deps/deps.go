package deps

import (
	_ "github.com/alecthomas/chroma/v2"
	_ "github.com/alecthomas/chroma/v2/quick"
	_ "github.com/go-zeromq/zmq4"
	_ "github.com/gomlx/compute"
	_ "github.com/gomlx/gomlx/core/graph"
	_ "github.com/janpfeifer/gonb/gonbui"
	_ "github.com/janpfeifer/gonb/gonbui/protocol"
	_ "github.com/spf13/cobra"
	_ "github.com/yuin/goldmark"
	_ "golang.org/x/mod/modfile"
	_ "golang.org/x/tools/go/packages"
	_ "gonum.org/v1/plot/plotter"
)
