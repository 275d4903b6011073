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
	"github.com/gonbml/gonbml/ml/contract"
)

// Model is a neural network with its weights. Its methods may be called from several goroutines;
// they wait for each other.
//
// The weights come into being when the shape of an example is known: Build makes them for a model
// with an Input layer, otherwise the first data does.
type Model struct {
	// Name is what the model is called as a layer of another; empty means sequential, functional,
	// sequential_1, ...
	Name string
	// lock is held by the call that uses the rest.
	lock contextLock
	learner
	// mu guards what is frozen and the policy, which models in which this one stands look at
	// without entering it, and joined. Who changes the former two holds both.
	mu sync.Mutex
	// joined are the shapes of the examples with which it was last a layer.
	joined [][]int
	// inners are the models among the layers.
	inners []*inner
	// built says that the layers' shapes are set and their variables exist.
	built bool
	// shaped are the inputs' shapes for which the layers' are set; nil if they are for none.
	shaped [][]int

	// loss is what Compile was given.
	loss contract.Loss
	// mistake is what was wrong in Sequential or Functional, unready what was wrong in the last
	// Compile; Fit reports both if nobody looked at Compile's result.
	mistake, unready error

	// loops holds the compiled executions, by what they do and for which batch size.
	loops   map[loopKey]*loop
	predict *model.Exec
	// epochs counts the epochs trained so far: the order of examples depends on it, so that a
	// second Fit goes on.
	epochs int
	// stand is where the last Fit was when it ended, for one that resumes it.
	stand *stand
}

// Sequential returns a model of layers each of which takes the result of the one before. A mistake
// in them is reported by Compile, and again by whatever needs the model.
func Sequential(layers ...contract.Layer) *Model { return newModel(newChain(layers)) }

// Functional returns a model of any network of layers without cycles, from its inputs, made by In,
// to its outputs. It may have branches, layers that several values go through, and several inputs
// and outputs. An output has its layer's name, which layers.Named gives. A mistake is reported by
// Compile, and again by whatever needs the model.
//
//	image := ml.In("image", 28, 28)
//	h := layers.Dense(64, layers.ReLU).On(layers.Flatten().On(image))
//	m := ml.Functional(ml.Tensors{image}, ml.Tensors{layers.Dense(10, layers.Named("digit")).On(h)})
func Functional(inputs, outputs contract.Tensors) *Model {
	if inputs == nil {
		inputs = contract.Tensors{}
	}
	return newModel(newNetwork(inputs, outputs, nil))
}

func newModel(n network, mistake error) *Model {
	m := &Model{}
	m.init(n, mistake)
	return m
}

// init makes an empty model one of these layers.
func (m *Model) init(n network, mistake error) {
	m.lock, m.network, m.mistake = newContextLock(), n, mistake
	m.store, m.loops = model.NewStore(), map[loopKey]*loop{}
	if m.inners, mistake = inners(&m.network); m.mistake == nil {
		m.mistake = mistake
	}
}

// Store returns GoMLX's store of the model's variables: the layers' are below /model, the
// optimiser's beside it.
func (m *Model) Store() *model.Store { return m.store }

// Scope returns the scope of the layers' variables, to be used with Forward in graphs of GoMLX.
func (m *Model) Scope() *model.Scope { return m.layersScope() }

// Forward adds a model of one input and one output to a graph of your own, whose variables must be
// those of this model's store; x is a batch of examples. It panics, as GoMLX's graph functions do.
func (m *Model) Forward(x *graph.Node) *graph.Node { return m.ForwardAll(x)[0] }

// ForwardAll is Forward for any number of inputs and outputs, in the order in which Functional got
// them.
func (m *Model) ForwardAll(x ...*graph.Node) []*graph.Node {
	if m.mistake != nil {
		panic(m.mistake)
	}
	if len(x) != len(m.inputs) {
		panic(fmt.Errorf("ml: expected a value for each input, %s. Got %d", strings.Join(m.inputNames(), ", "), len(x)))
	}
	return m.forward(m.store.RootScope(), x)
}

// Layers returns the layers in order, each once.
func (m *Model) Layers() []contract.Layer {
	var all []contract.Layer
	for _, p := range m.layers {
		if !p.implicit {
			all = append(all, p.Layer)
		}
	}
	return all
}

// Inputs returns the names of the inputs, by which Fit, Evaluate and Predict find their data in a
// map.
func (m *Model) Inputs() []string { return m.inputNames() }

// Outputs returns the names of the outputs.
func (m *Model) Outputs() []string { return slices.Clone(m.names) }

// UseBackend sets what the model computes on, backend.Default otherwise. The weights move along.
func (m *Model) UseBackend(b *backend.Backend) error {
	if err := m.enterCell(); err != nil {
		return fmt.Errorf("ml: %w", err)
	}
	defer m.leave()
	if err := m.home(); err != nil {
		return fmt.Errorf("ml: moving the weights to %s: %w", b, err)
	}
	m.backend = b
	m.forget()
	return nil
}

// Backend returns what the model computes on.
func (m *Model) Backend() (*backend.Backend, error) {
	if err := m.enterCell(); err != nil {
		return nil, fmt.Errorf("ml: %w", err)
	}
	defer m.leave()
	return m.device()
}

