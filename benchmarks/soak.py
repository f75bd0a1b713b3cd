"""`make soak`: thousands of generated reports in every form; each cell is right, or unread where the form lost it.

What fails is kept in a folder with its quirks, so that it can be opened; form and seed make it again.
"""

import sys
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import click

from archive.errors import Unreadable
from archive.parse import parse
from benchmarks.reports import FORMS, make, score
from benchmarks.reports.make import available

_SLOW_SHARE = 40                       # one slow document for so many quick ones of a form
_BATCH = 10


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one document."""

    form: str
    seed: int
    right: int = 0
    unread: int = 0
    wrong: int = 0
    invented: int = 0
    lost: int = 0
    broken: int = 0                    # not read at all
    note: str = ""


@click.command()
@click.option("--documents", default=2400, show_default=True, help="Documents in all.")
@click.option("--seed", default=10_000, show_default=True, help="The first seed.")
@click.option("--form", "names", multiple=True, type=click.Choice(sorted(FORMS)), help="Only these forms.")
@click.option("--workers", default=2, show_default=True)
@click.option("--keep", type=click.Path(path_type=Path), default=Path("soaked"), show_default=True)
def main(documents: int, seed: int, names: Sequence[str], workers: int, keep: Path) -> None:
    """Read thousands of generated reports; ends with 1 where a cell is wrong, invented or lost."""
    start = time.monotonic()
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    with ProcessPoolExecutor(workers) as pool:
        for told in pool.map(read, *_tasks(names or available(), documents, seed), chunksize=_BATCH):
            fields = ("right", "unread", "wrong", "invented", "lost", "broken")
            totals[told.form].update({name: getattr(told, name) for name in fields}, documents=1)
            if told.note:
                _keep(keep, told)
    for name, found in totals.items():
        print(f"{name:<12}" + "  ".join(f"{found[kind]} {kind}" for kind in ("documents", *fields)))
    print(f"{sum(found['documents'] for found in totals.values())} documents in {time.monotonic() - start:.0f} s")
    sys.exit(any(found[kind] for found in totals.values() for kind in ("wrong", "invented", "lost", "broken")))


def _tasks(names: Sequence[str], documents: int, seed: int) -> tuple[list[str], list[int]]:
    quick = [name for name in names if not FORMS[name].slow]
    each = -(-documents // max(len(quick), 1))
    pairs = [
        (name, seed + at) for name in names for at in range(max(2, each // _SLOW_SHARE) if FORMS[name].slow else each)
    ]
    return [name for name, _ in pairs], [at for _, at in pairs]


def read(name: str, seed: int) -> Told:
    """Makes one document and reads it."""
    sample = make(name, seed)
    try:
        found = score(sample, parse(sample.body, name=sample.name).cells)
    except Unreadable as error:
        return Told(name, seed, broken=1, note=f"unreadable: {error.reason}")
    except Exception:  # noqa: BLE001 - whatever it is, it is a finding, and the other documents go on
        return Told(name, seed, broken=1, note=traceback.format_exc())
    lines = (", ".join(sample.quirks), *_lines(found.wrong, found.invented, found.lost))
    note = "" if found.exact else "\n".join(lines)
    counts = (found.right, found.unread, len(found.wrong), len(found.invented), len(found.lost))
    return Told(name, seed, *counts, note=note)


def _lines(*lists: Sequence[str]) -> Iterator[str]:
    for title, cells in zip(("wrong", "invented", "lost"), lists, strict=True):
        yield from (f"{title}: {cell}" for cell in cells)


def _keep(folder: Path, told: Told) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    sample = make(told.form, told.seed)
    (folder / sample.name).write_bytes(sample.body)
    (folder / f"{sample.name}.said").write_text(told.note, "utf-8")
    print(f"{told.form} {told.seed}: {told.note.splitlines()[-1]}", flush=True)


if __name__ == "__main__":
    main()
