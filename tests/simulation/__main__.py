"""`python -m tests.simulation --seeds 100 --jobs 2`: seasons against their truth, a line for each seed.

Exit 1 where anything differs. With `--out FILE` each line is added there, and seeds that stand in it are not played
again.
"""

import gc
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import click

from tests.simulation import world
from tests.simulation.play import Play

KINDS = ("status", "finding", "lie", "told twice", "told unconfirmed", "untold", "stale", "past", "decision")
LINE = re.compile(r"seed +(\d+):.* (\d+) differences")


def one(seed: int, counties: int, even: bool = False) -> tuple[int, str, list[str]]:
    """Play one seed; its line and the differences."""
    memory = Path("/dev/shm")
    root = Path(tempfile.mkdtemp(prefix=f"season-{seed}-", dir=memory if memory.is_dir() else None))
    began = time.monotonic()
    try:
        play = Play(world.make(seed, counties, fates=world.EVEN if even else world.FATES), root)
        came = play.play()
        play.close()
    finally:
        shutil.rmtree(root, ignore_errors=True)
    counts = ", ".join(f"{len(came.of(kind))} {kind}" for kind in KINDS)
    line = (f"seed {seed:3}: {came.duties} duties, {came.crawls} crawls, {came.judged} judgements,"
            f" {sum(came.accusations.values())} accusations checked, {came.told} told; {counts};"
            f" {time.monotonic() - began:.0f} s; {len(came.differences)} differences")
    return seed, line, [f"    {difference}" for difference in came.differences[:40]]


def done(out: Path | None) -> dict[int, int]:
    """The seeds that were played before, with their differences."""
    if out is None or not out.exists():
        return {}
    found = (LINE.match(line) for line in out.read_text(encoding="utf-8").splitlines())
    return {int(match[1]): int(match[2]) for match in found if match}


def played(seeds: list[int], counties: int, jobs: int, even: bool) -> Iterator[tuple[int, str, list[str]]]:
    if jobs == 1:
        yield from (one(seed, counties, even) for seed in seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(one, seeds, [counties] * len(seeds), [even] * len(seeds))


@click.command()
@click.option("--seeds", default=100, show_default=True, help="Seeds 1 to this one.")
@click.option("--seed", type=int, help="This seed alone.")
@click.option("--counties", default=60, show_default=True)
@click.option("--jobs", default=2, show_default=True)
@click.option("--even", is_flag=True, help="What is rare happens as often as what is usual.")
@click.option("--out", type=click.Path(path_type=Path), help="Lines are added to it, and not played again.")
def main(seeds: int, seed: int | None, counties: int, jobs: int, even: bool, out: Path | None) -> None:
    """Play seasons by seed and hold every status, finding and digest against the truth."""
    before = done(out)
    wanted = [seed] if seed is not None else [one for one in range(1, seeds + 1) if one not in before]
    bad = sum(before.values())
    gc.set_threshold(200_000, 20, 50)          # rows by the million, and hardly a cycle among them
    for number, line, told in played(wanted, counties, jobs, even):
        text = "\n".join([line, *told])
        click.echo(text)
        if out is not None:
            with out.open("a", encoding="utf-8") as file:
                file.write(text + "\n")
        before[number] = len(told)
        bad += len(told)
    click.echo(f"{len(before)} seeds, {sum(not count for count in before.values())} without any difference")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
