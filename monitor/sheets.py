"""What `nianbao parse` prints for people: whose report, its tables at a glance, what fails and where that stands."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

PLAIN_WIDTH = 160  # where nobody looks at a terminal, lines may be long and must not be cut

Row = dict[str, Any]
Cells = dict[str, int | float | None]

NAMES = {"t2": "proactive disclosure (t2)", "t2_2019": "proactive disclosure (t2_2019)", "t3": "requests (t3)",
         "t4": "reconsideration and suits (t4)"}
SHORT = {"natural_person": "natural", "public_interest": "public", "legal_service": "legal", "other_org": "other",
         "amount_wan_yuan": "10 000 yuan", "prev_year_items": "last year"}
MOST = 12                             # cells shown with one failed check
NULL = "null"
# What a document holds is printed to a terminal: nothing in it may steer that.
PLAIN = dict.fromkeys((*range(0x20), *range(0x7f, 0xa0), *range(0x202a, 0x202f), *range(0x2066, 0x206a)), " ")
IDENTITY = ("issuer", "county", "township", "division_code", "report_year", "published_on")


def head(one: Row) -> Iterator[str]:
    """The lines above the tables."""
    identity, cells = one["identity"], one["cells"]
    yield f"{one['file']}: {one['kind']}, format {one['format'] or 'unknown'}, {one['media_type']}"
    yield "  " + (identity["title"] or "no title")
    known = [f"{key} {identity[key]}" for key in IDENTITY if identity[key]]
    if known:
        yield "  " + "  ".join(known)
    if cells:
        yield f"  {_counted(one)}"
    facts = [f"{key} {value}" for key, value in one["facts"].items()
             if isinstance(value, int | str) and not isinstance(value, bool)]
    if facts:
        yield "  " + "  ".join(facts)


def _counted(one: Row) -> str:
    """How many cells were read, how, and how many were not."""
    cells, sources = one["cells"], one["sources"]
    numbers = [value for value in cells.values() if value is not None]
    parts = [f"{len(numbers)} of {len(cells)} cells read", f"{sum(1 for number in numbers if number)} not zero"]
    seen = sum(value is None and key in sources for key, value in cells.items())
    missing = len(cells) - len(numbers) - seen
    methods = Counter(source["method"] for source in sources.values())
    parts += [f"{seen} null as printed"] if seen else []
    parts += [f"{missing} null because not found"] if missing else []
    return ", ".join(parts) + (f" (by {', '.join(methods)})" if methods else "")


def tables(one: Row) -> Iterator[tuple[Table, list[str]]]:
    """Each statutory table that shows anything, with lines on the rows it leaves out: all zero, or all null."""
    by_table: dict[str, dict[str, Cells]] = {}
    for key, value in one["cells"].items():
        table, row, column = key.split(".")
        by_table.setdefault(table, {}).setdefault(row, {})[column] = value
    for table, rows in by_table.items():
        yield _table(table, rows, one), list(_left_out(rows))


def _table(name: str, rows: dict[str, Cells], one: Row) -> Table:
    columns = list(dict.fromkeys(column for cells in rows.values() for column in cells))
    made = Table(NAMES[name], box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in columns:
        made.add_column(SHORT.get(column, column), justify="right")
    for row, cells in rows.items():
        if not _alike(cells):
            made.add_row(row, *(_cell(f"{name}.{row}.{column}", one) if column in cells else "" for column in columns))
    return made


def _alike(cells: Cells) -> bool:
    return set(cells.values()) in ({0}, {None})


def _left_out(rows: dict[str, Cells]) -> Iterator[str]:
    for value, words in ((0, "all 0"), (None, "all null")):
        alike = [row for row, cells in rows.items() if set(cells.values()) == {value}]
        if alike:
            yield f"{words}: {'every row' if len(alike) == len(rows) else ', '.join(alike)}"


def _cell(key: str, one: Row) -> str:
    """A value; a null with what stands there; `?` behind what its place alone says."""
    value, source = one["cells"][key], one["sources"].get(key)
    if value is None:
        raw = source["raw"].strip() if source else ""
        return f"[red]{NULL}[/]" + (f" [dim]{escape(raw[:12].translate(PLAIN))}[/]" if raw else "")
    shown = f"{value}?" if source and not source["certain"] else f"{value}"
    return shown if not value else f"[bold]{shown}[/]"


def below(one: Row) -> Iterator[str]:
    """The lines below the tables: what sums say of blanks, failed checks with their evidence, notes."""
    for key, value in one["derived"].items():
        yield f"  {key} is blank, its sum says {value}"
    results = Counter(check["result"] for check in one["checks"])
    told = ", ".join(f"{count} {result.replace('_', ' ')}" for result, count in sorted(results.items()))
    yield f"  checks: {told or 'none'}"
    for check in one["checks"]:
        if check["result"] == "fail":
            by = f" ({check['attribution']})" if check["attribution"] else ""
            yield f"  {check['code']} {check['severity']}{by}: {check['message']}"
            yield from (f"      {line}" for line in _evidence(check, one))
    yield from (f"  note: {warning}" for warning in one["warnings"])


def _evidence(check: Row, one: Row) -> Iterator[str]:
    for key in check["cells"][:MOST]:
        value = one["cells"].get(key)
        yield f"{key} = {NULL if value is None else value}  ({_place(one['sources'].get(key))})"
    left = len(check["cells"]) - MOST
    if left > 0:
        yield f"and {left} more cells"
    if not check["cells"]:
        yield from dict.fromkeys(check["places"][:MOST])


def _place(source: Row | None) -> str:
    if source is None:
        return "not found"
    box = " ".join(f"{edge:g}" for edge in source.get("box") or ())
    where = [source.get("part"), f"page {source['page']}" if source.get("page") else None, source.get("at"),
             f"box {box}" if box else None]
    return ", ".join(filter(None, where)) or "somewhere"


def lines(one: Row) -> Iterable[str | Table]:
    """Everything, line by line and table by table."""
    yield from head(one)
    for table, left_out in tables(one):
        if table.row_count:
            yield table
            yield from (f"  {line}" for line in left_out)
        else:
            yield f"  {table.columns[0].header}: {'; '.join(left_out)}"
    yield from below(one)


def show_reading(one: Row) -> None:
    """One document as `nianbao parse` shows it to a person."""
    if "error" in one:
        click.echo(f"{one['file']}: {one['error']}".translate(PLAIN))
        return
    for line in lines(one):
        if isinstance(line, Table):
            print_table(line)
        else:
            click.echo(line.translate(PLAIN))


def print_table(table: Table) -> None:
    """A table as wide as the terminal, or as wide as it needs where nobody looks at one."""
    if sys.stdout.isatty():
        Console().print(table)
        return
    plain = StringIO()
    Console(width=PLAIN_WIDTH, file=plain).print(table)
    click.echo("\n".join(line.rstrip() for line in plain.getvalue().splitlines()))
