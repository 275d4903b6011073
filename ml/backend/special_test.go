package backend

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// A loss that is not a number must stay one on its way through a graph: callbacks end a training by
// it. So every elementwise operation and every reduction is computed here of NaN, infinities and
// the largest numbers on every backend, and compared with what IEEE 754 and XLA say.

type (
	function = compute.Function
	value    = compute.Value
)

var (
	nan = math.NaN()
	inf = math.Inf(1)
)

// specials are what each operand is taken from. Numbers below the smallest normal one are left out:
// XLA takes them for 0.
var specials = []float64{nan, inf, -inf, 0, 1, -1, 0.5, -0.5, 2, -2, 3, -2.5, 1.5, 100, -100, 1e30, -1e30, math.MaxFloat32, -math.MaxFloat32}

// engines are the backends by name: GoMLX's own, ours on it, and XLA where there is a plugin.
func engines(t *testing.T) map[string]compute.Backend {
	t.Helper()
	b, err := NewGo()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]compute.Backend{"ours": b.GoMLX(), "inner": b.GoMLX().(interface{ Unwrap() compute.Backend }).Unwrap()}
	if x, err := Default(); err == nil && x.XLA() {
		all["xla"] = x.GoMLX()
	}
	return all
}

// computed returns what the graph makes of the arguments, all [rows, columns]; truths are 1 and 0.
// The arguments are negated twice on the way, which makes a graph of some tens of thousands of numbers
// large enough for our own backend to plan it; a smaller one it leaves to the inner backend.
func computed(b compute.Backend, rows, columns int, args [][]float32, graph func(f function, in []value) (value, error)) (out []float64, err error) {
	defer func() {
		if e := recover(); e != nil {
			err = fmt.Errorf("panic: %v", e)
		}
	}()
	builder := b.Builder("special")
	f := builder.Main()
	shape := shapes.Make(dtypes.Float32, rows, columns)
	var in []value
	var buffers []compute.Buffer
	for i, a := range args {
		v, err := f.Parameter(fmt.Sprint("x", i), shape, nil)
		if err != nil {
			return nil, err
		}
		for range 2 {
			if v, err = f.Neg(v); err != nil {
				return nil, err
			}
		}
		buffer, err := b.BufferFromFlatData(0, a, shape)
		if err != nil {
			return nil, err
		}
		in, buffers = append(in, v), append(buffers, buffer)
	}
	y, err := graph(f, in)
	if err != nil {
		return nil, err
	}
	if y, err = f.ConvertDType(y, dtypes.Float32); err != nil {
		return nil, err
	}
	got, err := f.Shape(y)
	if err != nil {
		return nil, err
	}
	if err := f.Return([]value{y}, nil); err != nil {
		return nil, err
	}
	e, err := builder.Compile()
	if err != nil {
		return nil, err
	}
	defer e.Finalize()
	results, err := e.Execute(buffers, make([]bool, len(buffers)), 0)
	if err != nil {
		return nil, err
	}
	flat := make([]float32, got.Size())
	if err := results[0].ToFlatData(flat); err != nil {
		return nil, err
	}
	for _, v := range flat {
		out = append(out, float64(v))
	}
	return out, nil
}

// alike says whether two numbers are the same as far as 32 bits and the error of a function go.
func alike(want, got float64) bool {
	want = float64(float32(want)) // beyond the largest number lies infinity
	switch {
	case math.IsNaN(want) || math.IsNaN(got):
		return math.IsNaN(want) && math.IsNaN(got)
	case math.IsInf(want, 0) || math.IsInf(got, 0):
		return want == got
	}
	return math.Abs(want-got) <= 2e-5*max(1e-30, math.Abs(want)) || math.Abs(want) < 1e-35 && math.Abs(got) < 1e-35
}

// truth is 1 for true.
func truth(v bool) float64 {
	if v {
		return 1
	}
	return 0
}