// Compile sets how the model learns: the optimiser, the loss, and metrics to report beside the
// loss. A model of several outputs takes Outputs as its loss, or one loss and metrics for all of
// them. Compiling again keeps the weights and starts the optimiser afresh. The error is kept until
// the next Compile, so that Fit reports it if nobody has looked at it.
func (m *Model) Compile(o contract.Optimizer, l contract.Loss, metrics ...contract.Metric) error {
	if err := m.enterCell(); err != nil {
		return fmt.Errorf("ml: %w", err)
	}
	defer m.leave()
	if m.mistake != nil {
		return m.mistake
	}
	m.unready = nil
	if o == nil || l == nil {
		m.unready = errors.New("ml: Compile: expected an optimizer and a loss, such as optimizers.Adam{} and losses.MeanSquaredError{}. Got nil")
		return m.unready
	}
	if _, err := o.GoMLX(); err != nil {
		m.unready = fmt.Errorf("ml: Compile: %w", err)
		return m.unready
	}
	heads, err := newHeads(m.names, l, metrics)
	if err != nil {
		m.unready = fmt.Errorf("ml: Compile: %w", err)
		return m.unready
	}
	m.optimizer, m.loss, m.heads, m.stand = o, l, heads, nil
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
	if in := m.declared(); in != nil && !m.built {
		if err := m.shapes(in); err != nil {
			m.unready = fmt.Errorf("ml: %w", err)
			return m.unready
		}
	}
	return nil
}

// enter takes the model for one call, which ends with leave. It waits for other calls and for a
// compilation that an interrupted one left behind, and brings what has changed in the models among
// the layers.
func (m *Model) enter(ctx context.Context) error {
	if err := m.lock.acquire(ctx); err != nil {
		return err
	}
	err := m.awaitCompilation(ctx)
	if err == nil {
		err = m.pull(ctx)
	}
	if err != nil {
		m.leave()
		return err
	}
	return nil
}

// enterCell is enter for calls without a context, which end with the calling cell.
func (m *Model) enterCell() error {
	ctx, cancel := whole(context.Background())
	defer cancel()
	return m.enter(ctx)
}

// leave lets the next call enter the model.
func (m *Model) leave() { m.lock.release() }

// loopFor returns the loop for batches of the size, making it if there is none. The data is what it
// will see first.
func (m *Model) loopFor(train bool, batch int, data *resident, streamed bool) (*loop, error) {
	key := loopKey{train, batch, data.w != nil, streamed}
	if l := m.loops[key]; l != nil {
		if !train || l.trained == m.trained() {
			return l, nil
		}
		l.exec.Finalize()
		delete(m.loops, key)
	}
	l, err := newLoop(&m.learner, key, data)
	if err != nil {
		return nil, err
	}
	m.loops[key] = l
	return l, nil
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

// Build makes the weights from the seed, if there are none yet. It needs an Input layer; a model
// without one gets its weights with its first data. Fit does the same with FitConfig.Seed.
func (m *Model) Build(seed int64) error {
	if err := m.enterCell(); err != nil {
		return fmt.Errorf("ml: %w", err)
	}
	defer m.leave()
	in := m.declared()
	if in == nil {
		return errors.New("ml: Build: expected an Input layer at the head of the model, as in layers.Input(784). Got none")
	}
	return m.build(in, seed)
}

// build makes the variables for examples of the shapes in, one for each input.
func (m *Model) build(in [][]int, seed int64) error {
	if m.mistake != nil {
		return m.mistake
	}
	if m.built && m.shaped != nil && slices.EqualFunc(in, m.shaped, slices.Equal) {
		return nil
	}
	m.shaped = nil
	if err := m.shapes(in); err != nil {
		return fmt.Errorf("ml: %w", err)
	}
	for _, shape := range in {
		m.shaped = append(m.shaped, slices.Clone(shape))
	}
	if m.built {
		return nil
	}
	if m.store.NumVariables() == 0 { // else they were loaded, and the state of the random numbers with them
		if err := m.store.SetRNGStateFromSeed(seed); err != nil {
			return fmt.Errorf("ml: seeding the random numbers: %w", err)
		}
	}
	var examples []shapes.Shape
	for _, shape := range in {
		examples = append(examples, shapes.Make(dtypes.Float32, append([]int{2}, shape...)...))
	}
	err := m.trace(m.forward, examples...)
	if err != nil {
		return fmt.Errorf("ml: %w", err)
	}
	if err := m.initialize(); err != nil {
		return fmt.Errorf("ml: making the weights: %w", err)
	}
	m.built = true
	if err := m.meet(seed); err != nil {
		return fmt.Errorf("ml: %w", err)
	}
	return nil
}

// String lists the layers of a Sequential model, and the inputs and outputs of a functional one.
func (m *Model) String() string { return m.network.String() }

// ready says whether the model can be trained and evaluated.
func (m *Model) ready() error {
	if m.mistake != nil {
		return m.mistake
	}
	if m.unready != nil {
		return m.unready
	}
	if m.loss == nil {
		return errors.New("expected a compiled model. Call m.Compile(optimizers.Adam{}, loss, metrics...) first")
	}
	return nil
}
