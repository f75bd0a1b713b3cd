"""Opens the one ledger: for its one writer, behind a lock that is held, or for any number of readers."""

import sqlite3
from collections.abc import Iterable
from types import TracebackType
from typing import TextIO

from sqlite_utils import Database

from archive import divisions
from archive.divisions import Township
from archive.errors import BadHome, LedgerInUse
from archive.home import Home
from archive.locks import Held, hold
from archive.registry import Portal, Registry, load
from archive.schema import migrations

BUSY_SECONDS = 30.0
CACHED = "PRAGMA cache_size = -65536"  # KiB: with the 2 MB of SQLite's default a large ledger is read over and over


class Ledger(Database):
    """A ledger with the writer's lock, which ends when it is closed."""

    def __init__(self, connection: sqlite3.Connection, lock: TextIO | None) -> None:
        super().__init__(connection, execute_plugins=False)
        self._lock = lock

    def close(self) -> None:
        super().close()
        if self._lock is not None:
            self._lock.close()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_val: BaseException | None,
        exc_tb: TracebackType | None,
    ) -> None:
        self.close()


def open_ledger(home: Home, *, registry: Registry | None = None, read_only: bool = False) -> Ledger:
    """The ledger of a home, brought up to today's tables and divisions unless it is opened to read only.

    `registry` says which counties and townships there are; by default what ships and what the home adds. Raises
    BadHome when another process writes, when there is no ledger to read, when an older version made it, or when the
    file is none.
    """
    try:
        return _reader(home) if read_only else _writer(home, registry)
    except sqlite3.DatabaseError as error:
        raise BadHome(f"{home.ledger}: {error}") from error


def _reader(home: Home) -> Ledger:
    if not home.ledger.exists():
        raise BadHome(f"{home.ledger}: there is no ledger yet; the first crawl or ingest makes it")
    connection = sqlite3.connect(f"{home.ledger.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)
    ledger = Ledger(connection, None)
    ledger.execute(CACHED)
    if migrations.pending(ledger):
        ledger.close()
        raise BadHome(f"{home.ledger}: an older version made it; `nianbao reparse` brings it up to date")
    return ledger


def _writer(home: Home, registry: Registry | None) -> Ledger:
    home.data.mkdir(parents=True, exist_ok=True)
    lock = _hold(home)
    try:
        ledger = Ledger(sqlite3.connect(home.ledger, timeout=BUSY_SECONDS), lock)
        ledger.execute("PRAGMA journal_mode=WAL")
        ledger.execute(CACHED)
        ledger.execute("PRAGMA synchronous=FULL")
        ledger.execute("PRAGMA foreign_keys=ON")
        migrations.apply(ledger)
        fill_divisions(ledger, (registry or _registry(home)).portals.values())
    except BaseException:
        lock.close()
        raise
    return ledger


def _registry(home: Home) -> Registry:
    return load(home.portals) if home.portals.is_dir() else load()


def _hold(home: Home) -> TextIO:
    """The writer's lock; two processes that write and checkpoint at once can damage a ledger in this SQLite."""
    try:
        return hold(home.lock)
    except Held as error:
        raise LedgerInUse(home.ledger, error.holder) from error


def fill_divisions(db: Database, portals: Iterable[Portal]) -> None:
    """Write down counties and townships as the division table and the registry have them now."""
    with db.atomic():
        for portal in portals:
            _fill(db, portal.code, {township.code for township in portal.townships()})


def ensure_county(db: Database, code: str) -> None:
    """Write a county down that the registry does not have. Raises BadDivision for a code that is none."""
    if not db.execute("SELECT 1 FROM counties WHERE code = ?", [code]).fetchone():
        units = divisions.townships(code)
        _fill(db, code, {township.code for township in units if township.owes_by_kind})


def _fill(db: Database, code: str, owing: set[str]) -> None:
    county = divisions.county(code)
    db.execute(
        "INSERT INTO counties (code, name, prefecture, province) VALUES (?, ?, ?, ?) ON CONFLICT (code) DO UPDATE"
        " SET name = excluded.name, prefecture = excluded.prefecture, province = excluded.province",
        [county.code, county.name, county.prefecture, county.province],
    )
    for township in divisions.townships(code):
        db.execute(
            "INSERT INTO townships (code, name, kind, county, owes) VALUES (?, ?, ?, ?, ?) ON CONFLICT (code)"
            " DO UPDATE SET name = excluded.name, kind = excluded.kind, owes = excluded.owes",
            _township_row(township, code, township.code in owing),
        )


def _township_row(township: Township, county: str, owes: bool) -> list[object]:
    return [township.code, township.name, township.kind, county, int(owes)]
