package data

import (
	"context"
	"fmt"
	"image/color"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// small returns four examples of two features, the last a duplicate of the first.
func small() Dataset {
	return Dataset{Name: "small", Classes: []string{"a", "b"}, Y: []int{0, 1, 1, 0},
		X: Array{Values: []float32{1, 2, 3, 4, 1, 2, 1, 2}, Shape: []int{4, 2}}}
}

func TestDuplicates(t *testing.T) {
	d := small() // example 2 has the first one's inputs and another class
	if got := d.Duplicates(); !slices.Equal(got, []int{3}) {
		t.Errorf("duplicates: %v. Expected [3]", got)
	}
	if got := d.DropDuplicates(); got.Len() != 3 || !slices.Equal(got.Y, []int{0, 1, 1}) || len(got.X.Values) != 6 {
		t.Errorf("without duplicates: %+v", got)
	}
	if d.Len() != 4 {
		t.Error("DropDuplicates changed its receiver")
	}
}

func TestMissing(t *testing.T) {
	d := small()
	d.X.Values[2], d.X.Values[6] = float32(math.NaN()), float32(math.Inf(1))
	if got := d.Missing(); !slices.Equal(got, []int{1, 3}) {
		t.Errorf("missing: %v. Expected [1 3]", got)
	}
	if got := d.DropMissing(); !slices.Equal(got.Y, []int{0, 1}) || len(got.Missing()) != 0 {
		t.Errorf("without missing: %+v", got)
	}
}

func TestFitRange(t *testing.T) {
	d := small()
	d.White = 4
	s, err := FitRange(d.X)
	if err != nil {
		t.Fatal(err)
	}
	scaled, err := s.Apply(d)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Min(scaled.X.Values) != 0 || slices.Max(scaled.X.Values) != 1 || scaled.White != 1 || d.X.Values[0] != 1 {
		t.Errorf("scaled %v (white %g), from %v", scaled.X.Values, scaled.White, d.X.Values)
	}
	constant, err := FitRange(Array{[]float32{7, 7}, []int{2, 1}})
	if err != nil {
		t.Fatal(err)
	}
	if y, _ := constant.ApplyArray(Array{[]float32{7, 8}, []int{2, 1}}); y.Values[0] != 0 || y.Values[1] != 1 {
		t.Errorf("constant values were scaled to %v", y.Values)
	}
	if _, err := FitRange(Array{[]float32{float32(math.NaN())}, []int{1, 1}}); err == nil {
		t.Error("a range was fitted to nothing")
	}
}

func TestFitStandard(t *testing.T) {
	x := Array{[]float32{1, 10, 5, 2, 20, 5, 3, 30, 5}, []int{3, 3}}
	s, err := FitStandard(x)
	if err != nil {
		t.Fatal(err)
	}
	y, err := s.ApplyArray(x)
	if err != nil {
		t.Fatal(err)
	}
	r := float32(math.Sqrt(1.5))
	for i, want := range []float32{-r, -r, 0, 0, 0, 0, r, r, 0} {
		if math.Abs(float64(y.Values[i]-want)) > 1e-6 {
			t.Errorf("value %d: %g. Expected %g", i, y.Values[i], want)
		}
	}
	if _, err := s.ApplyArray(Array{[]float32{1}, []int{1, 1}}); err == nil || !strings.Contains(err.Error(), "3 numbers") {
		t.Errorf("another number of features: %v", err)
	}
}

func TestSplit(t *testing.T) {
	d, err := Digits()
	if err != nil {
		t.Fatal(err)
	}
	for _, config := range []SplitConfig{{Seed: 1}, {Seed: 1, Stratified: true}, {InOrder: true}} {
		t.Run(fmt.Sprintf("%+v", config), func(t *testing.T) {
			rest, part, err := d.Split(0.2, config)
			if err != nil {
				t.Fatal(err)
			}
			if rest.Len()+part.Len() != d.Len() || part.Len() < 350 || part.Len() > 365 {
				t.Errorf("%d and %d of %d", rest.Len(), part.Len(), d.Len())
			}
			again, _, _ := d.Split(0.2, config)
			if !slices.Equal(rest.X.Values, again.X.Values) || !slices.Equal(rest.Y, again.Y) {
				t.Error("the same seed gave another split")
			}
			whole, err := rest.Concat(part)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(whole.Duplicates()); got != len(d.Duplicates()) {
				t.Errorf("%d duplicates in the parts. Expected %d: every example once", got, len(d.Duplicates()))
			}
			if config.Stratified {
				for i, c := range d.ClassCounts() {
					want := math.Round(0.2 * float64(c.Count))
					if got := part.ClassCounts()[i].Count; float64(got) != want {
						t.Errorf("class %s: %d of %d in the part. Expected %g", c.Class, got, c.Count, want)
					}
				}
			}
			if config.InOrder && !slices.Equal(rest.Y, d.Y[:rest.Len()]) {
				t.Error("the rest is not the head of the data")
			}
		})
	}
	one, _, _ := d.Split(0.2, SplitConfig{Seed: 1})
	other, _, _ := d.Split(0.2, SplitConfig{Seed: 2})
	if slices.Equal(one.X.Values, other.X.Values) {
		t.Error("two seeds gave the same split")
	}
	if _, _, err := d.Split(1.5, SplitConfig{}); err == nil {
		t.Error("more than all was split off")
	}
}

func TestDigits(t *testing.T) {
	d, err := Digits()
	if err != nil {
		t.Fatal(err)
	}
	if d.Len() != 1797 || slices.Max(d.X.Values) != 16 || slices.Min(d.X.Values) != 0 || len(d.Missing()) != 0 {
		t.Errorf("%s, values from %g to %g", d, slices.Min(d.X.Values), slices.Max(d.X.Values))
	}
	// As published with the data set.
	want := []int{178, 182, 177, 183, 181, 182, 181, 179, 174, 180}
	for i, c := range d.ClassCounts() {
		if c.Count != want[i] {
			t.Errorf("class %s occurs %d times. Expected %d", c.Class, c.Count, want[i])
		}
	}
	img := d.Image(0)
	if img.Bounds().Dx() != 8 || img.At(0, 0).(color.Gray).Y != 0 || img.At(3, 0).(color.Gray).Y != 207 {
		t.Errorf("picture: %v, %v at 3,0", img.Bounds(), img.At(3, 0))
	}
	flat, err := d.Reshape(8, 8)
	if err != nil || !slices.Equal(flat.X.Shape, []int{1797, 8, 8}) {
		t.Errorf("reshaped: %v, %v", flat.X.Shape, err)
	}
	if _, err := d.Reshape(9, 8); err == nil {
		t.Error("64 numbers were taken as 9 by 8")
	}
}

func TestMNIST(t *testing.T) {
	train, test, err := MNIST(context.Background(), MNISTConfig{Log: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	if train.Len() != 60000 || test.Len() != 10000 || train.X.Features() != 784 {
		t.Errorf("%s; %s", train, test)
	}
	if got := train.Y[:10]; !slices.Equal(got, []int{5, 0, 4, 1, 9, 2, 1, 3, 1, 4}) {
		t.Errorf("first classes: %v", got)
	}
	if got := test.ClassCounts()[7].Count; got != 1028 {
		t.Errorf("%d sevens in the test set. Expected 1028", got)
	}
}

func TestMNISTFromAFolder(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, b ...byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	_, _, err := MNIST(context.Background(), MNISTConfig{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "train-images-idx3-ubyte.gz") {
		t.Errorf("an empty folder: %v", err)
	}
	for _, part := range []string{"train", "t10k"} {
		write(part+"-images-idx3-ubyte", 0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 7, 255)
		write(part+"-labels-idx1-ubyte", 0, 0, 8, 1, 0, 0, 0, 1, 3)
	}
	train, _, err := MNIST(context.Background(), MNISTConfig{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(train.X.Values, []float32{7, 255}) || !slices.Equal(train.Y, []int{3}) || train.Width != 2 {
		t.Errorf("%+v", train)
	}
	write("t10k-labels-idx1-ubyte", 0, 0, 8, 1, 0, 0, 0, 2, 3)
	if _, _, err := MNIST(context.Background(), MNISTConfig{Dir: dir}); err == nil || !strings.Contains(err.Error(), "expected 2 values") {
		t.Errorf("a file cut off: %v", err)
	}
	write("train-images-idx3-ubyte.gz", 1, 2, 3)
	if _, _, err := MNIST(context.Background(), MNISTConfig{Dir: dir}); err == nil || !strings.Contains(err.Error(), "SHA-256") {
		t.Errorf("a damaged file: %v", err)
	}
}

func TestOneHot(t *testing.T) {
	a, err := OneHot([]int{2, 0}, 3)
	if err != nil || !slices.Equal(a.Values, []float32{0, 0, 1, 1, 0, 0}) {
		t.Errorf("%v, %v", a, err)
	}
	if _, err := OneHot([]int{3}, 3); err == nil || !strings.Contains(err.Error(), "from 0 to 2") {
		t.Errorf("a class too large: %v", err)
	}
}

func TestNewArray(t *testing.T) {
	if a, err := NewArray([][]float32{{1, 2}, {3, 4}}); err != nil || !slices.Equal(a.Row(1), []float32{3, 4}) {
		t.Errorf("%v, %v", a, err)
	}
	if _, err := NewArray([][]float32{{1, 2}, {3}}); err == nil || !strings.Contains(err.Error(), "row 1") {
		t.Errorf("rows of two lengths: %v", err)
	}
}

func ExampleDataset() {
	digits, err := Digits()
	if err != nil {
		fmt.Println(err)
		return
	}
	clean := digits.DropMissing().DropDuplicates()
	train, test, _ := clean.Split(0.2, SplitConfig{Seed: 1, Stratified: true})
	scaler, _ := FitRange(train.X)
	train, _ = scaler.Apply(train)
	test, _ = scaler.Apply(test)
	fmt.Println(clean)
	fmt.Println(train.Len(), test.Len(), test.ClassCounts()[0])
	// Output:
	// UCI digits: 1797 examples of shape [64], 10 classes
	// 1438 359 {0 36}
}
