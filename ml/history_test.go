package ml_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gonbml/gonbml/ml"
	"github.com/gonbml/gonbml/ml/contract"
)

// TestHistoryWithGaps has a figure that the first epoch lacks, as after a Fit that is resumed with validation data.
func TestHistoryWithGaps(t *testing.T) {
	h := &ml.History{Epochs: []ml.Epoch{
		{Number: 1, Values: []contract.Value{{Name: "loss", Value: 2}}, LearningRate: 0.5},
		{Number: 2, Values: []contract.Value{{Name: "loss", Value: 1}, {Name: "val_loss", Value: 3}}, LearningRate: 0.5},
	}}
	var b strings.Builder
	if err := h.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	if want := "epoch,loss,val_loss,learning_rate,seconds\n1,2,,0.5,0\n2,1,3,0.5,0\n"; b.String() != want {
		t.Errorf("got\n%s\nExpected\n%s", b.String(), want)
	}
	lines := strings.Split(h.String(), "\n")
	if len(lines) != 3 || len(lines[1]) != len(lines[0]) || len(lines[2]) != len(lines[0]) {
		t.Errorf("the columns do not stand below one another:\n%s", h)
	}
}

func TestHistory(t *testing.T) {
	train, test := digits(t)
	h := fit(t, digitsModel(t, backends[0]), train, ml.FitConfig{Epochs: 2, Validation: test})
	var b strings.Builder
	if err := h.WriteCSV(&b); err != nil {
		t.Fatal(err)
	}
	if lines := strings.Split(strings.TrimSpace(b.String()), "\n"); len(lines) != 3 || lines[0] != "epoch,loss,accuracy,val_loss,val_accuracy,learning_rate,seconds" {
		t.Errorf("CSV:\n%s", b.String())
	}
	if html := h.HTML(); !strings.Contains(html, "val_accuracy") || !strings.Contains(html, "<svg") {
		t.Errorf("HTML: %s", html)
	}
	if svg := h.Plot().HTML(); !strings.Contains(svg, "<polyline") || strings.Contains(svg, "<table") {
		t.Errorf("curves: %s", svg)
	}
	b.Reset()
	if err := h.WriteStepsCSV(&b); err != nil {
		t.Fatal(err)
	}
	steps := h.Epochs[0].Steps
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 1+2*steps || lines[0] != "epoch,step,loss,accuracy" || !strings.HasPrefix(lines[1+steps], fmt.Sprintf("2,%d,", steps+1)) {
		t.Errorf("CSV of the steps:\n%s", b.String())
	}
	if got := h.Steps("accuracy"); len(got) != 2*steps || h.Steps("nothing") != nil {
		t.Errorf("accuracy of %d steps. Expected %d", len(got), 2*steps)
	}
	h.Epochs[0].Values[0].Value = math.NaN()
	text, err := h.MarshalJSON()
	if err != nil || !strings.Contains(string(text), `"loss":[null,`) {
		t.Errorf("JSON: %s, %v", text, err)
	}
	if _, ok := h.Last("nothing"); ok || h.StepTime() <= 0 || h.Duration() <= 0 {
		t.Errorf("a figure that is not there was found, or a time is missing: %v %v", h.StepTime(), h.Duration())
	}
}
