"""What cells of notebooks written for GoNB and GoMLX do all the time: flags, arguments, must, and
asking for input."""

import time

import pytest

FLAGS = """
import (
    "flag"

    "github.com/janpfeifer/must"
)

var (
    flagDataDir   = flag.String("data", "~/work", "Directory to cache files.")
    flagVerbosity = flag.Int("verbosity", 0, "Level of verbosity.")
)

func dataDir() string { return must.M1(filepath.Abs(*flagDataDir)) }
"""


def test_flags_arguments_and_must(kernel):
    first = kernel.run(FLAGS + "\n%% --verbosity=2 --data=/tmp/x\nfmt.Println(dataDir(), *flagVerbosity)", timeout=300)
    if "403" in first.error or "dial tcp" in first.error:
        pytest.skip("the module proxy does not give out github.com/janpfeifer/must")
    assert first.text() == "/tmp/x 2\n", first.error
    # The cell again, as it is and changed: its flags are defined twice.
    for _ in range(2):
        assert kernel.run(FLAGS + "\n%% --verbosity=2 --data=/tmp/x\nfmt.Println(dataDir(), *flagVerbosity)").text() == "/tmp/x 2\n"
    assert kernel.run(FLAGS.replace("0,", "1,") + "\n%%\nfmt.Println(*flagVerbosity)").text() == "1\n"
    # Flags are parsed for main, %exec and %args; other cells see what was parsed last.
    assert kernel.run("%args --verbosity=5\nfunc main() { flag.Parse(); fmt.Println(*flagVerbosity, flag.NArg()) }").text() == "5 0\n"
    assert kernel.run("func show() { fmt.Println(*flagVerbosity, flag.Args()) }\n%exec show -verbosity=6 a b").text() == "6 [a b]\n"
    assert kernel.run("*flagVerbosity").result == "6"
    assert kernel.run("%% --verbosity=many\nfmt.Println()").status == "error"
    assert kernel.run("dataDir()").result.endswith("work")


def test_must_fails_the_cell_and_not_the_session(kernel):
    kernel.run("kept := 7")
    run = kernel.run('import ("os"; "github.com/janpfeifer/must")\nmust.M1(os.ReadFile("/no/such/file"))', timeout=300)
    if "403" in run.error or "dial tcp" in run.error:
        pytest.skip("the module proxy does not give out github.com/janpfeifer/must")
    assert run.error.startswith("Panic: ") and "no such file" in run.error
    assert kernel.run("kept").result == "7"


# Ways to read what the user types; each shows the line.
READS = {
    "Scanln": "var s string\nfmt.Scanln(&s)\ns",
    "Scan": "var s string\nfmt.Scan(&s)\ns",
    "bufio": 'import ("bufio"; "os"; "strings")\nline, _ := bufio.NewReader(os.Stdin).ReadString(\'\\n\')\nstrings.TrimSpace(line)',
    "Scanner": 'import ("bufio"; "os")\nsc := bufio.NewScanner(os.Stdin)\nsc.Scan()\nsc.Text()',
    "gonbui": 'import "github.com/janpfeifer/gonb/gonbui"\ngonbui.RequestInput("Name: ", true)\nvar s string\nfmt.Scanln(&s)\ns',
    "session": 'import "github.com/gonbml/gonbml/session"\nsession.Input("Name: ")',
}


@pytest.mark.parametrize("way", READS)
def test_input(kernel, way):
    """The front end is asked; without one a read ends at once; an interrupt ends the question."""
    id = kernel.start(READS[way], allow_stdin=True)
    question = kernel.kc.get_stdin_msg(timeout=60)["content"]
    assert question == {"prompt": "Name: " if way in ("gonbui", "session") else "", "password": way == "gonbui"}
    kernel.kc.input("Ann")
    run = kernel.finish(id)
    assert run.result == "Ann", run.error

    begun = time.monotonic()
    run = kernel.run(READS[way], allow_stdin=False)
    assert time.monotonic() - begun < 20
    assert run.result in (None, "") and (way != "session" or run.status == "error")

    id = kernel.start(READS[way], allow_stdin=True)
    kernel.kc.get_stdin_msg(timeout=60)
    begun = time.monotonic()
    kernel.interrupt()
    kernel.finish(id)
    assert time.monotonic() - begun < 10
    assert kernel.run("1 + 1").result == "2"
