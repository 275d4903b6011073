"""gonbui's widgets and comms, with the test in the place of the page: it does what the script that
the kernel shows does."""

import time
import uuid

TARGET = "gonb_comm"


class Page:
    """The page's end of the connection."""

    def __init__(self, kernel, id=None):
        self.kernel = kernel
        self.id = id or uuid.uuid4().hex

    def post(self, kind, content):
        m = self.kernel.kc.session.msg(kind, {"comm_id": self.id, **content})
        self.kernel.kc.shell_channel.send(m)

    def open(self):
        self.post("comm_open", {"target_name": TARGET, "data": {}})

    def connect(self):
        """Opens the comm, and says that the answer has come."""
        self.open()
        assert until(self.kernel, comm_value("#comm_open_ack"))["value"] is True
        self.send("#comm_open_ack", True)

    def send(self, address, value):
        self.post("comm_msg", {"data": {"address": address, "value": value}})


def until(kernel, found, limit=60):
    """Takes IOPub messages of any request until found returns a true value for one. Pings are
    answered meanwhile, as the script does."""
    ping = comm_value("#heartbeat/ping")
    end = time.monotonic() + limit
    while True:
        m = kernel.kc.get_iopub_msg(timeout=max(end - time.monotonic(), 0.01))
        if ping(m):
            Page(kernel, m["content"]["comm_id"]).send("#heartbeat/pong", True)
        if result := found(m):
            return result


def is_script(m):
    return m["msg_type"] == "display_data" and "new WebSocket" in m["content"]["data"].get("text/html", "") and m


def comm_value(address):
    def found(m):
        data = m["content"].get("data", {}) if m["msg_type"] == "comm_msg" else {}
        return data if data.get("address") == address else None

    return found


def emptied(script):
    """Finds the update that empties the display with the script."""

    def found(m):
        same = m["content"].get("transient", {}).get("display_id") == script["content"]["transient"]["display_id"]
        return m["msg_type"] == "update_display_data" and same and m

    return found


def connected(kernel):
    """A page that is connected, and the display in which its script was."""
    id = kernel.start("%widgets")
    script = until(kernel, is_script)
    page = Page(kernel)
    page.connect()
    return page, script, id


def test_the_script_is_taken_out_of_the_notebook_once_it_has_connected(kernel):
    id = kernel.start("%widgets")
    script = until(kernel, is_script)
    page = Page(kernel)
    page.connect()
    assert until(kernel, emptied(script))["content"]["data"]["text/html"] == ""
    assert script["parent_header"]["msg_id"] == id


def test_a_page_that_was_answered_too_early_asks_until_it_hears_the_kernel(kernel):
    kernel.start("%widgets")
    script = until(kernel, is_script)
    page = Page(kernel)
    page.open()
    until(kernel, comm_value("#comm_open_ack"))  # a server that does not listen yet loses it
    for _ in range(3):
        page.send("#heartbeat/ping", True)
        seen = until(kernel, lambda m: emptied(script)(m) or comm_value("#heartbeat/pong")(m))
        assert seen.get("address") == "#heartbeat/pong", "connected before the page has heard the kernel"
    page.send("#comm_open_ack", True)
    assert until(kernel, emptied(script))["content"]["data"]["text/html"] == ""


def test_a_slider_moves_and_the_cell_reacts(kernel):
    page, _, _ = connected(kernel)
    code = """
import "github.com/janpfeifer/gonb/gonbui/widgets"
%%
s := widgets.Slider(0, 100, 50).WithAddress("/my/slider").Done()
l := s.Listen()
fmt.Println("ready")
for v := range l.C {
    fmt.Println("slider at", v)
    if v == 73 { break }
}
l.Close()
"""
    cell = kernel.start(code)
    # The widget shows its input element and then the script that watches it; the first value means
    # that it does.
    until(kernel, lambda m: m["msg_type"] in ("display_data", "update_display_data") and 'newSyncedVariable("/my/slider"' in m["content"]["data"].get("text/html", ""))
    page.send("/my/slider", "50")
    until(kernel, lambda m: m["msg_type"] == "stream" and "ready" in m["content"]["text"])
    page.send("/my/slider", "60")
    page.send("/my/slider", "73")
    text = ""

    def ended(m):
        nonlocal text
        if m["msg_type"] == "stream":
            text += m["content"]["text"]
        return m["msg_type"] == "status" and m["content"]["execution_state"] == "idle" and m["parent_header"]["msg_id"] == cell

    until(kernel, ended)
    assert text.endswith("slider at 60\nslider at 73\n")


def test_values_reach_a_cell_that_has_ended_and_appear_under_it(kernel):
    page, _, _ = connected(kernel)
    subscriber = kernel.start(
        'import "github.com/janpfeifer/gonb/gonbui/comms"\n'
        'moved := 0\ncomms.Subscribe("/knob", func(_ string, v int) { moved = v; fmt.Println("moved to", v); comms.Send("/seen", v) })\nmoved'
    )
    until(kernel, lambda m: m["msg_type"] == "execute_result")
    page.send("/knob", 5)
    message = until(kernel, lambda m: m["msg_type"] == "stream" and "moved to 5" in m["content"]["text"] and m)
    assert message["parent_header"]["msg_id"] == subscriber
    page.send("/knob", 6)
    while until(kernel, comm_value("/seen"))["value"] != 6:
        pass
    kernel.start("moved")
    result = until(kernel, lambda m: m["msg_type"] == "execute_result" and m)
    assert result["content"]["data"]["text/plain"] == "6"


def test_a_page_is_asked_for_a_value_and_answers_pings(kernel):
    page, _, _ = connected(kernel)
    kernel.start('import "github.com/janpfeifer/gonb/gonbui/comms"\nv := comms.ReadValue[string]("/name")\nv')
    assert until(kernel, comm_value("/name"))["read_request"] is True
    page.send("/name", "Ann")
    result = until(kernel, lambda m: m["msg_type"] == "execute_result" and m)
    assert result["content"]["data"]["text/plain"] == "Ann"
    page.send("#heartbeat/ping", True)
    assert until(kernel, comm_value("#heartbeat/pong"))["value"] is True