// operation is an elementwise one with what it computes.
type operation struct {
	graph func(f function, in []value) (value, error)
	want  func(x []float64) float64
	args  int
}

func unary(graph func(function, value) (value, error), want func(float64) float64) operation {
	return operation{func(f function, in []value) (value, error) { return graph(f, in[0]) }, func(x []float64) float64 { return want(x[0]) }, 1}
}

func binary(graph func(function, value, value) (value, error), want func(x, y float64) float64) operation {
	return operation{func(f function, in []value) (value, error) { return graph(f, in[0], in[1]) }, func(x []float64) float64 { return want(x[0], x[1]) }, 2}
}

func comparison(graph func(function, value, value) (value, error), want func(x, y float64) bool) operation {
	return binary(graph, func(x, y float64) float64 { return truth(want(x, y)) })
}

// order is the place of a number in the total order, in which NaN stands behind infinity.
func order(x float64) float64 {
	if math.IsNaN(x) {
		return 2 * math.MaxFloat64 / 2
	}
	return max(-math.MaxFloat64/2, min(math.MaxFloat64/2, x))
}

// elementwise are the operations by the names of compute.Function's methods.
var elementwise = map[string]operation{
	"Abs":      unary(function.Abs, math.Abs),
	"Ceil":     unary(function.Ceil, math.Ceil),
	"Cos":      unary(function.Cos, math.Cos),
	"Erf":      unary(function.Erf, math.Erf),
	"Exp":      unary(function.Exp, math.Exp),
	"Expm1":    unary(function.Expm1, math.Expm1),
	"Floor":    unary(function.Floor, math.Floor),
	"Identity": unary(function.Identity, func(x float64) float64 { return x }),
	"IsFinite": unary(function.IsFinite, func(x float64) float64 { return truth(!math.IsNaN(x) && !math.IsInf(x, 0)) }),
	"IsNaN":    unary(function.IsNaN, func(x float64) float64 { return truth(math.IsNaN(x)) }),
	"Log":      unary(function.Log, math.Log),
	"Log1p":    unary(function.Log1p, math.Log1p),
	"Logistic": unary(function.Logistic, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }),
	"Neg":      unary(function.Neg, func(x float64) float64 { return -x }),
	"Round":    unary(function.Round, math.RoundToEven),
	"Rsqrt":    unary(function.Rsqrt, func(x float64) float64 { return 1 / math.Sqrt(x) }),
	"Sign": unary(function.Sign, func(x float64) float64 {
		if math.IsNaN(x) {
			return x
		}
		return truth(x > 0) - truth(x < 0)
	}),
	"Sin":  unary(function.Sin, math.Sin),
	"Sqrt": unary(function.Sqrt, math.Sqrt),
	"Tanh": unary(function.Tanh, math.Tanh),

	"Add":   binary(function.Add, func(x, y float64) float64 { return x + y }),
	"Atan2": binary(function.Atan2, math.Atan2),
	"Div":   binary(function.Div, func(x, y float64) float64 { return x / y }),
	"Max":   binary(function.Max, func(x, y float64) float64 { return max(x, y) }),
	"Min":   binary(function.Min, func(x, y float64) float64 { return min(x, y) }),
	"Mul":   binary(function.Mul, func(x, y float64) float64 { return x * y }),
	"Pow":   binary(function.Pow, math.Pow),
	"Rem":   binary(function.Rem, math.Mod),
	"Sub":   binary(function.Sub, func(x, y float64) float64 { return x - y }),

	"Equal":          comparison(function.Equal, func(x, y float64) bool { return x == y }),
	"NotEqual":       comparison(function.NotEqual, func(x, y float64) bool { return x != y }),
	"LessThan":       comparison(function.LessThan, func(x, y float64) bool { return x < y }),
	"LessOrEqual":    comparison(function.LessOrEqual, func(x, y float64) bool { return x <= y }),
	"GreaterThan":    comparison(function.GreaterThan, func(x, y float64) bool { return x > y }),
	"GreaterOrEqual": comparison(function.GreaterOrEqual, func(x, y float64) bool { return x >= y }),

	"EqualTotalOrder":          comparison(function.EqualTotalOrder, func(x, y float64) bool { return order(x) == order(y) }),
	"NotEqualTotalOrder":       comparison(function.NotEqualTotalOrder, func(x, y float64) bool { return order(x) != order(y) }),
	"LessThanTotalOrder":       comparison(function.LessThanTotalOrder, func(x, y float64) bool { return order(x) < order(y) }),
	"LessOrEqualTotalOrder":    comparison(function.LessOrEqualTotalOrder, func(x, y float64) bool { return order(x) <= order(y) }),
	"GreaterThanTotalOrder":    comparison(function.GreaterThanTotalOrder, func(x, y float64) bool { return order(x) > order(y) }),
	"GreaterOrEqualTotalOrder": comparison(function.GreaterOrEqualTotalOrder, func(x, y float64) bool { return order(x) >= order(y) }),

	"Clamp": {func(f function, in []value) (value, error) { return f.Clamp(in[0], in[1], in[2]) },
		func(x []float64) float64 { return min(max(x[1], x[0]), x[2]) }, 3},
	"Where": {func(f function, in []value) (value, error) {
		yes, err := f.LessThan(in[0], in[1])
		if err != nil {
			return nil, err
		}
		return f.Where(yes, in[0], in[1])
	}, func(x []float64) float64 {
		if x[0] < x[1] {
			return x[0]
		}
		return x[1]
	}, 2},
	"ConvertDType": unary(func(f function, x value) (value, error) { return f.ConvertDType(x, dtypes.Float64) }, func(x float64) float64 { return x }),
}

