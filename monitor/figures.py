"""The numbers that a digest's charts are drawn from; its tables show the same ones. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from archive.clock import local_day
from monitor.judge import Judgement, Status
from monitor.news import County, Digest, published_on

# The days of a season at which reports are counted: three a month, the due dates among them.
CHECKPOINTS = tuple((month, day) for month, end in ((1, 31), (2, 28), (3, 31), (4, 30)) for day in (10, 20, end))

JUDGED = (Status.ON_TIME, Status.LATE, Status.MISSING, Status.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Curve:
    """How many reports were out by each of some days (None: not yet), and a year before (None: nothing known).

    `of` counts the townships, `unknown` those of them that could not be judged, `undated` the reports of either year
    whose day nobody knows.
    """

    days: tuple[date, ...]
    now: tuple[int | None, ...]
    before: tuple[int, ...] | None
    of: int
    undated: int
    unknown: int = 0


def curve(digest: Digest) -> Curve | None:
    """Publication over time against last year; None as long as there is nothing to compare."""
    today = local_day(digest.as_of)
    days = _days(digest.year + 1, today)
    now, before = (sorted(_published(some)) for some in (digest.duties, digest.last_year))
    past = [day for day in days if day <= today]
    unknown = sum(one.status is Status.UNKNOWN for one in digest.duties)
    if len(past) < 2 or not (now or before) or unknown == len(digest.duties):
        return None
    undated = sum(one.published for one in (*digest.duties, *digest.last_year)) - len(now) - len(before)
    return Curve(days, tuple(bisect_right(now, day) if day <= today else None for day in days),
                 tuple(bisect_right(before, _year_before(day)) for day in days) if before else None,
                 len(digest.duties), undated, unknown)


def share_on_time(county: County) -> float | None:
    """How many of a county's reports were on time, 0 to 1, of those that are judged; None where none is.

    What is not due, could not be checked or waits for a second look lowers nobody's share.
    """
    judged = sum(county.counts[status] for status in JUDGED)
    return county.counts[Status.ON_TIME] / judged if judged else None


def lowest_first(counties: Iterable[County]) -> tuple[County, ...]:
    """Counties by share on time; those about which nothing is known come last."""

    def order(county: County) -> tuple[float, int, str]:
        share = share_on_time(county)
        return (2.0 if share is None else share, -county.counts[Status.MISSING], county.code)

    return tuple(sorted(counties, key=order))


def _days(year: int, today: date) -> tuple[date, ...]:
    """The checkpoints of a year, and today where it lies between them."""
    days = {date(year, month, day) for month, day in CHECKPOINTS}
    return tuple(sorted(days | {today} if min(days) < today < max(days) else days))


def _published(judgements: Sequence[Judgement]) -> Iterable[date]:
    return (day for one in judgements if (day := published_on(one)) is not None)


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return (day - timedelta(days=1)).replace(year=day.year - 1)
