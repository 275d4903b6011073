package tensorboard

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/layers"
	"github.com/gonbml/gonbml/ml/losses"
	"github.com/gonbml/gonbml/ml/metrics"
	"github.com/gonbml/gonbml/ml/optimizers"
)

// TestRecord compares with an encoding by hand; tests/test_tensorboard.py has TensorBoard itself
// read whole files.
func TestRecord(t *testing.T) {
	got := hex.EncodeToString(record(event(1.5, 0, fileVersion, []byte("brain.Event:2"))))
	const head, body = "1a00000000000000", "09000000000000f83f" + "1000" + "1a0d627261696e2e4576656e743a32"
	if got[:len(head)] != head || got[len(head)+8:len(got)-8] != body {
		t.Errorf("record %s", got)
	}
	if got := checksum([]byte("123456789")); got != (0xe3069283>>15|0xe3069283<<17&0xffffffff)+0xa282ead8 {
		t.Errorf("checksum %x. CRC-32C of 123456789 is e3069283", got)
	}
}

func TestHistogramCountsEveryValue(t *testing.T) {
	for _, values := range [][]float64{{1}, {2, 2, 2}, {-1, 0, 1, 1}, {0.1, 0.2, 0.30000000000000004, 7}} {
		limits, counts := buckets(values, slices.Min(values), slices.Max(values))
		sum := 0.
		for _, c := range counts {
			sum += c
		}
		if sum != float64(len(values)) || len(limits) != len(counts) || limits[len(limits)-1] != slices.Max(values) || !slices.IsSorted(limits) {
			t.Errorf("%v: limits %v, counts %v", values, limits, counts)
		}
	}
}

func TestWriterLeavesOutWhatIsNotFinite(t *testing.T) {
	w, err := newWriter(t.TempDir(), func() time.Time { return time.Unix(7, 0) })
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	size := func() int64 {
		info, err := os.Stat(w.Name())
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	before := size()
	if err := w.Histogram("h", 1, []float64{math.NaN(), math.Inf(1)}); err != nil || size() != before {
		t.Errorf("nothing finite: %v, %d bytes. Expected %d", err, size(), before)
	}
	if err := w.Histogram("h", 1, []float64{math.NaN(), 3}); err != nil || size() == before {
		t.Errorf("one finite value: %v, %d bytes", err, size())
	}
}

func TestErrors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, c := range []*Callback{{}, {Dir: "x", Histograms: -1}, {Dir: file}} {
		if c.FitBegin(nil) == nil {
			t.Errorf("%+v began", c)
		}
	}
}

// tags reads which tags a folder's file has, by its records alone.
func tags(t testing.TB, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "events.out.tfevents.*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v. Expected one file", found, err)
	}
	text, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for len(text) > 0 {
		n := binary.LittleEndian.Uint64(text)
		body := text[12 : 12+n]
		if binary.LittleEndian.Uint32(text[8:]) != checksum(text[:8]) || binary.LittleEndian.Uint32(text[12+n:]) != checksum(body) {
			t.Fatal("a checksum is wrong")
		}
		text = text[16+n:]
		for _, tag := range []string{"epoch_loss", "epoch_accuracy", "epoch_learning_rate", "batch_loss", "batch_accuracy", "dense/kernel", "dense/bias"} {
			if bytes.Contains(body, append([]byte{byte(len(tag))}, tag...)) {
				all = append(all, tag)
			}
		}
	}
	return all
}

func Example() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	m := ml.Sequential(layers.Input(1), layers.Dense(1))
	m.Compile(optimizers.Adam{}, losses.MeanSquaredError{})
	x, y := [][]float32{{0}, {1}, {2}}, []float32{1, 3, 5}
	_, err = m.Fit(context.Background(), x, y, ml.FitConfig{
		Epochs: 2, Validation: ml.Pair(x, y), Quiet: true,
		Callbacks: []ml.Callback{&Callback{Dir: filepath.Join(dir, "line")}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	runs, _ := filepath.Glob(filepath.Join(dir, "line", "*"))
	for _, r := range runs {
		fmt.Println(filepath.Base(r))
	}
	// Output:
	// train
	// validation
}

func TestCallback(t *testing.T) {
	b, err := backend.NewGo()
	if err != nil {
		t.Fatal(err)
	}
	m := ml.Sequential(layers.Input(1), layers.Dense(1))
	m.UseBackend(b)
	m.Compile(optimizers.Adam{}, losses.MeanSquaredError{}, metrics.Accuracy{})
	x, y := [][]float32{{0}, {1}, {2}}, []float32{1, 3, 5}
	dir := t.TempDir()
	c := &Callback{Dir: dir, Steps: true, Histograms: 2}
	if _, err := m.Fit(t.Context(), x, y, ml.FitConfig{BatchSize: 2, Epochs: 2, Validation: ml.Pair(x, y), Quiet: true, Callbacks: []ml.Callback{c}}); err != nil {
		t.Fatal(err)
	}
	epoch := []string{"epoch_loss", "epoch_accuracy", "epoch_learning_rate", "batch_loss", "batch_accuracy", "batch_loss", "batch_accuracy"}
	if got := tags(t, dir+"/train"); !slices.Equal(got, slices.Concat(epoch, epoch, []string{"dense/bias", "dense/kernel"})) {
		t.Errorf("train: %v", got)
	}
	if got := tags(t, dir+"/validation"); !slices.Equal(got, []string{"epoch_loss", "epoch_accuracy", "epoch_loss", "epoch_accuracy"}) {
		t.Errorf("validation: %v", got)
	}
}
