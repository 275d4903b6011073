package ml_test

import (
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/layers"
)

func ExampleModel_Plot() {
	x := ml.In("x", 4)
	h := layers.Dense(4, layers.ReLU).On(x)
	m := ml.Functional(ml.Tensors{x}, ml.Tensors{layers.Dense(1, layers.Named("out")).On(layers.Add().On(x, h))})
	d, err := m.Plot()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d.MIMEBundle()["text/plain"])
	// Output: Diagram(x, dense, add, out)
}

func TestDiagram(t *testing.T) {
	x, y := ml.In("x<y", 4), ml.In("y", 4)
	h := layers.Dense(4, layers.ReLU).On(layers.Dense(4).On(x))
	m := ml.Functional(ml.Tensors{x, y}, ml.Tensors{layers.Dense(2).On(layers.Concatenate().On(x, h, y))})
	d, err := m.Plot()
	if err != nil {
		t.Fatal(err)
	}
	svg := d.SVG()
	decoder := xml.NewDecoder(strings.NewReader(svg))
	boxes := 0
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "rect" {
			boxes++
		}
	}
	// Four steps from row to row, and from x and y to the fourth row three each and two through the rows between.
	if lines := strings.Count(svg, "<path"); boxes != 6 || lines != 4+2*(3+2) {
		t.Errorf("%d boxes and %d lines. Expected 6 and 14", boxes, lines)
	}
	for _, want := range []string{"x&lt;y", "Dense(4, relu)", "[batch, 12]"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %q in %s", want, svg)
		}
	}
	file := filepath.Join(t.TempDir(), "model.svg")
	if err := d.Save(file); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != svg {
		t.Errorf("the file holds %d bytes, %v", len(text), err)
	}
	if _, err := ml.Sequential(layers.Dense(3)).Plot(); err == nil {
		t.Error("a model whose input is not known was drawn")
	}
}
