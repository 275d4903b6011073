"""A kernel process and a client of it, in the few words that tests need."""

import time
from dataclasses import dataclass, field

from jupyter_client import BlockingKernelClient
from jupyter_client.manager import KernelManager

KERNEL = "gonbml-test"

# How long a test waits for what must come.
LIMIT = 60


@dataclass
class Run:
    """What one cell produced, as the client saw it."""

    id: str
    messages: list = field(default_factory=list)
    reply: dict = None

    @property
    def status(self):
        return self.reply["status"]

    @property
    def count(self):
        return self.reply["execution_count"]

    def of(self, kind):
        """The contents of the messages of one kind."""
        return [m["content"] for m in self.messages if m["msg_type"] == kind]

    def text(self, name="stdout"):
        return "".join(c["text"] for c in self.of("stream") if c["name"] == name)

    @property
    def result(self):
        """The plain text of the cell's value; None without one."""
        results = self.of("execute_result")
        return results[0]["data"]["text/plain"] if results else None

    @property
    def error(self):
        """The error as "name: value"; empty without one."""
        errors = self.of("error")
        return f"{errors[0]['ename']}: {errors[0]['evalue']}" if errors else ""


class Client:
    """One client of a kernel, with an identity of its own. What comes for one request while another
    is waited for is kept until it is asked for."""

    def __init__(self, manager):
        # Not manager.client(): all clients made by that share one identity, as if they were one
        # client.
        self.kc = BlockingKernelClient(connection_file=manager.connection_file)
        self.kc.load_connection_file()
        self.kc.start_channels()
        self.kc.wait_for_ready(timeout=LIMIT)
        self.kept = {}

    def run(self, code, timeout=LIMIT, **options):
        """Runs a cell to its end."""
        return self.finish(self.start(code, **options), timeout)

    def start(self, code, **options):
        """Sends a cell and returns its ID."""
        return self.kc.execute(code, allow_stdin=options.pop("allow_stdin", False), **options)

    def finish(self, id, timeout=LIMIT):
        """Waits for the end of a cell that was sent."""
        run = Run(id)
        end = time.monotonic() + timeout
        for message in self.outputs(id, end):
            run.messages.append(message)
        run.reply = self.next("shell", id, end)["content"]
        return run

    def outputs(self, id, end):
        """Yields the IOPub messages of a request until the kernel is idle again."""
        while True:
            m = self.next("iopub", id, end)
            yield m
            if m["msg_type"] == "status" and m["content"]["execution_state"] == "idle":
                return

    def next(self, channel, id, end):
        """The channel's next message on behalf of the request."""
        kept = self.kept.setdefault((channel, id), [])
        while not kept:
            get = getattr(self.kc, f"get_{channel}_msg")
            m = get(timeout=max(end - time.monotonic(), 0.01))
            self.kept.setdefault((channel, m["parent_header"].get("msg_id")), []).append(m)
        return kept.pop(0)

    def wait_for_text(self, id, text, timeout=LIMIT):
        """Waits until the cell has printed the text, and returns all it printed so far."""
        seen = ""
        for m in self.outputs(id, time.monotonic() + timeout):
            if m["msg_type"] == "stream":
                seen += m["content"]["text"]
            if text in seen:
                return seen
        raise AssertionError(f"the cell ended without {text!r}; it printed {seen!r}")

    def ask(self, kind, content, channel="shell", timeout=LIMIT):
        """Sends any request and returns the reply's content."""
        m = self.kc.session.msg(kind, content)
        getattr(self.kc, f"{channel}_channel").send(m)
        return self.next(channel, m["header"]["msg_id"], time.monotonic() + timeout)["content"]

    def close(self):
        self.kc.stop_channels()


class Session(Client):
    """A kernel with its first client; a context manager that ends both."""

    def __init__(self, **start):
        self.manager = KernelManager(kernel_name=KERNEL)
        self.manager.start_kernel(**start)
        super().__init__(self.manager)

    def second(self):
        """Another client of the same kernel."""
        return Client(self.manager)

    def interrupt(self):
        self.manager.interrupt_kernel()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()
        self.manager.shutdown_kernel()
