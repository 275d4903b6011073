"""Tools around notebooks: papermill, nbconvert and jupytext, by their own command lines or
libraries."""

import subprocess
import sys

import jupytext
import nbformat
import papermill
import pytest
from nbconvert import HTMLExporter, ScriptExporter
from nbconvert.preprocessors import ExecutePreprocessor
from papermill.exceptions import PapermillExecutionError
from papermill.translators import translate_parameters

from session import KERNEL

PARAMETERS = """\
epochs := 1 // passes over the data
rate := 0.5
name := "none"
on := false
var layers []float64 = []float64{1}
sizes := map[string]int{"old": 1}"""


def go_notebook(*cells, parameters=None):
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    nb.metadata.kernelspec = {"name": KERNEL, "display_name": "Go", "language": "go"}
    nb.metadata.language_info = {"name": "go", "file_extension": ".go"}
    if parameters is not None:
        cell = nbformat.v4.new_code_cell(parameters)
        cell.metadata.tags = ["parameters"]
        nb.cells.insert(0, cell)
    return nb


def printed(nb):
    return "".join(o.text for c in nb.cells if c.cell_type == "code" for o in c.outputs if o.output_type == "stream")


def test_papermill_sets_parameters_by_their_go_types(tmp_path):
    source, result = tmp_path / "in.ipynb", tmp_path / "out.ipynb"
    nb = go_notebook("fmt.Printf(\"%T %v, %T %v, %q, %v, %v, %v\", epochs, epochs, rate, rate, name, on, layers, sizes)",
                     parameters=PARAMETERS)
    nbformat.write(nb, source)
    papermill.execute_notebook(source, result, progress_bar=False, parameters={
        "epochs": 20, "rate": 2, "name": 'a "name"\nof two lines, é', "on": True, "layers": [64, 0.5], "sizes": {"new": 2}})
    assert printed(nbformat.read(result, 4)) == 'int 20, float64 2, "a \\"name\\"\\nof two lines, é", true, [64 0.5], map[new:2]'


def test_papermill_lists_parameters(tmp_path):
    source = tmp_path / "in.ipynb"
    nbformat.write(go_notebook(parameters=PARAMETERS), source)
    found = papermill.inspect_notebook(source)
    assert list(found) == ["epochs", "rate", "name", "on", "layers", "sizes"]
    assert found["epochs"]["default"] == "1"
    assert found["epochs"]["help"] == "passes over the data"
    assert found["layers"]["inferred_type_name"] == "[]float64"


def test_papermill_tells_a_parameter_of_a_wrong_type(tmp_path):
    source = tmp_path / "in.ipynb"
    nbformat.write(go_notebook(parameters="epochs := 1"), source)
    with pytest.raises(PapermillExecutionError, match="epochs"):
        papermill.execute_notebook(source, tmp_path / "out.ipynb", progress_bar=False, parameters={"epochs": "many"})


def test_papermill_refuses_nested_lists():
    with pytest.raises(ValueError, match="parameter table: expected numbers"):
        translate_parameters("gonbml", "go", {"table": [[1], [2]]})


def test_nbconvert_executes_and_writes_html():
    nb = go_notebook('type row struct { A, B int }\n[]row{{1, 2}, {3, 4}}', 'fmt.Println("<printed>")')
    nb, resources = ExecutePreprocessor(timeout=120, kernel_name=KERNEL).preprocess(nb, {})
    page, _ = HTMLExporter().from_notebook_node(nb, resources)
    assert "<table" in page and "&lt;printed&gt;" in page
    assert 'class="highlight hl-go"' in page, "the code is not highlighted as Go"


def test_nbconvert_writes_a_script():
    script, resources = ScriptExporter().from_notebook_node(go_notebook("x := 1", "x + 1"))
    assert resources["output_extension"] == ".go"
    assert "x := 1" in script and "x + 1" in script


def test_jupytext_round_trip_as_go(tmp_path):
    nb = go_notebook("x := 1\n\ny := 2", "%%bash\necho $HOME", "func f() int {\n\treturn x\n}\nf()")
    nb.cells.insert(1, nbformat.v4.new_markdown_cell("# A title\n\nand *text*"))
    text = jupytext.writes(nb, "go:percent")
    assert "// %%" in text and "x := 1" in text
    back = jupytext.reads(text, "go:percent")
    assert [(c.cell_type, c.source) for c in back.cells] == [(c.cell_type, c.source) for c in nb.cells]
    assert back.metadata.kernelspec.name == KERNEL
    file = tmp_path / "n.go"
    file.write_text(text)
    subprocess.run([sys.executable, "-m", "jupytext", "--to", "ipynb", "--execute", file], check=True, cwd=tmp_path)
    done = nbformat.read(tmp_path / "n.ipynb", 4)
    assert done.cells[-1].outputs[0].data["text/plain"] == "1"
