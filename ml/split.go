package ml

import (
	"fmt"

	"github.com/gonbml/gonbml/ml/internal/array"
)

// splitOff parts the data in two: the last part of the examples is for validation, as in Keras.
func splitOff(p ports, x, y, weights any, part float64) (restX, restY, restWeights any, val Examples, err error) {
	ax, ay, err := p.feed(x, y)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	if err := p.sameCount(ax, ay); err != nil {
		return nil, nil, nil, nil, err
	}
	aw, err := exampleWeights(weights, nil, p.targets, ay)
	if err != nil {
		return nil, nil, nil, nil, err
	}
	n := ax[0].Shape[0]
	first := int(float64(n) * (1 - part))
	if first == 0 || first == n {
		return nil, nil, nil, nil, fmt.Errorf("expected a ValidationSplit that leaves examples to both parts. Got %g of %d", part, n)
	}
	cut := func(names []string, arrays []*array.Array, from, to int) any {
		all := Arrays{}
		for i, a := range arrays {
			all[names[i]] = a.Part(from, to)
		}
		return all
	}
	parts := func(from, to int) (x, y, w any) {
		x, y = cut(p.inputs, ax, from, to), cut(p.targets, ay, from, to)
		if aw != nil {
			w = cut(p.targets, aw, from, to)
		}
		return x, y, w
	}
	restX, restY, restWeights = parts(0, first)
	vx, vy, vw := parts(first, n)
	if vw == nil {
		return restX, restY, nil, Pair(vx, vy), nil
	}
	return restX, restY, restWeights, PairWeighted(vx, vy, vw), nil
}
