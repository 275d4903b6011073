"""How long completion and tooltips take, ours beside GoNB's, in one run on one machine.

The first completion counts from the start of the kernel's process, and until an answer has
candidates in it: an empty one is of no use to whoever waits. Later ones take turns between the
kernels, each with a text that neither has seen, once both have been given half a minute to load
packages.

    python bench/complete.py --gonbml PATH [--gonb PATH] [-n 40]

GONB is GoNB's own binary (see cells.py); it needs gopls and goimports on PATH, and ours takes the
same gopls. Needs jupyter_client.
"""

import argparse
import os
import queue
import statistics
import tempfile
import time

from cells import Kernel
from jupyter_client.kernelspec import KernelSpecManager

CELL = """import (
	"fmt"
	"strings"
)
// point is a place.
type point struct{ x, y int }
func (p point) norm() int { return p.x*p.x + p.y*p.y }
func where(name string) point { return point{len(name), 0} }
"""


def ask(kernel, ident, kind, timeout=60):
    """Waits for the reply to a request; None if it does not come."""
    end = time.perf_counter() + timeout
    while time.perf_counter() < end:
        try:
            msg = kernel.client.get_shell_msg(timeout=1)
        except queue.Empty:
            continue
        if msg["parent_header"].get("msg_id") == ident and msg["msg_type"] == kind:
            return msg["content"]
    return None


def complete(kernel, code):
    reply = ask(kernel, kernel.client.complete(code, len(code)), "complete_reply")
    return reply["matches"] if reply else []


def first(name, argv, specs, code):
    """Starts a kernel and asks until there is an answer with candidates; returns the kernel and the
    seconds from its start."""
    begun = time.perf_counter()
    kernel = Kernel(name, argv, specs)
    asked = 0
    while not complete(kernel, code):
        asked += 1
        if time.perf_counter() - begun > 120:
            raise SystemExit(f"{name}: no completion of {code!r} within two minutes, {asked} empty answers")
    return kernel, time.perf_counter() - begun


def spread(times):
    return f"p50 {statistics.median(times) * 1e3:7.1f} ms, p95 {sorted(times)[int(len(times) * 0.95) - 1] * 1e3:7.1f} ms"


def turns(title, kernels, text, n, kind):
    times = {k.name: [] for k in kernels}
    empty = {k.name: 0 for k in kernels}
    for i in range(n):
        for k in kernels:
            code = text(i)
            begun = time.perf_counter()
            if kind == "complete":
                found = complete(k, code)
            else:
                reply = ask(k, k.client.inspect(code, len(code)), "inspect_reply")
                found = reply and reply["found"]
            times[k.name].append(time.perf_counter() - begun)
            empty[k.name] += not found
            time.sleep(0.05)  # nobody types faster
    for name, t in times.items():
        print(f"{title:34} {name:8} {spread(t)}" + (f", {empty[name]} of {n} empty" if empty[name] else ""), flush=True)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--gonbml", required=True)
    args.add_argument("--gonb")
    args.add_argument("-n", type=int, default=40)
    args = args.parse_args()
    specs = tempfile.mkdtemp(prefix="bench-")
    os.environ["JUPYTER_PATH"] = specs
    KernelSpecManager.kernel_dirs = [os.path.join(specs, "kernels")]
    commands = [("gonbml", [args.gonbml, "kernel", "{connection_file}"])]
    if args.gonb:
        commands.append(("gonb", [args.gonb, "--kernel", "{connection_file}"]))
    kernels = []
    try:
        for name, argv in commands:
            kernel, seconds = first(name, argv, specs, 'import "fmt"\n%%\nfmt.Pri')
            kernels.append(kernel)
            print(f"{'kernel start to first completion':34} {name:8} {seconds:.2f} s (kernel_info after {kernel.info_s:.2f} s)", flush=True)
        for k in kernels:
            k.run(CELL + ("%%\n_ = where" if k.name == "gonb" else ""))
        for _ in range(60):  # until gopls has loaded the packages
            for k in kernels:
                complete(k, "strings.ToU")
            time.sleep(0.5)
        turns("members of a value", kernels, lambda i: f"%%\nv{i} := where(\"a\")\nv{i}.", args.n, "complete")
        turns("members of a package", kernels, lambda i: f"%%\nn{i} := {i}\nfmt.Println(n{i}, strings.To", args.n, "complete")
        turns("names in scope", kernels, lambda i: f"%%\nwhat{i} := {i}\nwh", args.n, "complete")
        turns("tooltip", kernels, lambda i: f"%%\nw{i} := {i}\n_ = w{i}\nfmt.Sprintf", args.n, "inspect")
    finally:
        for k in kernels:
            k.close()


if __name__ == "__main__":
    main()
