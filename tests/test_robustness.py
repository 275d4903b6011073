"""The kernel's process: what malformed messages, signals and the death of others do to it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from jupyter_client.session import Session as Signer

from session import KERNEL, Session

EVERY_FIELD = {
    "execute_request": ["code", "silent", "store_history", "user_expressions", "allow_stdin", "stop_on_error"],
    "complete_request": ["code", "cursor_pos"],
    "inspect_request": ["code", "cursor_pos", "detail_level"],
    "is_complete_request": ["code"],
    "history_request": ["output", "raw", "hist_access_type", "session", "start", "stop", "n", "pattern", "unique"],
    "comm_info_request": ["target_name"],
}


def test_wrong_type_in_any_field_is_answered_with_an_error_that_names_it(kernel):
    for kind, fields in EVERY_FIELD.items():
        for field in fields:
            reply = kernel.ask(kind, {"code": "1", field: [{}]})
            assert reply["status"] == "error", (kind, field)
            assert field in reply["evalue"], (kind, field)
    assert kernel.run("1 + 1").result == "2"


def test_messages_that_cannot_be_trusted_or_read_are_dropped(kernel):
    stream = kernel.kc.shell_channel
    stranger = Signer(key=b"another key")
    stranger.send(stream.socket, "execute_request", {"code": 'panic("a stranger ran a cell")'})
    stream.socket.send_multipart([b"no", b"delimiter"])
    stream.socket.send_multipart([b"<IDS|MSG>"])
    stream.socket.send_multipart([b"<IDS|MSG>", b"", b"{}", b"{}", b"{}", b"{}"])
    stream.socket.send(os.urandom(1000))
    run = kernel.run("1 + 1")
    assert run.result == "2"
    assert run.count == 1


def test_sigint_means_the_cell_not_the_kernel(kernel):
    id = kernel.start('println("spinning")\nfor { }')
    kernel.wait_for_text(id, "spinning")
    os.kill(kernel.manager.provisioner.pid, signal.SIGINT)
    assert kernel.finish(id).reply["ename"] == "Interrupted"
    assert kernel.run("1 + 1").result == "2"


def processes_below(pid):
    """The process and all its descendants that are alive."""
    found = [pid]
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if fields[0] != "Z" and int(fields[1]) == pid:
            found += processes_below(int(stat.parent.name))
    return found


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_until_dead(pids, seconds):
    end = time.monotonic() + seconds
    while left := [p for p in pids if alive(p)]:
        assert time.monotonic() < end, f"still alive: {left}"
        time.sleep(0.05)


def test_shutdown_leaves_no_process():
    with Session() as kernel:
        kernel.start("for { }")
        kernel.kc.get_iopub_msg(timeout=30)
        pids = processes_below(kernel.manager.provisioner.pid)
        kernel.kc.shutdown()
        wait_until_dead(pids, 5)


def test_shutdown_ends_what_cells_have_started():
    with Session() as kernel:
        run = kernel.run(
            'import ("os/exec"; "fmt")\nfor range 2 {\n\tc := exec.Command("sleep", "600")\n\tif err := c.Start(); err != nil { panic(err) }\n'
            "\tfmt.Println(c.Process.Pid)\n}"
        )
        pids = [int(line) for line in run.text().split()]
        assert len(pids) == 2 and all(alive(pid) for pid in pids)
        kernel.kc.shutdown()
        wait_until_dead(pids, 10)


def test_killed_kernel_leaves_no_worker():
    with Session() as kernel:
        assert kernel.run("1 + 1").result == "2"
        pids = processes_below(kernel.manager.provisioner.pid)
        assert len(pids) > 1
        kernel.manager.signal_kernel(signal.SIGKILL)
        wait_until_dead(pids, 5)


def test_kernel_ends_when_jupyter_is_killed():
    server = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import sys, time\n"
            "from jupyter_client.manager import KernelManager\n"
            "m = KernelManager(kernel_name=sys.argv[1])\n"
            "m.start_kernel()\n"
            "c = m.client()\nc.start_channels()\nc.wait_for_ready(timeout=30)\n"
            "print(m.provisioner.pid, flush=True)\n"
            "time.sleep(600)",
            KERNEL,
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    pids = processes_below(int(server.stdout.readline()))
    server.kill()
    server.wait()
    wait_until_dead(pids, 10)


def test_first_reply_comes_within_half_a_second():
    best = min(first_reply() for _ in range(5))
    assert best < 0.5, f"kernel_info took {best:.2f} s"


def first_reply():
    """The time from the start of the process to its kernel_info reply."""
    from jupyter_client.manager import KernelManager

    manager = KernelManager(kernel_name=KERNEL)
    begin = time.monotonic()
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    client.kernel_info()
    client.get_shell_msg(timeout=30)
    took = time.monotonic() - begin
    client.stop_channels()
    manager.shutdown_kernel()
    return took


def test_usage_counts_the_worker_too(kernel):
    kernel.run("block := make([]byte, 256<<20)\nfor i := range block { block[i] = 1 }")
    usage = kernel.ask("usage_request", {}, "control")
    assert usage["pid"] == kernel.manager.provisioner.pid
    assert usage["kernel_memory"] > 256 << 20
