"""How far the reading of files is: bars on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

EVERY = 200                           # files between two plain lines


class Files:
    """Tells on stderr how far the reading of files is; what is printed meanwhile goes through `aside`."""

    def __init__(self, total: int, bars: Progress | None) -> None:
        self._total, self._bars = total, bars
        self._done = self._failed = 0
        self._task = bars.add_task("parse", total=total, note="") if bars else None

    @contextmanager
    def aside(self) -> Iterator[None]:
        """The bar makes room for what goes to the same terminal."""
        shared = self._bars is not None and sys.stdout.isatty()
        if self._bars and shared:
            self._bars.stop()
        yield
        if self._bars and shared:
            self._bars.start()

    def step(self, failed: bool) -> None:
        """One file more is done."""
        self._done += 1
        self._failed += failed
        if self._bars and self._task is not None:
            self._bars.update(self._task, completed=self._done, note=self._note())
        elif self._total > 1 and (self._done % EVERY == 0 or self._done == self._total):
            print(f"parse: {self._done} of {self._total}{self._note()}", file=sys.stderr)

    def _note(self) -> str:
        return f", {self._failed} failed" if self._failed else ""


@contextmanager
def reading(total: int) -> Iterator[Files]:
    """The progress of reading so many files: a bar on a terminal where there are several, plain lines elsewhere."""
    if total > 1 and sys.stderr.isatty():
        with columns(transient=True) as bars:
            yield Files(total, bars)
    else:
        yield Files(total, None)


def columns(*, transient: bool = False) -> Progress:
    """A bar for each task, on stderr."""
    # What a command prints is its result and stays on stdout.
    return Progress(SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
                    TimeElapsedColumn(), TextColumn("{task.fields[note]}"), console=Console(stderr=True),
                    transient=transient, redirect_stdout=False)
