package ml

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/internal/mistake"
)

// learner is the part of a model that steps are made with.
type learner struct {
	// network are the layers, store holds their variables, the optimiser's and the state of the
	// random numbers.
	network
	store *model.Store
	// backend is the device; nil until it is needed.
	backend   *backend.Backend
	optimizer contract.Optimizer
	// heads are the losses and metrics of each output that has any.
	heads heads
	// compiling is closed when the compilation that an interrupted call left behind has ended; nil
	// without one. Who enters the model waits for it, because the compilation reads the store.
	compiling chan struct{}
}

// layersScope is the scope of the layers' variables.
func (l *learner) layersScope() *model.Scope { return l.store.Scope(modelScope) }

// device is what steps are computed on.
func (l *learner) device() (*backend.Backend, error) {
	if l.backend == nil {
		b, err := backend.Default()
		if err != nil {
			return nil, err
		}
		l.backend = b
	}
	return l.backend, nil
}

// trained lists the variables that training changes. Anybody may set that of a variable between two
// Fits, and nothing tells the model.
func (l *learner) trained() string {
	var all []string
	for v := range l.store.IterVariables() {
		if v.Trainable {
			all = append(all, v.Path())
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// compileAside compiles an execution for arguments of these shapes. An interrupt leaves it to end
// by itself; the next call that enters the model waits for that.
func (l *learner) compileAside(ctx context.Context, exec *model.Exec, shapes []shapes.Shape) error {
	done := make(chan struct{})
	var err error
	go func() {
		defer close(done)
		var failed error
		err = mistake.Building(func() { _, failed = exec.Compile(shapes...) })
		if failed != nil {
			err = mistake.Of(failed)
		}
	}()
	select {
	case <-done:
		return err
	case <-ctx.Done():
		l.compiling = done
		return interrupted(ctx)
	}
}

// awaitCompilation waits for a compilation that an interrupted call left behind, or for the
// context's end.
func (l *learner) awaitCompilation(ctx context.Context) error {
	if l.compiling == nil {
		return nil
	}
	select {
	case <-l.compiling:
		l.compiling = nil
		return nil
	case <-ctx.Done():
		return interrupted(ctx)
	}
}

// errTraced ends the building of a graph that nobody wants compiled.
var errTraced = errors.New("the graph is not compiled")

// trace builds a graph only to learn which variables it makes and changes; nothing is compiled or
// run. It uses the Go backend, which is always at hand, unless XLA is: there the steps of a
// recurrent layer are a loop, and a thousand of them are built as fast as one.
func (l *learner) trace(f func(scope *model.Scope, in []*graph.Node) []*graph.Node, in ...shapes.Shape) error {
	b := l.backend
	if b == nil || !b.XLA() {
		var err error
		if b, err = backend.NewGo(); err != nil {
			return err
		}
	}
	built := false
	exec, err := model.NewExec(b.GoMLX(), l.store, func(scope *model.Scope, in []*graph.Node) []*graph.Node {
		f(scope, in)
		built = true
		panic(errTraced)
	})
	if err != nil {
		return err
	}
	defer exec.Finalize()
	var failed error
	if err := mistake.Building(func() { _, failed = exec.Compile(in...) }); err != nil && !built {
		return err
	}
	if !built {
		return mistake.Of(failed)
	}
	return nil
}

// initialize gives values to the variables that have none. It runs on the Go backend, so that a
// seed means the same weights on every machine.
func (l *learner) initialize() error {
	b, err := backend.NewGo()
	if err != nil {
		return err
	}
	if err := l.store.InitializeVariables(b.GoMLX(), nil); err != nil {
		return mistake.Of(err)
	}
	return l.home()
}

// home brings the variables' values from the device into the program's memory.
func (l *learner) home() error {
	for v := range l.store.IterVariables() {
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
