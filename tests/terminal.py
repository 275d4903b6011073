"""A program in a terminal: keys go in, and what is on the screen can be seen."""

import os
import time

import pexpect
import pyte

from session import LIMIT


class Terminal:
    """A context manager that ends the program."""

    def __init__(self, command, args, columns=100, rows=60, **options):
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **options.pop("env", {})}
        environment.pop("NO_COLOR", None)
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.child = pexpect.spawn(str(command), args, dimensions=(rows, columns), env=environment, **options)
        self.child.delaybeforesend = None

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display).rstrip()

    def read(self, seconds=0.1):
        """Takes what the program has written; False at its end."""
        try:
            data = self.child.read_nonblocking(65536, timeout=seconds)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += data
        # prompt_toolkit asks where the cursor is, and takes no answer for a poor terminal.
        for i, part in enumerate(data.split(b"\x1b[6n")):
            if i > 0:
                self.child.send(f"\x1b[{self.screen.cursor.y + 1};{self.screen.cursor.x + 1}R")
            self.stream.feed(part)
        return True

    def wait(self, text, timeout=LIMIT):
        """Waits until the text is on the screen."""
        end = time.monotonic() + timeout
        while text not in self.text():
            assert time.monotonic() < end, f"{text!r} does not come; the screen is:\n{self.text()}"
            assert self.read() or text in self.text(), f"the program ended without {text!r}; the screen is:\n{self.text()}"

    def wait_until(self, condition, timeout=LIMIT):
        """Waits until the condition, a function, is true."""
        end = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < end, f"the condition does not come; the screen is:\n{self.text()}"
            self.read()

    def type(self, keys):
        self.child.send(keys)

    def wait_end(self, timeout=LIMIT):
        """Waits for the end of the program and returns its exit status."""
        end = time.monotonic() + timeout
        while self.read():
            assert time.monotonic() < end, f"the program does not end; the screen is:\n{self.text()}"
        self.child.wait()
        return self.child.exitstatus

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.child.close(force=True)