// notOfNumbers are elementwise operations on types that have neither NaN nor infinities.
var notOfNumbers = []string{"BitCount", "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor", "Clz", "Complex", "Conj", "Imag", "LogicalAnd", "LogicalNot",
	"LogicalOr", "LogicalXor", "Real", "ShiftLeft", "ShiftRightArithmetic", "ShiftRightLogical",
	"DynamicShape"} // of shapes, not of numbers

// otherwise says why a backend makes something else of some operands than IEEE 754 has it, by backend
// and operation. Ours has no line. Where the inner one agrees after all the test fails, too: then
// the line can go, and what ours does about it. XLA's answers are those of its plugin for the CPU.
var otherwise = map[string]string{
	"inner Sign":    "0 of what is not a number; ours chooses that itself instead",
	"xla Max":       fastMinMax,
	"xla Min":       fastMinMax,
	"xla Clamp":     fastMinMax,
	"xla ReduceMax": fastMinMax,
	"xla ReduceMin": fastMinMax,
	"xla ArgMax":    "compared by order, in which what is not a number has no place",
	"xla ArgMin":    "compared by order, in which what is not a number has no place",
}

// fastMinMax is an option that this plugin has on by default. It cannot be turned off safely: a
// plugin that does not know an option of XLA_FLAGS ends the process.
const fastMinMax = "xla_cpu_enable_fast_min_max: of two operands the first, if the second is not a number"

