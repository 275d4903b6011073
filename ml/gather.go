package ml

import (
	"fmt"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
)

// gatherer puts the batches of a data set together in the program's memory, for a backend without
// loops, whose gathering goes number by number. It has two slots that take turns: one goroutine
// fills the next step's while this step's is computed with.
type gatherer struct {
	data  *resident
	order []int32
	batch int
	slots [2][]*tensors.Tensor
}

// newGatherer makes the slots: a batch of each array of the data, and the mask.
func newGatherer(b compute.Backend, data *resident, order []int32, batch int) (*gatherer, error) {
	g := &gatherer{data: data, order: order, batch: batch}
	for i := range g.slots {
		wanted := []shapes.Shape{shapes.Make(dtypes.Float32, batch)}
		for _, t := range data.tensors() {
			s := t.Shape().Clone()
			s.Dimensions[0] = batch
			wanted = slices.Insert(wanted, len(wanted)-1, s)
		}
		for _, s := range wanted {
			t, err := tensors.FromShapeForBackend(b, 0, s)
			if err != nil {
				g.free()
				return nil, err
			}
			g.slots[i] = append(g.slots[i], t)
		}
	}
	return g, nil
}

func (g *gatherer) free() {
	for _, slot := range g.slots {
		for _, t := range slot {
			t.FinalizeAll()
		}
	}
}

// step begins to fill the slot of a step; what comes from the channel says that it is full, or why
// not.
func (g *gatherer) step(k int) (slot []*tensors.Tensor, filled <-chan error) {
	slot = g.slots[k%2]
	done := make(chan error, 1)
	go func() { done <- g.fill(slot, k) }()
	return slot, done
}

func (g *gatherer) fill(slot []*tensors.Tensor, k int) error {
	rows := g.order[k*g.batch : (k+1)*g.batch]
	for i, from := range g.data.tensors() {
		var copied error
		err := from.ConstBytes(func(all []byte) {
			width := len(all) / from.Shape().Dim(0)
			copied = slot[i].MutableBytes(func(some []byte) {
				for j, row := range rows {
					copy(some[j*width:(j+1)*width], all[int(row)*width:])
				}
			})
		})
		if err == nil {
			err = copied
		}
		if err != nil {
			return fmt.Errorf("putting a batch together: %w", err)
		}
	}
	return tensors.AssignFlatData(slot[len(slot)-1], mask(g.batch, g.data.n-k*g.batch))
}
