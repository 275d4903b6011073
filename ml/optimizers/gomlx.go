package optimizers

import (
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/gonbml/gonbml/ml/contract"
)

// UseOptimizer makes an Optimizer from one of GoMLX's. A model compiled with it can be saved. After
// Load it has to be compiled again.
func UseOptimizer(name string, o optimizer.Interface) contract.Optimizer {
	return foreignOptimizer{name, o}
}

type foreignOptimizer struct {
	name string
	o    optimizer.Interface
}

func (f foreignOptimizer) String() string                      { return f.name }
func (f foreignOptimizer) GoMLX() (optimizer.Interface, error) { return f.o, nil }
