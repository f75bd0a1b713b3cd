"""`make fuzz`: damages generated reports of every form, and reads them in child processes.

A finding is a crash (anything raised but Unreadable), a hang, or an invented figure: a cell that is neither as printed
nor unread although the damage cannot have printed another figure. Findings become cases in tests/found.
"""

import hashlib
import json
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import TimeoutError as TooLong
from dataclasses import dataclass
from pathlib import Path
from random import Random
from types import FrameType
from typing import Any, NoReturn

import click
from pebble import ProcessExpired, ProcessPool

from archive.errors import Unreadable
from archive.parse import parse
from benchmarks.mutations import Mutation, fitting
from benchmarks.reports import FORMS, Sample, make, score
from benchmarks.reports.make import available, seeded

FOUND = Path(__file__).parents[1] / "tests" / "found"
SECONDS = 60                           # of computing by all threads: pages whose text is lost are read as pictures
_PATIENCE = 1800                       # seconds until a child that answers to no signal is killed
_EACH = 20                             # damaged files made of one report
_WEIGHTS = {"html": 6, "docx": 4, "tabs": 3, "markdown": 3, "lines": 3, "spaces": 3, "page-text": 2, "extracted": 2}
_SLOW_EACH, _SLOW_SHARE = 4, 100       # a slow report gives few files, and one in so many reports is slow

Cells = Mapping[str, int | float | None]


class _Hang(BaseException):
    """Reading took too long. No reader catches it: it is no Exception."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A damaged file and what was wrong with reading it. `must` are the figures that may be read, None where any."""

    kind: str
    form: str
    seed: int
    mutation: str
    name: str
    body: bytes
    said: str
    must: Cells | None


@click.command()
@click.option("--files", default=20_000, show_default=True, help="Damaged files to read.")
@click.option("--seed", default=0, show_default=True)
@click.option("--form", "names", multiple=True, type=click.Choice(sorted(FORMS)), help="Only these forms.")
@click.option("--workers", default=2, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=FOUND, show_default=True, help="Where cases go.")
def main(files: int, seed: int, names: Sequence[str], workers: int, out: Path) -> None:
    """Damage and read many files; ends with 1 where something was found."""
    start, read, kinds = time.monotonic(), 0, Counter[str]()
    tasks = list(_tasks(names or available(), files, seed))
    with ProcessPool(max_workers=workers) as pool:
        futures = [(task, pool.schedule(_report, args=task, timeout=_PATIENCE)) for task in tasks]
        for task, future in futures:
            number, found = _result(task, future)
            read += number
            for one in found:
                kinds[one.kind] += 1
                _keep(out, one)
                print(f"{one.kind}: {one.form} {one.seed}, {one.mutation}: {one.said.strip().splitlines()[-1][:200]}")
    told = ", ".join(f"{count} {kind}" for kind, count in kinds.items()) or "nothing found"
    print(f"{read} damaged files of {len(tasks)} reports read in {time.monotonic() - start:.0f} s: {told}")
    sys.exit(bool(kinds))


def _tasks(names: Sequence[str], files: int, seed: int) -> Iterator[tuple[str, int, int]]:
    """Form, seed and number of damaged files for each report."""
    quick = [name for name in names if not FORMS[name].slow for _ in range(_WEIGHTS.get(name, 1))]
    slow = [name for name in names if FORMS[name].slow]
    number, at = 0, seed
    while number < files:
        name = slow[at // _SLOW_SHARE % len(slow)] if slow and (at % _SLOW_SHARE == 0 or not quick) else ""
        each = _SLOW_EACH if name else _EACH
        yield name or quick[at % len(quick)], at, each
        number, at = number + each, at + 1


def _result(task: tuple[str, int, int], future: Any) -> tuple[int, list[Finding]]:
    form, seed, each = task
    try:
        number, found = future.result()
    except TooLong:
        return each, [Finding("hang", form, seed, "?", "", b"", "a child had to be killed", None)]
    except ProcessExpired as error:
        return each, [Finding("crash", form, seed, "?", "", b"", f"a child ended: {error}", None)]
    return number, found


def _report(form: str, seed: int, each: int) -> tuple[int, list[Finding]]:
    """Makes one report and reads it damaged in many ways; runs in a child."""
    sample, chance = make(form, seed), seeded("fuzz", form, seed)
    sound = _sound(sample)
    found = []
    for _ in range(each):
        mutation, body = _damaged(sample, chance)
        must = _must(sample, mutation) if sound else None
        kind, said = judge(body, sample.name, must, cuts=mutation.cuts)
        if kind:
            found.append(Finding(kind, form, seed, mutation.name, sample.name, body, said, must))
    return each, found


def _damaged(sample: Sample, chance: Random) -> tuple[Mutation, bytes]:
    """A way of damage that this file gives a hold to, and the file after it; bytes can always be damaged."""
    while True:
        mutation = chance.choice(fitting(sample.form))
        body = mutation.damage(sample.body, chance)
        if body is not None:
            return mutation, body


def _sound(sample: Sample) -> bool:
    """Whether the undamaged report is read without a wrong figure; else the soak has the finding already."""
    try:
        found = score(sample, parse(sample.body, name=sample.name).cells)
    except Unreadable:
        return False
    return not (found.wrong or found.invented)


def _must(sample: Sample, mutation: Mutation) -> Cells | None:
    gaps = any(value is None for value in sample.paper.values.values())
    return sample.paper.values if mutation.promise and not (mutation.full and gaps) else None


def judge(body: bytes, name: str, must: Cells | None, *, cuts: bool = False) -> tuple[str, str]:
    """Reads a file: the kind of finding and what was said, both empty where all is well."""
    signal.signal(signal.SIGPROF, _ring)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        cells = parse(body, name=name).cells
    except Unreadable:
        return "", ""
    except _Hang:
        return "hang", traceback.format_exc()
    except Exception:  # noqa: BLE001 - whatever it is, it is what this looks for
        return "crash", traceback.format_exc()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    invented = [f"{key}: {got}, printed {must.get(key)}" for key, got in cells.items() if must is not None
                and got is not None and got != must.get(key) and not (cuts and _short(got, must.get(key)))]
    return ("invented", "; ".join(invented)) if invented else ("", "")


def _ring(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise _Hang


def _short(got: int | float, printed: int | float | None) -> bool:
    """Whether a figure is the first digits of what was printed."""
    return printed is not None and str(printed).startswith(str(got))


def _keep(out: Path, one: Finding) -> None:
    """Writes the file and what must hold of it."""
    if not one.body:
        return
    ending = Path(one.name).suffix
    folder = out / f"{one.kind}-{one.form}-{hashlib.sha256(one.body).hexdigest()[:10]}"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"body{ending}").write_bytes(one.body)
    told = {"from": f"{one.form} {one.seed}, {one.mutation}", "body": f"body{ending}", "figures": one.must}
    (folder / "case.json").write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
