// Package backend finds and opens the device that models run on: XLA if the machine has a PJRT
// plugin, otherwise GoMLX's engine in pure Go, which needs nothing.
//
// It owns the choice and its explanation, so that a notebook can say what it computes on and why.
// It does not own the devices themselves (GoMLX's compute.Backend does), and it never downloads
// anything. The plugin loader below it would fetch a plugin over the network unasked, so plugins
// are always opened by their absolute path.
//
// Finding (Find) only reads the environment and looks at files; it takes a few milliseconds and
// starts no program. Opening (Open) loads the plugin. Default opens one backend for the whole
// process, because a plugin can be loaded only once.
package backend

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // registers "go"
	"github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/go-xla/pjrt"

	"github.com/gonbml/gonbml/ml/backend/multicore"
	"github.com/gonbml/gonbml/ml/backend/plugin"
)

// These types and constants belong to package plugin, which finds plugins.
type (
	// Kind is a sort of device.
	Kind = plugin.Kind
	// Choice is a backend that could be opened.
	Choice = plugin.Choice
	// Env is what the search reads from the machine.
	Env = plugin.Env
)

// The kinds of devices; see package plugin.
const (
	Go   = plugin.Go
	CPU  = plugin.CPU
	CUDA = plugin.CUDA
	TPU  = plugin.TPU
)

// Machine returns the environment of this process.
func Machine() Env { return plugin.Machine() }

// Find lists the backends that can be tried, best first. See plugin.Find.
func Find(m Env) ([]Choice, error) { return plugin.Find(m) }

// Backend is an opened device, together with how it was chosen.
type Backend struct {
	compute compute.Backend
	choice  Choice
	// passed holds the plugins that were tried first and did not load.
	passed []error
}

// GoMLX returns the backend to hand to GoMLX's own functions. It wraps GoMLX's engine, which its
// method Unwrap returns: b.GoMLX().(interface{ Unwrap() compute.Backend }).Unwrap().(*xla.Backend).
// What was made with one of the two must not be given to the other.
func (b *Backend) GoMLX() compute.Backend { return b.compute }

// Choice returns what was chosen and why.
func (b *Backend) Choice() Choice { return b.choice }

// XLA says whether the backend compiles with XLA, and so supports loops on the device.
func (b *Backend) XLA() bool { return b.choice.Kind != Go }

// String names the backend in one line: the device, the plugin's file, and why it was chosen.
func (b *Backend) String() string { return b.choice.String() }

// Open opens the best backend that this machine has. If GOMLX_BACKEND is set, it decides, and a
// failure is an error. A plugin that was merely found and does not load is passed over for the next
// one, and Describe says so.
func Open() (*Backend, error) { return open(Machine()) }

func open(m Env) (*Backend, error) {
	choices, err := Find(m)
	if err != nil {
		return nil, err
	}
	var passed []error
	for _, c := range choices {
		if c.Kind == Go && len(passed) > 0 {
			c.Why = "the XLA plugins found do not load"
		}
		b, err := OpenChoice(c)
		if err == nil {
			b.passed = passed
			return b, nil
		}
		if !c.Automatic {
			return nil, err
		}
		passed = append(passed, err)
	}
	return nil, fmt.Errorf("backend: none of the backends opens: %w", errors.Join(passed...))
}

// OpenChoice opens one particular choice. The error names the plugin's file and says what to try.
func OpenChoice(c Choice) (*Backend, error) {
	if c.Kind == Go {
		b, err := compute.NewWithConfig(sequential(c.Config))
		if err != nil {
			return nil, fmt.Errorf("backend: the Go backend does not take the configuration %q: %w. Try GOMLX_BACKEND=go", c.Config, err)
		}
		return &Backend{compute: multicore.Wrap(b), choice: c}, nil
	}
	if err := plugin.Check(Machine(), c.Plugin); err != nil {
		return nil, &PluginError{c.Plugin, err}
	}
	xla.EnableAutoInstall(false)
	b, err := openXLA(c)
	if err != nil {
		return nil, &PluginError{c.Plugin, err}
	}
	return &Backend{compute: &nested{b}, choice: c}, nil
}

// openXLA loads the plugin. Left to itself a plugin for the CPU makes four devices of the one that
// there is, and gives its thread pool a thread for each: with fewer cores than that the threads
// take turns, which makes a small model's step a third slower. A plugin that refuses the option is
// opened without it.
func openXLA(c Choice) (compute.Backend, error) {
	config := strings.TrimPrefix(c.Config, "xla:")
	if c.Kind != CPU {
		return xla.New(config)
	}
	keepMemory(Machine())
	if b, err := xla.NewWithOptions(config, pjrt.NamedValuesMap{"cpu_device_count": int64(1)}); err == nil {
		return b, nil
	}
	return xla.New(config)
}

// sequential makes the Go backend run the operations of a graph one after the other, unless the
// configuration says something about it: running them side by side is no faster, because the large
// ones use all cores by themselves, and hangs on graphs of some hundred operations (seen with
// compute v0.1.4).
func sequential(config string) string {
	name, options, _ := strings.Cut(config, ":")
	if strings.Contains(options, "ops_") {
		return config
	}
	return strings.TrimSuffix(name+":ops_sequential,"+options, ",")
}

// PluginError says that a PJRT plugin could not be used.
type PluginError struct {
	// File is the plugin's shared library.
	File string
	// Err is the loader's reason.
	Err error
}

// Error names the file and the reason, and says what can be done.
func (e *PluginError) Error() string {
	return fmt.Sprintf("backend: the XLA plugin %s does not load: %v. Install another plugin (gonbml xla install), set GOMLX_BACKEND=xla:/path/to/plugin.so, or set GOMLX_BACKEND=go to use the Go backend",
		e.File, e.Err)
}

// Unwrap returns the loader's reason.
func (e *PluginError) Unwrap() error { return e.Err }

var process struct {
	once    sync.Once
	backend *Backend
	err     error
}

// Default returns the backend that the whole process shares. The first call opens it.
func Default() (*Backend, error) {
	process.once.Do(func() { process.backend, process.err = Open() })
	return process.backend, process.err
}

// NewGo opens GoMLX's backend in pure Go, whatever else the machine has.
func NewGo() (*Backend, error) {
	return OpenChoice(Choice{Kind: Go, Config: "go", Why: "asked for"})
}
