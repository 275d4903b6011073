package ml

import (
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/gonbml/gonbml/ml/contract"
)

// step adds one step on one batch to the graph and returns what it adds to the sums: see
// heads.judge. The mask is 0 for rows that only pad the batch.
func (l *learner) step(scope *model.Scope, train bool, in batch, mask *graph.Node) []*graph.Node {
	g := mask.Graph()
	l.store.SetTraining(g, train)
	contract.SetBatchMask(mask)
	total, count, sums := l.heads.judge(l.forward(scope, in.x), in.y, in.w, mask)
	if penalty := l.penalty(l.layersScope(), g); penalty != nil {
		total = graph.Add(total, graph.Mul(penalty, count))
	}
	if train {
		o, err := l.optimizer.GoMLX()
		if err != nil {
			panic(err)
		}
		o.UpdateGraph(scope, g, graph.Div(total, count))
	}
	return append([]*graph.Node{graph.Stack([]*graph.Node{total, count}, 0)}, sums...)
}

// batch is the nodes of a batch or of a whole data set: of each input, and of each head's targets
// and weights (nil for all 1).
type batch struct{ x, y, w []*graph.Node }

func (d batch) nodes() []*graph.Node { return slices.Concat(d.x, d.y, d.w) }

// rows adds to the graph the rows of a data set whose numbers are given.
func (d batch) rows(rows *graph.Node) batch {
	rows = graph.InsertAxes(rows, -1)
	gather := func(all []*graph.Node) (some []*graph.Node) {
		for _, a := range all {
			some = append(some, graph.Gather(a, rows))
		}
		return some
	}
	return batch{gather(d.x), gather(d.y), gather(d.w)}
}
