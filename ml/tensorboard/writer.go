package tensorboard

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// Writer writes one event file. Its methods may be called from one goroutine at a time. When they
// return, what they have written is in the file, so TensorBoard shows it while the training goes
// on.
type Writer struct {
	file *os.File
	now  func() time.Time
}

// files tells the files of a process apart.
var files atomic.Int64

// NewWriter creates the folder dir, if it does not exist, and a new event file in it. TensorBoard
// shows all files in a folder as one run, under the folder's name.
func NewWriter(dir string) (*Writer, error) {
	w, err := newWriter(dir, time.Now)
	if err != nil {
		return nil, fmt.Errorf("tensorboard: %w", err)
	}
	return w, nil
}

func newWriter(dir string, now func() time.Time) (*Writer, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	host, err := os.Hostname()
	if err != nil {
		host = "localhost"
	}
	// TensorBoard takes files for event files by the part "tfevents" and reads them in the order of
	// their names.
	name := fmt.Sprintf("events.out.tfevents.%010d.%s.%d.%d", now().Unix(), host, os.Getpid(), files.Add(1))
	file, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	w := &Writer{file, now}
	if err := w.write(0, fileVersion, []byte("brain.Event:2")); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return w, nil
}

func (w *Writer) write(step, field int, content []byte) error {
	_, err := w.file.Write(record(event(float64(w.now().UnixNano())/1e9, step, field, content)))
	return err
}

// Scalar adds a number to the chart of the tag. TensorBoard keeps numbers as float32.
func (w *Writer) Scalar(tag string, step int, value float64) error {
	if err := w.write(step, summary, scalar(tag, value)); err != nil {
		return fmt.Errorf("tensorboard: %s: %w", tag, err)
	}
	return nil
}

// Histogram adds a histogram of the values, in 30 buckets of equal width. Values that are not
// finite are left out; if there are no others, nothing is added.
func (w *Writer) Histogram(tag string, step int, values []float64) error {
	var finite []float64
	for _, v := range values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			finite = append(finite, v)
		}
	}
	if len(finite) == 0 {
		return nil
	}
	if err := w.write(step, summary, histogram(tag, finite)); err != nil {
		return fmt.Errorf("tensorboard: %s: %w", tag, err)
	}
	return nil
}

// Name returns the file's path.
func (w *Writer) Name() string { return w.file.Name() }

// Close closes the file.
func (w *Writer) Close() error { return w.file.Close() }
