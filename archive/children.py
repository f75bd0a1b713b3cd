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

TASKS = 250                           # after so many a child makes room for a fresh one
ANSWER = 512 << 20                    # bytes of one answer
AHEAD = 256                           # answers that may wait for a slow one before them
GIGABYTES = confined.MEMORY >> 30
OUT_OF_MEMORY = f"its reader took more than {GIGABYTES} GB of memory"
HERE = Path(archive.__file__).resolve().parents[1]

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Failed:
    """A task that its child did not survive or could not do; `reason` is for people, `detail` for the log."""

    reason: str
    detail: str = ""


Answer = bytes | Failed


class ChildError(ArchiveError):
    """A child process that does not even start."""


class Child:
    """One child process, from its start to its end."""

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
        reached = self._timed(lambda: confined.receive(self._back, ANSWER))
        if reached is None:
            said_last = self._said()
            self.close()
            raise ChildError(f"a reading process does not start: {said_last or 'it says nothing'}")
        self.reached = reached.decode()

    def do(self, task: object) -> Answer:
        """The answer to one task; after a `Failed` the child may be gone."""
        self.left -= 1
        frame = pickle.dumps(task)
        try:
            answer = self._timed(lambda: self._exchange(frame))
        except OSError:
            answer = None
        if answer is None:
            return self._died()
        mark, rest = answer[:1], answer[1:]
        if mark == confined.DONE:
            return rest
        self.left = 0
        return Failed(OUT_OF_MEMORY) if mark == confined.MEMORY_DEATH else _tripped(rest.decode("utf-8", "replace"))

    def close(self) -> None:
        """End the child, whatever it started, and its folder."""
        self.kill()
        for stream in (self._to, self._back):
            with contextlib.suppress(OSError):
                stream.close()
        self._process.wait()
        self._folder.cleanup()

    def _exchange(self, frame: bytes) -> bytes | None:
        confined.send(self._to, frame)
        return confined.receive(self._back, ANSWER)

    def _timed(self, act: Callable[[], bytes | None]) -> bytes | None:
        timer = threading.Timer(self._seconds, self._overdue)
        timer.daemon = True
        timer.start()
        try:
            return act()
        finally:
            timer.cancel()

    def _overdue(self) -> None:
        self._late = True
        self.kill()

    def kill(self) -> None:
        """End the child and whatever it started, at once."""
        # It leads its own session, so its number is its group's until it is reaped.
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _died(self) -> Failed:
        self.left = 0
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(0.2)  # the streams of a process end a little before it does
        self.kill()
        code, said = -self._process.wait(), self._said()
        if self._late or code == signal.SIGXCPU:
            return Failed(f"its reader took more than {self._seconds:g} seconds", said)
        if code == signal.SIGKILL or "bad_alloc" in said:
            return Failed(OUT_OF_MEMORY, said)
        name = signal.Signals(code).name if code in set(signal.Signals) else f"exit status {-code}"
        return Failed(f"its reader crashed ({name})", said)

    def _said(self) -> str:
        return Path(self._folder.name, "said").read_bytes()[-4000:].decode("utf-8", "replace").strip()


def _tripped(trace: str) -> Failed:
    return Failed(f"its reader failed ({trace.strip().splitlines()[-1]})", trace)


def _environment(own: Path) -> dict[str, str]:
    paths = (str(HERE), os.environ.get("PYTHONPATH"))
    return os.environ | {
        "TMPDIR": str(own), "HOME": str(own), "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "NIANBAO_PARENT": str(os.getpid()),
        # One task keeps one processor busy; several go on beside each other.
        "OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1", "OPENBLAS_NUM_THREADS": "1",
    }


class Children(Generic[K]):
    """Up to `jobs` children that each do `work`, the `module:function` that makes bytes of a task.

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

    def do(self, tasks: Iterable[tuple[K, object]]) -> Iterator[tuple[K, Answer]]:
        """The answer to each task under its key, in the order of the tasks, as soon as those before it are there.

        A task holds a whole file, so the next is taken only when a child is about to be free. Raises ChildError.
        """
        waiting: deque[tuple[K, Future[Answer]]] = deque()
        for key, task in tasks:
            waiting.append((key, self._threads.submit(self._one, task)))
            while waiting and not self._room(waiting):
                yield from _done(waiting)
        while waiting:
            wait([waiting[0][1]])
            yield from _done(waiting)

    def _room(self, waiting: deque[tuple[K, Future[Answer]]]) -> bool:
        """Whether another task can be taken; comes back when something has changed where it can not."""
        busy = [future for _, future in waiting if not future.done()]
        if len(busy) > self._jobs:
            wait(busy, return_when=FIRST_COMPLETED)
        elif len(waiting) >= AHEAD and not waiting[0][1].done():
            wait([waiting[0][1]])
        return len(busy) <= self._jobs and len(waiting) < AHEAD and not waiting[0][1].done()

    def _one(self, task: object) -> Answer:
        child = self._take()
        if self._closed:
            return Failed("was not read: the reading was stopped")
        answer = child.do(task)
        if child.left > 0:
            self._idle.put(child)
        else:
            child.close()
            self._all.discard(child)
        return answer

    def _take(self) -> Child:
        try:
            return self._idle.get_nowait()
        except Empty:
            child = Child(self._work, self._seconds)
            self._all.add(child)
            return child


def _done(waiting: deque[tuple[K, Future[Answer]]]) -> Iterator[tuple[K, Answer]]:
    while waiting and waiting[0][1].done():
        key, future = waiting.popleft()
        answer = future.result()
        if isinstance(answer, Failed) and answer.detail:
            log.error("%s: %s\n%s", key, answer.reason, answer.detail)
        yield key, answer


def processors() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0))


def isolated() -> str:
    """What a child is kept from on this machine, in words: `no network`, or why the network stays within reach."""
    child = Child("archive.confined:send", confined.SECONDS)
    child.close()
    return child.reached
