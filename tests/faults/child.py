"""`nianbao` as a process of its own that says in which stage it is, and may die at a chosen operation of one.

    python -m tests.faults.child      forks one for each line of JSON on stdin, so that none has to load everything
                                      again, and prints its number

A line holds `arguments`, `environ`, `marks`, `said`, `die`, `count` and `largest`. The file `marks` gets a line for
each stage that begins or ends. `die` is {"stage", "operation", "number", "after"}: the process kills itself by SIGKILL
before (or after) that call of a stage, counted from 1. `count` has the calls of each stage counted; no file grows
beyond `largest` bytes. Nothing of the product is changed but the seconds that it waits for a mail server.
"""

import json
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter

# what the commands import when they need it
from monitor import cli, crawls, findings, mail, run, settling

# What leaves something behind: files, rows, words to a server.
OPERATIONS = frozenset({
    "BufferedWriter.write", "BufferedWriter.flush", "BufferedRandom.truncate", "BufferedRandom.seek", "open", "fsync",
    "replace", "rename", "unlink", "rmdir", "mkdir", "utime", "Connection.execute", "Connection.executemany",
    "Connection.commit", "Connection.rollback", "Cursor.execute", "socket.connect", "socket.sendall", "socket.close",
    "SocketIO.readinto", "socket.recv_into",
})
# Where each stage's function is called from.
STAGES = {
    "open": (run, "open_ledger"),
    "crawl": (crawls, "crawl"), "ingest": (run, "ingest_waiting"), "parse": (run, "read"),
    "judge": (settling, "settle"), "findings": (findings, "update"), "publish": (run, "publish"),
    "digest": (run, "tell"), "send": (mail, "send_outbox"),
}
TIMEOUT_SECONDS = 2.0


class Marks:
    """Writes down stages, counts the operations of each, and dies where it was told to."""

    def __init__(self, path, die, count):
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self.die, self.count = die, count
        self.stage, self.counted = None, {}          # a stage may come more than once

    def write(self, **fields):
        os.write(self.file, (json.dumps(fields | {"at": time.monotonic()}) + "\n").encode())

    def wrapped(self, stage, function):
        """The function, its stage told."""
        def told(*arguments, **named):
            self.write(stage=stage)
            outer, self.stage = self.stage, stage
            watched = self.count or (self.die and self.die["stage"] == stage)
            before = sys.getprofile()
            sys.setprofile(self.watch if watched else before)
            try:
                return function(*arguments, **named)
            finally:
                sys.setprofile(before)
                self.stage = outer
                self.write(ended=stage, operations=self.counted.get(stage, {}))
        return told

    def watch(self, _frame, event, called):
        if not event.startswith("c_"):
            return
        name = called.__qualname__
        if name not in OPERATIONS or self.stage is None:
            return
        if event == "c_call":
            self.counted.setdefault(self.stage, Counter())[name] += 1
        if self.die is None or self.die["stage"] != self.stage or name != self.die["operation"]:
            return
        done = self.counted[self.stage][name]
        if done == self.die["number"] and self.die["after"] == (event != "c_call"):
            self.write(died=self.stage, operation=name, number=done)
            os.kill(os.getpid(), signal.SIGKILL)


def main():
    """Fork what is asked for until stdin ends; each belongs to whoever reaps what is below him."""
    for line in sys.stdin:
        asked = json.loads(line)
        reader, writer = os.pipe()
        between = os.fork()
        if between == 0:
            pid = os.fork()
            if pid:
                os.write(writer, str(pid).encode())
                os._exit(0)
            os.close(writer)
            become(asked)
        os.close(writer)
        pid = os.read(reader, 20).decode()
        os.close(reader)
        os.waitpid(between, 0)
        print(pid, flush=True)


def become(asked):
    """Be nianbao, and never return."""
    os.setsid()
    out = os.open(asked["said"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number, file in ((0, os.open(os.devnull, os.O_RDONLY)), (1, out), (2, out)):
        os.dup2(file, number)
    os.environ.clear()
    os.environ.update(asked["environ"])
    tempfile.tempdir = None
    code = 1
    try:
        if asked["largest"] is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (asked["largest"],) * 2)
        marks = Marks(asked["marks"], asked["die"], asked["count"])
        for stage, (module, name) in STAGES.items():
            setattr(module, name, marks.wrapped(stage, getattr(module, name)))
        mail.TIMEOUT_SECONDS = TIMEOUT_SECONDS
        sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
        cli.main(asked["arguments"], prog_name="nianbao")
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  the edge of the process
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
