"""`make bench-parse`: what is read out of generated and real reports, cell by cell, and what it costs.

For each form: cells right; wrong; printed and not read because the form lost what tells them apart (unread); printed,
kept apart and not read all the same (lost); invented. Then milliseconds of computing and peak memory for a document,
beside the bare library call on the same files: both in the same run, each in a process of its own.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import click

from benchmarks.bare import CALLS, bare
from benchmarks.reports import FORMS, Sample, make, score
from benchmarks.reports.make import available

CASES = Path(os.environ.get("NIANBAO_CASES", Path(__file__).parents[2] / "shared" / "cases"))
_HEAD = (
    f"{'form':<12}{'docs':>5}{'right':>8}{'wrong':>6}{'unread':>7}{'lost':>6}{'invented':>9}"
    f"{'ms':>9}{'bare':>8}{'ratio':>7}{'MB':>6}{'bare':>6}{'ratio':>7}"
)


READ_AGAIN = ("pdf", "pdf-unruled")


@dataclass(frozen=True, slots=True)
class Measured:
    """What one process made of the files of one form: cells by file (None: unreadable), ms each, peak MB."""

    cells: Mapping[str, Mapping[str, int | float | None] | None]
    milliseconds: float
    megabytes: float


@click.command()
@click.option("--documents", default=40, show_default=True, help="Documents of each form; slow forms have a tenth.")
@click.option("--seed", default=0, show_default=True, help="The first seed.")
@click.option("--form", "names", multiple=True, type=click.Choice(sorted(FORMS)), help="Only these forms.")
def main(documents: int, seed: int, names: Sequence[str]) -> None:
    """Print a line for each form; ends with 1 where a cell is wrong or invented."""
    print(_HEAD)
    bad = 0
    for name in names or available():
        number = max(2, documents // 10) if FORMS[name].slow else documents
        samples = [make(name, each) for each in range(seed, seed + number)]
        bad += _form(name, samples)
    bad += _real()
    print("bare call: " + "; ".join(f"{name}: {bare(name)[0]}" for name in names or available()))
    sys.exit(1 if bad else 0)


def _form(name: str, samples: Sequence[Sample]) -> int:
    """Prints the line of one form; gives the number of wrong and invented cells."""
    with tempfile.TemporaryDirectory() as folder:
        for sample in samples:
            Path(folder, sample.name).write_bytes(sample.body)
        ours, theirs = _measured("ours", name, folder), _measured("bare", name, folder)
        second = _measured("second", name, folder).milliseconds if name in READ_AGAIN else None
    found: Counter[str] = Counter()
    for sample in samples:
        one = score(sample, ours.cells[sample.name] or {})
        found.update(right=one.right, unread=one.unread, wrong=len(one.wrong), invented=len(one.invented))
        found["lost"] += len(one.lost)
        if one.wrong or one.invented:
            print(f"  {name} {sample.seed}: {'; '.join((*one.wrong, *one.invented)[:3])} ({', '.join(sample.quirks)})")
    _line(name, len(samples), found, ours, theirs)
    if second is not None:
        print(f"{'':12}the second reader, only where a printed sum fails: {second:.1f} ms, "
              f"ratio {second / theirs.milliseconds:.1f}")
    return found["wrong"] + found["invented"]


def _line(name: str, documents: int, found: Counter[str], ours: Measured, theirs: Measured) -> None:
    print(
        f"{name:<12}{documents:>5}{found['right']:>8}{found['wrong']:>6}{found['unread']:>7}{found['lost']:>6}"
        f"{found['invented']:>9}{ours.milliseconds:>9.1f}{theirs.milliseconds:>8.2f}"
        f"{_ratio(name, ours, theirs):>7}"
        f"{ours.megabytes:>6.0f}{theirs.megabytes:>6.0f}{ours.megabytes / theirs.megabytes:>7.1f}",
        flush=True,
    )


def _ratio(name: str, ours: Measured, theirs: Measured) -> str:
    """How many times the bare call's time; text has no library call to compare with."""
    return f"{ours.milliseconds / theirs.milliseconds:.1f}" if name in CALLS else "-"


def _measured(whose: str, form: str, folder: str) -> Measured:
    command = [sys.executable, "-m", "benchmarks.measuring", whose, form, folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(f"{whose} reading of {form} failed:\n{done.stderr}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return Measured(told["cells"], median(told["milliseconds"]), told["megabytes"])


def _real() -> int:
    """The line of the real documents; 0 where this machine has none."""
    if not (CASES / "truth.json").exists():
        return 0
    from archive.parse import parse

    truth: dict[str, Any] = json.loads((CASES / "truth.json").read_text("utf-8"))
    found: Counter[str] = Counter()
    start = time.perf_counter()
    for name, told in truth.items():
        path = CASES.parent / name if name.startswith("seeds/") else CASES / name
        cells = parse(path.read_bytes(), name=path.name).cells
        for key in told["cells"].keys() - set(told.get("exclude_cells", ())):
            found[_kind(cells.get(key), told["cells"][key])] += 1
    each = (time.perf_counter() - start) * 1000 / len(truth)
    print(
        f"{'real':<12}{len(truth):>5}{found['right']:>8}{found['wrong']:>6}{found['unread']:>7}{'':>6}"
        f"{found['invented']:>9}{each:>9.1f}   real documents"
    )
    return found["wrong"] + found["invented"]


def _kind(got: object, wanted: object) -> str:
    if got == wanted:
        return "right"
    if wanted is None:
        return "invented"
    return "unread" if got is None else "wrong"


if __name__ == "__main__":
    main()
