package ops

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// onGo says whether the graph is GoMLX's Go backend's, for which some operations are better written otherwise than for XLA.
func OnGo(g *graph.Graph) bool { return g.Backend().Name() == "Go Backend" }

// maskParam is the graph parameter under which a step that Fit makes says which rows of its batch are
// examples; see contract.BatchMask.
const MaskParam = "gonbml_mask"

// ownStep says whether the graph is a step that Fit makes, in which gradients are taken once and of the loss alone.
func ownStep(scope *model.Scope, g *graph.Graph) bool {
	_, ok := model.GetGraphParam(g, model.ScopeSeparator+MaskParam)
	return ok && scope.IsTraining(g)
}

// product makes matrix products with a kernel, [rows, in]·[in, out], of which the Go backend computes the gradients without transposing more than it must.
//
// Its product takes a transposed factor only on one side, so that the plain gradient transposes both, number by number: for the article's model
// that took longer than the products. Here either the other factor is transposed or the adjoint and the result, whichever is less.
//
// GoMLX has custom gradients of identities only: one on the product notes its adjoint, those on the factors turn that into theirs, and tie joins them by a
// zero that is added to the bias. They are of first order only, so this is for the steps that Fit makes.
type Product struct {
	Kernel  *graph.Node
	adjoint *graph.Node
	// factor is the other factor, without its gradient.
	factor *graph.Node
	// zeros depend on what has a gradient of its own; nil for a plain product.
	Zeros *graph.Node
}

// newProduct prepares the product with the kernel; biased says that a bias follows.
func NewProduct(scope *model.Scope, kernel *graph.Node, biased bool) *Product {
	p := &Product{Kernel: kernel}
	if g := kernel.Graph(); !biased || kernel.DType() != dtypes.Float32 || !OnGo(g) || !ownStep(scope, g) {
		return p
	}
	p.Zeros = always0(graph.IdentityWithCustomGradient(kernel, func(_, _ *graph.Node) *graph.Node {
		rows, in, out := p.factor.Shape().Dim(0), kernel.Shape().Dim(0), kernel.Shape().Dim(1)
		if rows*in < rows*out+in*out {
			return graph.MatMul(graph.Transpose(p.factor, 0, 1), p.adjoint)
		}
		return graph.Transpose(graph.MatMul(graph.Transpose(p.adjoint, 0, 1), p.factor), 0, 1)
	}))
	p.Kernel = graph.StopGradient(kernel)
	return p
}

// of is the product of x, of rank 2, and the kernel. It may be made once.
func (p *Product) Of(x *graph.Node) *graph.Node {
	if p.Zeros == nil {
		return graph.MatMul(x, p.Kernel)
	}
	p.factor = graph.StopGradient(x)
	return p.noted(graph.MatMul(x, p.Kernel))
}

// ofParts is the product of the parts side by side, of any rank, and the kernel; its first axis counts all their places. It may be made once.
func (p *Product) OfParts(parts []*graph.Node) *graph.Node {
	in := p.Kernel.Shape().Dim(0)
	if p.Zeros == nil {
		x := graph.Concatenate(parts, -1)
		return graph.MatMul(graph.Reshape(x, x.Shape().Size()/in, in), p.Kernel)
	}
	held := make([]*graph.Node, len(parts))
	first := 0
	for i, part := range parts {
		last := first + part.Shape().Dim(-1)
		rows := graph.Slice(p.Kernel, graph.AxisRange(first, last), graph.AxisRange())
		first = last
		// Each part's gradient is a product of its own: taking them out of a common one would go number by number.
		routed := graph.IdentityWithCustomGradient(part, func(x, _ *graph.Node) *graph.Node {
			own := graph.DotGeneral(p.adjoint, []int{1}, nil, rows, []int{1}, nil)
			return graph.Reshape(own, x.Shape().Dimensions...)
		})
		p.Zeros = graph.Add(p.Zeros, always0(routed))
		held[i] = graph.StopGradient(part)
	}
	x := graph.Concatenate(held, -1)
	p.factor = graph.Reshape(x, x.Shape().Size()/in, in)
	return p.noted(graph.MatMul(p.factor, p.Kernel))
}

// noted notes the adjoint of the product. Through the product itself no gradient flows to a factor that is held.
func (p *Product) noted(y *graph.Node) *graph.Node {
	return graph.IdentityWithCustomGradient(y, func(_, adjoint *graph.Node) *graph.Node {
		p.adjoint = adjoint
		return adjoint
	})
}

// tie adds the zeros to the bias.
func (p *Product) Tie(bias *graph.Node) *graph.Node {
	if p == nil || p.Zeros == nil {
		return bias
	}
	return graph.Add(bias, p.Zeros)
}

// always0 is a zero that depends on the node.
func always0(n *graph.Node) *graph.Node {
	corner := make([]graph.SliceAxisSpec, n.Rank())
	for i := range corner {
		corner[i] = graph.AxisElem(0)
	}
	zero := graph.ScalarZero(n.Graph(), n.DType())
	return graph.Where(graph.Const(n.Graph(), false), graph.Reshape(graph.Slice(n, corner...)), zero)
}
