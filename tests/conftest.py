"""Builds gonbml, installs its kernelspec where only these tests see it, and gives tests a running
kernel.

The tests are black-box: they know the program's command line and Jupyter's protocol, and nothing of
its insides.
"""

import os
import subprocess
from pathlib import Path

import pytest

from session import KERNEL, Session

ROOT = Path(__file__).resolve().parent.parent

# The first cell on a machine builds the worker.
FIRST_CELL = 900


@pytest.fixture(scope="session")
def gonbml(tmp_path_factory):
    """The path of the program, built from the working tree."""
    path = tmp_path_factory.mktemp("bin") / "gonbml"
    subprocess.run(["go", "build", "-buildvcs=false", "-o", path, "."], cwd=ROOT, check=True)
    return path


@pytest.fixture(scope="session", autouse=True)
def kernelspec(gonbml, tmp_path_factory):
    """Jupyter finds the kernel, and its worker is built."""
    prefix = tmp_path_factory.mktemp("prefix")
    subprocess.run([gonbml, "install", "--prefix", prefix, "--name", KERNEL, "--no-gopls"], check=True)
    os.environ["JUPYTER_PATH"] = str(prefix / "share" / "jupyter")
    os.environ["GONBML_HISTORY"] = str(tmp_path_factory.mktemp("history"))
    os.environ["JUPYTER_RUNTIME_DIR"] = str(tmp_path_factory.mktemp("runtime"))
    with Session() as first:
        assert first.run("1 + 1", timeout=FIRST_CELL).status == "ok"


@pytest.fixture
def kernel(tmp_path):
    """A fresh kernel with a client, in a folder of its own."""
    with Session(cwd=tmp_path) as s:
        yield s
