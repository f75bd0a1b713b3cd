"""Starts `nianbao` in a process of its own, knows how far it is, kills it, and finds what outlived it."""

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

TOKEN = "FAULTS_RUN"           # in the environment of everything that one run starts
LONGEST = 180.0                # seconds that one call of nianbao may take


PR_SET_CHILD_SUBREAPER = 36


class Forker:
    """Forks nianbao for whoever asks; its processes become ours."""

    def __init__(self):
        _adopt(True)
        self.process = subprocess.Popen([sys.executable, "-m", "tests.faults.child"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True,
                                        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"})

    def fork(self, asked):
        """The number of a new process that does what is asked."""
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()
        _adopt(False)


def _adopt(whether):
    """Whether processes below us whose parents end become our children."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, int(whether), 0, 0, 0)


@dataclass
class Call:
    """One call of nianbao: its process, the stages that it told, what it said."""

    pid: int
    marks: Path
    said: Path
    code: int | None = None

    def stages(self):
        """The marks so far."""
        if not self.marks.exists():
            return []
        lines = self.marks.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in lines if line.endswith("}")]

    def stage(self):
        """Where it is, or was when it ended: a stage, or `after <stage>` between two."""
        marks = self.stages()
        if not marks:
            return "start"
        return marks[-1].get("stage") or marks[-1].get("died") or f"after {marks[-1]['ended']}"

    def until(self, stage):
        """Wait for a stage to begin; whether it did before the process ended."""
        end = time.monotonic() + LONGEST
        while time.monotonic() < end:
            over = self.ended()
            if any(mark.get("stage") == stage for mark in self.stages()):
                return True
            if over:
                return False
            time.sleep(0.003)
        raise TimeoutError(f"{stage} does not begin")

    def ended(self):
        """Whether it is over; `code` says how, negative where a signal ended it."""
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.code = os.waitstatus_to_exitcode(status) if pid else None
        return self.code is not None

    def wait(self, seconds=LONGEST):
        """Its exit code."""
        end = time.monotonic() + seconds
        while not self.ended():
            if time.monotonic() > end:
                raise TimeoutError(f"process {self.pid} does not end: {self.said.read_text()[-2000:]}")
            time.sleep(0.005)
        return self.code

    def kill(self, *others):
        """SIGKILL to the process and to others, all at once."""
        for pid in (self.pid, *others):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return self.wait()


@dataclass
class Caller:
    """Calls nianbao for one home; `token` marks all that comes of it."""

    forker: Forker
    folder: Path
    home: Path
    token: str
    number: int = 0

    def start(self, *arguments, now, die=None, count=False, largest=None, **environ):
        """A call that has begun; `largest` is how many bytes a file of its may have."""
        self.number += 1
        (self.folder / "tmp").mkdir(exist_ok=True)
        marks, said = self.folder / f"marks-{self.number}", self.folder / f"said-{self.number}"
        environ = os.environ | {"NIANBAO_NOW": now, TOKEN: self.token, "TMPDIR": str(self.folder / "tmp"),
                                "PYTHONWARNINGS": "ignore"} | environ
        asked = {"arguments": ["--home", str(self.home), *arguments], "environ": environ, "marks": str(marks),
                 "said": str(said), "die": die, "count": count, "largest": largest}
        return Call(self.forker.fork(asked), marks, said)

    def call(self, *arguments, now, **more):
        """A call that has ended."""
        call = self.start(*arguments, now=now, **more)
        call.wait()
        return call


def reap():
    """Take leave of processes that ended and whose parents had ended before them."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def descendants(pid):
    """Every process below one, sessions of their own included."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found, new = [], {pid}
    while new:
        new = {one for one, parent in parents.items() if parent in new}
        found += new
    return found


def left(token):
    """Processes that carry a run's token: (number, its command)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"{TOKEN}={token}\0".encode() in (folder / "environ").read_bytes():
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
                if state != "Z":
                    found.append((int(folder.name), command[:120]))
    return found


def end(processes):
    """SIGKILL to what `left` found."""
    for pid, _ in processes:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def left_after(token, seconds):
    """What still runs so many seconds later."""
    end = time.monotonic() + seconds
    while (found := left(token)) and time.monotonic() < end:
        time.sleep(0.05)
    return found
