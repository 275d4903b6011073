package byhand

import (
	"fmt"
	"math"
)

// Descent moves weights by a gradient. It may keep a state from step to step, so each walk needs a
// new value.
type Descent interface {
	// Step returns the weights after a step.
	Step(theta, gradient [2]float64) [2]float64
	// String returns its name and settings.
	String() string
}

// GradientDescent is θ ← θ - α·∇J (Cauchy 1847).
type GradientDescent struct {
	// Rate is the learning rate α.
	Rate float64
}

// Step moves against the gradient.
func (d *GradientDescent) Step(theta, gradient [2]float64) [2]float64 {
	for i := range theta {
		theta[i] -= d.Rate * gradient[i]
	}
	return theta
}

// String names it.
func (d *GradientDescent) String() string { return fmt.Sprintf("gradient descent (α = %g)", d.Rate) }

// Momentum is v ← β·v - α·∇J, θ ← θ + v (Polyak 1964). The velocity v remembers earlier gradients,
// at each step β times as much as before.
type Momentum struct {
	// Rate is the learning rate α. Beta is the part of the velocity that is kept, usually 0.9.
	Rate, Beta float64

	velocity [2]float64
}

// Step moves by the velocity.
func (d *Momentum) Step(theta, gradient [2]float64) [2]float64 {
	for i := range theta {
		d.velocity[i] = d.Beta*d.velocity[i] - d.Rate*gradient[i]
		theta[i] += d.velocity[i]
	}
	return theta
}

// String names it.
func (d *Momentum) String() string { return fmt.Sprintf("momentum (α = %g, β = %g)", d.Rate, d.Beta) }

// Adam is algorithm 1 of Kingma and Ba 2015:
//
//	m ← β1·m + (1 - β1)·∇J      the mean of gradients
//	v ← β2·v + (1 - β2)·(∇J)²   the mean of their squares, weight by weight
//	θ ← θ - α·m̂/(√v̂ + ε)        with m̂ = m/(1 - β1^t) and v̂ = v/(1 - β2^t) at step t
//
// Dividing by 1 - β^t makes up for m and v starting at 0. Fields left at zero have the paper's
// values.
type Adam struct {
	// Rate is the learning rate α, 0.001 by default.
	Rate float64
	// Beta1 and Beta2 are 0.9 and 0.999 by default, and Epsilon is 1e-8.
	Beta1, Beta2, Epsilon float64

	mean, square [2]float64
	steps        int
}

// settings are the fields with their defaults.
func (d *Adam) settings() (rate, beta1, beta2, epsilon float64) {
	or := func(v, standard float64) float64 {
		if v == 0 {
			return standard
		}
		return v
	}
	return or(d.Rate, 0.001), or(d.Beta1, 0.9), or(d.Beta2, 0.999), or(d.Epsilon, 1e-8)
}

// Step moves each weight by about the learning rate, however large its gradient is.
func (d *Adam) Step(theta, gradient [2]float64) [2]float64 {
	rate, beta1, beta2, epsilon := d.settings()
	d.steps++
	t := float64(d.steps)
	for i, g := range gradient {
		d.mean[i] = beta1*d.mean[i] + (1-beta1)*g
		d.square[i] = beta2*d.square[i] + (1-beta2)*g*g
		mean := d.mean[i] / (1 - math.Pow(beta1, t))
		square := d.square[i] / (1 - math.Pow(beta2, t))
		theta[i] -= rate * mean / (math.Sqrt(square) + epsilon)
	}
	return theta
}

// String names it.
func (d *Adam) String() string {
	rate, beta1, beta2, _ := d.settings()
	return fmt.Sprintf("Adam (α = %g, β1 = %g, β2 = %g)", rate, beta1, beta2)
}

// Walk makes a number of steps from the start and returns all the points, including the start.
// gradient is Neuron.Gradient, or whatever you want to try in its place.
func Walk(d Descent, gradient func([2]float64) [2]float64, start [2]float64, steps int) [][2]float64 {
	path := [][2]float64{start}
	for range steps {
		at := path[len(path)-1]
		path = append(path, d.Step(at, gradient(at)))
	}
	return path
}
