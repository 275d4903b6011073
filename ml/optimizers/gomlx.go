package optimizers

import (
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/gonbml/gonbml/ml/contract"
)

// UseOptimizer makes an Optimizer of any optimiser of GoMLX's interface.
func UseOptimizer(name string, o optimizer.Interface) contract.Optimizer {
	return foreignOptimizer{name, o}
}

type foreignOptimizer struct {
	name string
	o    optimizer.Interface
}

func (f foreignOptimizer) String() string                      { return f.name }
func (f foreignOptimizer) GoMLX() (optimizer.Interface, error) { return f.o, nil }
