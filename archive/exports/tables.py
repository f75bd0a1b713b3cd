"""The tables that leave as sheets and CSV files, and their rows; tables.toml names their columns."""

import functools
import json
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final, Literal

from sqlite_utils import Database

from archive.exports.source import Progress, Row, Source
from archive.web.describe import tables as described
from archive.web.form import LABELS, label
from archive.web.views import STATUS
from archive.web.words import Word

Kind = Literal["text", "word", "count", "amount", "ratio", "day", "instant", "yes", "list"]
Cells = dict[str, Any]

EVERY = 500                               # rows between two times that progress is told
# What rests on one look alone is told nobody: it neither counts days nor has the status's name.
DUTIES = f"""
SELECT county, county_name, township, township_name, report_year, status, confirmed, due_local, due_outer, past, title,
    CASE WHEN status IN ('missing', 'late') AND NOT confirmed THEN status || '_once' ELSE status END AS standing,
    CASE WHEN confirmed THEN days_late END AS days_late, CASE WHEN confirmed THEN days_late_by END AS days_late_by,
    CASE WHEN confirmed THEN days_overdue END AS days_overdue, claimed_on, claimed_from, last_day_without,
    first_day_with, reason, flags, rule, url, sha256, publication, evidence, judged
FROM ({STATUS})
"""  # noqa: S608  our own texts
BY_DUTY = "report_year DESC, county, township"
NAMES = "JOIN counties c ON c.code = p.county JOIN townships t ON t.code = p.township"
PUBLICATIONS = f"""
SELECT p.county, c.name AS county_name, p.township, t.name AS township_name, p.report_year, p.id AS publication,
    p.title, p.url, p.claimed_on, p.claimed_from, p.first_seen, p.last_seen, p.versions, d.format, d.cells_read,
    p.sha256, k.id AS capture, k.at AS captured, k.volume, k.offset
FROM publications p {NAMES}
LEFT JOIN documents d ON d.sha256 = p.sha256 AND d.county = p.county
LEFT JOIN versions v ON v.publication = p.id AND v.number = p.versions
LEFT JOIN captures k ON k.id = v.capture
"""  # noqa: S608
FORM = f"""
SELECT p.county, c.name AS county_name, p.township, t.name AS township_name, p.report_year, f.*, f.rowid AS place,
    p.sha256
FROM {{table}} f JOIN publications p ON p.id = f.publication {NAMES}
"""  # noqa: S608
CHECKS = f"""
SELECT p.county, c.name AS county_name, p.township, t.name AS township_name, p.report_year, k.*, p.url, p.sha256
FROM checks k JOIN publications p ON p.id = k.publication {NAMES}
WHERE k.result = 'fail'
"""  # noqa: S608
FINDINGS = """
SELECT f.*, c.name AS county_name, t.name AS township_name FROM findings f
JOIN counties c ON c.code = f.county LEFT JOIN townships t ON t.code = f.township
"""
# The same doubts as when the snapshot is made, also where an older one is read.
OUTWARD: Final = {
    "checks": "attribution = 'publisher'",
    "findings": "attribution = 'publisher' AND confirmed AND severity <> 'info'",
}
# What the page itself or two looks say; any other flag may rest on one look, which the next one may contradict.
SURE: Final = frozenset({"changed", "backdated", "dated_early", "link_unread", "republished", "dismissed"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name for programs, its kind, its heading and what it means."""

    name: str
    kind: Kind
    heading: Word
    about: Word


@dataclass(frozen=True, slots=True)
class Table:
    """One table that leaves. `form` is the stem of its cells' keys where it is one of the statutory tables."""

    name: str
    title: Word
    about: Word
    columns: tuple[Column, ...]
    form: str | None = None


@functools.cache
def tables() -> tuple[Table, ...]:
    """Every table, in order."""
    raw = tomllib.loads(resources.files("archive.exports").joinpath("tables.toml").read_text(encoding="utf-8"))
    common = raw.pop("common")
    return tuple(_table(name, entry, common) for name, entry in raw.items())


def _table(name: str, entry: dict[str, Any], common: dict[str, list[dict[str, list[str]]]]) -> Table:
    form = entry.get("form")
    before, after = ([one["column"] for one in common[place]] for place in ("before", "after"))
    listed = [*before, *entry["columns"], *after] if form else entry["columns"]
    meant = described()[entry["described"]]
    return Table(name, Word(*entry["title"]), meant.about, tuple(_column(one, meant.columns) for one in listed), form)


def _column(entry: list[str], meant: dict[str, Word]) -> Column:
    name, kind, en, zh, *about = entry
    heading = Word(en, zh)
    known = Word(*about) if about else meant.get(name, heading)
    return Column(name, kind, heading, known)  # type: ignore[arg-type]  # a test knows every kind


def rows(source: Source, table: Table) -> Iterator[Row]:
    """The rows of a table with what its columns name; `low` in a statutory table maps columns to OCR confidences."""
    made = _form_rows(source, table) if table.form else MAKERS[table.name](source)
    return made if source.progress is None else _told(made, table.name, source.progress)


def _told(made: Iterator[Row], name: str, progress: Progress) -> Iterator[Row]:
    done = 0
    for done, row in enumerate(made, start=1):
        if done % EVERY == 0:
            progress(name, done)
        yield row
    progress(name, done)


def _duties(source: Source) -> Iterator[Row]:
    for row in source.rows(DUTIES, BY_DUTY):
        flags = [flag for flag in json.loads(row["flags"])
                 if source.in_house or flag in SURE or (flag == "dead_link" and row["status"] == "withdrawn")]
        yield row | {"flags": json.dumps(flags)}


def _publications(source: Source) -> Iterator[Row]:
    scanned = _Scanned(source.db)
    for row in source.rows(PUBLICATIONS, f"{BY_DUTY}, publication"):
        sure = list(scanned.cells(row["publication"]).values())
        known = [one for one in sure if one is not None]
        yield row | {"cells_ocr": len(sure), "confidence": min(known, default=None)}


def _form_rows(source: Source, table: Table) -> Iterator[Row]:
    scanned = _Scanned(source.db)
    headings = {column.name: column.heading.zh for column in table.columns}
    for row in source.rows(FORM.format(table=table.name), f"{BY_DUTY}, publication, place"):
        start = f"{table.form}.{row['row']}."
        low = {key.removeprefix(start): sure for key, sure in scanned.cells(row["publication"]).items()
               if key.startswith(start) and row.get(key.removeprefix(start)) is not None}
        told = "; ".join(f"{headings.get(name, name)} {'?' if sure is None else f'{sure:.2f}'}"
                         for name, sure in low.items())
        yield row | {"label": row_label(start), "ocr": told or None, "low": low}


def _checks(source: Source) -> Iterator[Row]:
    return source.rows(_outward(source, "checks", CHECKS), f"{BY_DUTY}, publication, code")


def _findings(source: Source) -> Iterator[Row]:
    return source.rows(_outward(source, "findings", FINDINGS), f"{BY_DUTY}, code, id")


def _outward(source: Source, table: str, sql: str) -> str:
    return sql if source.in_house else f"SELECT * FROM ({sql}) WHERE {OUTWARD[table]}"  # noqa: S608  our own texts


MAKERS: Final[dict[str, Callable[[Source], Iterator[Row]]]] = {
    "duties": _duties, "publications": _publications, "checks": _checks, "findings": _findings,
}


class _Scanned:
    """The cells that were read by character recognition, with their confidence; rows come report by report."""

    def __init__(self, db: Database) -> None:
        sql = ("SELECT p.id FROM publications p JOIN documents d ON d.sha256 = p.sha256 AND d.county = p.county"
               " WHERE instr(d.report, '\"ocr\"')")
        self._db = db
        self._publications = frozenset(number for (number,) in db.execute(sql))
        self._last: tuple[int, dict[str, float | None]] = (0, {})

    def cells(self, publication: int) -> dict[str, float | None]:
        """Keys of cells (`t3.new_received.total`) and their confidence, None where the reader gave none."""
        if publication not in self._publications:
            return {}
        if self._last[0] != publication:
            sql = ("SELECT d.report FROM publications p JOIN documents d ON d.sha256 = p.sha256"
                   " AND d.county = p.county WHERE p.id = ?")
            (report,) = self._db.execute(sql, [publication]).fetchone()
            read: dict[str, Cells] = json.loads(report).get("sources", {})
            self._last = (publication, {key: one.get("confidence") for key, one in read.items()
                                        if one.get("method") == "ocr"})
        return self._last[1]


@functools.cache
def row_label(start: str) -> str | None:
    """What the form calls the row whose cells' keys begin so (`t3.new_received.`); None where it has no name."""
    key = next((key for key in LABELS if key.startswith(start)), None)
    return label(key).rpartition("：")[0] if key else None
