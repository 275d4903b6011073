"""The notebooks run in a real Jupyter kernel, as nbclient and nbconvert run them."""

import re
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from session import KERNEL

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"


def execute(name, tmp_path):
    notebook = nbformat.read(NOTEBOOKS / name, as_version=4)
    client = NotebookClient(
        notebook, kernel_name=KERNEL, timeout=1800, startup_timeout=60, resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    nbformat.validate(notebook)
    return notebook


def printed(notebook):
    """All text that the cells printed."""
    return "".join(
        output["text"]
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "stream"
    )


def test_article_workflow(tmp_path):
    notebook = execute("01-article-workflow.ipynb", tmp_path)
    accuracy = re.search(r"^Test accuracy: (\d\.\d+)$", printed(notebook), re.MULTILINE)
    assert accuracy, "the notebook prints no line with the test accuracy"
    assert 0.97 <= float(accuracy[1]) <= 1
    shown = {mime for c in notebook.cells if c.cell_type == "code" for o in c.outputs for mime in o.get("data", {})}
    assert "image/png" in shown
    fit = next(c for c in notebook.cells if c.cell_type == "code" and ".Fit(" in c.source)
    tables = [o["data"]["text/html"].count("<tr") for o in fit.outputs if "text/html" in o.get("data", {})]
    assert tables == [1 + 10], "the display of Fit must be saved once, as a table of a header and its ten epochs"
