package build

import "strings"

// This file says which packages a worker links, and which ones cells may import.

// self is this module's path.
const self = "github.com/gonbml/gonbml"

// GoNB's module, and its package for cells.
const (
	gonbModule    = "github.com/janpfeifer/gonb"
	gonbuiPackage = gonbModule + "/gonbui"
)

// hostPackage is what the generated worker program calls.
const hostPackage = self + "/kernel/worker/host"

// runtimeDir is the package that generated code calls. Every cell links it, and none imports it by
// its own words.
const runtimeDir = "session/rt"

// userRoots are the folders of gonbml's module whose packages cells may import, but for those in a
// folder called internal. Each of these packages is either linked or known:
//
//   - Linked ones are those of linkedPackages and what these import. They are there when a session
//     starts, and cost a cell nothing. But everybody's machine must compile all that they import, a
//     change to any of it builds a new worker, and what they set up at the start, and C libraries
//     whole, are in every session.
//   - All others are known: cells import them, and completion offers them, like the linked ones, and
//     nothing of them is in the worker. The first cell that imports one has it built, and loads it
//     with itself, as it does with a module that the session adds; the running session loses
//     nothing. What was built is kept for later cells and sessions.
//
// To add a wing, make its folder below one of these: it is known without a word here. List it in
// linkedPackages only if most notebooks import it and it brings no large modules along: an omission
// costs a few seconds once, an excess costs everybody the above. (A folder at the top of the module
// is listed here, and embedded in main.go.) No linked package may import a known one, which would
// be linked then; TestKnownPackages lists those that are known, so that nothing changes sides
// unseen.
var userRoots = []string{"display", "session", "ml"}

// linkedPackages are packages below userRoots, as folders, that every worker links. A folder that
// the sources do not have is none.
var linkedPackages = []string{
	"display",
	"session",
	"ml",
	"ml/backend",
	"ml/byhand",
	"ml/callbacks",
	"ml/contract",
	"ml/data",
	"ml/initializers",
	"ml/layers",
	"ml/losses",
	"ml/metrics",
	"ml/optimizers",
	"ml/plot",
	"ml/progress",
	"ml/regularizers",
	"ml/report",
}

// basePackages are the packages outside the standard library and this module that every worker
// contains. A cell that imports one of them needs no go command, and what it makes of them is
// shared by all cells from the start. Packages that bring large dependencies along (charts,
// terminal colours) are left out: they are built when a cell imports them.
var basePackages = []string{
	"github.com/gomlx/compute",
	"github.com/gomlx/compute/distributed",
	"github.com/gomlx/compute/dtypes",
	"github.com/gomlx/compute/dtypes/bfloat16",
	"github.com/gomlx/compute/dtypes/float16",
	"github.com/gomlx/compute/gobackend",
	"github.com/gomlx/compute/shapes",
	"github.com/gomlx/go-xla/compute/xla",
	"github.com/gomlx/gomlx/backends/default",
	"github.com/gomlx/gomlx/core/graph",
	"github.com/gomlx/gomlx/core/graph/nanlogger",
	"github.com/gomlx/gomlx/core/tensors",
	"github.com/gomlx/gomlx/core/tensors/bucketing",
	"github.com/gomlx/gomlx/core/tensors/images",
	"github.com/gomlx/gomlx/ml/dataset",
	"github.com/gomlx/gomlx/ml/layers",
	"github.com/gomlx/gomlx/ml/layers/activation",
	"github.com/gomlx/gomlx/ml/layers/attention",
	"github.com/gomlx/gomlx/ml/layers/bspline",
	"github.com/gomlx/gomlx/ml/layers/fnn",
	"github.com/gomlx/gomlx/ml/layers/kan",
	"github.com/gomlx/gomlx/ml/layers/lstm",
	"github.com/gomlx/gomlx/ml/layers/norm",
	"github.com/gomlx/gomlx/ml/layers/rational",
	"github.com/gomlx/gomlx/ml/layers/regularizer",
	"github.com/gomlx/gomlx/ml/layers/vnn",
	"github.com/gomlx/gomlx/ml/model",
	"github.com/gomlx/gomlx/ml/model/checkpoint",
	"github.com/gomlx/gomlx/ml/model/initializer",
	"github.com/gomlx/gomlx/ml/nn",
	"github.com/gomlx/gomlx/ml/train",
	"github.com/gomlx/gomlx/ml/train/loss",
	"github.com/gomlx/gomlx/ml/train/metric",
	"github.com/gomlx/gomlx/ml/train/optimizer",
	"github.com/gomlx/gomlx/ml/train/optimizer/cosineschedule",
	"github.com/gomlx/gomlx/support/exceptions",
	"github.com/gomlx/gomlx/support/xslices",
	gonbuiPackage,
	"github.com/janpfeifer/gonb/gonbui/comms",
	"github.com/janpfeifer/gonb/gonbui/dom",
	"github.com/janpfeifer/gonb/gonbui/plotly",
	"github.com/janpfeifer/gonb/gonbui/protocol",
	"github.com/janpfeifer/gonb/gonbui/widgets",
}

// unlinked are packages of the standard library whose mere presence changes what a program does
// (they register HTTP handlers or embed data) or that only make sense in special builds. Cells can
// import them; the worker does not.
var unlinked = map[string]bool{
	"expvar": true, "net/http/pprof": true, "time/tzdata": true, "embed": false,
	"runtime/race": true, "runtime/msan": true, "runtime/asan": true, "runtime/coverage": true, "unsafe": true,
}

// importable says whether a cell may import the package.
func importable(path string) bool {
	for _, element := range strings.Split(path, "/") {
		if element == "internal" || element == "vendor" {
			return false
		}
	}
	return !strings.HasPrefix(path, "cmd/") && !strings.HasPrefix(path, "golang.org/toolchain")
}
