package rt

import "testing"

// beside runs f as the main goroutine of an exec while the calling goroutine goes on; end lets it
// end and waits for that.
func beside(e *Exec, f func()) (end func()) {
	begun, over, ended := make(chan bool), make(chan bool), make(chan bool)
	go func() {
		e.Run(func() {
			if f != nil {
				f()
			}
			close(begun)
			<-over
		})
		close(ended)
	}()
	<-begun
	return func() { close(over); <-ended }
}

func TestTheStreamsBelongToTheExecInFront(t *testing.T) {
	defer SetFront(nil)
	a, b := &Exec{ID: 1}, &Exec{ID: 2}
	a.Run(func() {
		SetFront(a)
		if got := Aside(); got != nil {
			t.Errorf("alone and in front: exec %d is aside", got.ID)
		}
		end := beside(b, nil)
		if got := Aside(); got != nil {
			t.Errorf("in front beside another: exec %d is aside", got.ID)
		}
		SetFront(b)
		if Aside() != a {
			t.Error("behind another: not aside")
		}
		end()
		if Aside() != a {
			t.Error("alone, but the other, which has ended, is still in front: not aside")
		}
		SetFront(a)
		if got := Aside(); got != nil {
			t.Errorf("in front again: exec %d is aside", got.ID)
		}
	})
}

func TestAGoroutineThatOutlivesItsExecIsAside(t *testing.T) {
	defer SetFront(nil)
	a, b := &Exec{ID: 1}, &Exec{ID: 2}
	ask, got := make(chan bool), make(chan *Exec)
	SetFront(a)
	end := beside(a, func() {
		s := Go()
		go func() {
			defer s.Enter().Leave()
			for range ask {
				got <- Aside()
			}
		}()
	})
	ask <- true
	if e := <-got; e != nil {
		t.Error("a goroutine of the exec in front is aside")
	}
	end()
	for _, front := range []*Exec{a, b} {
		SetFront(front)
		ask <- true
		if e := <-got; e != a {
			t.Errorf("its exec has ended, exec %d is in front: got %v", front.ID, e)
		}
	}
	close(ask)
}
