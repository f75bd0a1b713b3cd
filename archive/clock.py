"""Time comes in at the edge: instants are UTC, days are Asia/Shanghai."""

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
SEASON = range(1, 5)  # January to April: reports appear from the first days of January, the outer date is 31 March


def now(environ: Mapping[str, str] = os.environ) -> datetime:
    """The present instant (UTC), or the one that NIANBAO_NOW names. Raises ValueError when that is no instant."""
    text = environ.get("NIANBAO_NOW")
    return parse_instant(text) if text else datetime.now(UTC)


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant with its zone (`2026-01-20T01:00:00Z`), as UTC. Raises ValueError."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"{text!r} names no time zone; expected for example 2026-01-20T01:00:00Z")
    return instant.astimezone(UTC)


def parse_as_of(text: str) -> datetime:
    """An instant, or a day, which means its end in Asia/Shanghai. Raises ValueError."""
    return end_of_day(date.fromisoformat(text)) if len(text) == len("2026-01-20") else parse_instant(text)


def end_of_day(day: date) -> datetime:
    """The last second of a day in Asia/Shanghai, as UTC."""
    following = datetime.combine(day + timedelta(days=1), time(), SHANGHAI)
    return (following - timedelta(seconds=1)).astimezone(UTC)


def local_day(instant: datetime) -> date:
    """The day in Asia/Shanghai on which an instant falls."""
    return instant.astimezone(SHANGHAI).date()


def iso(instant: datetime) -> str:
    """An instant as it is stored and printed: UTC, whole seconds, `Z`."""
    return instant.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
