"""How long a cell takes, ours beside GoNB's, in one run on one machine.

Both kernels are driven through jupyter_client; a cell's time runs from its execute_request to the
kernel's idle. The two take turns, so that a change in the machine's speed meets both.

    python bench/cells.py --gonbml PATH [--gonb PATH] [-n 20]

GONB is GoNB's own binary (go install github.com/janpfeifer/gonb@v0.11.4); it needs goimports and
gopls on PATH and, for the GoMLX rows, a module with GoMLX in it, which this script prepares with
"!*go get". Needs jupyter_client.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpecManager

GOMLX = "v0.28.3"


class Kernel:
    """One running kernel."""

    def __init__(self, name, argv, specs):
        folder = os.path.join(specs, "kernels", name)
        os.makedirs(folder)
        with open(os.path.join(folder, "kernel.json"), "w") as f:
            json.dump({"argv": argv, "display_name": name, "language": "go", "interrupt_mode": "message"}, f)
        self.name = name
        self.manager = KernelManager(kernel_name=name)
        begun = time.perf_counter()
        self.manager.start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.kernel_info()
        while self.client.get_shell_msg(timeout=120)["msg_type"] != "kernel_info_reply":
            pass
        self.info_s = time.perf_counter() - begun

    def run(self, code, timeout=600):
        """Runs a cell and returns its seconds; a failing cell ends the benchmark."""
        begun = time.perf_counter()
        ident = self.client.execute(code)
        while True:
            msg = self.client.get_iopub_msg(timeout=timeout)
            if msg["parent_header"].get("msg_id") != ident:
                continue
            if msg["msg_type"] == "error":
                sys.exit(f"{self.name}: {code}\n" + "\n".join(msg["content"]["traceback"]))
            if msg["msg_type"] == "status" and msg["content"]["execution_state"] == "idle":
                return time.perf_counter() - begun

    def close(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def row(title, kernels, cell, n):
    """Times n cells on each kernel in turn; cell(i) is the i-th text."""
    times = {k.name: [] for k in kernels}
    for i in range(n):
        for k in kernels:
            times[k.name].append(k.run(cell(i)))
    shown = "  ".join(
        f"{name}: p50 {statistics.median(t) * 1e3:7.1f} ms, p95 {sorted(t)[max(0, int(len(t) * 0.95) - 1)] * 1e3:7.1f} ms" for name, t in times.items()
    )
    print(f"{title:34} {shown}", flush=True)
    return times


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--gonbml", required=True)
    args.add_argument("--gonb")
    args.add_argument("-n", type=int, default=20)
    args = args.parse_args()
    specs = tempfile.mkdtemp(prefix="bench-")
    os.environ["JUPYTER_PATH"] = specs
    KernelSpecManager.kernel_dirs = [os.path.join(specs, "kernels")]
    # A number of its own keeps every run's cells new to the cache.
    salt = time.time_ns()
    kernels = [Kernel("gonbml", [args.gonbml, "kernel", "{connection_file}"], specs)]
    if args.gonb:
        kernels.append(Kernel("gonb", [args.gonb, "--kernel", "{connection_file}"], specs))
    for k in kernels:
        print(f"{k.name}: kernel start to kernel_info reply {k.info_s * 1e3:.0f} ms; first cell {k.run('1 + 1' if k.name == 'gonbml' else '%%' + chr(10) + '_ = 1') * 1e3:.0f} ms")
    try:
        row("new cell, fmt", kernels, lambda i: f'import "fmt"\n%%\nfmt.Println("cell", {i}, {salt})', args.n)
        for k in kernels[1:]:
            k.run(f"!*go get github.com/gomlx/gomlx@{GOMLX}")
        gomlx = 'import (\n\t"fmt"\n\t"github.com/gomlx/gomlx/core/tensors"\n\t. "github.com/gomlx/gomlx/core/graph"\n)\nfunc double(x *Node) *Node { return Add(x, x) }\n'
        for k in kernels:
            k.run(gomlx + "%%\n_ = double\nfmt.Println(tensors.FromValue([]float32{1}).Shape())")
        row("new cell, GoMLX imported", kernels, lambda i: f"%%\n_ = double\nfmt.Println(tensors.FromValue([]float32{{{i}, {salt}}}).Shape())", args.n)
        same = '%%\nfmt.Println("the same text")'
        for k in kernels:
            k.run(same)
        row("unchanged cell", kernels, lambda i: same, args.n)
    finally:
        for k in kernels:
            k.close()


if __name__ == "__main__":
    main()
