package layers

import (
	"errors"
	"fmt"

	"github.com/gonbml/gonbml/ml/internal/extent"
)

// What several layers check about their settings and about the shape of an example.

// checkAll returns the first mistake in settings.
func checkAll(settings ...interface{ Check() error }) error {
	for _, s := range settings {
		if err := s.Check(); err != nil {
			return err
		}
	}
	return nil
}

// checkRate returns an error if a dropout rate is out of range.
func checkRate(rate float64) error {
	if rate < 0 || rate >= 1 {
		return fmt.Errorf("expected a rate from 0 to below 1. Got %g", rate)
	}
	return nil
}

// checkChannels returns an error if an example has no axis of channels or features.
func checkChannels(in []int) error {
	if len(in) == 0 {
		return errors.New("expected input [batch, ..., channels]. Got [batch]")
	}
	return nil
}

// checkPictures returns an error if an example is not a picture, [height, width, channels].
func checkPictures(in []int) error {
	if len(in) != 3 {
		return fmt.Errorf("expected input [batch, height, width, channels]. Got %s",
			extent.Dims(in))
	}
	return nil
}
