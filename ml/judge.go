package ml

import (
	"fmt"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/gonbml/gonbml/ml/contract"
)

// judge adds the heads to a graph: outputs are the model's, y the targets and w the weights of each
// head's examples (nil for all 1), mask is 0 for rows that only pad the batch. It returns the sums
// of the batch: the weighted loss and the number of examples, then each head's loss if they are
// separate, then those of the metrics.
func (hs heads) judge(outputs, y, w []*graph.Node, mask *graph.Node) (total, count *graph.Node, sums []*graph.Node) {
	count = graph.ReduceAllSum(mask)
	var own []*graph.Node
	for i, h := range hs.all {
		out := outputs[h.output]
		if h.loss != nil {
			each := h.loss.PerExample(y[i], out)
			if each.Shape().Rank() != 1 || each.Shape().Dim(0) != mask.Shape().Dim(0) {
				panic(fmt.Errorf("%s: expected a loss of shape [%d], one number for each example. Got %s", h.loss, mask.Shape().Dim(0), each.Shape()))
			}
			if w != nil {
				each = graph.Mul(each, w[i])
			}
			sum := graph.ReduceAllSum(graph.Mul(each, mask))
			own = append(own, sum)
			if h.weight != 1 {
				sum = graph.MulScalar(sum, h.weight)
			}
			if total == nil {
				total = sum
			} else {
				total = graph.Add(total, sum)
			}
		}
		for _, metric := range h.metrics {
			weights := mask
			if own, ok := metric.(contract.WeightedMetric); ok && own.Weighted() && w != nil {
				weights = graph.Mul(mask, w[i])
			}
			sums = append(sums, metric.Sums(y[i], out, weights))
		}
	}
	if hs.separate {
		sums = append([]*graph.Node{graph.Stack(own, 0)}, sums...)
	}
	return total, count, sums
}

// scores makes the loss and the metrics of sums that judge has made, given their widths. Metrics of
// more than limit sums are left out, and so are their sums.
func (hs heads) scores(sums []float64, widths []int, limit int) Scores {
	s := Scores{Loss: sums[0] / sums[1]}
	count, k := sums[1], 1
	sums = sums[2:]
	// next returns the next part of the sums, nil if it is wider than the limit.
	next := func() []float64 {
		n := widths[k]
		k++
		if n > limit {
			return nil
		}
		part := sums[:n]
		sums = sums[n:]
		return part
	}
	if hs.separate {
		if own := next(); own != nil {
			for i, h := range hs.losses() {
				s.Metrics = append(s.Metrics, contract.Value{Name: h.name + "_loss", Value: own[i] / count})
			}
		}
	}
	for _, h := range hs.all {
		for i, metric := range h.metrics {
			part := next()
			if part == nil {
				continue
			}
			several := figures(metric, part)
			if several == nil {
				several = []contract.Value{{Name: metric.Name(), Value: metric.Value(part)}}
			}
			for _, v := range several {
				v.Name = h.labels[i].of(v.Name)
				s.Metrics = append(s.Metrics, v)
			}
		}
	}
	return s
}
