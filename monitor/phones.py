"""Whom to ask: the telephone numbers that townships name in their reports."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from archive.clock import iso

CHUNK = 500  # SQLite takes so many values in one question
MOST_DIGITS = 15  # of any telephone number (E.164)
LATEST = """
    SELECT township, year, phone FROM (
        SELECT p.township, p.report_year AS year, d.report ->> '$.facts.contact_phone' AS phone,
            row_number() OVER (PARTITION BY p.township ORDER BY p.report_year DESC, p.last_seen DESC, p.id) AS nth
        FROM publications p JOIN documents d ON d.sha256 = p.sha256 AND d.county = p.county
        WHERE p.township IN ({places}) AND p.first_seen <= ? AND d.report ->> '$.facts.contact_phone' IS NOT NULL
    ) WHERE nth = 1"""


@dataclass(frozen=True, slots=True)
class Phone:
    """A number as the report for `year` prints it."""

    number: str
    year: int

    @property
    def digits(self) -> str:
        """What a telephone dials."""
        return re.sub(r"\D", "", self.number)


def known(db: Database, townships: Collection[str], *, as_of: datetime) -> Mapping[str, Phone]:
    """The number that the latest report of each of these townships (codes) names; none where no report names one."""
    asked, found = sorted(townships), {}
    for begin in range(0, len(asked), CHUNK):
        some = asked[begin:begin + CHUNK]
        rows = db.execute(LATEST.format(places=", ".join("?" * len(some))), [*some, iso(as_of)])
        for township, year, number in rows:
            phone = Phone(number, year)
            if 7 <= len(phone.digits) <= MOST_DIGITS:
                found[township] = phone
    return found
