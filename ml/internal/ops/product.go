package ops

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// ownStep says whether the graph is a step of Fit, in which gradients are taken once, and only of
// the loss.
func ownStep(scope *model.Scope, g *graph.Graph) bool {
	_, ok := model.GetGraphParam(g, model.ScopeSeparator+MaskParam)
	return ok && scope.IsTraining(g)
}

// Product computes a matrix product with a kernel, [rows, in]·[in, out], in a form of which the Go
// backend computes the gradients without transposing more than necessary.
//
// The Go backend's product takes a transposed factor only on one side, so the plain gradient
// transposes both factors, number by number. For the article's model that took longer than the
// products. Here either the other factor is transposed, or the adjoint and the result, whichever is
// less.
//
// GoMLX has custom gradients of identities only. One on the product notes its adjoint. Those on the
// factors turn that into the adjoints of the factors. Tie connects them, by a zero that is added to
// the bias. These gradients are of first order only, so they are used in the steps of Fit alone;
// elsewhere Product is a plain product.
type Product struct {
	// Kernel is the kernel, without its gradient if that is computed by hand.
	Kernel *graph.Node

	// adjoint is that of the product, as soon as it is known.
	adjoint *graph.Node
	// factor is the other factor, without its gradient.
	factor *graph.Node
	// zeros is a zero that depends on all that has a gradient by hand; nil for a plain product.
	zeros *graph.Node
}

// NewProduct prepares the product with the kernel. Biased says that a bias follows, which Tie
// needs.
func NewProduct(scope *model.Scope, kernel *graph.Node, biased bool) *Product {
	p := &Product{Kernel: kernel}
	g := kernel.Graph()
	if !biased || kernel.DType() != dtypes.Float32 || !OnGo(g) || !ownStep(scope, g) {
		return p
	}
	p.zeros = alwaysZero(graph.IdentityWithCustomGradient(kernel,
		func(_, _ *graph.Node) *graph.Node {
			rows, in, out := p.factor.Shape().Dim(0), kernel.Shape().Dim(0), kernel.Shape().Dim(1)
			if rows*in < rows*out+in*out {
				return graph.MatMul(graph.Transpose(p.factor, 0, 1), p.adjoint)
			}
			return graph.Transpose(graph.MatMul(graph.Transpose(p.adjoint, 0, 1), p.factor), 0, 1)
		}))
	p.Kernel = graph.StopGradient(kernel)
	return p
}

// ByHand says whether the gradient is computed in the way described at Product.
func (p *Product) ByHand() bool { return p.zeros != nil }

// Of returns the product of x, of rank 2, and the kernel. Of or OfParts may be called once.
func (p *Product) Of(x *graph.Node) *graph.Node {
	if p.zeros == nil {
		return graph.MatMul(x, p.Kernel)
	}
	p.factor = graph.StopGradient(x)
	return p.noted(graph.MatMul(x, p.Kernel))
}

// OfParts returns the product of the parts, joined along their last axis, and the kernel. The parts
// may have any rank; the first axis of the result counts all their places.
func (p *Product) OfParts(parts []*graph.Node) *graph.Node {
	in := p.Kernel.Shape().Dim(0)
	if p.zeros == nil {
		x := graph.Concatenate(parts, -1)
		return graph.MatMul(graph.Reshape(x, x.Shape().Size()/in, in), p.Kernel)
	}
	held := make([]*graph.Node, len(parts))
	first := 0
	for i, part := range parts {
		last := first + part.Shape().Dim(-1)
		rows := graph.Slice(p.Kernel, graph.AxisRange(first, last), graph.AxisRange())
		first = last
		// Each part's gradient is a product of its own: slicing a common one would copy number by
		// number.
		routed := graph.IdentityWithCustomGradient(part, func(x, _ *graph.Node) *graph.Node {
			own := graph.DotGeneral(p.adjoint, []int{1}, nil, rows, []int{1}, nil)
			return graph.Reshape(own, x.Shape().Dimensions...)
		})
		p.zeros = graph.Add(p.zeros, alwaysZero(routed))
		held[i] = graph.StopGradient(part)
	}
	x := graph.Concatenate(held, -1)
	p.factor = graph.Reshape(x, x.Shape().Size()/in, in)
	return p.noted(graph.MatMul(p.factor, p.Kernel))
}

// noted notes the adjoint of the product y. No gradient flows through y itself, whose factors are
// held constant.
func (p *Product) noted(y *graph.Node) *graph.Node {
	return graph.IdentityWithCustomGradient(y, func(_, adjoint *graph.Node) *graph.Node {
		p.adjoint = adjoint
		return adjoint
	})
}

// Tie returns the bias, connected with the gradients by hand. It may be called on nil.
func (p *Product) Tie(bias *graph.Node) *graph.Node {
	if p == nil || p.zeros == nil {
		return bias
	}
	return graph.Add(bias, p.zeros)
}

// alwaysZero returns a scalar zero that depends on the node.
func alwaysZero(n *graph.Node) *graph.Node {
	corner := make([]graph.SliceAxisSpec, n.Rank())
	for i := range corner {
		corner[i] = graph.AxisElem(0)
	}
	zero := graph.ScalarZero(n.Graph(), n.DType())
	first := graph.Reshape(graph.Slice(n, corner...))
	return graph.Where(graph.Const(n.Graph(), false), first, zero)
}
