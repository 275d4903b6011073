package ml_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/layers"
)

func ExampleModel_Summary() {
	m := ml.Sequential(layers.Input(8, 8, 1), layers.Conv2D(4, 3, layers.ReLU), layers.BatchNormalization(), layers.Flatten(), layers.Dense(10))
	m.Freeze("conv2d")
	s, err := m.Summary()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(s)
	// Output:
	// name                 layer                 output shape      weights  trained
	// input                Input(8, 8, 1)        [batch, 8, 8, 1]  0        -
	// conv2d               Conv2D(4, 3, relu)    [batch, 6, 6, 4]  40       no
	// batch_normalization  BatchNormalization()  [batch, 6, 6, 4]  16       8 of them
	// flatten              Flatten()             [batch, 144]      0        -
	// dense                Dense(10)             [batch, 10]       1450     yes
	// 1506 weights, 1458 of them trained, 5.9 KB as float32
}

func TestSummaryAsHTML(t *testing.T) {
	m := ml.Sequential(layers.Input(2), layers.Dense(3, layers.Named("a<b")))
	s, err := m.Summary()
	if err != nil {
		t.Fatal(err)
	}
	if n := m.Store().NumVariables(); n != 0 {
		t.Errorf("Summary made %d variables", n)
	}
	bundle := s.MIMEBundle()
	page, _ := bundle["text/html"].(string)
	if !strings.Contains(page, "<td>a&lt;b</td><td>Dense(3)</td><td>[batch, 3]</td><td>9</td><td>yes</td>") {
		t.Errorf("HTML: %s", page)
	}
	if bundle["text/plain"] != s.String() {
		t.Errorf("text: %v", bundle["text/plain"])
	}
	if _, err := ml.Sequential(layers.Dense(3)).Summary(); err == nil || !strings.Contains(err.Error(), "Begin it with layers.Input") {
		t.Errorf("without an input: %v", err)
	}
}

func ExampleSummary() {
	x := ml.In("x", 4)
	shared := layers.Dense(4, layers.Named("shared"))
	h := layers.Add().On(x, shared.On(shared.On(x)))
	s, err := ml.Functional(ml.Tensors{x}, ml.Tensors{layers.Dense(1).On(h)}).Summary()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(s)
	// Output:
	// name    layer       output shape  weights  trained  connected to
	// x       In("x", 4)  [batch, 4]    0        -
	// shared  Dense(4)    [batch, 4]    20       yes      x, shared
	// add     Add()       [batch, 4]    0        -        x, shared
	// dense   Dense(1)    [batch, 1]    5        yes      add
	// 25 weights, 25 of them trained, 0.1 KB as float32
}
