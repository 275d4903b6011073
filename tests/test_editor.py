"""Completion and inspection as editors ask for them, from a kernel that nothing has run in to one
whose gopls has died."""

import os
import shutil
import signal
import time
from pathlib import Path

import pytest

from session import Session

GOPLS = os.environ.get("GONBML_GOPLS") or shutil.which("gopls")
needs_gopls = pytest.mark.skipif(not GOPLS, reason="needs gopls, in PATH or at GONBML_GOPLS")


def complete(client, code):
    reply = client.ask("complete_request", {"code": code, "cursor_pos": len(code)})
    assert reply["status"] == "ok"
    return reply


def candidate(client, code, text):
    """What is told of one candidate; None if it is not offered."""
    for item in complete(client, code)["metadata"].get("_jupyter_types_experimental", []):
        if item["text"] == text:
            return item


def inspect(client, code, at=None, detail=0):
    reply = client.ask("inspect_request", {"code": code, "cursor_pos": len(code) if at is None else at, "detail_level": detail})
    assert reply["status"] == "ok"
    return reply["data"].get("text/markdown", "") if reply["found"] else None


def eventually(ask, good):
    """Asks until the answer is good, for a minute: what gopls does not answer in time is answered
    without it."""
    for _ in range(600):
        answer = ask()
        if good(answer):
            return answer
        time.sleep(0.1)
    raise AssertionError(f"the last answer is {answer!r}")


def documented(client):
    """Waits until gopls answers: it alone knows documentation."""
    return eventually(lambda: candidate(client, "strings.ToUpp", "ToUpper"), lambda item: item and item.get("documentation"))


def children(pid):
    """The processes called gopls that a process has started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().partition("(")[2].rpartition(")")
        except OSError:
            continue
        if name == "gopls" and int(rest.split()[1]) == pid:
            found.append(int(stat.parent.name))
    return found


def test_the_first_answer_of_a_kernel():
    begun = time.monotonic()
    with Session() as kernel:
        assert "Println" in complete(kernel, "fmt.Print")["matches"]
        took = time.monotonic() - begun
    assert took < 20, "it is 0.6 s on a machine that does nothing else"


def test_candidates_are_described(kernel):
    kernel.run("// point is a place.\ntype point struct{ x, y int }\nhere := point{1, 2}")
    assert candidate(kernel, "her", "here").items() >= {"type": "instance", "signature": "point", "start": 0, "end": 3}.items()
    assert candidate(kernel, "here.", "x").items() >= {"type": "property", "signature": "int", "start": 5}.items()
    kernel.run('here := "now a text"')
    assert candidate(kernel, "her", "here")["signature"] == "string"
    assert candidate(kernel, "poi", "point")["documentation"] == "point is a place."
    assert candidate(kernel, "%cap", "%capture")["type"] == "magic"


def test_files_and_folders(kernel, tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data.csv").touch()
    assert complete(kernel, "!cat da")["matches"] == ["data/", "data.csv"]
    assert complete(kernel, "%cd da")["matches"] == ["data/"]


def test_answers_while_a_cell_runs(kernel):
    kernel.run("before := 1")
    cell = kernel.start('import "time"\nprintln("runs")\nfor { time.Sleep(time.Millisecond) }')
    kernel.wait_for_text(cell, "runs")
    begun = time.monotonic()
    assert "before" in complete(kernel, "befo")["matches"]
    assert "var before int" in inspect(kernel, "before")
    assert time.monotonic() - begun < 20
    kernel.interrupt()
    kernel.finish(cell)


def test_tooltips(kernel):
    kernel.run("// area is width times height.\nfunc area(width, height float64) float64 {\n\treturn width * height\n}")
    text = inspect(kernel, "area")
    assert "func area(width float64, height float64) float64" in text
    assert "area is width times height." in text and "cell [1], line 2" in text
    assert "return width * height" not in text
    assert "return width * height" in inspect(kernel, "area", detail=1)
    code = "area(1, )"
    assert "argument: `height float64`" in inspect(kernel, code, at=len(code) - 1)
    assert inspect(kernel, "nobodyKnowsThis") is None


@needs_gopls
def test_documentation_comes_from_gopls(kernel):
    assert documented(kernel)["documentation"].startswith("ToUpper returns s with all Unicode letters")
    eventually(lambda: inspect(kernel, "strings.ToUpper"), lambda text: "mapped to their upper case" in text)
    eventually(lambda: inspect(kernel, "strings.ToUpper", detail=1), lambda text: "func ToUpper(s string) string {" in text)


@needs_gopls
def test_gopls_may_die_and_ends_with_the_kernel():
    with Session() as kernel:
        documented(kernel)
        pid = kernel.manager.provisioner.pid
        (gopls,) = children(pid)
        os.kill(gopls, signal.SIGKILL)
        for _ in range(3):
            assert "ToUpper" in complete(kernel, "strings.ToUpp")["matches"]
        eventually(lambda: complete(kernel, "strings.ToUpp") and children(pid), lambda pids: pids and pids != [gopls])
        documented(kernel)
        (gopls,) = children(pid)
    for _ in range(100):
        if not Path(f"/proc/{gopls}").exists() or "Z" in Path(f"/proc/{gopls}/stat").read_text().rpartition(")")[2]:
            return  # whoever takes over the dead kernel's children may be slow to notice
        time.sleep(0.1)
    raise AssertionError("gopls has outlived its kernel")
