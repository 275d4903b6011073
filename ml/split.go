package ml

import (
	"fmt"

	"github.com/gonbml/gonbml/ml/internal/array"
)

// splitOff parts the data in two: the last part of the examples is for validation, as in Keras.
func (m *Model) splitOff(x, y, weights any, part float64) (restX, restY, restWeights any, val Examples, err error) {
	ax, err := feed("x", x, m.inputNames())
	if err != nil {
		return nil, nil, nil, nil, err
	}
	ay, err := feed("y", y, m.targets())
	if err != nil {
		return nil, nil, nil, nil, err
	}
	n := ax[0].Shape[0]
	if err := m.sameCount("x", m.inputNames(), ax, n); err != nil {
		return nil, nil, nil, nil, err
	}
	if err := m.sameCount("y", m.targets(), ay, n); err != nil {
		return nil, nil, nil, nil, err
	}
	aw, err := m.exampleWeights(weights, nil, ay)
	if err != nil {
		return nil, nil, nil, nil, err
	}
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
		x, y = cut(m.inputNames(), ax, from, to), cut(m.targets(), ay, from, to)
		if aw != nil {
			w = cut(m.targets(), aw, from, to)
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
