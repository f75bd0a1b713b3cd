"""Progress bars on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import Progress, TaskID

from monitor.counting import columns
from monitor.crawls import Event
from monitor.run import Progress as Told


@contextmanager
def shown(names: dict[str, str]) -> Iterator[Told]:
    """A `monitor.run.Progress` that shows itself on stderr; `names` are the counties' names by code."""
    if sys.stderr.isatty():
        with columns() as bars:
            yield _bars(bars, names)
    else:
        yield _lines(names)


def _bars(bars: Progress, names: dict[str, str]) -> Told:
    tasks: dict[str, TaskID] = {}

    def task(key: str) -> TaskID:
        if key not in tasks:
            tasks[key] = bars.add_task(names.get(key, key), total=None, note="")
        return tasks[key]

    def crawl(event: Event) -> None:
        if event["event"] == "progress":
            bars.update(task(event["county"]), completed=event["requests"], note=_counts(event))
        else:
            bars.update(task(event["county"]), note=_end(event))
            bars.stop_task(task(event["county"]))

    return Told(crawl, lambda name, done, total: bars.update(task(name), completed=done, total=total))


def _lines(names: dict[str, str]) -> Told:
    def crawl(event: Event) -> None:
        if event["event"] != "progress":
            print(f"crawl {names.get(event['county'], event['county'])}: {_end(event)}", file=sys.stderr)

    def step(name: str, done: int, total: int) -> None:
        if done == total:
            print(f"{name}: {total}", file=sys.stderr)

    return Told(crawl, step)


def _counts(event: Event) -> str:
    return f"{event['listings']} listings, {event['candidates']} links"


def _end(event: Event) -> str:
    verdict = event.get("verdict", "died")
    return f"{verdict} ({event['reason']})" if event.get("reason") else str(verdict)
