package ml

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/backend"
)

// modelScope is where the layers' variables live; everything else in the store belongs to the optimiser, but for the state
// of the random numbers.
const modelScope = "/model"

// Model is a neural network with its weights. Its methods may be called from several goroutines; they wait for each other.
//
// The weights come into being when the shape of an example is known: with an Input layer when Build, Compile or Fit is called,
// else at the first data.
type Model struct {
	mu      sync.Mutex
	layers  []*placed
	store   *model.Store
	backend *backend.Backend
	// built says that the layers' shapes are set and their variables exist.
	built bool

	optimizer Optimizer
	loss      Loss
	metrics   []Metric
	// mistake is what was wrong in Sequential or Compile; Fit reports it if nobody looked at Compile's result.
	mistake error

	// loops holds the compiled executions, by what they do and for which batch size.
	loops   map[loopKey]*loop
	predict *model.Exec
	// compiling is closed when the compilation that an interrupted call left behind has ended; nil without one. Who takes
	// mu waits for it (enter), because the compilation reads the store.
	compiling chan struct{}
	// epochs counts the epochs trained so far: the order of examples depends on it, so that a second Fit goes on.
	epochs int
	// stand is where the last Fit was when it ended, for one that resumes it.
	stand *stand
}

// Sequential returns a model of layers one behind the other. A mistake in them is reported by Compile, and again by
// whatever needs the model.
func Sequential(layers ...Layer) *Model {
	m := &Model{layers: place(layers), store: model.NewStore(), loops: map[loopKey]*loop{}}
	if len(layers) == 0 {
		m.mistake = errors.New("ml: expected at least one layer in Sequential. Got none")
	}
	names := map[string]bool{}
	for i, p := range m.layers {
		if _, ok := p.Layer.(*InputLayer); ok && i > 0 {
			m.mistake = fmt.Errorf("ml: expected %s as the first layer. It stands behind %s", p, m.layers[i-1].path())
		}
		if names[p.name] || strings.Contains(p.name, model.ScopeSeparator) {
			m.mistake = fmt.Errorf("ml: %s: expected a name that no other layer has and without %q. Got %q", p.path(), model.ScopeSeparator, p.name)
		}
		names[p.name] = true
	}
	return m
}

// Store returns GoMLX's store of the model's variables: the layers' under /model, the optimiser's beside it.
func (m *Model) Store() *model.Store { return m.store }

// Scope returns the scope of the layers' variables, for use in GoMLX's graphs together with Forward.
func (m *Model) Scope() *model.Scope { return m.store.Scope(modelScope) }

// Forward adds the model to a graph of one's own: scope must be a scope of this model's store, x a batch of examples. It
// panics, as GoMLX's graph functions do.
func (m *Model) Forward(x *graph.Node) *graph.Node { return m.forward(m.store.RootScope(), x) }

// Layers returns the layers in order.
func (m *Model) Layers() []Layer {
	var all []Layer
	for _, p := range m.layers {
		all = append(all, p.Layer)
	}
	return all
}

// UseBackend sets what the model computes on; without it that is backend.Default. The weights move along.
func (m *Model) UseBackend(b *backend.Backend) error {
	m.mustEnter()
	defer m.mu.Unlock()
	if err := m.home(); err != nil {
		return fmt.Errorf("ml: moving the weights to %s: %w", b, err)
	}
	m.backend = b
	m.forget()
	return nil
}

// home brings the variables' values from the device into the program's memory.
func (m *Model) home() error {
	for v := range m.store.IterVariables() {
		if !v.HasValue() {
			continue
		}
		value, err := v.Value()
		if err != nil {
			return err
		}
		if err := value.ToLocal(); err != nil {
			return fmt.Errorf("%s: %w", v.Path(), err)
		}
	}
	return nil
}

// Backend returns what the model computes on.
func (m *Model) Backend() (*backend.Backend, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.device()
}

func (m *Model) device() (*backend.Backend, error) {
	if m.backend == nil {
		b, err := backend.Default()
		if err != nil {
			return nil, err
		}
		m.backend = b
	}
	return m.backend, nil
}

// Compile sets how the model learns: the optimiser, the loss, and metrics to report beside the loss. Compiling again keeps
// the weights and starts the optimiser afresh. The error is kept, too, so that Fit reports it if it was not looked at.
func (m *Model) Compile(o Optimizer, l Loss, metrics ...Metric) error {
	m.mustEnter()
	defer m.mu.Unlock()
	if m.mistake != nil {
		return m.mistake
	}
	if o == nil || l == nil {
		m.mistake = errors.New("ml: Compile: expected an optimizer and a loss, such as ml.Adam{} and ml.MeanSquaredError{}. Got nil")
		return m.mistake
	}
	if _, err := o.GoMLX(); err != nil {
		m.mistake = fmt.Errorf("ml: Compile: %w", err)
		return m.mistake
	}
	m.optimizer, m.loss, m.metrics, m.stand = o, l, metrics, nil
	m.forget()
	var stale []string
	for v := range m.store.IterVariables() {
		if !strings.HasPrefix(v.Path(), modelScope+"/") && v.Name() != model.RNGStateVariableName {
			stale = append(stale, v.Path())
		}
	}
	for _, path := range stale {
		if err := m.store.DeleteVariable(path); err != nil {
			return fmt.Errorf("ml: Compile: dropping the optimizer's %s: %w", path, err)
		}
	}
	if in, ok := m.layers[0].Layer.(*InputLayer); ok && !m.built {
		if _, err := m.shapes(in.Shape); err != nil {
			m.mistake = fmt.Errorf("ml: %w", err)
			return m.mistake
		}
	}
	return nil
}

