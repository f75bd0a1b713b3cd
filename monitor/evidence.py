"""Captures as evidence: where the record of each stands, of which address and when, and what the page looked like."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Capture:
    """One record in the volumes: `offset` and `length` in bytes; `sha256` is that of its decoded body.

    `screenshot` is the capture that shows how a browser painted the page, where one was made. The body itself stands in
    the record at `body_volume` and `body_offset`: this one, or the one that a revisit repeats.
    """

    id: str
    url: str
    at: str
    record_type: str
    status: int | None
    outcome: str | None
    sha256: str | None
    volume: str
    offset: int
    length: int
    body_volume: str | None = None
    body_offset: int | None = None
    screenshot: str | None = None

    @property
    def page(self) -> str:
        """Its page in the browser of the archive; the body's own is linked there."""
        return f"/public/captures/{self.id}"


CAPTURES = """
SELECT c.id, c.url, c.at, c.record_type, c.status, c.outcome, c.sha256, c.volume, c.offset, c.length,
       CASE c.record_type WHEN 'revisit' THEN b.volume ELSE c.volume END AS body_volume,
       CASE c.record_type WHEN 'revisit' THEN b.offset ELSE c.offset END AS body_offset,
       (SELECT p.screenshot FROM listing_pages p
        WHERE p.bundle = c.bundle AND p.capture = c.id AND p.screenshot IS NOT NULL LIMIT 1) AS screenshot
FROM captures c LEFT JOIN bodies b ON b.sha256 = c.sha256 WHERE c.id IN (SELECT value FROM json_each(?))
"""


def captures(db: Database, ids: Iterable[str]) -> dict[str, Capture]:
    """The captures with these ids, in the order asked for; an id that the ledger does not know is left out."""
    asked = list(dict.fromkeys(ids))
    found = {row["id"]: Capture(**row) for row in db.query(CAPTURES, [json.dumps(asked)])}
    return {one: found[one] for one in asked if one in found}


def row(capture: Capture) -> dict[str, Any]:
    """A capture as JSON has it."""
    return asdict(capture) | {"page": capture.page}
