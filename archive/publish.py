"""Makes public.db: a checked snapshot of the ledger without what is private, swapped in by rename.

Whoever has the old file open keeps reading it whole; a name that is opened again is the new one. The file's time of
change is the instant that it shows.
"""

import json
import os
import sqlite3
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from archive.errors import BadHome
from archive.files import sync_folder
from archive.home import Home
from archive.web.views import VIEWS

PRIVATE = ("outbox", "digests", "spans", "decisions", "openings", "judgings")
# A check that a person dismissed, of the text that the report still has.
DISMISSED = """
result = 'fail' AND EXISTS (
    SELECT 1 FROM publications p
    JOIN decisions d
      ON d.fingerprint = checks.code || '|' || p.county || '|' || p.township || '|' || p.report_year || '|'
    WHERE p.id = checks.publication AND d.decision = 'dismiss'
    AND d.id = (SELECT l.id FROM decisions l WHERE l.fingerprint = d.fingerprint ORDER BY l.at DESC, l.id DESC LIMIT 1)
    AND d.basis IN ('', (SELECT v.sha256 FROM versions v WHERE v.publication = p.id ORDER BY v.number DESC LIMIT 1)))
"""
# What we doubt about our own reading, or have seen only once, is nobody else's business.
WITHHELD = {
    "findings": "attribution <> 'publisher' OR NOT confirmed",
    "checks": f"(result = 'fail' AND attribution IS NOT 'publisher') OR ({DISMISSED})",
}
# Flags of a duty that stay only beside the finding that says the same.
SAID_BY = {"changed": "T10", "misfiled": "L04", "vanished": "L05", "dead_link": "L01"}
SAID = """
UPDATE duties SET flags = (
    SELECT json_group_array(f.value) FROM json_each(duties.flags) f
    WHERE json_extract(:said_by, '$.' || f.value) IS NULL OR EXISTS (
        SELECT 1 FROM findings n WHERE n.code = json_extract(:said_by, '$.' || f.value)
        AND n.township = duties.township AND n.report_year = duties.report_year))
WHERE flags <> '[]'
"""


def publish(db: Database, home: Home, *, now: datetime) -> Path:
    """Take the snapshot, check it and put it in place. Raises BadHome when it does not pass; the old one then stays."""
    scratch = home.public.with_suffix(".partial")
    scratch.unlink(missing_ok=True)
    try:
        db.conn.execute("VACUUM INTO ?", [str(scratch)])
        with Database(sqlite3.connect(scratch), execute_plugins=False) as copy:
            _withhold(copy)
            _check(copy, _counts(db), scratch)
    except sqlite3.DatabaseError as error:
        raise BadHome(f"{scratch}: {error}") from error
    _sync(scratch, now)
    scratch.replace(home.public)
    sync_folder(home.public.parent)
    return home.public


def _withhold(copy: Database) -> None:
    copy.execute("PRAGMA secure_delete=ON")
    with copy.atomic():
        for table, where in WITHHELD.items():
            copy.execute(f"DELETE FROM {table} WHERE {where}")  # noqa: S608
        copy.execute(SAID, {"said_by": json.dumps(SAID_BY)})
        for table in PRIVATE:  # in this order: outbox names digests
            copy.execute(f"DROP TABLE {table}")
        # the checks of what was read stand in their own table, as far as they are anybody's business
        copy.execute("UPDATE documents SET report = json_remove(report, '$.checks')")
        for name, sql in VIEWS.items():
            copy.execute(f"CREATE VIEW {name} AS {sql}")
    # Pages that were freed still hold what stood in them.
    copy.conn.execute("VACUUM")


def _counts(db: Database) -> dict[str, int]:
    """Rows that the snapshot must have, by table."""
    counts = {}
    for table in db.table_names():
        if table not in PRIVATE:
            kept = f"NOT ({WITHHELD[table]})" if table in WITHHELD else "1"
            counts[table] = db.execute(f'SELECT count(*) FROM "{table}" WHERE {kept}').fetchone()[0]  # noqa: S608
    return counts


def _check(copy: Database, expected: dict[str, int], path: Path) -> None:
    integrity = copy.execute("PRAGMA integrity_check").fetchone()[0]
    if integrity != "ok":
        raise BadHome(f"{path}: {integrity}")
    if (broken := copy.execute("PRAGMA foreign_key_check").fetchone()) is not None:
        raise BadHome(f"{path}: table {broken[0]}, row {broken[1]}: there is no such row in {broken[2]}")
    found = {table: copy.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0] for table in copy.table_names()}  # noqa: S608
    for table in expected.keys() | found.keys():
        if expected.get(table) != found.get(table):
            raise BadHome(f"{path}: {table} has {found.get(table)} rows, expected {expected.get(table)}")
    for name in VIEWS:
        copy.execute(f"SELECT * FROM {name} LIMIT 1").fetchone()  # noqa: S608


def _sync(path: Path, now: datetime) -> None:
    os.utime(path, (now.timestamp(), now.timestamp()))
    with path.open("rb") as file:
        os.fsync(file.fileno())
