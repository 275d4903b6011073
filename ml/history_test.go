package ml_test

import (
	"strings"
	"testing"

	"github.com/gonbml/gonbml/ml"
)

// TestHistoryWithGaps has a figure that the first epoch lacks, as after a Fit that is resumed with validation data.
func TestHistoryWithGaps(t *testing.T) {
	h := &ml.History{Epochs: []ml.Epoch{
		{Number: 1, Values: []ml.Value{{Name: "loss", Value: 2}}, LearningRate: 0.5},
		{Number: 2, Values: []ml.Value{{Name: "loss", Value: 1}, {Name: "val_loss", Value: 3}}, LearningRate: 0.5},
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
