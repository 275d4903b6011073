package report

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// reports is testdata/report/report.json; see make.py there.
type reports struct {
	MadeWith string `json:"made_with"`
	Cases    map[string]struct {
		Truth, Predicted, Labels []int
		// Lines have precision, recall, F1 and the number of examples, by class number or average.
		Lines     map[string][]float64
		Micro     []float64
		Accuracy  float64
		Confusion [][]int
		Text      string
	}
}

// TestReportAsScikitLearn compares all figures, the matrix and the numbers of the table with those
// of scikit-learn, which leaves out classes that neither occur nor are predicted.
func TestReportAsScikitLearn(t *testing.T) {
	text, err := os.ReadFile("testdata/report/report.json")
	if err != nil {
		t.Fatal(err)
	}
	var all reports
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Cases) < 8 {
		t.Fatalf("%d cases. Expected 8", len(all.Cases))
	}
	for name, want := range all.Cases {
		t.Run(name, func(t *testing.T) {
			c, err := NewConfusion(want.Truth, want.Predicted, nil)
			if err != nil {
				t.Fatal(err)
			}
			r := c.Report()
			same := func(s Score, w []float64) {
				t.Helper()
				for i, got := range []float64{s.Precision, s.Recall, s.F1, float64(s.Support)} {
					if i < len(w) && math.Abs(got-w[i]) > 1e-12 {
						t.Errorf("%s: %+v. %s has %v", s.Class, s, all.MadeWith, w)
						break
					}
				}
			}
			for i, s := range r.Classes {
				if w := want.Lines[s.Class]; w != nil {
					same(s, w)
				} else if slices.Contains(want.Labels, i) || s.Support > 0 || c.predicts(i) {
					t.Errorf("%+v is not in the report of %s", s, all.MadeWith)
				}
			}
			same(r.Averages[0], want.Lines["macro avg"])
			same(r.Averages[1], want.Lines["weighted avg"])
			same(c.Micro(), want.Micro)
			if math.Abs(r.Accuracy-want.Accuracy) > 1e-12 || r.Total != len(want.Truth) {
				t.Errorf("accuracy %g of %d. Expected %g of %d", r.Accuracy, r.Total, want.Accuracy,
					len(want.Truth))
			}
			for i, truth := range want.Labels {
				for k, predicted := range want.Labels {
					if got := c.Counts[truth][predicted]; got != want.Confusion[i][k] {
						t.Errorf("%d of class %d taken for %d. Expected %d", got, truth, predicted,
							want.Confusion[i][k])
					}
				}
			}
			ours := slices.DeleteFunc(tableOf(r.String()), func(line []string) bool {
				i, err := strconv.Atoi(line[0])
				return err == nil && len(line) == 5 && !slices.Contains(want.Labels, i)
			})
			if theirs := tableOf(want.Text); !slices.EqualFunc(ours, theirs, slices.Equal) {
				t.Errorf("the table has the numbers\n%v\nExpected\n%v", ours, theirs)
			}
		})
	}
}

// tableOf are the numbers of each line of a table that has any.
func tableOf(text string) (lines [][]string) {
	for line := range strings.Lines(text) {
		var numbers []string
		for _, word := range strings.Fields(line) {
			if _, err := strconv.ParseFloat(word, 64); err == nil {
				numbers = append(numbers, strings.TrimSuffix(word,
					".0")) // scikit-learn writes 8.0 examples where no prediction is right
			}
		}
		if numbers != nil {
			lines = append(lines, numbers)
		}
	}
	return lines
}
