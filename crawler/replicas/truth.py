"""What every township of the three counties published, when, and with which figures: the replicas' own truth.

Nothing here reads a page or knows how a portal serves it. Tests compare what was crawled and read with this.
"""

import functools
import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from archive.clock import SHANGHAI, local_day
from crawler.replicas import form
from crawler.replicas.figures import YEARS, Figures, figures, with_one_more, with_wrong_total
from crawler.replicas.places import PLACES, county_of, seeded
from crawler.replicas.prose import Paper, compose, title_of

Shape = Literal["html", "pdf", "docx", "pictures"]
# How often a county's townships use each form.
_SHAPES: dict[str, tuple[tuple[Shape, ...], tuple[int, ...]]] = {
    "370828": (("html", "docx"), (9, 1)),
    "371521": (("pdf", "html", "docx"), (4, 4, 2)),
    "411526": (("html", "pdf", "docx"), (7, 2, 1)),
}


@dataclass(frozen=True, slots=True)
class Version:
    """What one report says from an instant on. `fee_year` is set where its fee statement names another year."""

    since: datetime
    figures: Figures
    fee_year: int | None = None

    @property
    def cells(self) -> dict[str, form.Number]:
        return self.figures.cells


@dataclass(frozen=True, slots=True)
class Story:
    """One published report: from when to when it stands, what date its page claims, and its versions in order."""

    code: str
    year: int
    shape: Shape
    appears: datetime
    claimed: datetime | None
    versions: tuple[Version, ...]
    gone: datetime | None = None

    @property
    def claimed_on(self) -> date | None:
        """The day that the page shows, if it shows one."""
        return local_day(self.claimed) if self.claimed else None

    @property
    def title(self) -> str:
        return title_of(county_of(self.code).issuer(PLACES[self.code]), self.year)

    def version(self, now: datetime) -> Version | None:
        """What stands at an instant; None before it appeared and after it was withdrawn."""
        if self.gone and now >= self.gone:
            return None
        return next((version for version in reversed(self.versions) if version.since <= now), None)

    def paper(self, version: Version) -> Paper:
        """The report in words and tables."""
        issuer = county_of(self.code).issuer(PLACES[self.code])
        return compose(issuer, self.year, version.figures, fee_year=version.fee_year)


@functools.cache
def script() -> dict[str, Any]:
    """script.toml."""
    return tomllib.loads(Path(__file__).with_name("script.toml").read_text(encoding="utf-8"))


@functools.cache
def story(code: str, year: int) -> Story | None:
    """The report of a township and report year; None where it is never published."""
    if year not in YEARS:
        return None
    return _season_story(code) if year == script()["report_year"] else _earlier_story(code, year)


def stories(code: str) -> tuple[Story, ...]:
    """All reports that a township ever publishes, newest report year first."""
    return tuple(found for year in reversed(YEARS) if (found := story(code, year)))


def down(county: str, now: datetime) -> str | None:
    """How the whole portal fails on this day, by the script."""
    days: dict[str, str] = script()["down"].get(county, {})
    return days.get(local_day(now).isoformat())


def _earlier_story(code: str, year: int) -> Story:
    chance = seeded(code, year, "appears")
    day = datetime(year + 1, 1, chance.randint(5, 30), tzinfo=SHANGHAI)
    appears = (day + timedelta(hours=8, minutes=chance.randint(30, 570))).astimezone(UTC)
    return Story(code, year, _shape(code, year), appears, appears, (Version(appears, figures(code, year)),))


def _season_story(code: str) -> Story | None:
    play = script()
    year = play["report_year"]
    if code not in play["appears"]:
        return None
    appears = play["appears"][code].astimezone(UTC)
    claimed = None if code in play["undated"]["codes"] else play["claims"].get(code, appears).astimezone(UTC)
    gone = play["withdrawn"].get(code)
    found = figures(code, year)
    if code in play["wrong_totals"]["codes"]:
        found = with_wrong_total(found)
    fee_year = year - 1 if code in play["stale_fee_year"]["codes"] else None
    versions = [Version(appears, found, fee_year)]
    if code in play["changes"]:
        versions.append(Version(play["changes"][code].astimezone(UTC), with_one_more(found), fee_year))
    shape = _shape(code, year)
    return Story(code, year, shape, appears, claimed, tuple(versions), gone.astimezone(UTC) if gone else None)


def _shape(code: str, year: int) -> Shape:
    if [code, year] in script()["pictures"]["reports"]:
        return "pictures"
    shapes, weights = _SHAPES[code[:6]]
    return seeded(code, year, "shape").choices(shapes, weights)[0]
