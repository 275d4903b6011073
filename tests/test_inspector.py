"""The variable inspector, as an extension of a front end uses it: docs/inspector.md."""

import time
import uuid


def test_variables_over_a_comm_while_a_cell_runs(kernel):
    comm = uuid.uuid4().hex

    def post(kind, **content):
        kernel.kc.shell_channel.send(kernel.kc.session.msg(kind, {"comm_id": comm, **content}))

    def answer(wanted, limit=60):
        end = time.monotonic() + limit
        while True:
            m = kernel.kc.get_iopub_msg(timeout=max(end - time.monotonic(), 0.01))
            if m["msg_type"] == "comm_msg" and m["content"]["comm_id"] == comm and m["content"]["data"]["type"] == wanted:
                return m["content"]["data"]

    assert kernel.run("n := 1\nlist := []float64{1, 2.5}\ntype city struct{ Name string }\ncities := []city{{`Bern`}}").status == "ok"
    post("comm_open", target_name="gonbml.variables", data={})
    post("comm_msg", data={"type": "list", "id": 7})
    data = answer("variables")
    assert data["id"] == 7 and data["busy"] is False
    found = {v["name"]: v for v in data["variables"]}
    assert found["list"] == {"name": "list", "type": "[]float64", "shape": "2", "bytes": 40, "value": "[1 2.5]"}
    assert found["cities"]["type"] == "[]city"

    cell = kernel.start('println("on")\nfor { n++ }')
    kernel.wait_for_text(cell, "on")
    post("comm_msg", data={"type": "list"})
    data = answer("variables", 10)
    assert data["busy"] is True
    assert int({v["name"]: v for v in data["variables"]}["n"]["value"]) > 1
    kernel.interrupt()
    kernel.kc.get_shell_msg(timeout=30)

    kernel.run("n = 3")
    post("comm_msg", data={"type": "value", "name": "cities"})
    data = answer("value")
    assert "<table" in data["data"]["text/html"] and "Bern" in data["data"]["text/plain"]
    post("comm_msg", data={"type": "watch", "on": True})
    answer("variables")
    kernel.start("n = 4")
    assert {v["name"]: v for v in answer("variables")["variables"]}["n"]["value"] == "4"
