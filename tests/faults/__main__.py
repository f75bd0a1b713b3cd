"""`python -m tests.faults --runs 200 --seed 1 [--only kill.crawl,mail] --jobs 2`; exit 1 on any difference."""

import argparse
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from pathlib import Path

from tests.faults.jobs import played
from tests.faults.seasons import orders, show


def main():
    given = arguments()
    begun = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="faults-", dir=given.folder))
    wanted = [one for one in orders(given.runs, given.seed, given.only) if given.number in (None, one.number)]
    results = []
    for result in played(wanted, folder, given.jobs):
        show(result)
        results.append(result)
    print(table(results))
    wrong = [result for result in results if result.differences]
    print(f"{len(results)} runs in {(time.monotonic() - begun) / 60:.1f} minutes, {len(wrong)} with differences")
    if not wrong:
        shutil.rmtree(folder)
    sys.exit(bool(wrong))


def arguments():
    parser = argparse.ArgumentParser(prog="python -m tests.faults")
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=lambda text: tuple(text.split(",")), default=())
    parser.add_argument("--number", type=int, help="only this one of the runs")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where homes are made; a run that differs leaves its own there")
    return parser.parse_args()


def table(results):
    """By kind: how many runs, where the fault fell, how many differ."""
    kinds, places = defaultdict(list), Counter()
    for result in results:
        kinds[result.order.kind].append(result)
        places.update(place for place, _ in result.notes)
    lines = [f"{'kind':22} runs  differ  fell in"]
    for name, some in sorted(kinds.items()):
        fell = Counter(place for result in some for place, _ in result.notes)
        told = ", ".join(f"{place} {number}" for place, number in fell.most_common())
        lines.append(f"{name:22} {len(some):4}  {sum(bool(one.differences) for one in some):6}  {told}")
    return "\n".join(["", *lines, "", "places: " + ", ".join(f"{place} {n}" for place, n in places.most_common())])


if __name__ == "__main__":
    main()
