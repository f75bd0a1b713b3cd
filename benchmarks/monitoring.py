"""`make bench-monitor`: what judging and telling cost, in seconds and megabytes, and how that grows with the country.

Synthetic homes (benchmarks/ledgers.py) of 1,000, 6,000 and all 41,352 townships, eighteen report years each. On every
one, in a process of its own: judging with its findings, the digest and its mail, one county's status, the public
snapshot, `nianbao run` when something is to be told and when nothing is due, what the scheduler asks every hour, the
doctor. Seconds are computing time; the ratio is that of seconds a township, largest home to smallest.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from benchmarks import ledgers

SIZES = (1000, 6000, 41_352)
# Only what looks at all duties can grow with them; start-up and one county's answer must not.
PARTS = ("slots", "judge", "digest", "publish", "run", "status", "doctor")
GROWTH = 1.15                         # seconds a township, largest to smallest: what measuring leaves open
MOST_SECONDS, MOST_MEGABYTES = 300.0, 1500.0  # judging, findings, digest and mail together; any of them
TOLD = ("judging every duty", "findings", "making the digest", "the mail")
LEAST_SECONDS = 0.5                   # in the smallest home: below that a ratio says nothing

Taken = dict[str, dict[int, dict[str, Any]]]


@click.command()
@click.option("--townships", "sizes", multiple=True, type=int, help="Sizes of homes; the default is three.")
@click.option("--seed", default=1, show_default=True)
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Make the homes here and keep them; "
              "one that is here already is used again.")
def main(sizes: Sequence[int], seed: int, keep: Path | None) -> None:
    """Print every figure; ends with 1 where a target is missed."""
    with tempfile.TemporaryDirectory() as scratch:
        homes = {}
        for size in sorted(sizes or SIZES):
            root = (keep or Path(scratch)) / str(size)
            homes[_home(root, size, seed)] = root
        taken: Taken = {}
        for part in PARTS:  # one after the other in every home: what else the machine does is alike then
            for townships, root in homes.items():
                for step in _measured(part, root, townships):
                    taken.setdefault(step.pop("step"), {})[townships] = step
    _print(taken, tuple(homes))
    missed = sum(not met for met in _targets(taken, tuple(homes)))
    print(f"{missed} targets missed" if missed else "every target met")
    sys.exit(1 if missed else 0)


def _home(root: Path, size: int, seed: int) -> int:
    """A home of that size; how many townships it has."""
    began, made = time.process_time(), root.exists()
    townships = ledgers.count(root) if made else ledgers.build(root, size, seed=seed)
    megabytes = (root / "data/ledger.db").stat().st_size / 1e6
    print(f"{townships} townships, {townships * len(ledgers.YEARS)} duties: ledger of {megabytes:.0f} MB, "
          + ("made before" if made else f"made in {time.process_time() - began:.0f} s of computing"), flush=True)
    return townships


def _measured(part: str, root: Path, townships: int) -> Iterator[dict[str, Any]]:
    done = subprocess.run([sys.executable, "-m", "benchmarks.judging", part, str(root)], check=True,
                          stdout=subprocess.PIPE, text=True)
    for step in json.loads(done.stdout.splitlines()[-1]):
        print(f"  {townships:>6} {step['step']:30}{step['seconds']:>9.2f} s{step['wall']:>9.1f} s on the wall"
              f"{step['megabytes']:>8.0f} MB   {step['told']}", flush=True)
        yield step


def _print(taken: Taken, townships: Sequence[int]) -> None:
    """A row for each step: seconds, seconds for a thousand townships, megabytes, at each size."""
    print("".join([f"{'':34}", *(f"{size:>10} townships" + " " * 9 for size in townships), "growth"]))
    for name, steps in taken.items():
        told = "".join(f"{step['seconds']:>9.2f} s {step['seconds'] / size * 1000:>6.3f}/k"
                       f" {step['megabytes']:>5.0f} MB " for size, step in steps.items())
        ratio = _growth(steps)
        print(f"{name:34}{told}{f'{ratio:>7.2f}' if ratio else '      –'}")


def _growth(steps: dict[int, dict[str, Any]]) -> float | None:
    """How many times as long a township takes in the largest home as in the smallest."""
    least, most = min(steps), max(steps)
    if least == most or steps[least]["seconds"] < LEAST_SECONDS:
        return None
    return float(steps[most]["seconds"] / most / (steps[least]["seconds"] / least))


def _targets(taken: Taken, townships: Sequence[int]) -> Iterator[bool]:
    largest = max(townships)
    for name, steps in taken.items():
        ratio = _growth(steps)
        if ratio is not None:
            yield _target(f"{name}: times the seconds of the smallest home for a township", ratio, GROWTH)
    ours = [taken[name][largest] for name in TOLD]
    yield _target("judging and telling, seconds", sum(step["seconds"] for step in ours), MOST_SECONDS)
    yield _target("judging and telling, MB", max(step["megabytes"] for step in ours), MOST_MEGABYTES)
    kept = all(step.get("kept", True) for steps in taken.values() for step in steps.values())
    print(f"    HTML below 100 kB, XLSX below 10 MB or where else it stands is named: {'met' if kept else 'MISSED'}")
    yield kept


def _target(what: str, found: float, most: float) -> bool:
    met = found <= most
    print(f"    {what}: {found:.2f}, at most {most:g}: {'met' if met else 'MISSED'}")
    return met


if __name__ == "__main__":
    main()
