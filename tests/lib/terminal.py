# SPDX-License-Identifier: Apache-2.0
"""A program on a real terminal: what it shows, what it asks, how it ends."""
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
import unicodedata

from harness import ENV

SEEN_MAX = 4 << 20  # bytes; nobody reads that on a terminal


def cells(text):
    """Columns of a terminal that a text takes."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else not unicodedata.combining(c)
               for c in text)


class Terminal:
    def __init__(self, command, columns=80, rows=0, env=None, **kw):
        """rows 0: the terminal does not say, so that nothing is paged."""
        self.seen = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
                os.execvpe(command[0], command, {**ENV, "TERM": "xterm", **(env or {})})
            finally:
                os._exit(127)

    def _read(self, seconds):
        ready, _, _ = select.select([self.fd], [], [], max(0, seconds))
        try:
            data = os.read(self.fd, 65536) if ready else b""
        except OSError:
            return False
        self.seen += data
        return bool(data) or not ready

    def until(self, text, seconds=60):
        """Waits until the text has been shown."""
        end = time.monotonic() + seconds
        while text.encode() not in self.seen:
            left = end - time.monotonic()
            assert left > 0 and self._read(left), f"{text!r} was not shown: {self.text()!r}"

    def type(self, text):
        os.write(self.fd, text.encode())

    def end(self, seconds=120):
        """Exit status, after everything was read; minus the signal when one killed it."""
        limit = time.monotonic() + seconds
        while self._read(limit - time.monotonic()):
            if time.monotonic() >= limit or len(self.seen) > SEEN_MAX:
                os.kill(self.pid, signal.SIGKILL)
                raise AssertionError("no end: " + self.text()[-2000:])
        _, status = os.waitpid(self.pid, 0)
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)

    def text(self):
        return self.seen.decode("utf-8", "replace").replace("\r\n", "\n")


def shown(command, columns=80, **kw):
    """(exit status, text) of a program that asks nothing."""
    terminal = Terminal(command, columns, **kw)
    return terminal.end(), terminal.text()
