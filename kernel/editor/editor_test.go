package editor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	kexec "github.com/gonbml/gonbml/kernel/exec"
)

var sessionCells = []string{
	"import (\n\t\"fmt\"\n\tst \"strings\"\n)\n// point is a place.\n// In two dimensions.\ntype point struct{ x, y int }\n// counts says how often.\ncounts := map[string]int{}",
	"// norm is its length. Or so.\nfunc (p point) norm() float64 { return 1 }\nfunc (p *point) move(dx, dy int) { p.x += dx }\nvar here point",
	"type circle struct {\n\tpoint\n\tradius float64\n}\nc := circle{}\nconst (\n\tred = iota\n\tgreen\n)\nfunc scale[T any](v T, by ...float64) (T, error) { return v, nil }",
	"green := \"now a text\"",
}

func newFilled(t *testing.T) *testSession {
	s := newTestSession(t, nil)
	for _, c := range sessionCells {
		s.run(c)
	}
	return s
}

// completions are places in cells, with some of what must and must not be offered there.
var completions = []struct {
	text, replaced string
	want, not      []string
}{
	{"cou|", "cou", []string{"counts"}, []string{"point", "const"}},
	{"here.|", "", []string{"x", "y", "norm", "move"}, []string{"radius"}},
	{"here.no|\nfmt.Println(here)", "no", []string{"norm"}, []string{"x"}},
	{"c.|", "", []string{"radius", "point", "x", "norm", "move"}, nil},
	{"fmt.Prin|", "Prin", []string{"Println", "Printf"}, []string{"Errorf"}},
	{"fmt.prin|", "prin", []string{"Println"}, nil},
	{"st.ToU|", "ToU", []string{"ToUpper"}, nil},
	{"strconv.Ato|", "Ato", []string{"Atoi"}, nil}, // nobody imports it
	{"strco|", "strco", []string{"strconv"}, nil},
	{"http.Status|", "Status", []string{"StatusOK"}, nil},
	{"for i := range counts {\n\tfmt.Println(i|)\n}", "i", []string{"i"}, nil},
	{"for key := range counts {\n\tke|\n}\nkept := 1", "ke", []string{"key"}, []string{"kept"}},
	{"x := here\nx.|", "", []string{"norm"}, nil},
	{"x := here\nfunc f() {\n\tx.|\n}", "", []string{"norm"}, nil},
	{"here := c\nhere.|", "", []string{"radius"}, nil},
	{"counts := len(counts)\ncou|", "cou", []string{"counts"}, nil},
	{"func f(arg point) {\n\targ.|\n", "", []string{"norm", "x"}, nil},
	{"func f(arg point) {\n\tif arg.x > 1 {\n\t\targ.|\n\nfunc g() {}", "", []string{"norm"}, nil},
	{"func f(arg point) {\n\tar|", "ar", []string{"arg"}, nil},
	{"circle{|}", "", []string{"point", "radius"}, nil},
	{"circle{radius: 1, p|}", "p", []string{"point"}, []string{"radius", "panic"}},
	{"fun|", "fun", []string{"func"}, nil},
	{"appe|", "appe", []string{"append"}, nil},
	{"type square struct{ side int }\nfunc (q square) area() int { return 0 }\nvar sq square\nsq.|", "", []string{"side", "area"}, nil},
	{"func (p point) norm2() int { return 0 }\nhere.n|", "n", []string{"norm", "norm2"}, nil},
	{"type point struct{ z int }\npoint{}.|", "", []string{"z"}, []string{"x"}},
	{"%%\nlocal := here\nlocal.|", "", []string{"norm"}, nil},
	{"!ls\n%cd\nhere.|", "", []string{"norm"}, nil},
	{"s := \"é漢😀\"; here.|", "", []string{"norm"}, nil},
	{"größe := 1\ngrö|", "grö", []string{"größe"}, nil},
	{"s := \"here.|\"", "", nil, []string{"norm"}},
	{"// here.|", "", nil, []string{"norm"}},
	{"s := `here.|", "", nil, []string{"norm"}},
	{"x := 12|", "", nil, []string{"len"}},
	{"import \"str|", "str", []string{"strings", "strconv"}, nil},
	{"import (\n\t\"net/h|\"\n)", "net/h", []string{"net/http"}, nil},
	{"import \"time\"\ntime.Sec|", "Sec", []string{"Second"}, nil},
	{"import t2 \"time\"\nt2.Sec|", "Sec", []string{"Second"}, nil},
	{"gre|", "gre", []string{"green"}, nil},
	{"x := scale(here)\nx.|", "", []string{"norm"}, []string{"radius"}},
	{"scale(here).|", "", []string{"norm"}, nil},
	{"x := fmt.Sprint(scale(scale(here)).|)", "", []string{"norm"}, nil},
	{"x := scale(here)\nfunc f() {\n\tx.|\n}", "", []string{"norm"}, nil},
	{"var x = scale(here)\nx.|", "", []string{"norm"}, nil},
	{"%%\nx := scale(here)\nx.|", "", nil, []string{"norm"}},
	{"func f() {\n\tx := scale(here)\n\tx.|\n}", "", nil, []string{"norm"}},
	{"green.|", "", nil, []string{"ToUpper"}},
	{"(|", "", []string{"counts"}, nil},
	{"fmt.Println(here.|", "", []string{"norm"}, nil},
	{"fmt.Println(here.|)", "", []string{"norm"}, nil},
	{"go func() {\n\there.|\n}()", "", []string{"norm"}, nil},
	{"(&here).mo|", "mo", []string{"move"}, nil},
	{"scale(here)|", "", nil, nil},
	{"switch v := any(here).(type) {\ncase point:\n\tv.|\n}", "", []string{"norm"}, nil},
}

