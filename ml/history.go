package ml

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gonbml/gonbml/ml/contract"
	"github.com/gonbml/gonbml/ml/progress"
)

// History is what a Fit recorded: the figures of each epoch.
type History struct {
	// Epochs are in order; an epoch that was interrupted is not among them.
	Epochs []Epoch
	// Backend names what the model was trained on.
	Backend string
	// Compiling is how long the training loop took to compile, 0 if it was there from an earlier
	// Fit.
	Compiling time.Duration
	// Stopped is the reason for which training ended before its last epoch, empty if it did not.
	Stopped string
	// Restored says which weights the model was given at the end in place of the last ones, empty
	// if it was not.
	Restored string
}

// Epoch is the record of one epoch.
type Epoch struct {
	// Number counts from 1 over the model's life: a second Fit goes on counting.
	Number int
	// Values are the loss and the metrics in training, then, behind the prefix "val_", on the
	// validation data.
	Values []contract.Value
	// Duration is the wall time of training and validation, Training that of the steps alone.
	Duration, Training time.Duration
	// Steps is the number of batches.
	Steps int
	// LearningRate is that of the last step; NaN if the optimiser keeps none.
	LearningRate float64
	// Batches are the figures of each step by itself: the loss and those metrics that are made of
	// few sums.
	Batches []Scores
}

// Value returns the figure of that name and whether it was recorded.
func (e Epoch) Value(name string) (float64, bool) {
	for _, v := range e.Values {
		if v.Name == name {
			return v.Value, true
		}
	}
	return 0, false
}

// Len returns the number of epochs.
func (h *History) Len() int { return len(h.Epochs) }

// Names returns the names of the recorded figures: loss, accuracy, val_loss, val_accuracy.
func (h *History) Names() []string {
	var names []string
	for _, e := range h.Epochs {
		for _, v := range e.Values {
			if !slices.Contains(names, v.Name) {
				names = append(names, v.Name)
			}
		}
	}
	return names
}

// Values returns the figure of that name in each epoch; nil if it was not recorded.
func (h *History) Values(name string) []float64 {
	var values []float64
	for _, e := range h.Epochs {
		for _, v := range e.Values {
			if v.Name == name {
				values = append(values, v.Value)
			}
		}
	}
	return values
}

// Steps returns the figure of that name of each step by itself, over all epochs; nil if it was not
// recorded. Recorded are the loss and those metrics that are made of few sums.
func (h *History) Steps(name string) []float64 {
	var values []float64
	for _, e := range h.Epochs {
		for _, s := range e.Batches {
			for _, v := range s.Values("") {
				if v.Name == name {
					values = append(values, v.Value)
				}
			}
		}
	}
	return values
}

// Last returns the figure of that name in the last epoch, and whether there is one.
func (h *History) Last(name string) (float64, bool) {
	values := h.Values(name)
	if len(values) == 0 {
		return 0, false
	}
	return values[len(values)-1], true
}

// StepTime is the mean wall time of one training step, without compiling and validating.
func (h *History) StepTime() time.Duration {
	var total time.Duration
	steps := 0
	for _, e := range h.Epochs {
		total += e.Training
		steps += e.Steps
	}
	if steps == 0 {
		return 0
	}
	return total / time.Duration(steps)
}

// Duration is the wall time of all epochs, without compiling.
func (h *History) Duration() time.Duration {
	var total time.Duration
	for _, e := range h.Epochs {
		total += e.Duration
	}
	return total
}

// String is a table with a line for each epoch.
func (h *History) String() string {
	var b strings.Builder
	names := h.Names()
	fmt.Fprintf(&b, "%5s", "epoch")
	for _, n := range names {
		fmt.Fprintf(&b, "  %12s", n)
	}
	fmt.Fprintf(&b, "  %8s", "seconds")
	for _, e := range h.Epochs {
		fmt.Fprintf(&b, "\n%5d", e.Number)
		for _, n := range names {
			text := ""
			if v, ok := e.Value(n); ok {
				text = fmt.Sprintf("%.4f", v)
			}
			fmt.Fprintf(&b, "  %12s", text)
		}
		fmt.Fprintf(&b, "  %8.3f", e.Duration.Seconds())
	}
	return b.String()
}

// WriteCSV writes a header and a line for each epoch, with nothing where an epoch has no such
// figure.
func (h *History) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	names := h.Names()
	out.Write(append(append([]string{"epoch"}, names...), "learning_rate", "seconds"))
	for _, e := range h.Epochs {
		out.Write(e.CSV(names))
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("ml: writing the history as CSV: %w", err)
	}
	return nil
}

// WriteStepsCSV writes a header and a line for each step: its epoch, its number among all steps,
// and its own figures.
func (h *History) WriteStepsCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	step := 0
	for _, e := range h.Epochs {
		for _, s := range e.Batches {
			values := s.Values("")
			if step == 0 {
				header := []string{"epoch", "step"}
				for _, v := range values {
					header = append(header, v.Name)
				}
				out.Write(header)
			}
			step++
			line := []string{strconv.Itoa(e.Number), strconv.Itoa(step)}
			for _, v := range values {
				line = append(line, strconv.FormatFloat(v.Value, 'g', -1, 64))
			}
			out.Write(line)
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("ml: writing the steps as CSV: %w", err)
	}
	return nil
}

// MarshalJSON returns an object with a list of values for each name, as Keras's History.history has
// them; what is no finite number, for which JSON has no word, is null.
func (h *History) MarshalJSON() ([]byte, error) {
	lists := map[string][]*float64{}
	for _, n := range h.Names() {
		for _, v := range h.Values(n) {
			entry := &v
			if math.IsNaN(v) || math.IsInf(v, 0) {
				entry = nil
			}
			lists[n] = append(lists[n], entry)
		}
	}
	return json.Marshal(lists)
}

// HTML is what a notebook shows of a history: its curves, above the table. Package ml/plot draws
// them larger, and as files.
func (h *History) HTML() string {
	if h.Len() == 0 {
		return "<i>no epochs</i>"
	}
	return progress.HistoryHTML(h.shown())
}

func (h *History) shown() []progress.Epoch {
	var epochs []progress.Epoch
	for _, e := range h.Epochs {
		epochs = append(epochs, progress.Epoch{Number: e.Number, Values: shown(e.Values), Took: e.Duration})
	}
	return epochs
}

// Plot returns the curves alone, for a notebook to show: the loss and each metric against the
// epochs, training as a line and validation dashed. Package ml/plot draws them as files and
// interactive charts.
func (h *History) Plot() progress.Chart { return progress.Curves(h.shown()) }

// CSV is the epoch as a line of a table that has columns for the figures of these names.
func (e Epoch) CSV(names []string) []string {
	line := []string{strconv.Itoa(e.Number)}
	number := func(v float64) { line = append(line, strconv.FormatFloat(v, 'g', -1, 64)) }
	for _, n := range names {
		if v, ok := e.Value(n); ok {
			number(v)
		} else {
			line = append(line, "")
		}
	}
	line = append(line, strconv.FormatFloat(e.LearningRate, 'g', -1, 32)) // it is a float32 on the device
	number(e.Duration.Seconds())
	return line
}

func shown(values []contract.Value) []progress.Value {
	var all []progress.Value
	for _, v := range values {
		all = append(all, progress.Value{Name: v.Name, Value: v.Value})
	}
	return all
}
