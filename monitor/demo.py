"""Replays six days of one season against replicas of three counties' portals: the same run as on a server."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from archive.clock import iso, local_day
from archive.home import Home
from archive.ledger import open_ledger
from monitor import run, show, status
from monitor.errors import DemoFolderInUse, ReplicasDown
from monitor.progress import shown
from monitor.work import open_work

DAYS = (datetime(2026, 1, 20, 1, tzinfo=UTC), datetime(2026, 2, 1, 1, tzinfo=UTC), datetime(2026, 2, 2, 1, tzinfo=UTC),
        datetime(2026, 2, 16, 1, tzinfo=UTC), datetime(2026, 4, 1, 1, tzinfo=UTC), datetime(2026, 4, 2, 1, tzinfo=UTC))
YEAR = 2025

SETTINGS = """\
# The demo's home: replicas stand on loopback and need no pause between two requests.
language = "en"
[crawl]
delay_seconds = 0.0
counties_at_once = 3
allow_private_addresses = true
[mail]
sender = "nianbao@localhost"
[[mail.recipient]]              # no host: every digest stays in the outbox
address = "disclosure-office@localhost"
[[mail.recipient]]
address = "jinxiang@localhost"
counties = ["370828"]
language = "zh"
"""


def play(folder: Path, reports: Path | None) -> bool:
    """Replay the season into `folder`; says whether something failed. Raises DemoFolderInUse."""
    home = _fresh(folder)
    clock = folder / "clock"
    with _replicas(home, clock, reports):
        failed = False
        for day in DAYS:
            clock.write_text(iso(day))
            failed = _day(home, day) or failed
    show.demo_end(home)
    return failed


def _fresh(folder: Path) -> Home:
    """An empty home; only an earlier demo is ever removed."""
    home = Home(folder)
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "clock").exists():
            raise DemoFolderInUse(folder)
        shutil.rmtree(folder)
    home.make()
    home.config.write_text(SETTINGS, encoding="utf-8")
    return home


@contextmanager
def _replicas(home: Home, clock: Path, reports: Path | None) -> Iterator[None]:
    """The three portals as a child process; it writes their registry entries into the home."""
    clock.write_text(iso(DAYS[0]))
    command = [sys.executable, "-m", "crawler.replicas", "--clock", str(clock), "--portals", str(home.portals)]
    child = subprocess.Popen(command + (["--reports", str(reports)] if reports else []),
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert child.stdout is not None
        if not child.stdout.readline():
            raise ReplicasDown(child.wait())
        yield
    finally:
        child.terminate()
        child.wait()


def _day(home: Home, day: datetime) -> bool:
    work = open_work(home, {"NIANBAO_NOW": iso(day)})
    names = {portal.code: portal.name for portal in work.portals()}
    click.secho(f"\n{local_day(day):%d %B %Y}", bold=True)
    with shown(names) as progress:
        done = run.run(work, progress=progress, everything=True)
    show.crawled(done, names)
    with open_ledger(work.home, read_only=True) as db:
        show.summary(status.summary(db, work.registry, work.settings, as_of=day, year=YEAR), names)
    return done.failed
