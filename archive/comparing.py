"""The reports of one county against each other: each with its last year's, and with all that stand around it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from archive.publications import REPORT, Publication
from archive.report.yearly import Year, compare, of_json

Row = dict[str, Any]


def compared(found: Sequence[Publication], names: Mapping[str, str]) -> dict[str, list[Row]]:
    """By address the checks of a publication with those that compare it, as `nianbao parse --json` prints them.

    `names` are the county's townships by code.
    """
    years = {one.url: _year(one, names) for one in found}
    latest = {(one.choice.township, one.choice.report_year): years[one.url] for one in sorted(found, key=_fullness)}
    rows = {}
    for one in sorted(found, key=lambda one: one.choice.report_year):
        choice = one.choice
        last = latest.get((choice.township, choice.report_year - 1))
        column = (choice.column, names.get(choice.column, choice.column)) if choice.column else None
        more = compare(years[one.url], last, others=tuple(years.values()), column=column)
        own = {check["code"]: check for check in choice.body.report.get("checks", ())}
        rows[one.url] = list((own | {check.code: asdict(check) for check in more}).values())
    return rows


def _year(one: Publication, names: Mapping[str, str]) -> Year:
    """What a publication says, under the body and year that it counts for."""
    choice = one.choice
    read = of_json(choice.body.report, choice.body.text)
    return replace(read, kind=REPORT, code=choice.township, year=choice.report_year,
                   township=names.get(choice.township, read.township))


def _fullness(one: Publication) -> tuple[int, str]:
    """Of several copies of a report the one that shows most is compared with; the address decides between equals."""
    return one.choice.body.cells_read, one.url
