"""The kernel behind a Jupyter server, as VS Code and Colab use it: a session by HTTP, the messages
through a web socket."""

import json
import time
import urllib.request
import uuid

import pytest
import websocket

from lab import LIMIT, Server
from session import KERNEL


class Remote:
    """A kernel's web socket, with the messages in Jupyter's JSON form."""

    def __init__(self, server):
        self.server = server
        session = self.http("POST", "api/sessions", {
            "kernel": {"name": KERNEL}, "name": "remote", "path": "remote.ipynb", "type": "notebook"})
        self.kernel = session["kernel"]["id"]
        url = server.url.replace("http", "ws", 1)
        self.socket = websocket.create_connection(
            f"{url}api/kernels/{self.kernel}/channels?token={server.token}", timeout=LIMIT, suppress_origin=True)
        self.session = uuid.uuid4().hex

    def http(self, method, path, body=None):
        request = urllib.request.Request(
            f"{self.server.url}{path}", method=method, data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"token {self.server.token}", "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=LIMIT) as response:
            text = response.read()
        return json.loads(text) if text else None

    def ask(self, kind, content, channel="shell"):
        """Sends a request; returns its reply and what was published for it until the kernel was
        idle."""
        header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "username": "", "session": self.session, "version": "5.3",
                  "date": "2020-01-01T00:00:00.000Z"}
        self.socket.send(json.dumps({"header": header, "parent_header": {}, "metadata": {}, "content": content,
                                     "channel": channel, "buffers": []}))
        reply, published, idle, end = None, [], False, time.monotonic() + LIMIT
        while not (reply and idle) and time.monotonic() < end:
            m = json.loads(self.socket.recv())
            if m.get("parent_header", {}).get("msg_id") != header["msg_id"]:
                continue
            if m["channel"] in ("shell", "control"):
                reply = m["content"]
            else:
                published.append(m)
                idle = m["msg_type"] == "status" and m["content"]["execution_state"] == "idle"
        return reply, published

    def run(self, code):
        return self.ask("execute_request", {"code": code, "silent": False, "store_history": True,
                                            "user_expressions": {}, "allow_stdin": True, "stop_on_error": False})

    def close(self):
        self.socket.close()
        self.http("DELETE", f"api/kernels/{self.kernel}")


@pytest.fixture(scope="module")
def remote(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("notebooks"), tmp_path_factory.mktemp("server")) as server:
        r = Remote(server)
        yield r
        r.close()


def test_the_server_lists_what_front_ends_choose_by(remote):
    spec = remote.http("GET", "api/kernelspecs")["kernelspecs"][KERNEL]["spec"]
    assert spec["language"] == "go"
    assert spec["interrupt_mode"] == "message"


def test_the_language_is_told_as_editors_need_it(remote):
    info = remote.ask("kernel_info_request", {})[0]["language_info"]
    # VS Code takes the language from name, and its completion needs the MIME type.
    assert (info["name"], info["mimetype"], info["file_extension"]) == ("go", "text/x-go", ".go")
    assert info["codemirror_mode"] and info["pygments_lexer"] == "go"


def test_cells_run_and_keep_their_state(remote):
    reply, _ = remote.run("x := 41")
    assert reply["status"] == "ok"
    reply, published = remote.run("x + 1")
    assert reply["status"] == "ok"
    results = [m["content"]["data"]["text/plain"] for m in published if m["msg_type"] == "execute_result"]
    assert results == ["42"]


def test_quiet_requests_of_front_ends_leave_no_trace(remote):
    _, published = remote.ask("execute_request", {"code": "1 + 1", "silent": True, "store_history": False})
    assert {m["msg_type"] for m in published} == {"status"}


def test_interrupt_by_http(remote):
    header = {"msg_id": uuid.uuid4().hex, "msg_type": "execute_request", "username": "", "session": remote.session,
              "version": "5.3", "date": "2020-01-01T00:00:00.000Z"}
    remote.socket.send(json.dumps({
        "header": header, "parent_header": {}, "metadata": {}, "channel": "shell", "buffers": [],
        "content": {"code": 'fmt.Println("begun")\nfor {\n}', "silent": False, "allow_stdin": False}}))
    while True:
        m = json.loads(remote.socket.recv())
        if m["msg_type"] == "stream" and "begun" in m["content"]["text"]:
            break
    remote.http("POST", f"api/kernels/{remote.kernel}/interrupt", {})
    while True:
        m = json.loads(remote.socket.recv())
        if m["channel"] == "shell" and m["parent_header"].get("msg_id") == header["msg_id"]:
            break
    assert m["content"]["ename"] == "Interrupted"
    assert remote.run("x")[0]["status"] == "ok"
