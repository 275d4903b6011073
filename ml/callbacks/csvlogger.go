package callbacks

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gonbml/gonbml/ml"
)

// CSVLogger writes a header and then a line for each epoch to a file: the number of the epoch, its
// figures, the learning rate, and the time it took, in seconds. When an epoch has ended, its line
// is in the file. Use a pointer, as in &callbacks.CSVLogger{Path: "log.csv"}.
type CSVLogger struct {
	ml.NoCallback
	// Path is the file.
	Path string
	// Append adds lines to an existing file, which must have the same columns. By default the file
	// is overwritten.
	Append bool

	began bool
}

// FitBegin empties the file, unless it is to be continued.
func (l *CSVLogger) FitBegin(r *ml.Run) error {
	l.began = false
	if l.Path == "" {
		return errors.New("CSVLogger: expected a Path. Got none")
	}
	if r.Config.Resume {
		return l.cut(r.Trained())
	}
	if l.Append {
		return nil
	}
	if err := os.WriteFile(l.Path, nil, 0o666); err != nil {
		return fmt.Errorf("CSVLogger: %w", err)
	}
	return nil
}

// cut drops the lines of epochs that the model has not seen: they were written after the checkpoint
// that a resumed Fit starts from.
func (l *CSVLogger) cut(epochs int) error {
	text, err := os.ReadFile(l.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var kept strings.Builder
	for line := range strings.Lines(string(text)) {
		number, _, _ := strings.Cut(line, ",")
		if n, bad := strconv.Atoi(number); bad != nil || n <= epochs {
			kept.WriteString(line)
		}
	}
	if err == nil {
		err = os.WriteFile(l.Path, []byte(kept.String()), 0o666)
	}
	if err != nil {
		return fmt.Errorf("CSVLogger: %w", err)
	}
	return nil
}

// EpochEnd adds the epoch's line.
func (l *CSVLogger) EpochEnd(r *ml.Run) error {
	if err := l.add(r.History.Epochs[len(r.History.Epochs)-1]); err != nil {
		return fmt.Errorf("CSVLogger: %w", err)
	}
	return nil
}

func (l *CSVLogger) add(e ml.Epoch) (err error) {
	names := (&ml.History{Epochs: []ml.Epoch{e}}).Names()
	columns := append(append([]string{"epoch"}, names...), "learning_rate", "seconds")
	file, err := os.OpenFile(l.Path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	w := csv.NewWriter(file)
	if !l.began {
		switch header, err := csv.NewReader(file).Read(); {
		case errors.Is(err, io.EOF):
			w.Write(columns)
		case err != nil:
			return fmt.Errorf("reading the header of %s: %w", l.Path, err)
		case !slices.Equal(header, columns):
			return fmt.Errorf("expected a file with the columns %v to go on with. Got %v in %s",
				columns, header, l.Path)
		}
		l.began = true
	}
	w.Write(e.CSV(names))
	w.Flush()
	return w.Error()
}
