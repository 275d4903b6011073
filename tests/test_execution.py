"""Cells: state, failures, interrupts and the queue, seen from a client."""

import time

import pytest


def test_state_is_kept_over_cells(kernel):
    assert kernel.run("x := 40").result is None
    assert kernel.run("type point struct{ x, y int }\nfunc (p point) sum() int { return p.x + p.y }").status == "ok"
    assert kernel.run("p := point{x, 2}").status == "ok"
    assert kernel.run("p.sum()").result == "42"
    assert kernel.run("x = 50; p.x = x; p.sum()").result == "52"


def test_a_hundred_cells_in_one_session(kernel):
    assert kernel.run("total := 0").status == "ok"
    for i in range(1, 101):
        run = kernel.run(f"total += {i}\ntotal")
        assert run.result == str(i * (i + 1) // 2)
        assert run.count == i + 1


def test_compile_error_names_line_and_column_and_changes_nothing(kernel):
    kernel.run("x := 1")
    run = kernel.run("y := 2\nx = \"text\"")
    assert run.status == "error"
    assert run.error.startswith("CompileError: ")
    assert "2:5" in run.error
    assert run.reply["ename"] == "CompileError"
    assert kernel.run("x").result == "1"
    assert kernel.run("y").status == "error"


def test_panic_fails_the_cell_and_keeps_the_state(kernel):
    kernel.run("x := 1")
    run = kernel.run('x = 2\npanic("no more")')
    assert run.error == "Panic: no more"
    assert "no more" in "\n".join(run.of("error")[0]["traceback"])
    assert kernel.run("x").result == "2"


def test_panic_in_a_goroutine_keeps_the_state(kernel):
    kernel.run("x := 1\ndone := make(chan bool)")
    kernel.run('go func() { defer close(done); panic("in the back") }()\n<-done')
    assert kernel.run("x").result == "1"


def test_error_value_of_the_last_call_fails_the_cell(kernel):
    run = kernel.run('import "os"\nos.Open("/does/not/exist")')
    assert run.error.startswith("Error: open /does/not/exist")


@pytest.mark.parametrize(
    "death",
    [
        'import "os"\nprintln("last words")\nos.Exit(3)',
        'import ("os"; "syscall")\nprintln("last words")\nsyscall.Kill(os.Getpid(), syscall.SIGKILL)\nselect {}',
    ],
    ids=["os.Exit", "SIGKILL"],
)
def test_death_of_the_worker_is_reported_and_the_next_cell_works(kernel, death):
    kernel.run("x := 1")
    run = kernel.run(death)
    assert run.error.startswith("WorkerExit: ")
    assert "last words" in run.text("stdout") + run.text("stderr")
    assert kernel.run("2 + 2").result == "4"
    assert kernel.run("x").error.startswith("CompileError: ")


def test_interrupt_stops_a_spinning_loop_and_keeps_the_state(kernel):
    kernel.run("n := 0")
    id = kernel.start('println("spinning")\nfor { n++ }')
    kernel.wait_for_text(id, "spinning")
    begin = time.monotonic()
    kernel.interrupt()
    run = kernel.finish(id)
    assert time.monotonic() - begin < 10
    assert run.reply["ename"] == "Interrupted"
    assert int(kernel.run("n").result) > 0


def test_interrupt_stops_a_cell_that_waits(kernel):
    kernel.run("x := 7")
    id = kernel.start('import "time"\nprintln("waiting")\ntime.Sleep(time.Hour)')
    kernel.wait_for_text(id, "waiting")
    begin = time.monotonic()
    kernel.interrupt()
    assert kernel.finish(id).status == "error"
    assert time.monotonic() - begin < 20
    assert kernel.run("x").result == "7"


def test_kernel_info_is_answered_during_a_running_cell(kernel):
    id = kernel.start('println("spinning")\nfor { }')
    kernel.wait_for_text(id, "spinning")
    for channel in ("shell", "control"):
        assert kernel.ask("kernel_info_request", {}, channel)["status"] == "ok"  # the cell does not end by itself
    kernel.interrupt()
    assert kernel.finish(id).status == "error"


def test_two_clients_share_the_state_and_see_each_other(kernel):
    other = kernel.second()
    try:
        id = other.start("shared := 5\nprintln(shared)")
        # The first client hears what the second does.
        assert kernel.wait_for_text(id, "5") == "5\n"
        assert other.finish(id).status == "ok"
        assert kernel.run("shared + 1").result == "6"
        # Cells of both run one after the other, and each gets its own answer.
        ids = [(c, c.start("shared++\nshared")) for c in (kernel, other) for _ in range(5)]
        assert sorted(int(c.finish(i).result) for c, i in ids) == list(range(6, 16))
    finally:
        other.close()


def test_client_that_vanishes_during_its_cell_harms_nobody(kernel):
    other = kernel.second()
    other.start('import "time"\ntime.Sleep(300 * time.Millisecond)\nprintln("nobody hears this")')
    other.close()
    assert kernel.run("1 + 1").result == "2"


def test_error_aborts_the_queue(kernel):
    slow = 'import "time"\ntime.Sleep(time.Second)\n'
    first = kernel.start(slow + 'panic("stop")')
    second, third = kernel.start("1"), kernel.start("2")
    assert kernel.finish(first).status == "error"
    assert kernel.finish(second).status == "aborted"
    assert kernel.finish(third).status == "aborted"
    first = kernel.start(slow + 'panic("go on")', stop_on_error=False)
    second = kernel.start("3")
    assert kernel.finish(first).status == "error"
    assert kernel.finish(second).result == "3"


def test_interrupt_aborts_the_queue(kernel):
    first = kernel.start('println("spinning")\nfor { }')
    second = kernel.start("1")
    kernel.wait_for_text(first, "spinning")
    kernel.interrupt()
    assert kernel.finish(first).reply["ename"] == "Interrupted"
    assert kernel.finish(second).status == "aborted"


ASK = 'import "github.com/gonbml/gonbml/session"\nname, err := session.Input("Name: ")\nprintln(name, err == nil)'


def test_input_asks_the_client_that_runs_the_cell(kernel):
    id = kernel.start(ASK, allow_stdin=True)
    question = kernel.kc.get_stdin_msg(timeout=30)
    assert question["content"] == {"prompt": "Name: ", "password": False}
    assert question["parent_header"]["msg_id"] == id
    kernel.kc.input("Ann")
    run = kernel.finish(id)
    assert "Ann true" in run.text("stdout") + run.text("stderr")


def test_input_fails_at_once_where_the_client_cannot_ask(kernel):
    run = kernel.run(ASK, allow_stdin=False)
    assert "false" in run.text("stdout") + run.text("stderr")


def test_interrupt_cancels_a_question(kernel):
    id = kernel.start(ASK, allow_stdin=True)
    kernel.kc.get_stdin_msg(timeout=30)
    kernel.interrupt()
    kernel.finish(id)
    assert kernel.run("1 + 1").result == "2"


def test_output_of_a_goroutine_keeps_its_cell(kernel, tmp_path):
    code = (
        'import ("fmt"; "os"; "time")\n'
        "go func() {\n"
        '\tfor { if _, err := os.Stat("go-on"); err == nil { break }; time.Sleep(time.Millisecond) }\n'
        '\tfmt.Println("late")\n'
        "}()"
    )
    id = kernel.start(code)
    assert kernel.finish(id).text() == ""
    (tmp_path / "go-on").touch()
    late = kernel.next("iopub", id, time.monotonic() + 30)
    assert late["content"] == {"name": "stdout", "text": "late\n"}


def test_megabytes_of_output_arrive_whole(kernel):
    run = kernel.run('import ("fmt"; "strings")\nfmt.Print(strings.Repeat("0123456789abcde\\n", 1<<18))')
    assert len(run.text()) == 16 << 18
    assert run.text().count("\n") == 1 << 18
    assert len(run.of("stream")) < 2000


def test_hundred_thousand_lines_arrive_whole_and_in_order(kernel):
    run = kernel.run('import "fmt"\nfor i := range 100000 { fmt.Println(i) }')
    assert run.text() == "".join(f"{i}\n" for i in range(100000))


def test_bytes_that_are_no_text_do_not_break_the_output(kernel):
    run = kernel.run('import "os"\nos.Stdout.Write([]byte("a\\x00b\\xff\\xfec\\n"))')
    assert run.text().startswith("a\x00b") and run.text().endswith("c\n")
    assert "\ufffd" in run.text()


def test_what_child_programs_print_is_shown(kernel):
    run = kernel.run(
        'import ("os"; "os/exec")\nc := exec.Command("sh", "-c", "echo out; echo err >&2")\nc.Stdout, c.Stderr = os.Stdout, os.Stderr\nc.Run()'
    )
    assert (run.text("stdout"), run.text("stderr")) == ("out\n", "err\n")
    run = kernel.run("!echo shell; echo wrong >&2")
    assert (run.text("stdout"), run.text("stderr")) == ("shell\n", "wrong\n")


def test_text_and_displays_keep_their_order(kernel):
    """What is printed before a display comes before it. Between the two streams, which are two
    pipes, there is no order."""
    run = kernel.run(
        'import ("fmt"; "os"; "github.com/gonbml/gonbml/display")\n'
        'fmt.Println("one")\nfmt.Fprintln(os.Stderr, "two")\n'
        'display.Publish(display.Text("three"))\nfmt.Println("four")'
    )
    seen = [
        m["content"].get("text", "") or m["content"]["data"]["text/plain"]
        for m in run.messages
        if m["msg_type"] in ("stream", "display_data")
    ]
    seen = [s.strip() for s in seen]
    assert sorted(seen[:2]) == ["one", "two"]
    assert seen[2:] == ["three", "four"]


def test_restart_gives_a_fresh_session(kernel):
    kernel.run("x := 1")
    kernel.manager.restart_kernel()
    kernel.kc.wait_for_ready(timeout=30)
    assert kernel.run("x").error.startswith("CompileError: ")
    assert kernel.run("1 + 1").count == 2
