package host

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestNobodyWritesWhileAnotherRunComesToTheFront(t *testing.T) {
	var s streams
	var writers sync.WaitGroup
	var in atomic.Int64 // who write
	for range 4 {
		writers.Go(func() {
			for range 2000 {
				if s.enter() {
					in.Add(1)
					in.Add(-1)
					s.leave()
				}
			}
		})
	}
	for range 200 {
		s.still(func() {
			if s.enter() {
				t.Error("somebody may write while nobody does")
			}
			if n := in.Load(); n != 0 {
				t.Errorf("%d write while nobody does", n)
			}
		})
	}
	writers.Wait()
	if !s.enter() {
		t.Error("nobody may write afterwards")
	}
}

func TestTextOnItsWayIsWaitedFor(t *testing.T) {
	var s streams
	s.enter()
	changed := make(chan bool)
	go func() {
		s.still(func() {})
		close(changed)
	}()
	for s.enter() { // until it has begun to wait
		s.leave()
	}
	select {
	case <-changed:
		t.Error("the text was not waited for")
	default:
	}
	s.leave()
	<-changed
}

func TestTextThatNobodyTakesIsNotWaitedForForEver(t *testing.T) {
	var s streams
	s.enter()
	begun := time.Now()
	s.still(func() {})
	if took := time.Since(begun); took < writePatience {
		t.Errorf("waited for %v", took)
	}
	if !s.enter() {
		t.Error("others may not write")
	}
	s.leave()
	s.leave()
	s.still(func() {})
}
