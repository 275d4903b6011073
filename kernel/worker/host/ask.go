package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/gonbml/gonbml/display"
	"github.com/gonbml/gonbml/session/rt"
)

// Methods of a cell's values (Error, String, Unwrap, MarshalJSON, HTML and the like) may panic,
// wait for what never comes or call themselves without end. Those that the host calls itself are
// called by ask, and what they return is believed no further than it has to be.

// askTime is how long a method may take whose answer the host needs.
const askTime = 2 * time.Second

// stopTime is how long one that does not return is told to stop at its next check.
const stopTime = 5 * time.Second

var (
	errNoAnswer = errors.New("a method of it does not return")
	errEndless  = errors.New("a method of it calls itself without end")
	errGoexit   = errors.New("a method of it called runtime.Goexit")
)

// ask calls f in a goroutine of its own, on behalf of an exec, and waits so long for its end. If f
// has not ended by then, its checks stop it where they can; done, if not nil, is closed at the end.
func ask(exec int64, patience time.Duration, f func(), done chan<- struct{}) error {
	ctx, cancel := context.WithCancel(context.Background())
	own := &rt.Exec{ID: exec, Context: ctx}
	result := make(chan error, 1)
	go func() {
		err := errGoexit
		w := rt.Watch()
		defer func() {
			r := recover()
			switch {
			case w.End():
				err = errEndless
			case r != nil:
				err = fmt.Errorf("a method of it panics: %s", sprint(r))
			}
			cancel()
			result <- err
			if done != nil {
				close(done)
			}
		}()
		debug.SetPanicOnFault(true)
		own.Run(f)
		err = nil
	}()
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case err := <-result:
		return err
	case <-late.C:
		own.Stop()
		cancel()
		go func() { // checks everywhere are slower meanwhile
			select {
			case <-result:
			case <-time.After(stopTime):
			}
			own.Release()
		}()
		return errNoAnswer
	}
}

// sprint is fmt.Sprint, which gives up where printing a panic panics.
func sprint(v any) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("a value of type %T", v)
		}
	}()
	return fmt.Sprint(v)
}

// textOf is a value as fmt prints it, however its methods behave.
func textOf(value any) string {
	text := ""
	if err := ask(current(), askTime, func() { text = fmt.Sprint(value) }, nil); err != nil {
		return fmt.Sprintf("a value of type %T (%v)", value, err)
	}
	return text
}

// current is the number of the calling goroutine's exec, 0 for none.
func current() int64 {
	if e := rt.Current(); e != nil {
		return e.ID
	}
	return 0
}

// mostWrapped is how many errors are looked at that one error wraps.
const mostWrapped = 1000

// wraps says whether a panic's value is an error that is, or wraps, one of which is says so.
func wraps(value any, is func(error) bool) bool {
	err, ok := value.(error)
	if !ok {
		return false
	}
	found := make(chan bool, 1)
	ask(current(), askTime, func() { found <- anyOf(err, is) }, nil)
	select {
	case yes := <-found:
		return yes
	default:
		return false
	}
}

// anyOf looks at an error and all that it wraps, which may be itself.
func anyOf(err error, is func(error) bool) bool {
	list := []error{err}
	for i := 0; i < len(list) && i < mostWrapped; i++ {
		err := list[i]
		if err == nil {
			continue
		}
		if is(err) {
			return true
		}
		switch err := err.(type) {
		case interface{ Unwrap() error }:
			list = append(list, err.Unwrap())
		case interface{ Unwrap() []error }:
			list = append(list, err.Unwrap()...)
		}
	}
	return false
}

func isInterrupt(err error) bool { _, ok := err.(rt.Interrupt); return ok }

func isCanceled(err error) bool {
	if x, ok := err.(interface{ Is(error) bool }); ok && x.Is(context.Canceled) {
		return true
	}
	return err == context.Canceled
}

// encoded returns data that a message can take as it is. Values of a cell's own making are encoded
// here, in the goroutine that shows them: the sender is locked for all others. What cannot be
// encoded is left out, and the text says so.
func encoded(data map[string]any) map[string]any {
	out := make(map[string]any, len(data))
	var failed string
	for key, v := range data {
		if text, ok := v.(string); ok {
			out[key] = text
			continue
		}
		raw, err := encode(v)
		if err != nil {
			failed = err.Error()
			continue
		}
		out[key] = raw
	}
	if _, ok := out[display.MIMEText]; failed != "" && !ok {
		out[display.MIMEText] = failed
	}
	return out
}

func encode(v any) (raw json.RawMessage, err error) {
	defer rt.Watch().End()
	defer func() {
		r := recover()
		switch _, stop := r.(rt.Interrupt); {
		case stop:
			panic(r)
		case r != nil:
			err = fmt.Errorf("MarshalJSON panics: %s", sprint(r))
		}
	}()
	raw, err = json.Marshal(v)
	if err != nil {
		err = errors.New(sprint(err))
	}
	return raw, err
}

// stackBytes is how much memory the stacks of all goroutines take.
func stackBytes() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}
