package ml_test

import (
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/backend"
	"github.com/gonbml/gonbml/ml/callbacks"
)

// resident is the memory of the process in MB, what the garbage collector can give back given back. Tensors on the device are in it.
func resident(t *testing.T) float64 {
	t.Helper()
	for range 3 { // finalizers need a round of their own
		runtime.GC()
	}
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip("the system does not say how much memory the process has: ", err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(text))[1])
	if err != nil {
		t.Fatal(err)
	}
	return float64(pages*os.Getpagesize()) / (1 << 20)
}

// TestMemoryIsFlatOverFits trains one model a hundred times, with data in every form. A copy of the data is 0.7 MB, so that one left behind by each Fit
// would come to more than 50 MB.
func TestMemoryIsFlatOverFits(t *testing.T) {
	train, test := digits(t)
	train, test = train.Head(1000), test.Head(200)
	for range 3 {
		var err error
		if train, err = train.Concat(train.Head(1000)); err != nil {
			t.Fatal(err)
		}
	}
	train = train.Head(2800)
	onEach(t, func(t *testing.T, b *backend.Backend) {
		m := digitsModel(t, b)
		one := func(i int) {
			c := ml.FitConfig{BatchSize: 400, Validation: test, Callbacks: []ml.Callback{&callbacks.EarlyStopping{}, callbacks.TerminateOnNaN{}}}
			if i%10 == 0 {
				c.Quiet = true
				if _, err := m.Fit(t.Context(), chunks(train.Head(800), 300), nil, c); err != nil {
					t.Fatal(err)
				}
				return
			}
			fit(t, m, train, c)
		}
		for i := range 20 {
			one(i)
		}
		before := resident(t)
		for i := range 80 {
			one(i)
		}
		after := resident(t)
		t.Logf("%.1f MB after 20 Fits, %.1f MB after 100", before, after)
		if after-before > 20 {
			t.Errorf("the process grew from %.1f to %.1f MB over 80 Fits", before, after)
		}
	})
}
