package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gonbml/gonbml/kernel/exec"
)

// waiting is a user who never answers.
type waiting struct {
	*recorder
	asked chan bool
}

func (w *waiting) Input(ctx context.Context, _ string, _ bool) (string, error) {
	close(w.asked)
	<-ctx.Done()
	return "", ctx.Err()
}

func TestAnInterruptWhileInputIsAwaited(t *testing.T) {
	for _, code := range []string{"session.Input(\"name\")", "import \"fmt\"\nvar s string\nfmt.Scanln(&s)"} {
		n := newNotebook(t)
		n.run("kept := 1")
		w := &waiting{&recorder{}, make(chan bool)}
		done := make(chan *exec.Failure, 1)
		go func() {
			done <- n.e.Execute(context.Background(), exec.Request{Code: code, Count: 2, AllowStdin: true}, w)
		}()
		<-w.asked
		begun := time.Now()
		n.e.Interrupt()
		<-done
		if took := time.Since(begun); took > 2500*time.Millisecond {
			t.Errorf("%q stopped after %v", code, took)
		}
		n.want("kept", "1")
	}
}

func TestAnInterruptWhileCompiling(t *testing.T) {
	n := newNotebook(t)
	n.run("kept := 1")
	var large strings.Builder
	for i := range 1500 {
		fmt.Fprintf(&large, "func f%d(a, b int) int { if a > b { return a*%d + b }; return b - a }\n", i, time.Now().UnixNano()%1e9)
	}
	done := make(chan *exec.Failure, 1)
	go func() {
		_, f := n.try(large.String() + "f1(1, 2)")
		done <- f
	}()
	time.Sleep(300 * time.Millisecond) // checking takes less, compiling more
	begun := time.Now()
	n.e.Interrupt()
	f := <-done
	if took := time.Since(begun); took > 2500*time.Millisecond {
		t.Errorf("stopped after %v", took)
	}
	if f == nil || f.Name != "Interrupted" {
		t.Errorf("got %v, want Interrupted", f)
	}
	n.want("kept", "1")
	n.wantFailure("f1(1, 2)", "CompileError", "undefined: f1")
}

// What has begun in one cell goes on beside later ones: timers, servers, channels and contexts.
func TestWhatLivesOn(t *testing.T) {
	n := newNotebook(t)
	n.run("import (\"context\"; \"fmt\"; \"io\"; \"net/http\"; \"net/http/httptest\"; \"time\")\n" +
		"fired := make(chan string, 1)\ntimer := time.AfterFunc(time.Hour, func() { fired <- \"fired\" })\n" +
		"server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, \"served\") }))\n" +
		"ctx, cancel := context.WithCancel(context.Background())\n" +
		"numbers := make(chan int)\ngo func() { for i := 0; ; i++ { select { case numbers <- i: case <-ctx.Done(): close(numbers); return } } }()")
	n.want("<-numbers", "0")
	n.want("<-numbers + <-numbers", "3")
	n.want("r, err := http.Get(server.URL)\nbody, err := io.ReadAll(r.Body)\nstring(body)", "served")
	n.run("timer.Reset(0)")
	n.want("<-fired", "fired")
	n.run("cancel()\nfor range numbers { }")
	n.want("_, open := <-numbers\nopen", "false")
	n.want("ctx.Err().Error()", "context canceled")
}

func TestSessionContext(t *testing.T) {
	n := newNotebook(t)
	n.run("import \"fmt\"\nmine := session.Context()\nended := make(chan bool, 1)")
	n.want("mine.Err() == nil", "true") // the end of a cell does not end it
	_, f := n.watch("own := session.Context()\ngo func() { <-own.Done(); ended <- true }()\nprintln(\"go\")\nfor { }", func(string) { n.e.Interrupt() })
	if f == nil || f.Name != "Interrupted" {
		t.Fatal(f)
	}
	n.want("<-ended", "true")
	n.want("fmt.Sprint(own.Err(), mine.Err())", "context canceled <nil>")
}

// Bytes that are written to file descriptor 1 itself belong to the running cell, else to the last one.
func TestBytesOfFileDescriptorOne(t *testing.T) {
	n := newNotebook(t)
	n.run("import \"syscall\"\nstart, done := make(chan bool), make(chan bool)\ngo func() { for range start { syscall.Write(1, []byte(\"raw\\n\")); done <- true } }()")
	n.want("start <- true\n<-done;", "raw")
	var late strings.Builder
	told := make(chan bool, 1)
	n.watch("import \"time\"\ngo func() { time.Sleep(50 * time.Millisecond); start <- true; <-done }()", func(s string) {
		late.WriteString(s)
		told <- true
	})
	select {
	case <-told:
	case <-time.After(time.Minute):
	}
	if late.String() != "raw\n" {
		t.Errorf("between cells the last one shows %q, want raw", late.String())
	}
}

func TestMoreDeaths(t *testing.T) {
	tests := []struct{ name, code, cause, trace string }{
		{"log.Fatal", "import \"log\"\nlog.Fatal(\"the last words\")", "os.Exit(1), as log.Fatal does", ""},
		{"out of memory", "import \"syscall\"\nlimit := &syscall.Rlimit{Cur: 4 << 30, Max: 4 << 30}\nsyscall.Setrlimit(syscall.RLIMIT_AS, limit)\nx := make([]byte, 1<<40)\nlen(x)", "out of memory", "at cell [2] line 4"},
		{"SIGSEGV in C", "/*\nstatic void boom(void) { *(volatile int*)8 = 1; }\n*/\nimport \"C\"\nC.boom()", "SIGSEGV: segmentation violation", "at cell [2] line 5"},
		{"two goroutines write a map", "m := map[int]int{}\ngo func() { for { m[1]++ } }()\nfor {\n\tm[2]++\n}", "concurrent map", "cell [2] line"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := newNotebook(t)
			n.run("kept := 1")
			all := n.wantFailure(tt.code, "WorkerExit", tt.cause)
			if !strings.Contains(all, tt.trace) || strings.Count(all, "\n") > 70 || strings.Contains(all, "/gen") {
				t.Errorf("want %q in the text, and no more than the lines of cells:\n%s", tt.trace, all)
			}
			begun := time.Now()
			n.want("2 + 2", "4")
			t.Logf("the next cell took %v", time.Since(begun))
			if took := time.Since(begun); took > 20*time.Second {
				t.Errorf("the next cell took %v", took)
			}
			n.run("%replay")
			n.want("kept", "1")
		})
	}
}
