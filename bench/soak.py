"""A soak: many executions and much output through one kernel, whose memory must stay flat.

    python bench/soak.py                       # 10,000 executions and 1 GB of output
    python bench/soak.py --executions 1000 --output 100

It needs jupyter_client and gonbml in PATH (or --gonbml), and Linux, whose /proc tells the memory.
Every tenth of the way it prints what the kernel and its worker hold of their own (RssAnon). It
fails if either has grown by more than --most MB since the first tenth.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from jupyter_client.manager import KernelManager

# What is executed in turn; each text is compiled once, as in a notebook whose cells are run again.
CELLS = [
    "count++",
    "count",
    'fmt.Println("line", count)',
    "numbers = append(numbers[:0], count, count*2); numbers",
    "func() int { total := 0; for i := range 1000 { total += i }; return total }()",
    'display.Publish(display.HTML(fmt.Sprintf("<b>%d</b>", count), "bold"))',
    "buffer = make([]byte, 1<<20); len(buffer)",
    'fmt.Fprintln(os.Stderr, "warning", count)',
    'panic(fmt.Sprint("on purpose ", count))',
    "done := make(chan int); go func() { done <- count }(); <-done",
]
SETUP = (
    'import ("fmt"; "os"; "strings"; "github.com/gonbml/gonbml/display")\n'
    "var count int\nvar numbers []int\nvar buffer []byte\n"
    'line := strings.Repeat("0123456789abcde", 68) + "012\\n"'  # 1 kB
)
FLOOD = "for range 1024 { fmt.Print(line) }"  # 1 MB


def own_memory(pid):
    """The MB of memory that a process holds of its own."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    raise ValueError(f"no RssAnon of process {pid}")


def child(pid):
    """The worker: the child process of the kernel that has the most memory."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for task in Path(f"/proc/{pid}/task").iterdir():
        children += (task / "children").read_text().split()
    return max({int(c) for c in children}, key=own_memory)


class Soak:
    """One kernel under load."""

    def __init__(self, manager, client):
        self.client = client
        self.kernel = manager.provisioner.pid
        self.executions = self.received = self.failed = 0

    def execute(self, code):
        """Runs a cell, counts what it prints, and returns the status."""
        id = self.client.execute(code, stop_on_error=False)
        while True:
            m = self.client.get_iopub_msg(timeout=300)
            if m["parent_header"].get("msg_id") != id:
                continue
            if m["msg_type"] == "stream":
                self.received += len(m["content"]["text"])
            elif m["msg_type"] == "status" and m["content"]["execution_state"] == "idle":
                break
        status = self.client.get_shell_msg(timeout=300)["content"]["status"]
        self.executions += 1
        return status

    def memory(self):
        return own_memory(self.kernel), own_memory(child(self.kernel))

    def run(self, executions, megabytes, report=lambda *_: None):
        """Runs it all and returns the growth in MB, since the first tenth, of kernel and worker."""
        assert self.execute(SETUP) == "ok"
        self.received = 0  # The first cell may have told how the worker was built.
        assert self.execute(FLOOD) == "ok" and self.received == 1 << 20
        first = last = None
        begin = time.monotonic()
        for i in range(1, executions + 1):
            cell = CELLS[i % len(CELLS)]
            expected = "error" if cell.startswith("panic") else "ok"
            status = self.execute(cell)
            assert status == expected, f"execution {i} of {cell!r}: {status}"
            if i * megabytes // executions > (i - 1) * megabytes // executions:
                assert self.execute(FLOOD) == "ok"
            if i % max(1, executions // 10) == 0:
                last = self.memory()
                first = first or last
                report(self.executions, self.received, time.monotonic() - begin, *last)
        return last[0] - first[0], last[1] - first[1]


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--executions", type=int, default=10_000)
    p.add_argument("--output", type=int, default=1024, help="MB that the cells print")
    p.add_argument("--most", type=float, default=16, help="MB that either process may grow by")
    p.add_argument("--gonbml", default="gonbml", help="the program")
    o = p.parse_args()
    with tempfile.TemporaryDirectory() as prefix:
        subprocess.run([o.gonbml, "install", "--prefix", prefix, "--name", "soak"], check=True, stdout=subprocess.DEVNULL)
        os.environ["JUPYTER_PATH"] = f"{prefix}/share/jupyter"
        os.environ["GONBML_HISTORY"] = f"{prefix}/history"
        manager = KernelManager(kernel_name="soak")
        manager.start_kernel()
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        try:
            print("executions  output MB  seconds  kernel MB  worker MB", flush=True)
            grown = Soak(manager, client).run(
                o.executions,
                o.output,
                lambda n, out, s, k, w: print(f"{n:10}  {out / 2**20:9.0f}  {s:7.0f}  {k:9.1f}  {w:9.1f}", flush=True),
            )
        finally:
            client.stop_channels()
            manager.shutdown_kernel()
    print(f"grown since the first tenth: kernel {grown[0]:+.1f} MB, worker {grown[1]:+.1f} MB")
    if max(grown) > o.most:
        sys.exit(f"soak: expected at most {o.most} MB more. Got {max(grown):.1f}: something is kept that should go")


if __name__ == "__main__":
    main()
