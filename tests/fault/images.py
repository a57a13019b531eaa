# SPDX-License-Identifier: Apache-2.0
"""What a power cut would leave of a folder, rebuilt from a traced log of the process that wrote
into it. A model of a disk: what was flushed is there (fsync, fdatasync, descriptors with O_DSYNC,
names after a flush of their folder); of the rest every 512-byte sector may be there or not, and of
the names a beginning. Needs no mount and no right. Knows nothing of what the files mean."""
import os
import re

SECTOR = 512
CALLS = ("open", "openat", "lseek", "write", "writev", "pwrite64", "pwritev", "sendto",
         "sendmsg", "fsync", "fdatasync", "ftruncate", "rename", "renameat", "renameat2", "unlink",
         "unlinkat", "mkdir", "mkdirat")
LINE = re.compile(r"^(\d+) +(?:<\.\.\. (\w+) resumed>)?(.*)$", re.S)
WHOLE = re.compile(r"^(\w+)\((.*)\)\s+= (-?\d+)[^\"]*$", re.S)
QUOTED = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
PATHED = re.compile(r"^(\d+)<((?:\\x[0-9a-f]{2})*)>")


def tracer(log):
    """The prefix that writes such a log; the traced process stays our child."""
    return ("strace", "-D", "-f", "-qq", "-y", "-xx", "-s", "4194304", "-o", log,
            "-e", "signal=none", "-e", "trace=" + ",".join(f"?{call}" for call in CALLS))


def unhex(text):
    return bytes.fromhex(text.replace("\\x", ""))


def strings(text):
    found = []
    for match in QUOTED.finditer(text):
        assert not match[2], "strace has cut a buffer short"
        found.append(unhex(match[1]))
    return found


class File:
    def __init__(self, content=b""):
        self.durable, self.pending = bytearray(content), []

    def write(self, at, data):
        piece = (at, data)
        self.pending.append(piece)
        return piece

    def put(self, content, at, data):
        if len(content) < at + len(data):
            content.extend(bytes(at + len(data) - len(content)))
        content[at:at + len(data)] = data

    def flush(self, pieces):
        for piece in pieces:
            self.put(self.durable, *piece)
        self.pending = [piece for piece in self.pending if not any(piece is p for p in pieces)]

    def image(self, share, rng):
        content = bytearray(self.durable)
        for at, data in self.pending:
            for n in range(0, len(data), SECTOR):
                if rng.random() < share:
                    self.put(content, at + n, data[n:n + SECTOR])
        return content


class Disk:
    """A folder tree below `root` as it was before the process began, and then call by call."""

    def __init__(self, root, ignore=("lock",)):
        self.root, self.ignore = root.rstrip("/") + "/", ignore
        self.names, self.durable_names, self.changes = {}, {}, []
        self.places, self.synced = {}, set()  # (name, fd): position; descriptors with O_DSYNC
        for folder, _, files in os.walk(root):
            for name in files:
                path = f"{folder}/{name}"
                if self.ours(path):
                    with open(path, "rb") as file:
                        self.names[path] = self.durable_names[path] = File(file.read())

    def ours(self, path):
        return path.startswith(self.root) and not path.endswith(self.ignore)

    def change(self, folder, names):
        """A change of names, durable once its folder is flushed."""
        self.names = names
        self.changes.append((folder, dict(names)))

    def opened(self, path, flags, fd):
        if not self.ours(path) or not re.search("O_WRONLY|O_RDWR", flags):
            return
        if path not in self.names:
            self.change(os.path.dirname(path), {**self.names, path: File()})
        elif "O_TRUNC" in flags:
            self.change(os.path.dirname(path), {**self.names, path: File()})
        self.places[path, fd] = 0
        if "O_DSYNC" in flags or "O_SYNC" in flags:
            self.synced.add((path, fd))
        else:
            self.synced.discard((path, fd))

    def flushed_names(self, folder):
        last = max((n for n, (of, _) in enumerate(self.changes) if of == folder), default=-1)
        if last >= 0:
            self.durable_names = self.changes[last][1]
            self.changes = self.changes[last + 1:]

    def image(self, share, rng):
        """{path below the root: bytes}; share 0: nothing but what was flushed."""
        names = self.durable_names
        if share and self.changes:
            names = ([names] + [after for _, after in self.changes])[
                rng.randrange(len(self.changes) + 1)]
        return {path[len(self.root):]: bytes(file.image(share, rng))
                for path, file in names.items()}


def moments(log, disk):
    """Plays the log on the disk. Yields ("flush", None) before each flush takes effect, ("stored",
    None) when a flushing write is done, ("answer", bytes) when another process is told something."""
    begun = {}
    with open(log, encoding="ascii", errors="replace") as file:
        for line in file:
            pid, resumed, text = LINE.match(line.rstrip("\n")).groups()
            if resumed:
                text = begun.pop(pid) + text.lstrip()
            elif text.endswith("<unfinished ...>"):
                begun[pid] = text[:-len("<unfinished ...>")].rstrip()
            call, _, args = text.partition("(")
            if call not in CALLS:
                continue
            if not resumed:
                yield from entering(call, args, disk)
            whole = WHOLE.match(text)
            if whole and int(whole[3]) >= 0 and pid not in begun:
                if leaving(call, whole[2], int(whole[3]), disk):
                    yield "stored", None
    yield "flush", None


def entering(call, args, disk):
    pathed = PATHED.match(args)
    if not pathed:
        return
    path, key = unhex(pathed[2]).decode(), int(pathed[1])
    if call in ("fsync", "fdatasync") and (disk.ours(path) or disk.ours(path + "/")):
        yield "flush", None
    elif call in ("write", "writev", "pwrite64", "pwritev") and (path, key) in disk.synced:
        yield "flush", None
    elif call in ("write", "writev", "sendto", "sendmsg") and not path.startswith("/"):
        yield "answer", b"".join(strings(args))


def leaving(call, args, result, disk):
    """True: a flushing write was done."""
    pathed = PATHED.match(args)
    if call in ("open", "openat"):
        disk.opened(strings(args)[0].decode(), args, result)
    elif call.startswith("rename"):
        old, new = (name.decode() for name in strings(args)[:2])
        if disk.ours(old) or disk.ours(new):
            names = dict(disk.names)
            names[new] = names.pop(old)
            disk.change(os.path.dirname(new), names)
    elif call.startswith("unlink"):
        path = strings(args)[0].decode()
        if path in disk.names:
            names = dict(disk.names)
            del names[path]
            disk.change(os.path.dirname(path), names)
    elif pathed:
        return with_descriptor(call, args, result, disk, unhex(pathed[2]).decode(), int(pathed[1]))
    return False


def with_descriptor(call, args, result, disk, path, fd):
    if call in ("fsync", "fdatasync"):
        if path in disk.names:
            disk.names[path].flush(list(disk.names[path].pending))
        elif call == "fsync":
            disk.flushed_names(path)
        return False
    if path not in disk.names:
        return False
    assert call != "ftruncate", "no file of the store is cut"
    if call == "lseek":
        disk.places[path, fd] = result
        return False
    if call.startswith("pwrite"):
        at = int(re.search(r", (\d+)$", args)[1])
    else:
        at = disk.places.get((path, fd), 0)
        disk.places[path, fd] = at + result
    file = disk.names[path]
    piece = file.write(at, b"".join(strings(args))[:result])
    if (path, fd) in disk.synced:
        file.flush([piece])
    return (path, fd) in disk.synced


def lay_out(image, folder):
    for name, content in image.items():
        path = f"{folder}/{name}"
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
