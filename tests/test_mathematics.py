"""The notebook of the mathematics runs without Jupyter, by `gonbml run`, and its three gradients
agree."""

import re
import subprocess
from pathlib import Path

import nbformat

NOTEBOOK = Path(__file__).resolve().parent.parent / "notebooks" / "02-the-mathematics.ipynb"


def test_the_mathematics(gonbml, tmp_path):
    ran = tmp_path / "ran.ipynb"
    page = tmp_path / "page.html"
    run = subprocess.run([gonbml, "run", NOTEBOOK, "-o", ran, "--html", page, "--timeout", "5m"], capture_output=True, text=True, timeout=900)
    assert run.returncode == 0, run.stdout + run.stderr
    table = re.findall(r"^\d  (\S.*?) +(-?\d\.\d{9}) +(-?\d\.\d{9})$", run.stdout, re.MULTILINE)
    rows = {how: gradient for how, *gradient in table}
    assert rows["by hand"] == rows["GoMLX"] == rows["differences, h = 0.00001"] != rows["as the article prints it"]
    falls = [tuple(map(float, r)) for r in re.findall(r"^ *\d+   J = (\S+)   J = (\S+)$", run.stdout, re.MULTILINE)]
    right, printed = zip(*falls)
    assert right == tuple(sorted(right, reverse=True)) and right[-1] < right[0] / 10
    assert printed == tuple(sorted(printed)) and printed[-1] > printed[0]

    notebook = nbformat.read(ran, as_version=4)
    nbformat.validate(notebook)
    pictures = [o for c in notebook.cells for o in c.get("outputs", []) if "image/png" in o.get("data", {})]
    assert len(pictures) == 3
    assert "<math" in page.read_text()
