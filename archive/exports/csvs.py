"""CSV: one file a table, UTF-8 with a byte order mark, English names of columns, empty for null.

Days and instants (UTC) as the archive has them. A text that a spreadsheet would take for a formula is quoted.
"""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TextIO

from archive.clock import iso
from archive.exports.source import Source
from archive.exports.tables import Column, rows, tables
from archive.exports.whole import quoted, replacing

ABOUT = "columns"
ABOUT_HEAD = ("table", "column", "kind", "heading_en", "heading_zh", "meaning_en", "meaning_zh", "snapshot")

Opened = Callable[[str], AbstractContextManager[TextIO]]


def write(source: Source, out: Path) -> dict[str, int]:
    """Write every table to the folder `out`, or to a ZIP where `out` ends in .zip; the rows of each by name.

    Raises BadHome where that cannot be written.
    """
    if out.suffix.lower() != ".zip":
        return _tables(source, lambda name: _file(out / name))
    with replacing(out) as scratch, zipfile.ZipFile(scratch, "w", zipfile.ZIP_DEFLATED) as package:
        return _tables(source, lambda name: _part(package, name, source))


def _tables(source: Source, opened: Opened) -> dict[str, int]:
    counts = {}
    for table in tables():
        with opened(f"{table.name}.csv") as file:
            writer = csv.writer(file)
            writer.writerow([column.name for column in table.columns])
            counts[table.name] = 0
            for row in rows(source, table):
                writer.writerow([cell(column, row[column.name]) for column in table.columns])
                counts[table.name] += 1
    with opened(f"{ABOUT}.csv") as file:
        csv.writer(file).writerows(_about(source))
    return counts


def cell(column: Column, value: Any) -> Any:
    """A value as it stands in a CSV file: numbers as they are, lists with blanks between, null empty."""
    if value is None:
        return ""
    if column.kind == "list":
        return quoted(" ".join(map(str, json.loads(value))))
    return quoted(value) if isinstance(value, str) else value


def _about(source: Source) -> Iterator[tuple[str, ...]]:
    yield ABOUT_HEAD
    for table in tables():
        for column in table.columns:
            yield (table.name, column.name, column.kind, column.heading.en, column.heading.zh, column.about.en,
                   column.about.zh, iso(source.as_of))


@contextmanager
def _file(path: Path) -> Iterator[TextIO]:
    with replacing(path) as scratch, scratch.open("w", encoding="utf-8-sig", newline="") as file:
        yield file


@contextmanager
def _part(package: zipfile.ZipFile, name: str, source: Source) -> Iterator[TextIO]:
    part = zipfile.ZipInfo(name, source.as_of.timetuple()[:6])
    part.compress_type = zipfile.ZIP_DEFLATED
    with package.open(part, "w", force_zip64=True) as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as file:
        yield file
