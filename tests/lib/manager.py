# SPDX-License-Identifier: Apache-2.0
"""The service manager's side of sd_notify."""
import socket
import threading
import time


class Manager:
    """A notification socket that is always read, as a full one would stop its sender, and the
    messages that came so far."""

    def __init__(self, path, tail):
        self.path, self.tail = path, tail  # tail(): the end of the log, for a failure
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.sock.bind(self.path)
        self.lines, self.seen, self.came = [], 0, threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        while True:
            got = self.sock.recv(4096).decode().splitlines()
            with self.came:
                self.lines += got
                self.came.notify_all()

    def forget(self):
        """What came until now does not count any more."""
        with self.came:
            self.seen = len(self.lines)

    def wait(self, start, within=20, count=1):
        """The count-th line from the last one that was waited for that begins so."""
        end = time.monotonic() + within
        with self.came:
            while True:
                while self.seen < len(self.lines):
                    self.seen += 1
                    count -= self.lines[self.seen - 1].startswith(start)
                    if count == 0:
                        return self.lines[self.seen - 1]
                if not self.came.wait(end - time.monotonic()) and time.monotonic() >= end:
                    raise AssertionError(f"no {start} within {within} s: {self.lines}\n"
                                         f"{self.tail()}")

    def silent(self, seconds):
        """Nothing comes for so long."""
        self.forget()
        time.sleep(seconds)
        with self.came:
            return self.seen == len(self.lines)
