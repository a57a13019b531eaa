# SPDX-License-Identifier: Apache-2.0
"""A real metodd in an empty folder, its clients, and small helpers for whole-process tests.
The RPC client is python3-msgpack: a codec that is not ours."""
import atexit
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import msgpack

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("METOD_BUILD", "build"))
ENV = {**{k: v for k, v in os.environ.items() if not k.startswith("METOD_")},
       "LC_ALL": "C.UTF-8", "LANGUAGE": "ru", "TZ": "UTC",
       "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=1:allocator_may_return_null=0"}


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class RpcError(Exception):
    def __init__(self, error):
        super().__init__(f"{error.get('code')}: {error.get('field')}: {error.get('message')}")
        self.code, self.field = error.get("code"), error.get("field")
        self.message, self.hint = error.get("message"), error.get("hint")
        self.body = error


class Rpc:
    """One connection; calls may be pipelined with send() and recv()."""

    def __init__(self, path, hello=True, session=None, lang="ru"):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(120)
        self.sock.connect(path)
        self.unpacker = msgpack.Unpacker(raw=False, strict_map_key=False,
                                         max_buffer_size=64 << 20)
        self.next_id, self.session, self.lang = 0, session, lang
        if hello:
            self.greeting = self.call("hello", proto=1, client="tests")

    def send(self, method, _session=None, _key=None, **params):
        self.next_id += 1
        if method != "hello":
            params["_lang"] = self.lang
            params["_session"] = _session if _session is not None else (self.session or "")
            params["_key"] = _key or secrets.token_hex(16)
            params = {k: v for k, v in params.items() if v != "" or not k.startswith("_")}
        self.sock.sendall(msgpack.packb([0, self.next_id, method, [params]]))
        return self.next_id

    def recv(self):
        """(id, error or None, result)"""
        while True:
            for message in self.unpacker:
                assert message[0] == 1, message
                return message[1], message[2], message[3]
            data = self.sock.recv(1 << 16)
            if not data:
                raise ConnectionError("the daemon closed the connection")
            self.unpacker.feed(data)

    def call(self, method, **params):
        wanted = self.send(method, **params)
        got, error, result = self.recv()
        assert got == wanted, (got, wanted)
        if error is not None:
            raise RpcError(error)
        return result

    def fails(self, method, **params):
        """The error of a call that must fail."""
        try:
            result = self.call(method, **params)
        except RpcError as error:
            return error
        raise AssertionError(f"{method} {params} succeeded: {result}")

    def close(self):
        self.sock.close()


class Daemon:
    def __init__(self, folder=None, demo=True, web=True, init=True, zone="Europe/Samara"):
        self.own = folder is None
        self.dir = folder or tempfile.mkdtemp(prefix="metod-test-")
        self.web, self.process = web, None
        self.port = free_port() if web else 0
        self.socket = f"{self.dir}/ctl.sock"
        self.settings = [f"data_dir={self.dir}/store", f"keys_dir={self.dir}/keys",
                         f"backup_dir={self.dir}/backup", f"socket={self.socket}",
                         f"http_listen=127.0.0.1:{self.port}", "map_gib=4"]
        self.log = open(f"{self.dir}/log", "ab")
        if init:
            subprocess.run([f"{BUILD}/metodd", "init", f"--admin-uid={os.getuid()}",
                            "--admin-login=root", "--title=Проверочная территория",
                            f"--zone={zone}", *(["--demo"] if demo else []), *self.settings],
                           check=True, env=ENV, stdout=subprocess.DEVNULL, stderr=self.log)
        atexit.register(self.remove)

    def start(self, env=None, prefix=(), wait=30):
        self.process = subprocess.Popen(
            [*prefix, f"{BUILD}/metodd", *([] if self.web else ["--no-web"]), *self.settings],
            env={**ENV, **(env or {})}, stdout=self.log, stderr=self.log)
        end = time.monotonic() + wait
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"metodd ended with {self.process.returncode}:\n{self.tail()}")
            try:
                Rpc(self.socket).close()
                if self.web:
                    socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("metodd does not answer:\n" + self.tail())

    def stop(self):
        """An orderly stop; the exit status."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        return self.process.returncode if self.process else None

    def stop_clean(self):
        """An orderly stop, and no word of a sanitizer from either process."""
        status, log = self.stop(), self.tail(100000)
        assert status == 0, f"exit status {status}\n{self.tail()}"
        assert "Sanitizer" not in log and "runtime error:" not in log, log[-6000:]

    def kill(self):
        self.process.kill()
        self.process.wait()

    def remove(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log.close()
        if self.own and not os.environ.get("METOD_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)

    def tail(self, lines=30):
        with open(f"{self.dir}/log", encoding="utf-8", errors="replace") as file:
            return "".join(file.readlines()[-lines:])

    def rpc(self, **kw):
        return Rpc(self.socket, **kw)

    def cli(self, *args, token=None, stdin=None, env=None, check=None, tty_width=None):
        """(exit status, stdout, stderr) of metodctl; `check` asserts the status."""
        extra = []
        if token:
            path = f"{self.dir}/token-{abs(hash(token)) % 10**9}"
            with open(path, "w", encoding="ascii") as file:
                file.write(token)
            extra = ["--token-file", path]
        done = subprocess.run([f"{BUILD}/metodctl", "--socket", self.socket, *extra, *args],
                              env={**ENV, **(env or {})}, input=stdin, capture_output=True,
                              text=True, timeout=300)
        if check is not None and done.returncode != check:
            raise AssertionError(f"metodctl {' '.join(args)} → {done.returncode}, not {check}\n"
                                 f"{done.stdout}\n{done.stderr}")
        return done.returncode, done.stdout, done.stderr

    def json(self, *args, token=None):
        return json.loads(self.cli("-o", "json", *args, token=token, check=0)[1])
