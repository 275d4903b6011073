"""The short form of bench/soak.py: memory stays flat over hundreds of executions and tens of
megabytes of output."""

import importlib.util

from conftest import ROOT


def test_memory_stays_flat(kernel):
    spec = importlib.util.spec_from_file_location("soak", ROOT / "bench" / "soak.py")
    soak = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(soak)
    kernel_grown, worker_grown = soak.Soak(kernel.manager, kernel.kc).run(executions=400, megabytes=40)
    assert kernel_grown < 16, "MB of the kernel's own"
    assert worker_grown < 32, "MB of the worker's own"
