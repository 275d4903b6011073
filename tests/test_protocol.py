"""Messages as Jupyter's protocol 5.5 describes them, between ZeroMQ sockets of these tests and the
real kernel.

docs/protocol.md names the tests behind each line. Tests that leave nothing behind share one kernel.
"""

import datetime
import json
import re
import subprocess
import time
import uuid
from pathlib import Path

import pytest
import zmq
from jupyter_client.session import Session as Signer

from session import LIMIT, Client, Session


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A kernel for tests that do not mind what was run before them."""
    with Session(cwd=tmp_path_factory.mktemp("shared")) as s:
        yield s


def statuses(messages):
    return [m["content"]["execution_state"] for m in messages if m["msg_type"] == "status"]


def header_check(message, kind, request):
    """What every message of the kernel must have."""
    header = message["header"]
    assert header["msg_type"] == kind
    assert header["version"] == "5.5"
    assert header["session"] and header["username"] and header["msg_id"]
    assert isinstance(header["date"], datetime.datetime) and header["date"].tzinfo is not None
    assert message["parent_header"]["msg_id"] == request
    if kind == "execute_reply":  # front ends show by it how long the cell took
        began = datetime.datetime.fromisoformat(message["metadata"].pop("started"))
        assert datetime.timedelta(0) <= header["date"] - began < datetime.timedelta(seconds=LIMIT)
    assert message["metadata"] == {}


# Headers and status


def test_headers_and_statuses_of_a_cell(shared):
    id = shared.start('fmt.Println("x")\n1 + 1')
    end = time.monotonic() + LIMIT
    messages = list(shared.outputs(id, end))
    kinds = ["status", "execute_input", "stream", "execute_result", "status"]
    assert [m["msg_type"] for m in messages] == kinds
    for m, kind in zip(messages, kinds):
        header_check(m, kind, id)
    assert statuses(messages) == ["busy", "idle"]
    reply = shared.next("shell", id, end)
    header_check(reply, "execute_reply", id)
    assert reply["content"] == {
        "status": "ok",
        "execution_count": messages[1]["content"]["execution_count"],
        "user_expressions": {},
        "payload": [],
    }
    assert len({m["header"]["msg_id"] for m in messages + [reply]}) == 6
    assert len({m["header"]["session"] for m in messages + [reply]}) == 1


@pytest.mark.parametrize("channel", ["shell", "control"])
@pytest.mark.parametrize(
    "kind, content",
    [("kernel_info_request", {}), ("unheard_of_request", {"x": 1})],
)
def test_busy_and_idle_around_every_request(shared, channel, kind, content):
    m = shared.kc.session.msg(kind, content)
    getattr(shared.kc, f"{channel}_channel").send(m)
    end = time.monotonic() + LIMIT
    messages = list(shared.outputs(m["header"]["msg_id"], end))
    assert statuses(messages) == ["busy", "idle"]
    reply = shared.next(channel, m["header"]["msg_id"], end)
    header_check(reply, kind.replace("_request", "_reply"), m["header"]["msg_id"])
    assert reply["content"]["status"] == ("ok" if kind == "kernel_info_request" else "error")


def test_kernel_info(shared):
    info = shared.ask("kernel_info_request", {})
    assert info["protocol_version"] == "5.5"
    assert info["implementation"] == "gonbml"
    language = dict(info["language_info"])
    assert re.fullmatch(r"1\.\d+(\.\d+)?", language.pop("version"))
    assert language == {
        "name": "go",
        "mimetype": "text/x-go",
        "file_extension": ".go",
        "pygments_lexer": "go",
        "codemirror_mode": "go",
        "nbconvert_exporter": "script",
    }
    assert info["supported_features"] == ["iopub_welcome", "kernel subshells"]
    assert info["banner"] and all(link["url"].startswith("https://") for link in info["help_links"])


def test_connect_request_names_the_ports(shared):
    info = json.loads(Path(shared.manager.connection_file).read_text())
    ports = {name: info[name] for name in ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")}
    assert shared.ask("connect_request", {}) == {"status": "ok", **ports}


# Executing: what ipykernel's own tests expect, for Go cells


def test_counter_counts_what_is_stored(kernel):
    assert kernel.run("a := 1").count == 1
    assert kernel.run("a", silent=True).count == 2
    assert kernel.run("a", store_history=False).count == 2
    assert kernel.run("nowhere").count == 2
    assert kernel.run("a").count == 3
    assert kernel.run("").count == 3
    assert kernel.run("a").count == 4


def test_a_hundred_requests_are_answered_in_order(shared):
    first = shared.run("0").count
    ids = [shared.start(f"{i}") for i in range(100)]
    for i, id in enumerate(ids):
        run = shared.finish(id)
        assert (run.count, run.result) == (first + 1 + i, str(i))


def test_missing_keys_get_the_defaults(shared):
    """A request with nothing but code is stored, may ask, and stops the queue when it fails."""
    m = shared.kc.session.msg("execute_request", {"code": "6 * 7"})
    shared.kc.shell_channel.send(m)
    run = shared.finish(m["header"]["msg_id"])
    assert run.result == "42" and run.reply["user_expressions"] == {}
    assert shared.ask("history_request", {"n": 1})["history"][0][2] == "6 * 7"


def test_silent_shows_nothing_but_what_is_printed(shared):
    run = shared.run('fmt.Println("printed")\n40 + 2', silent=True)
    assert [m["msg_type"] for m in run.messages] == ["status", "stream", "status"]
    assert run.status == "ok"


def test_error_reply_and_message_are_the_same(shared):
    run = shared.run('panic("on purpose")')
    error = run.of("error")[0]
    assert set(error) == {"ename", "evalue", "traceback"}
    assert (error["ename"], error["evalue"]) == ("Panic", "on purpose")
    assert error["traceback"] and all(isinstance(line, str) for line in error["traceback"])
    reply = dict(run.reply)
    assert reply.pop("status") == "error" and reply.pop("execution_count") > 0
    assert reply == error


def test_queue_after_a_failure(kernel):
    """stop_on_error aborts what waits, and nothing that comes later."""
    first = kernel.start('import "time"\ntime.Sleep(time.Second)\npanic("stop")')
    waiting = [kernel.start(f"{i}") for i in range(3)]
    info = kernel.ask("kernel_info_request", {})
    assert info["status"] == "ok"
    assert kernel.finish(first).status == "error"
    for id in waiting:
        run = kernel.finish(id)
        assert run.reply == {"status": "aborted"}
        assert [m["msg_type"] for m in run.messages] == ["status", "status"]
    assert kernel.run("1 + 1").result == "2"


def test_user_expressions_are_values_or_errors_and_leave_no_trace(kernel):
    kernel.run("x := 20\ncalls := 0\nfunc call() int { calls++; return calls }")
    run = kernel.run(
        "y := x + 1",
        user_expressions={
            "sum": "x + y",
            "text": 'strings.ToUpper("go")',
            "list": "[]int{1, 2}",
            "called": "call()",
            "unknown": "nowhere",
            "statement": "z := 1",
            "panics": "[]int{}[x]",
            "nothing": "func() {}()",
        },
    )
    values = run.reply["user_expressions"]
    for name, text in {"sum": "41", "text": "GO", "list": "[1 2]", "called": "1"}.items():
        assert values[name]["status"] == "ok" and values[name]["data"]["text/plain"] == text, values[name]
        assert values[name]["metadata"] == {}
    for name, ename in {"unknown": "CompileError", "statement": "CompileError", "panics": "Panic"}.items():
        assert values[name]["status"] == "error" and values[name]["ename"] == ename, values[name]
        assert values[name]["evalue"] and values[name]["traceback"]
    assert values["nothing"]["status"] == "error"
    assert [m["msg_type"] for m in run.messages] == ["status", "execute_input", "status"]
    assert kernel.run("z").error.startswith("CompileError")
    assert kernel.run("calls").result == "1"
    # Those of a cell that fails are not evaluated, as in IPython.
    assert "user_expressions" not in kernel.run("nowhere", user_expressions={"called": "call()"}).reply
    # Without a cell they are evaluated all the same.
    assert kernel.run("", user_expressions={"v": "x"}).reply["user_expressions"]["v"]["data"]["text/plain"] == "20"


def test_displays_are_updated_and_cleared(shared):
    run = shared.run(
        'import "github.com/gonbml/gonbml/display"\n'
        'var place display.Handle\nplace.Publish(display.HTML("<b>1</b>", "one"))\nplace.Publish(display.HTML("<b>2</b>", "two"))\n'
        "display.Clear(true)\ndisplay.Clear(false)"
    )
    first, second = run.of("display_data")[0], run.of("update_display_data")[0]
    assert first["data"] == {"text/html": "<b>1</b>", "text/plain": "one"}
    assert second["data"] == {"text/html": "<b>2</b>", "text/plain": "two"}
    assert first["transient"] == second["transient"] != {}
    assert run.of("clear_output") == [{"wait": True}, {"wait": False}]


def test_what_a_name_is_comes_as_a_page(shared):
    payload = shared.run("strings.ToUpper?").reply["payload"]
    assert len(payload) == 1 and payload[0]["source"] == "page"
    assert "strings.ToUpper(s string) string" in payload[0]["data"]["text/plain"]


# Editing


@pytest.mark.parametrize(
    "code, status, indent",
    [
        ("x := 1", "complete", None),
        ("func f() {", "incomplete", "\t"),
        ("func f() {\n\tif true {", "incomplete", "\t\t"),
        ("x := 1 +", "incomplete", "\t"),
        ("x := `raw", "incomplete", ""),
        ("}", "invalid", None),
    ],
)
def test_is_complete(shared, code, status, indent):
    reply = shared.ask("is_complete_request", {"code": code})
    assert (reply["status"], reply.get("indent")) == (status, indent)


def test_positions_count_code_points(shared):
    """A letter outside of the Basic Multilingual Plane is one position, though it is four bytes and
    two UTF-16 units."""
    before = 'größe := "𝔘𝔫𝔦"; '
    code = before + "strings.ToUpp + 1"
    cursor = len(before) + len("strings.ToUpp")
    reply = shared.ask("complete_request", {"code": code, "cursor_pos": cursor})
    assert set(reply["matches"]) == {"ToUpper", "ToUpperSpecial"}
    assert (reply["cursor_start"], reply["cursor_end"]) == (len(before) + len("strings."), cursor)
    typed = reply["metadata"]["_jupyter_types_experimental"]
    assert {"text": "ToUpper", "type": "function"}.items() <= typed[0].items()
    found = shared.ask("inspect_request", {"code": before + "strings.ToUpper", "cursor_pos": len(before) + 10})
    assert found["found"] and "ToUpper" in found["data"]["text/plain"]
    nothing = shared.ask("inspect_request", {"code": before, "cursor_pos": len(before)})
    assert nothing == {"status": "ok", "found": False, "data": {}, "metadata": {}}


# History


def test_history_over_sessions_and_kernels_at_once(tmp_path, monkeypatch):
    folder = tmp_path / "history"
    monkeypatch.setenv("GONBML_HISTORY", str(folder))
    with Session() as first:
        first.run('"in the first"')
        first.run("40 + 2")
    with Session() as a, Session() as b:
        for i in range(3):
            a.run(f"{i} + 100")
            b.run(f"{i} + 200")

        def ask(client, **content):
            return client.ask("history_request", {"output": False, "raw": True, **content})["history"]

        assert ask(b, hist_access_type="tail", n=4) == [[2, 3, "2 + 100"], [3, 1, "0 + 200"], [3, 2, "1 + 200"], [3, 3, "2 + 200"]]
        assert ask(a, hist_access_type="tail", n=4)[0] == [1, 2, "40 + 2"]
        assert ask(b, hist_access_type="range", session=0, start=2, stop=3) == [[3, 2, "1 + 200"]]
        assert ask(b, hist_access_type="range", session=-2, start=1) == [[1, 1, '"in the first"'], [1, 2, "40 + 2"]]
        assert ask(b, hist_access_type="range", session=1, start=2, output=True) == [[1, 2, ["40 + 2", "42"]]]
        assert ask(b, hist_access_type="search", pattern="*first*") == [[1, 1, '"in the first"']]
        a.run("same")
        a.run("same")
        assert len(ask(a, hist_access_type="search", pattern="s?me")) == 2
        assert len(ask(a, hist_access_type="search", pattern="s?me", unique=True)) == 1
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {f.stat().st_mode & 0o777 for f in folder.iterdir()} == {0o600}


# Control


def test_control_is_answered_while_a_cell_runs(kernel):
    id = kernel.start('fmt.Println("spinning")\nfor { }')
    kernel.wait_for_text(id, "spinning")
    assert kernel.ask("kernel_info_request", {}, "control")["status"] == "ok"
    usage = kernel.ask("usage_request", {}, "control")
    assert usage["hostname"] and usage["cpu_count"] > 0 and usage["pid"] == kernel.manager.provisioner.pid
    assert usage["kernel_memory"] > 0
    memory = usage["host_virtual_memory"]
    assert memory["total"] >= memory["available"] > 0 and 0 <= memory["percent"] <= 100
    # Shares are of the time since the last request, in steps of 10 ms.
    end = time.monotonic() + LIMIT
    while (again := kernel.ask("usage_request", {}, "control"))["kernel_cpu"] == 0:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert 0 <= again.get("host_cpu_percent", 0) <= 100
    assert kernel.ask("debug_request", {"type": "request", "command": "debugInfo"}, "control")["status"] == "error"
    assert kernel.ask("interrupt_request", {}, "control") == {"status": "ok"}
    assert kernel.finish(id).reply["ename"] == "Interrupted"


def test_control_goes_before_what_waits_on_shell(kernel):
    ids = [kernel.start("import \"time\"\ntime.Sleep(300 * time.Millisecond)") for _ in range(5)]
    for _ in range(3):
        assert kernel.ask("kernel_info_request", {}, "control")["status"] == "ok"
    # The last cell has not been answered yet.
    assert ("shell", ids[-1]) not in kernel.kept
    assert [kernel.finish(id).status for id in ids] == ["ok"] * 5


def test_a_client_that_reconnects_gets_its_answers(kernel, tmp_path):
    """A cell is sent, the connection breaks, and the same client hears of the cell on its new
    connection."""
    info = json.loads(Path(kernel.manager.connection_file).read_text())
    signer = Signer(key=info["key"].encode())
    socket = connect(info, zmq.DEALER, "shell_port", b"comes back")
    code = 'import ("os"; "time")\nfor { if _, err := os.Stat("go-on"); err == nil { break }; time.Sleep(time.Millisecond) }'
    sent = signer.send(socket, "execute_request", {"code": code, "user_expressions": {"v": "40 + 2"}})
    end = time.monotonic() + LIMIT
    while (m := kernel.kc.get_iopub_msg(timeout=end - time.monotonic()))["msg_type"] != "execute_input":
        pass
    assert m["parent_header"]["msg_id"] == sent["header"]["msg_id"]
    socket.close()
    again = connect(info, zmq.DEALER, "shell_port", b"comes back")
    signer.send(again, "kernel_info_request", {})
    again.recv_multipart()  # It is connected.
    (tmp_path / "go-on").touch()
    _, parts = signer.feed_identities(again.recv_multipart())
    reply = signer.deserialize(parts)
    assert reply["parent_header"]["msg_id"] == sent["header"]["msg_id"]
    assert reply["content"]["user_expressions"]["v"]["data"]["text/plain"] == "42"
    again.close()


@pytest.mark.parametrize("restart", [False, True])
def test_shutdown_is_answered_to_all(restart):
    with Session() as kernel:
        other = kernel.second()
        reply = kernel.ask("shutdown_request", {"restart": restart}, "control")
        assert reply == {"status": "ok", "restart": restart}
        end = time.monotonic() + LIMIT
        while (m := other.kc.get_iopub_msg(timeout=end - time.monotonic()))["msg_type"] != "shutdown_reply":
            pass
        assert m["content"] == reply
        other.close()


# Subshells


def create_subshell(kernel):
    reply = kernel.ask("create_subshell_request", {}, "control")
    assert reply["status"] == "ok"
    return reply["subshell_id"]


def start_in(kernel, subshell, code, **content):
    m = kernel.kc.session.msg("execute_request", {"code": code, "allow_stdin": False, **content})
    m["header"]["subshell_id"] = subshell
    kernel.kc.shell_channel.send(m)
    return m["header"]["msg_id"]


def test_subshells(kernel):
    assert kernel.ask("list_subshell_request", {}, "control") == {"status": "ok", "subshell_id": []}
    a, b = create_subshell(kernel), create_subshell(kernel)
    assert set(kernel.ask("list_subshell_request", {}, "control")["subshell_id"]) == {a, b}
    kernel.run("shared := 1\nstop := make(chan bool)")
    # The main lane waits for what a subshell does.
    main = kernel.start('fmt.Println("waiting")\n<-stop\nshared++\nfromMain := 5')
    kernel.wait_for_text(main, "waiting")
    run = kernel.finish(start_in(kernel, a, 'fmt.Println("in a")\nfromA := shared + 10\nfromA'))
    assert run.result == "11" and run.text() == "in a\n"
    assert {m["parent_header"]["subshell_id"] for m in run.messages if m["parent_header"]["msg_id"] == run.id} == {a}
    # The other subshell sees it; what the main lane's cell defines is not there before it ends.
    assert kernel.finish(start_in(kernel, b, "fromA + 1")).result == "12"
    assert kernel.finish(start_in(kernel, b, "fromMain")).error.startswith("CompileError")
    kernel.finish(start_in(kernel, b, "close(stop)"))
    assert kernel.finish(main).status == "ok"
    assert kernel.finish(start_in(kernel, a, "shared + fromMain")).result == "7"
    assert kernel.run("fromA").result == "11"
    assert kernel.ask("delete_subshell_request", {"subshell_id": b}, "control") == {"status": "ok"}
    assert kernel.ask("list_subshell_request", {}, "control")["subshell_id"] == [a]
    gone = kernel.finish(start_in(kernel, b, "1"))
    assert gone.status == "error" and b in gone.reply["evalue"]
    assert kernel.ask("delete_subshell_request", {"subshell_id": b}, "control")["status"] == "error"


def test_failures_and_interrupts_of_one_subshell(kernel):
    a = create_subshell(kernel)
    main = kernel.start('fmt.Println("spinning")\nfor { }')
    kernel.wait_for_text(main, "spinning")
    behind = kernel.start("1 + 1")
    # A failure in the subshell aborts what waits there and nothing else.
    failing = start_in(kernel, a, 'import "time"\ntime.Sleep(500 * time.Millisecond)\npanic("in a")')
    aborted = start_in(kernel, a, "2")
    assert kernel.finish(failing).error == "Panic: in a"
    assert kernel.finish(aborted).status == "aborted"
    # An interrupt for the subshell stops its cell alone, one for nobody in particular stops them
    # all.
    inner = start_in(kernel, a, 'fmt.Println("in a")\nfor { }')
    kernel.wait_for_text(inner, "in a")
    m = kernel.kc.session.msg("interrupt_request", {})
    m["header"]["subshell_id"] = a
    kernel.kc.control_channel.send(m)
    assert kernel.finish(inner).reply["ename"] == "Interrupted"
    inner = start_in(kernel, a, 'fmt.Println("again")\nfor { }')
    kernel.wait_for_text(inner, "again")
    kernel.interrupt()
    assert kernel.finish(inner).reply["ename"] == "Interrupted"
    assert kernel.finish(main).reply["ename"] == "Interrupted"
    assert kernel.finish(behind).status == "aborted"
    assert kernel.run("1 + 1").result == "2"


# Comms


def test_comms_that_nobody_answers_for(shared):
    m = shared.kc.session.msg("comm_open", {"comm_id": "c1", "target_name": "nobody", "data": {}})
    shared.kc.shell_channel.send(m)
    messages = list(shared.outputs(m["header"]["msg_id"], time.monotonic() + LIMIT))
    assert [x["msg_type"] for x in messages] == ["status", "comm_close", "status"]
    assert messages[1]["content"] == {"comm_id": "c1", "data": {}}
    assert shared.ask("comm_info_request", {"target_name": "nobody"}) == {"status": "ok", "comms": {}}


# Sockets


def connect(info, kind, port, identity=None):
    """A bare socket to the kernel of a connection file."""
    socket = zmq.Context.instance().socket(kind)
    socket.linger = 0
    socket.rcvtimeo = LIMIT * 1000
    if identity:
        socket.identity = identity
    separator = ":" if info["transport"] == "tcp" else "-"
    socket.connect(f"{info['transport']}://{info['ip']}{separator}{info[port]}")
    return socket


def test_iopub_welcome_names_the_subscription(shared):
    info = json.loads(Path(shared.manager.connection_file).read_text())
    for topic in (b"", b"stream", b"execute_result"):
        socket = connect(info, zmq.SUB, "iopub_port")
        socket.subscribe(topic)
        frames = socket.recv_multipart()
        signer = Signer(key=info["key"].encode())
        _, parts = signer.feed_identities(frames)
        m = signer.deserialize(parts)
        assert m["msg_type"] == "iopub_welcome" and m["content"] == {"subscription": topic.decode()}
        assert m["parent_header"] == {} and frames[0].startswith(topic)
        socket.close()


def test_topics_filter_what_a_subscriber_gets(shared):
    info = json.loads(Path(shared.manager.connection_file).read_text())
    socket = connect(info, zmq.SUB, "iopub_port")
    socket.subscribe(b"stream")
    socket.recv_multipart()  # the welcome
    shared.run('fmt.Println("to be seen")\n1')
    assert b'"to be seen\\n"' in socket.recv_multipart()[6]
    assert socket.poll(300) == 0
    socket.close()


def test_heartbeat_echoes_the_very_bytes(shared):
    info = json.loads(Path(shared.manager.connection_file).read_text())
    socket = connect(info, zmq.REQ, "hb_port")
    for beat in (b"ping", b"", b"\x00\xff" * 1000):
        socket.send(beat)
        assert socket.recv() == beat
    socket.close()


def test_answers_go_to_who_asked_and_identities_are_kept(shared):
    info = json.loads(Path(shared.manager.connection_file).read_text())
    signer = Signer(key=info["key"].encode())
    one, two = (connect(info, zmq.DEALER, "shell_port", identity) for identity in (b"one", b"two"))
    for socket, code in ((one, "1 + 1"), (two, "2 + 2")):
        # A proxy between us adds an identity of its own.
        signer.send(socket, "execute_request", {"code": code, "user_expressions": {"v": code}}, ident=[b"behind a proxy", code.encode()])
    for socket, code, value in ((two, "2 + 2", "4"), (one, "1 + 1", "2")):
        identities, parts = signer.feed_identities(socket.recv_multipart())
        assert identities == [b"behind a proxy", code.encode()]
        assert signer.deserialize(parts)["content"]["user_expressions"]["v"]["data"]["text/plain"] == value
        assert socket.poll(100) == 0
        socket.close()


def test_buffers_and_large_messages(shared):
    m = shared.kc.session.msg("comm_open", {"comm_id": "b", "target_name": "nobody", "data": {}})
    shared.kc.session.send(shared.kc.shell_channel.socket, m, buffers=[b"\x00" * 1000, b"", b"\xff" * (8 << 20)])
    assert "comm_close" in [x["msg_type"] for x in shared.outputs(m["header"]["msg_id"], time.monotonic() + LIMIT)]
    assert shared.run("len(`" + "x" * (4 << 20) + "`)").result == str(4 << 20)


@pytest.mark.parametrize("transport, key", [("ipc", "secret"), ("ipc", ""), ("tcp", "")])
def test_other_transports_and_no_key(gonbml, tmp_path, transport, key):
    """The kernel as a process of its own with a connection file of ours; ports that are 0 it
    chooses, and writes them."""
    file = tmp_path / "connection.json"
    ip, ports = ("127.0.0.1", [0] * 5) if transport == "tcp" else (f"{tmp_path}/k", [1, 2, 3, 4, 5])
    names = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"]
    file.write_text(json.dumps({"transport": transport, "ip": ip, "key": key, "signature_scheme": "hmac-sha256", **dict(zip(names, ports))}))
    process = subprocess.Popen([gonbml, "kernel", file], cwd=tmp_path)
    try:
        end = time.monotonic() + LIMIT
        while transport == "tcp" and json.loads(file.read_text())["hb_port"] == 0 or transport == "ipc" and not Path(f"{ip}-5").exists():
            assert time.monotonic() < end
            time.sleep(0.05)

        class Manager:
            connection_file = str(file)

        client = Client(Manager)
        assert client.run("40 + 2", timeout=LIMIT).result == "42"
        client.close()
        if not key:  # Any signature will do.
            socket = connect(json.loads(file.read_text()), zmq.DEALER, "shell_port")
            header = json.dumps({"msg_id": "1", "msg_type": "kernel_info_request"}).encode()
            socket.send_multipart([b"<IDS|MSG>", b"any", header, b"{}", b"{}", b"{}"])
            assert socket.recv_multipart()[1] == b""
            socket.close()
    finally:
        process.terminate()
        process.wait()
    if transport == "ipc":
        assert list(tmp_path.glob("k-*")) == []


def test_a_signature_is_checked_over_the_very_bytes(shared):
    """Sending a message with white space in its JSON, signed as it is, works; one changed byte does
    not."""
    info = json.loads(Path(shared.manager.connection_file).read_text())
    signer = Signer(key=info["key"].encode())
    socket = connect(info, zmq.DEALER, "shell_port")
    header = {"msg_id": uuid.uuid4().hex, "msg_type": "kernel_info_request", "session": "s", "username": "u", "version": "5.5"}
    parts = [json.dumps(header, indent=2).encode(), b" {} ", b"{\n}", b"{\t}"]
    changed = [parts[0], b" {}  ", *parts[2:]]
    socket.send_multipart([b"<IDS|MSG>", signer.sign(parts), *changed])
    socket.send_multipart([b"<IDS|MSG>", signer.sign(parts), *parts])
    _, answer = signer.feed_identities(socket.recv_multipart())
    assert signer.deserialize(answer)["parent_header"]["msg_id"] == header["msg_id"]
    assert socket.poll(200) == 0
    socket.close()
