"""Does tasks in child processes that a hostile file may crash, hang or fill: that costs the task, and the rest goes on.

A child has no network where the system allows that (`isolated`), limits on memory, processor time, files and what it
writes, a temporary folder of its own, and a session of its own: whatever it started dies with it. Answers are bytes
and never unpickled, because a reader that was taken over must not reach further than its own answer.
"""

import contextlib
import logging
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import BinaryIO, Generic, Self, TypeVar, cast

import archive
from archive import confined
from archive.errors import ArchiveError

log = logging.getLogger(__name__)

TASKS = 500                           # after so many a child makes room for a fresh one
LARGEST = 512 << 20                   # bytes of one answer
AHEAD = 256                           # tasks that may wait for a slow one before them
FAILURES = 3                          # of one task's parts, after which the rest of them is given up
OUT_OF_MEMORY = f"its reader took more than {confined.MEMORY >> 30} GB of memory"
HERE = Path(archive.__file__).resolve().parents[1]

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Failed:
    """A task, or its part `name`, that no child could do; `reason` is for people, `detail` for the log."""

    reason: str
    name: str | None = None
    detail: str = ""


Answer = bytes | Failed


class ChildError(ArchiveError):
    """A child process that does not even start."""


class Child:
    """One child process, from its start to its end. Raises ChildError where it does not start."""

    def __init__(self, work: str, seconds: float) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="nianbao-", ignore_cleanup_errors=True)
        self._seconds = seconds
        self._late = False
        self.left = TASKS
        own = Path(self._folder.name, "tmp")
        own.mkdir()
        with Path(self._folder.name, "said").open("wb") as said:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "archive.confined", work], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=said, start_new_session=True, env=_environment(own),
            )
        self._to, self._back = cast(BinaryIO, self._process.stdin), cast(BinaryIO, self._process.stdout)
        reached = self._timed(self._receive)
        if reached is None:
            last_words = self._said()
            self.close()
            raise ChildError(f"a reading process does not start: {last_words or 'it says nothing'}")
        self.reached = reached.decode()

    def do(self, task: object, skip: int) -> Iterator[Answer]:
        """The answers to a task's parts from `skip` on; after a `Failed`, the last, the child is spent."""
        self.left -= 1
        name: str | None = None
        frame = pickle.dumps((task, skip))
        part = self._timed(lambda: self._ask(frame))
        while part is not None and part[:1] in (confined.NAME, confined.ANSWER):
            if part[:1] == confined.ANSWER:
                yield part[1:]
                name = None
            else:
                name = part[1:].decode("utf-8", "replace")
            part = self._timed(self._receive)
        if part != confined.END:
            self.left = 0
            yield self._failure(part, name)

    def kill(self) -> None:
        """End the child and whatever it started, at once."""
        # It leads its own session, so its number is its group's until it is reaped.
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the child, whatever it started, and its folder."""
        self.kill()
        for stream in (self._to, self._back):
            with contextlib.suppress(OSError):
                stream.close()
        self._process.wait()
        self._folder.cleanup()

    def _ask(self, frame: bytes) -> bytes | None:
        confined.send(self._to, frame)
        return self._receive()

    def _receive(self) -> bytes | None:
        return confined.receive(self._back, LARGEST)

    def _timed(self, act: Callable[[], bytes | None]) -> bytes | None:
        """What an act gives; None where the child ends, of itself or because it took too long."""
        timer = threading.Timer(self._seconds, self._overdue)
        timer.daemon = True
        timer.start()
        try:
            return act()
        except OSError:
            return None
        finally:
            timer.cancel()

    def _overdue(self) -> None:
        self._late = True
        self.kill()

    def _failure(self, part: bytes | None, name: str | None) -> Failed:
        if part is None:
            return self._died(name)
        if part == confined.MEMORY_DEATH:
            return Failed(OUT_OF_MEMORY, name)
        trace = part[1:].decode("utf-8", "replace").strip()
        return Failed(f"its reader failed ({trace.splitlines()[-1]})", name, trace)

    def _died(self, name: str | None) -> Failed:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.2)  # the streams of a process end a little before it does
        self.kill()
        code, said = -self._process.wait(), self._said()
        if self._late:
            return Failed(f"its reader took more than {self._seconds:g} seconds", name, said)
        if code == signal.SIGXCPU:
            return Failed(f"its reader took more than {confined.WORKING} seconds of work", name, said)
        if code == signal.SIGKILL or "bad_alloc" in said:
            return Failed(OUT_OF_MEMORY, name, said)
        ended = signal.Signals(code).name if code in set(signal.Signals) else f"exit status {-code}"
        return Failed(f"its reader crashed ({ended})", name, said)

    def _said(self) -> str:
        return Path(self._folder.name, "said").read_bytes()[-4000:].decode("utf-8", "replace").strip()


def _environment(own: Path) -> dict[str, str]:
    paths = (str(HERE), os.environ.get("PYTHONPATH"))
    return os.environ | {
        "TMPDIR": str(own), "HOME": str(own), "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "NIANBAO_PARENT": str(os.getpid()),
        # One child keeps one processor busy; several work beside each other.
        "OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1", "OPENBLAS_NUM_THREADS": "1",
    }


class Children(Generic[K]):
    """Up to `jobs` children that each do `work`, a `module:function` as `archive.confined` wants it.

    They start with the first tasks and end with the `with` block.
    """

    def __init__(self, work: str, *, jobs: int | None = None, seconds: float = confined.SECONDS) -> None:
        self._work, self._seconds = work, seconds
        self._jobs = jobs or processors()
        self._threads = ThreadPoolExecutor(self._jobs, thread_name_prefix="child")
        self._idle: SimpleQueue[Child] = SimpleQueue()
        self._all: set[Child] = set()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        self._threads.shutdown(wait=False, cancel_futures=True)
        for child in self._all.copy():
            child.kill()
        self._threads.shutdown()
        for child in self._all:
            child.close()

    def do(self, tasks: Iterable[tuple[K, object]]) -> Iterator[tuple[K, tuple[Answer, ...]]]:
        """The answers to each task's parts under its key, in the order of tasks, as soon as those before are there.

        A part that fails costs itself; what is a `Failed` already is its own answer. A task holds a whole file, so the
        next is taken only when a child is about to be free. Raises ChildError.
        """
        waiting: deque[tuple[K, Future[tuple[Answer, ...]]]] = deque()
        for key, task in tasks:
            waiting.append((key, self._threads.submit(self._one, task)))
            del task
            while waiting and not self._room([future for _, future in waiting]):
                yield from _done(waiting)
        while waiting:
            wait([waiting[0][1]])
            yield from _done(waiting)

    def _room(self, waiting: list[Future[tuple[Answer, ...]]]) -> bool:
        """Whether another task may be taken at once; where not, waits until something has changed."""
        busy = [future for future in waiting if not future.done()]
        if len(busy) > self._jobs:
            wait(busy, return_when=FIRST_COMPLETED)
            return False
        if len(waiting) >= AHEAD:
            wait(waiting[:1])
        return not waiting[0].done()

    def _one(self, task: object) -> tuple[Answer, ...]:
        if isinstance(task, Failed):
            return (task,)
        answers: list[Answer] = []
        for _ in range(FAILURES):
            child = self._take()
            if self._closed:
                break
            answers.extend(child.do(task, len(answers)))
            whole = child.left > 0
            self._put(child)
            last = answers[-1] if answers else None
            if whole or self._closed or not isinstance(last, Failed) or last.name is None:
                break
        return tuple(answers)

    def _take(self) -> Child:
        try:
            return self._idle.get_nowait()
        except Empty:
            child = Child(self._work, self._seconds)
            self._all.add(child)
            return child

    def _put(self, child: Child) -> None:
        if child.left > 0:
            self._idle.put(child)
        else:
            self._all.discard(child)
            child.close()


def _done(waiting: deque[tuple[K, Future[tuple[Answer, ...]]]]) -> Iterator[tuple[K, tuple[Answer, ...]]]:
    while waiting and waiting[0][1].done():
        key, future = waiting.popleft()
        answers = future.result()
        for answer in answers:
            if isinstance(answer, Failed) and answer.detail:
                log.error("%s: %s\n%s", key, answer.reason, answer.detail)
        yield key, answers


def processors() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0))


def isolated() -> str:
    """What a child is kept from on this machine, in words: `no network`, or why the network stays within reach."""
    child = Child("archive.confined:send", confined.SECONDS)
    child.close()
    return child.reached
