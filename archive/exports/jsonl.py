"""JSON Lines: one object for each report, with the keys that `nianbao parse --json` prints.

Added to these: whose report of which year the page is, its address and dates, and the capture that its newest version
came from. A null cell is null.
"""

import json
from collections.abc import Iterator
from typing import Any

from archive.exports.source import Row, Source

REPORTS = """
SELECT p.county, c.name AS county_name, p.township, t.name AS township_name, p.report_year, p.id AS publication,
    p.title, p.url, p.claimed_on, p.claimed_from, p.first_seen, p.last_seen, p.versions, p.sha256, p.page_sha256,
    d.kind, d.report, d.unreadable, k.id AS capture, k.url AS capture_url, k.at, k.volume, k.offset, k.length
FROM publications p
JOIN counties c ON c.code = p.county
JOIN townships t ON t.code = p.township
LEFT JOIN documents d ON d.sha256 = p.sha256 AND d.county = p.county
LEFT JOIN versions v ON v.publication = p.id AND v.number = p.versions
LEFT JOIN captures k ON k.id = v.capture
"""
CHECKS = "SELECT code, result, severity, attribution, message, cells FROM checks WHERE publication = ? ORDER BY code"
OWN = ("county", "county_name", "report_year", "publication", "title", "url", "claimed_on", "claimed_from",
       "first_seen", "last_seen", "versions", "sha256", "page_sha256", "kind", "unreadable")


def reports(source: Source) -> Iterator[Row]:
    """The reports, by year (newest first), county and township."""
    for row in source.rows(REPORTS, "report_year DESC, county, township, publication"):
        yield _report(source, row)


def line(report: Row) -> str:
    """One report as a line."""
    return json.dumps(report, ensure_ascii=False) + "\n"


def _report(source: Source, row: Row) -> Row:
    own = {name: row[name] for name in OWN}
    own |= {"division_code": row["township"], "township": row["township_name"], "capture": _capture(row)}
    read: dict[str, Any] = json.loads(row["report"]) if row["report"] else {}
    return own | read | {"sha256": row["sha256"], "checks": _checks(source, row["publication"])}


def _capture(row: Row) -> Row | None:
    if row["capture"] is None:
        return None
    return {"id": row["capture"], "url": row["capture_url"], "at": row["at"], "volume": row["volume"],
            "offset": row["offset"], "length": row["length"]}


def _checks(source: Source, publication: int) -> list[Row]:
    """The results of the rules; of failures only the publisher's own, unless it stays in the house."""
    found = source.db.execute(CHECKS, [publication])
    names = [column[0] for column in found.description]
    made = (dict(zip(names, values, strict=True)) for values in found)
    return [one | {"cells": json.loads(one["cells"])} for one in made
            if source.in_house or one["result"] != "fail" or one["attribution"] == "publisher"]
