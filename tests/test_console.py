"""The two consoles: our own, and Jupyter's with our kernel, each driven through a pseudo
terminal."""

import signal
import subprocess
import sys
import termios

import pytest

from session import KERNEL, LIMIT
from terminal import Terminal

UP, ENTER, CTRL_C, CTRL_D, CTRL_R = "\x1b[A", "\r", "\x03", "\x04", "\x12"

# A picture of two rows of four pixels, red above and blue below.
PICTURE = (
    'import ("image"; "image/color"; "github.com/gonbml/gonbml/display")\n'
    "img := image.NewRGBA(image.Rect(0, 0, 4, 2))\n"
    "for x := range 4 { img.Set(x, 0, color.RGBA{255, 0, 0, 255}); img.Set(x, 1, color.RGBA{0, 0, 255, 255}) }\n"
    "img"
)


def paste(text):
    return "\x1b[200~" + text.replace("\n", "\r") + "\x1b[201~"


@pytest.fixture
def console(gonbml, tmp_path):
    with Terminal(gonbml, ["console"], cwd=tmp_path) as t:
        t.wait("In [1]:")
        yield t


def test_a_session_at_the_console(console):
    console.type("x := 20" + ENTER)
    console.wait("In [2]:")
    # An unfinished cell goes on in the next line, indented.
    console.type("func double(n int) int {" + ENTER + "return 2 * n" + ENTER + "}" + ENTER)
    console.wait("In [3]:")
    assert "   ...:     return 2 * n\n   ...: }\n" in console.text()
    console.type("double(x) + 2" + ENTER)
    console.wait("Out[3]: 42")
    # A cell that fails says why, and nothing is lost.
    console.type("nowhere" + ENTER)
    console.wait("undefined: nowhere")
    console.type("x" + ENTER)
    console.wait("Out[5]: 20")
    # Tab completes names of the session and members of packages.
    console.type("doub\t(1)" + ENTER)
    console.wait("Out[6]: 2")
    console.type("strings.ToUp\t")
    console.wait("ToUpperSpecial")
    console.type('("go")' + ENTER)
    console.wait("Out[7]: GO")
    # What was typed is found again.
    console.type(CTRL_R + "doub")
    console.wait("(search doub)")
    console.type(ENTER + ENTER)
    console.wait("Out[8]: 2")
    console.type(UP + UP + ENTER)
    console.wait("Out[9]: GO")
    console.type(CTRL_D)
    assert console.wait_end() == 0


def test_interrupts_at_the_console(console):
    console.type("n := 0" + ENTER)
    console.wait("In [2]:")
    console.type("half a cell {" + CTRL_C)
    console.wait("^C\nIn [2]:")
    console.type("fmt.Println(6 * 7); for { n++ }" + ENTER)
    console.wait("\n42")
    console.type(CTRL_C)
    console.wait("Interrupted")
    console.wait("In [3]:")
    console.type("n > 0" + ENTER)
    console.wait("Out[3]: true")


def test_a_signal_at_the_prompt_leaves_the_terminal_as_it_was(console):
    def cooked():
        return termios.tcgetattr(console.child.child_fd)[3] & (termios.ICANON | termios.ECHO)

    console.wait_until(lambda: not cooked())
    console.child.kill(signal.SIGTERM)
    console.wait_until(cooked)
    assert console.wait_end() == 128 + signal.SIGTERM
    assert console.raw.rstrip().endswith(b"\x1b[?2004l")


def test_questions_at_the_console(console):
    console.type('fmt.Print("name? "); var name string; fmt.Scanln(&name); "<" + name + ">"' + ENTER)
    console.wait("\nname?")
    console.type("Ann" + ENTER)
    console.wait("Out[1]: <Ann>")
    console.type('import "github.com/gonbml/gonbml/session"' + ENTER)
    console.wait("In [3]:")
    console.type('key, err := session.Password("Key: "); len(key)' + ENTER)
    console.wait("\nKey:")
    console.type("secret" + ENTER)
    console.wait("Out[3]: 6")
    assert "secret" not in console.text()


def test_pictures_and_updates_at_the_console(console):
    console.type(paste(PICTURE) + ENTER)
    console.wait("▀▀▀▀")
    assert b"\x1b[38;2;255;0;0;48;2;0;0;255m" in console.raw
    console.type(
        paste(
            'import "github.com/gonbml/gonbml/display"\nvar bar display.Handle\n'
            'for i := range 5 { bar.Publish(display.Text(fmt.Sprint("step ", i))) }'
        )
        + ENTER
    )
    console.wait("In [3]:")
    assert "step 4" in console.text() and "step 3" not in console.text()


def test_the_history_is_that_of_notebooks(gonbml, kernel, tmp_path):
    kernel.run('"typed in a notebook"')
    with Terminal(gonbml, ["console"], cwd=tmp_path) as t:
        t.wait("In [1]:")
        t.type(CTRL_R + "typed in a")
        t.wait('"typed in a notebook"')
        t.type(ENTER + ENTER)
        t.wait("Out[1]: typed in a notebook")


def test_cells_from_a_pipe(gonbml, tmp_path):
    def run(cells):
        return subprocess.run([gonbml, "console"], input=cells, capture_output=True, text=True, cwd=tmp_path, timeout=LIMIT)

    done = run('x := 20\nfunc f() int {\n\treturn x + 22\n}\nf()\nfmt.Println("text")\n!echo shell\n')
    assert (done.returncode, done.stdout, done.stderr) == (0, "42\ntext\nshell\n", "")
    done = run('1 + 1\nnowhere\n"never"\n')
    assert done.returncode == 1
    assert done.stdout == "2\n" and "undefined: nowhere" in done.stderr


def test_jupyter_console(tmp_path):
    """Jupyter's own console with our kernel: cells of several lines, completion, interrupt,
    history, questions."""
    arguments = ["-m", "jupyter_console", "--kernel", KERNEL, "--ZMQTerminalInteractiveShell.highlighting_style=default"]
    environment = {"JUPYTER_CONFIG_DIR": str(tmp_path), "IPYTHONDIR": str(tmp_path)}
    with Terminal(sys.executable, arguments, cwd=tmp_path, env=environment) as t:
        t.wait("In [1]:")
        assert "gonbml" in t.text()
        t.type("x := 20" + ENTER)
        t.wait("In [2]:")
        t.type("func double(n int) int {" + ENTER)
        t.wait("...:")
        t.type("return 2 * n" + ENTER + "}" + ENTER)
        t.wait("In [3]:")
        t.type("double(x) + 2" + ENTER)
        t.wait("Out[3]: 42")
        t.type("doub\t")
        t.wait("In [4]: double")
        t.type("(1)" + ENTER)
        t.wait("Out[4]: 2")
        t.type('os.WriteFile("runs", nil, 0o600); for { }' + ENTER)
        t.wait_until((tmp_path / "runs").exists)
        t.type(CTRL_C)
        t.wait("Interrupted")
        t.wait("In [6]:")
        t.type('fmt.Print("name? "); var s string; fmt.Scanln(&s); "<" + s + ">"' + ENTER)
        t.wait("\nname?")
        t.type("Ann" + ENTER)
        t.wait("Out[6]: <Ann>")
        t.type("nowhere" + ENTER)
        t.wait("In [8]:")
        assert "undefined: nowhere" in t.text()
        t.type(CTRL_D)
        t.wait("Do you really want to exit")
        t.type("y" + ENTER)
        assert t.wait_end() == 0
