"""Jupyter's own protocol tests (jupyter_kernel_test), with Go samples for every hook that the
kernel supports."""

import time

import jupyter_kernel_test
from jupyter_kernel_test.msgspec_v5 import validate_message

from session import KERNEL

PIXEL = (
    'import ("image"; "github.com/gonbml/gonbml/display")\n'
    "display.Show(image.NewGray(image.Rect(0, 0, 2, 2)))"
)
SVG = (
    'import "github.com/gonbml/gonbml/display"\n'
    'display.Publish(display.SVG(`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>`, "a picture"))'
)
HTML = 'import "github.com/janpfeifer/gonb/gonbui"\ngonbui.DisplayHtml("<b>bold</b>")'
MARKDOWN = 'import "github.com/janpfeifer/gonb/gonbui"\ngonbui.DisplayMarkdown("**bold**")'


class GoKernelTests(jupyter_kernel_test.KernelTests):
    kernel_name = KERNEL
    language_name = "go"
    file_extension = ".go"

    code_hello_world = 'import "fmt"\nfmt.Println("hello, world")'
    code_stderr = 'import ("fmt"; "os")\nfmt.Fprintln(os.Stderr, "oops")'
    code_generate_error = "undefinedName + 1"
    code_clear_output = 'import "github.com/gonbml/gonbml/display"\ndisplay.Clear(false)'
    code_execute_result = [
        {"code": "1 + 2", "result": "3"},
        {"code": 'strings.ToUpper("ok")', "result": "OK"},
    ]
    code_display_data = [
        {"code": PIXEL, "mime": "image/png"},
        {"code": SVG, "mime": "image/svg+xml"},
        {"code": HTML, "mime": "text/html"},
        {"code": MARKDOWN, "mime": "text/markdown"},
    ]
    code_history_pattern = "1?+?2"
    supported_history_operations = ("tail", "range", "search")
    completion_samples = [
        {"text": "fmt.Print", "matches": {"Print", "Printf", "Println"}},
        {"text": "strings.ToUpp", "matches": {"ToUpper", "ToUpperSpecial"}},
        {"text": "x := math.Pi; x + math.MaxUint1", "matches": {"MaxUint16"}},
        {"text": ""},
    ]
    code_inspect_sample = "fmt.Println"
    code_page_something = "strings.ToUpper?"
    complete_code_samples = [
        "1 + 1",
        "x := 1",
        "func f(a int) int { return a }",
        'import "fmt"',
        "// a comment",
        "!echo hello",
        "%env",
        "strings.Cut?",
        "",
    ]
    incomplete_code_samples = [
        "func f() {",
        "x := []int{1,",
        "x := `raw",
        "1 +",
        "/* a comment",
        "if true {\n\tprintln()",
    ]
    invalid_code_samples = ["x := )", "func 1f() {}", "}"]

    def test_inspect_reply_is_valid(self):
        self.flush_channels()
        for detail in (0, 1):
            msg_id = self.kc.inspect("fmt.Println", 5, detail)
            reply = self.get_non_kernel_info_reply(timeout=15)
            validate_message(reply, "inspect_reply", msg_id)

    def test_display_is_updated_by_its_id(self):
        self.flush_channels()
        _, messages = self.execute_helper(
            'import "github.com/gonbml/gonbml/display"\n'
            "var place display.Handle\n"
            'place.Publish(display.Text("first"))\n'
            'place.Publish(display.Text("second"))'
        )
        kinds = [m["msg_type"] for m in messages]
        assert kinds == ["display_data", "update_display_data"]
        first, second = (m["content"]["transient"]["display_id"] for m in messages)
        assert first == second

    def test_interrupt_and_shutdown_are_answered_on_control(self):
        kc = self.km.client()
        kc.start_channels()
        kc.wait_for_ready(timeout=15)
        m = kc.session.msg("interrupt_request", {})
        kc.control_channel.send(m)
        reply = kc.get_control_msg(timeout=15)
        validate_message(reply, "interrupt_reply", m["header"]["msg_id"])
        kc.stop_channels()

    def test_comms(self):
        self.flush_channels()
        msg_id = self.kc.comm_info()
        reply = self.get_non_kernel_info_reply(timeout=15)
        validate_message(reply, "comm_info_reply", msg_id)
        assert reply["content"]["comms"] == {}
        self.flush_channels()
        m = self.kc.session.msg("comm_open", {"comm_id": "c1", "target_name": "nobody", "data": {}})
        self.kc.shell_channel.send(m)
        end = time.monotonic() + 15
        while True:
            out = self.kc.get_iopub_msg(timeout=end - time.monotonic())
            if out["msg_type"] == "comm_close":
                break
        assert out["content"]["comm_id"] == "c1"
        assert out["parent_header"]["msg_id"] == m["header"]["msg_id"]


class GoIopubWelcomeTests(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = KERNEL
    support_iopub_welcome = True


# The base classes are for kernels of other names; pytest must not collect them here.
del jupyter_kernel_test