// TestSpecialNumbersElementwise computes every elementwise operation of all combinations.
func TestSpecialNumbersElementwise(t *testing.T) {
	for name, b := range engines(t) {
		for op, o := range elementwise {
			t.Run(name+"/"+op, func(t *testing.T) {
				const columns = 1 << 6
				var wrong []string
				for _, rows := range []int{1 << 7, 1 << 11} {
					args, at := make([][]float32, o.args), make([]int, o.args)
					for i := range args {
						args[i] = make([]float32, rows*columns)
					}
					place := func(n int) []int { // which special number each operand is at place n
						for i := range at {
							at[i] = n % len(specials)
							n /= len(specials)
						}
						return at
					}
					for n := range rows * columns {
						for i, s := range place(n) {
							args[i][n] = float32(specials[s])
						}
					}
					got, err := computed(b, rows, columns, args, o.graph)
					if compute.IsNotImplemented(err) {
						return
					}
					if err != nil {
						t.Fatal(err)
					}
					x := make([]float64, o.args)
					for n, g := range got {
						for i := range x {
							x[i] = float64(args[i][n])
						}
						if w := o.want(x); !alike(w, g) && len(wrong) < 12 {
							if said := fmt.Sprintf("of %v: expected %v. Got %v", x, w, g); !slices.Contains(wrong, said) {
								wrong = append(wrong, said)
							}
						}
					}
				}
				judge(t, name+" "+op, wrong)
			})
		}
	}
}

// judge fails the test for what is wrong and not known to be, and for what is known to be and right.
func judge(t *testing.T, what string, wrong []string) {
	t.Helper()
	reason, known := otherwise[what]
	switch {
	case len(wrong) > 0 && !known:
		t.Errorf("%s\n%s", what, strings.Join(wrong, "\n"))
	case len(wrong) == 0 && known && !strings.HasPrefix(what, "xla "):
		t.Errorf("%s agrees with IEEE 754 now, although it was otherwise: %s", what, reason)
	}
}

// TestEveryElementwiseOperationIsTested finds operations that a newer GoMLX adds.
func TestEveryElementwiseOperationIsTested(t *testing.T) {
	values, in := reflect.TypeFor[compute.Value](), reflect.TypeFor[compute.StandardOps]()
	for i := range in.NumMethod() {
		m := in.Method(i)
		all := m.Type.NumOut() == 2 && m.Type.Out(0) == values && !m.Type.IsVariadic()
		for k := range m.Type.NumIn() {
			all = all && m.Type.In(k) == values
		}
		_, tested := elementwise[m.Name]
		if all && !tested && !slices.Contains(notOfNumbers, m.Name) {
			t.Errorf("%s is not tested with NaN and infinities", m.Name)
		}
	}
}

// reduction is one with what it makes of numbers.
type reduction struct {
	graph func(f function, x value, axis int) (value, error)
	want  func(x []float64) float64
}

func fold(start float64, f func(x, y float64) float64) func([]float64) float64 {
	return func(all []float64) float64 {
		r := start
		for _, x := range all {
			r = f(r, x)
		}
		return r
	}
}

func arg(better func(x, y float64) bool) func([]float64) float64 {
	return func(all []float64) float64 {
		best := 0
		for i, x := range all {
			if b := all[best]; !math.IsNaN(b) && (math.IsNaN(x) || better(x, b)) {
				best = i
			}
		}
		return float64(best)
	}
}

// reductions are those by the names of compute.Function's methods.
var reductions = map[string]reduction{
	"ReduceSum": {func(f function, x value, axis int) (value, error) { return f.ReduceSum(x, axis) }, fold(0, func(x, y float64) float64 { return x + y })},
	"ReduceProduct": {func(f function, x value, axis int) (value, error) { return f.ReduceProduct(x, axis) },
		fold(1, func(x, y float64) float64 { return x * y })},
	"ReduceMax": {func(f function, x value, axis int) (value, error) { return f.ReduceMax(x, axis) },
		fold(-inf, func(x, y float64) float64 { return max(x, y) })},
	"ReduceMin": {func(f function, x value, axis int) (value, error) { return f.ReduceMin(x, axis) },
		fold(inf, func(x, y float64) float64 { return min(x, y) })},
	"ArgMax": {func(f function, x value, axis int) (value, error) { return f.ArgMinMax(x, axis, dtypes.Int32, false) },
		arg(func(x, y float64) bool { return x > y })},
	"ArgMin": {func(f function, x value, axis int) (value, error) { return f.ArgMinMax(x, axis, dtypes.Int32, true) },
		arg(func(x, y float64) bool { return x < y })},
}