func TestCompletionFromTypes(t *testing.T) {
	s := newFilled(t)
	for _, tt := range completions {
		s.wantItems(tt.text, tt.replaced, tt.want, tt.not)
	}
}

func TestWhatIsKnownOfACandidate(t *testing.T) {
	s := newFilled(t)
	for text, want := range map[string]kexec.Completion{
		"count|":     {Text: "counts", Kind: "instance", Detail: "map[string]int", Doc: "counts says how often."},
		"here.norm|": {Text: "norm", Kind: "method", Detail: "func() float64", Doc: "norm is its length."},
		"here.x|":    {Text: "x", Kind: "property", Detail: "int"},
		"scal|":      {Text: "scale", Kind: "function", Detail: "func[T any](v T, by ...float64) (T, error)"},
		"re|":        {Text: "red", Kind: "constant", Detail: "int = 0"},
		"poin|":      {Text: "point", Kind: "class", Detail: "struct", Doc: "point is a place."},
		"st|":        {Text: "st", Kind: "module", Detail: "\"strings\""},
		"ran|":       {Text: "range", Kind: "keyword"},
		"rand|":      {Text: "rand", Kind: "module", Detail: "\"math/rand\""},
		"green|":     {Text: "green", Kind: "instance", Detail: "string"},
		"capt|":      {},
		"%capt|":     {Text: "%capture", Kind: "magic", Detail: "%capture [-a] FILE", Doc: "copies the output of this cell to a file"},
	} {
		c, _ := s.complete(text)
		got := kexec.Completion{}
		if len(c.Items) > 0 {
			got = c.Items[0]
		}
		if got != want {
			t.Errorf("%q: got %+v, want %+v", text, got, want)
		}
	}
}