// enter takes the model for one call, and waits for a compilation that an interrupted call left behind.
func (m *Model) enter(ctx context.Context) error {
	m.mu.Lock()
	if m.compiling == nil {
		return nil
	}
	select {
	case <-m.compiling:
		m.compiling = nil
		return nil
	case <-ctx.Done():
		m.mu.Unlock()
		return interrupted(ctx)
	}
}

// mustEnter is enter for calls that nothing interrupts.
func (m *Model) mustEnter() {
	if err := m.enter(context.Background()); err != nil {
		panic(err) // the background context never ends
	}
}

// forget drops compiled executions.
func (m *Model) forget() {
	for _, l := range m.loops {
		l.exec.Finalize()
	}
	clear(m.loops)
	if m.predict != nil {
		m.predict.Finalize()
		m.predict = nil
	}
}

// shapes sets the shapes of an example before and behind each layer and returns the last.
func (m *Model) shapes(in []int) ([]int, error) {
	for _, p := range m.layers {
		out, err := p.OutputShape(in)
		if err != nil {
			return nil, &layerError{path: p.path(), in: in, err: err}
		}
		p.in, p.out = in, out
		in = out
	}
	return in, nil
}

// Build makes the weights, if there are none yet, from the seed. It needs an Input layer; a model without one is built by its
// first data. Fit calls it with FitConfig.Seed.
func (m *Model) Build(seed int64) error {
	m.mustEnter()
	defer m.mu.Unlock()
	in, ok := m.layers[0].Layer.(*InputLayer)
	if !ok {
		return errors.New("ml: Build: expected an Input layer at the head of the model, as in ml.Input(784). Got none")
	}
	return m.build(in.Shape, seed)
}

// build makes the variables for examples of the shape in.
func (m *Model) build(in []int, seed int64) error {
	if m.mistake != nil {
		return m.mistake
	}
	if _, err := m.shapes(in); err != nil {
		return fmt.Errorf("ml: %w", err)
	}
	if m.built {
		return nil
	}
	if m.store.NumVariables() == 0 { // else they were loaded, and the state of the random numbers with them
		if err := m.store.SetRNGStateFromSeed(seed); err != nil {
			return fmt.Errorf("ml: seeding the random numbers: %w", err)
		}
	}
	err := m.trace(func(scope *model.Scope, x *graph.Node) []*graph.Node {
		return []*graph.Node{m.forward(scope, x)}
	}, shapes.Make(dtypes.Float32, append([]int{2}, in...)...))
	if err != nil {
		return fmt.Errorf("ml: %w", err)
	}
	if err := m.initialize(); err != nil {
		return fmt.Errorf("ml: making the weights: %w", err)
	}
	m.built = true
	return nil
}

// trace builds a graph only to learn which variables it makes and changes; nothing is run. It uses the Go backend, which
// compiles in no time.
func (m *Model) trace(f func(scope *model.Scope, x *graph.Node) []*graph.Node, in ...shapes.Shape) error {
	b, err := backend.NewGo()
	if err != nil {
		return err
	}
	exec, err := model.NewExec(b.GoMLX(), m.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		return f(scope, in[0])
	})
	if err != nil {
		return err
	}
	defer exec.Finalize()
	if _, err := exec.Compile(in...); err != nil {
		return panicError(err)
	}
	return nil
}

// initialize gives values to the variables that have none. It runs on the Go backend, so that a seed means the same
// weights on every machine.
func (m *Model) initialize() error {
	b, err := backend.NewGo()
	if err != nil {
		return err
	}
	if err := m.store.InitializeVariables(b.GoMLX(), nil); err != nil {
		return panicError(err)
	}
	return m.home()
}

// forward adds the layers to a graph.
func (m *Model) forward(scope *model.Scope, x *graph.Node) *graph.Node {
	scope = scope.At("%s", strings.TrimPrefix(modelScope, model.ScopeSeparator))
	for i := 0; i < len(m.layers); i++ {
		p := m.layers[i]
		in, out := x.Shape().Dimensions[1:], p.out
		err := building(func() {
			if i+1 < len(m.layers) && poolsAfter(p.Layer, m.layers[i+1].Layer) {
				out = m.layers[i+1].out
				x = p.applyPooled(scope.In("%s", p.name), x, m.layers[i+1].Layer.(*PoolingLayer))
				i++
				return
			}
			x = p.apply(scope.In("%s", p.name), x)
		})
		if err == nil && out != nil && !slices.Equal(x.Shape().Dimensions[1:], out) {
			err = fmt.Errorf("got %s", dims(x.Shape().Dimensions[1:]))
		}
		if err != nil {
			panic(&layerError{p.path(), in, out, err})
		}
	}
	return x
}

// String lists the layers.
func (m *Model) String() string {
	var names []string
	for _, p := range m.layers {
		names = append(names, p.String())
	}
	return "Sequential(" + strings.Join(names, ", ") + ")"
}