// spoilt are what takes the place of one or two numbers of a row.
var spoilt = [][]float64{{nan}, {inf}, {-inf}, {inf, -inf}, {nan, inf}, {inf, nan}, {-inf, nan}, {0}, {}}

// TestSpecialNumbersReduced reduces rows and columns of several lengths, in which special numbers
// stand at every place.
func TestSpecialNumbersReduced(t *testing.T) {
	for name, b := range engines(t) {
		for op, r := range reductions {
			t.Run(name+"/"+op, func(t *testing.T) {
				var wrong []string
				// Of each length few and, so that our backend plans it, many.
				for _, size := range [][2]int{{2, 18}, {5, 45}, {16, 144}, {40, 360}, {2, 35000}, {5, 14000}, {16, 5000}, {40, 1800}, {700, 6300}} {
					length, many := size[0], size[1]
					for axis := range 2 {
						rows, columns := many, length
						if axis == 0 {
							rows, columns = length, many
						}
						x, all := make([]float32, many*length), make([][]float64, many)
						for i := range all {
							all[i] = make([]float64, length)
							for k := range all[i] {
								all[i][k] = []float64{1, 0.5, 2}[(i+k)%3] // whose product stays near 1
							}
							for s, v := range spoilt[i%len(spoilt)] {
								all[i][(i/len(spoilt)+s*(1+length/2))%length] = v
							}
							for k, v := range all[i] {
								if axis == 0 {
									x[k*many+i] = float32(v)
								} else {
									x[i*length+k] = float32(v)
								}
							}
						}
						got, err := computed(b, rows, columns, [][]float32{x}, func(f function, in []value) (value, error) { return r.graph(f, in[0], axis) })
						if err != nil {
							t.Fatal(err)
						}
						for i, g := range got {
							w := r.want(all[i])
							if close := math.Abs(w-g) <= 1e-4*math.Abs(w); !alike(w, g) && !close && len(wrong) < 12 {
								wrong = append(wrong, fmt.Sprintf("axis %d, row %d of %d numbers with %v: expected %v. Got %v", axis, i, length, spoilt[i%len(spoilt)], w, g))
							}
						}
					}
				}
				judge(t, name+" "+op, wrong)
			})
		}
	}
}

// TestSpecialNumbersInProducts: 0 times infinity is not a number, in a product of matrices, too.
func TestSpecialNumbersInProducts(t *testing.T) {
	const rows, inner, columns = 256, 256, 256
	left, right := make([]float32, rows*inner), make([]float32, inner*columns)
	for i := range left {
		left[i] = 1
	}
	for i := range right {
		right[i] = 1
	}
	for i, v := range []float64{nan, inf, -inf, inf, 0} {
		left[i*inner+17*i] = float32(v)
	}
	left[3*inner+200] = float32(-inf)
	right[17*columns+5] = 0 // met by the infinity of row 1
	right[3*columns+9] = float32(nan)
	right[4*columns+11] = float32(inf)
	for name, b := range engines(t) {
		t.Run(name, func(t *testing.T) {
			got, err := computed(b, rows, inner, [][]float32{left, right}, func(f function, in []value) (value, error) {
				return f.DotGeneral(in[0], []int{1}, nil, in[1], []int{0}, nil, compute.DotGeneralConfig{})
			})
			if err != nil {
				t.Fatal(err)
			}
			var wrong []string
			for i := range rows {
				for j := range columns {
					want := 0.0
					for k := range inner {
						want += float64(left[i*inner+k]) * float64(right[k*columns+j])
					}
					if g := got[i*columns+j]; !alike(want, g) && len(wrong) < 12 {
						wrong = append(wrong, fmt.Sprintf("at %d, %d: expected %v. Got %v", i, j, want, g))
					}
				}
			}
			judge(t, name+" DotGeneral", wrong)
		})
	}
}