func TestCompletionOfCommands(t *testing.T) {
	s := newFilled(t)
	for _, d := range []string{"data", "dark side", ".hidden"} {
		if err := os.Mkdir(filepath.Join(s.dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []string{"data/a.csv", "dates.txt"} {
		if err := os.WriteFile(filepath.Join(s.dir, f), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		text, replaced string
		want, not      []string
	}{
		{"%c|", "%c", []string{"%cd", "%capture", "%compact"}, []string{"%env"}},
		{"%%|", "%%", []string{"%%bash", "%%writefile", "%%"}, []string{"%cd"}},
		{"x := 1\n%%|", "%%", []string{"%%"}, []string{"%%bash"}},
		{"%cd da|", "da", []string{"data/", `"dark side/"`}, []string{"dates.txt"}},
		{"%cd .h|", ".h", []string{".hidden/"}, []string{"data/"}},
		{"!cat da|", "da", []string{"data/", "dates.txt", `dark\ side/`}, []string{".hidden/"}},
		{"!cat data/|", "data/", []string{"data/a.csv"}, nil},
		{"!head -1 < dat|", "dat", []string{"dates.txt"}, nil},
		{"x := 1\n!cat ~/|", "~/", nil, []string{"data/"}},
		{"%env HO|", "HO", []string{"HOME", "HOPE"}, nil},
		{"%errors o|", "o", []string{"on", "off"}, nil},
		{"%rm co|", "co", []string{"counts"}, []string{"scale"}},
		{"%exec s|", "s", []string{"scale"}, []string{"counts"}},
		{"%%writefile da|", "da", []string{"dates.txt"}, nil},
		{"%%bash\nhere.|", "", nil, []string{"norm"}},
		{"%list |", "", nil, []string{"data/"}},
	} {
		s.wantItems(tt.text, tt.replaced, tt.want, tt.not)
	}
}

func TestInspectionFromTypes(t *testing.T) {
	s := newFilled(t)
	for _, tt := range []struct {
		text   string
		detail int
		want   []string
	}{
		{"cou|nts", 0, []string{"var counts map[string]int", "counts says how often.", "defined in cell [1], line 9"}},
		{"counts|", 0, []string{"var counts map[string]int"}},
		{"|counts", 0, []string{"var counts map[string]int"}},
		{"here.norm|()", 0, []string{"func (point).norm() float64", "norm is its length.", "defined in cell [2], line 2"}},
		{"here.x|", 0, []string{"field x int", "in type point of cell [1]"}},
		{"here.norm|()", 1, []string{"func (p point) norm() float64 { return 1 }"}},
		{"poin|t{}", 0, []string{"type point struct{ x, y int }", "func (*point).move(dx int, dy int)", "In two dimensions."}},
		{"fmt.Sprint|f()", 0, []string{"func fmt.Sprintf(format string, a ...any) string", "package fmt"}},
		{"fm|t.Println()", 0, []string{`package fmt // import "fmt"`}},
		{"strconv.Ato|i()", 0, []string{"func strconv.Atoi(s string) (int, error)"}},
		{"le|n(counts)", 0, []string{"func len(v T) int"}},
		{"gre|en", 0, []string{"var green string", "defined in cell [4]"}},
		{"re|d", 0, []string{"const red untyped int = 0"}},
		{"local := scale(1)\nloc|al", 0, []string{"var local int", "defined in this cell, line 1"}},
		{"here.move(scale(1)|, 2)", 0, []string{"move(" + underlined("dx int")}},
		{"local := 1\nloc|al", 0, []string{"var local int", "defined in this cell, line 1"}},
		{"%c|d x", 0, []string{"%cd DIR", "changes the folder"}},
		{"!l|s", 0, []string{"!COMMAND"}},
		// Within the parentheses of a call: its signature, and the parameter under the cursor.
		{"here.move(|)", 0, []string{"move(" + underlined("dx int") + ", dy int)"}},
		{"here.move(1, |)", 0, []string{"move(dx int, " + underlined("dy int")}},
		{"here.move(1,|", 0, []string{underlined("dy int")}},
		{"here.move(cou|nts, 1)", 0, []string{"var counts", "move(" + underlined("dx int")}},
		{"scale(1, 2, 3, |)", 0, []string{underlined("by ...float64")}},
		{"strconv.Itoa(|", 0, []string{"strconv.Itoa(" + underlined("i int")}},
		{"f := func(a, b int) {}\nf(1, |)", 0, []string{underlined("b int")}},
	} {
		got := s.inspect(tt.text, tt.detail)
		for _, w := range tt.want {
			bare := strings.NewReplacer(bold, "", plain, "", faint, "", underline, "")
			if !strings.Contains(got, w) && (strings.Contains(w, "\x1b") || !strings.Contains(bare.Replace(got), w)) {
				t.Errorf("%q at detail %d: got\n%s\nwant it to hold %q", tt.text, tt.detail, got, w)
			}
		}
	}
	for _, text := range []string{"|", "\"counts|\"", "x := nobody|", "import \"fm|t\""} {
		if got := s.inspect(text, 0); got != "" {
			t.Errorf("%q: got %q, want nothing", text, got)
		}
	}
}

func underlined(s string) string { return bold + underline + s + plain }
