"""The child's side of `archive.children`: gives up what a reader does not need, then does one task after another.

Started as `python -m archive.confined MODULE:FUNCTION`; the function takes a task and how many of its parts to pass
over, and yields each part's name (str), where parts have names, and then its answer (bytes). Frames are 8 bytes of
length and then as many. On stdin come pickled pairs of task and number; on stdout goes one frame that says what is out
of reach, then those of each task, which begin with one of the marks below. What libraries print goes nowhere.
"""

import ctypes
import faulthandler
import gc
import importlib
import os
import pickle
import resource
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

SECONDS = 300                         # for one part of a task, on the clock: a machine may do other things too
WORKING = 150                         # seconds of processor time for it: thirty scanned pages
MEMORY = 4 << 30                      # bytes of address space
WRITTEN = 256 << 20                   # bytes of one file that is written
OPEN = 512                            # files at once

NAME, ANSWER, END, MEMORY_DEATH, FAILED = b"n", b"+", b".", b"m", b"!"
LENGTH = 8

Work = Callable[[Any, int], Iterator[bytes | str]]

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38


def main(work: str) -> None:
    """Do tasks until stdin ends."""
    asked, told = _streams()
    reached = _isolate()
    _limit()
    _follow_the_parent()
    module, _, name = work.partition(":")
    function: Work = getattr(importlib.import_module(module), name)
    gc.freeze()                       # what is loaded stays, and need not be looked through again and again
    send(told, reached.encode())
    while (frame := receive(asked)) is not None:
        for part in _answer(function, frame):
            send(told, part)
        _sweep(Path(os.environ["TMPDIR"]))


def receive(stream: BinaryIO, most: int | None = None) -> bytes | None:
    """The next frame; None where the stream ends, also in the middle of one, or where it is longer than `most`."""
    head = stream.read(LENGTH)
    if len(head) < LENGTH:
        return None
    length = int.from_bytes(head)
    if most is not None and length > most:
        return None
    body = stream.read(length)
    return body if len(body) == length else None


def send(stream: BinaryIO, frame: bytes) -> None:
    """Write a frame. Raises OSError where nobody reads."""
    stream.write(len(frame).to_bytes(LENGTH))
    stream.write(frame)
    stream.flush()


def _answer(function: Work, frame: bytes) -> Iterator[bytes]:
    try:
        _allow_processor_time()
        for part in function(*pickle.loads(frame)):  # noqa: S301 (it comes from the process that started this one)
            yield NAME + part.encode("utf-8", "replace") if isinstance(part, str) else ANSWER + part
            _allow_processor_time()
        yield END
    except MemoryError:
        yield MEMORY_DEATH
    except Exception:  # noqa: BLE001 (a body that a reader trips over must not hide the others)
        yield FAILED + traceback.format_exc().encode("utf-8", "replace")


def _streams() -> tuple[BinaryIO, BinaryIO]:
    """Stdin and stdout for frames alone; whatever a library reads or prints is kept from them."""
    asked, told = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    return asked, told


def _isolate() -> str:
    """Leave the network where the system lets an ordinary user do so; says what came of it."""
    user, group = os.getuid(), os.getgid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNET):
        return f"the network stays within reach ({os.strerror(ctypes.get_errno())})"
    try:
        Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    except OSError as error:
        return f"no network; no name for the user ({error.strerror})"
    return "no network"


def _limit() -> None:
    limits = {
        resource.RLIMIT_AS: MEMORY, resource.RLIMIT_FSIZE: WRITTEN, resource.RLIMIT_NOFILE: OPEN,
        resource.RLIMIT_CORE: 0,
    }
    for what, most in limits.items():
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))
    faulthandler.enable()


def _follow_the_parent() -> None:
    """Die with the process that started this one, and let the kernel take this one first where memory ends."""
    libc = ctypes.CDLL(None)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if str(os.getppid()) != os.environ["NIANBAO_PARENT"]:  # it died before
        os._exit(1)
    try:
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    except OSError:  # no such file in some containers
        return


def _allow_processor_time() -> None:
    # The limit counts a process's whole life, and a child lives for many tasks.
    usage = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    until = int(usage.ru_utime + usage.ru_stime) + WORKING + 1
    resource.setrlimit(resource.RLIMIT_CPU, (until if hard == resource.RLIM_INFINITY else min(until, hard), hard))


def _sweep(folder: Path) -> None:
    """Take away what a task left in its temporary folder."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


if __name__ == "__main__":
    main(sys.argv[1])
