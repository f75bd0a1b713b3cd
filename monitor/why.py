"""In one sentence: why a duty stands as it does; and how its dates were computed."""

from collections.abc import Iterator

from archive.clock import local_day
from archive.notices import FIRST_LOCAL
from monitor.deadlines import Duty
from monitor.judge import Flag, Judgement, Status
from monitor.texts import Text


def why(one: Judgement) -> Text:
    """The one reason for a status; what is unknown or undated brings its own."""
    return one.cause or REASONS[one.status](one)


def _pending(one: Judgement) -> Text:
    return Text("why_pending", one.duty.due)


def _on_time(one: Judgement) -> Text:
    if one.claimed_on and one.first_look_with and not _seen_in_time(one):
        return Text("why_on_time_claimed", one.duty.due, one.claimed_from, one.claimed_on)
    return Text("why_on_time_seen", one.duty.due, first=one.first_look_with)


def _seen_in_time(one: Judgement) -> bool:
    return one.first_look_with is not None and local_day(one.first_look_with) <= one.duty.due


def _late(one: Judgement) -> Text:
    if Flag.BACKDATED in one.flags:
        return Text("why_late_backdated", one.duty.due, first=one.last_look_without)
    if one.claimed_on and one.claimed_on > one.duty.due:
        return Text("why_late_claimed", one.duty.due, one.claimed_from, one.claimed_on)
    return Text("why_late_looks" if one.confirmed else "why_late_look", one.duty.due, first=one.last_look_without)


def _missing(one: Judgement) -> Text:
    return Text("why_missing" if one.confirmed else "why_missing_once", one.duty.due, first=one.last_look_without)


def _withdrawn(one: Judgement) -> Text:
    return Text("why_withdrawn", one.gone_since)


REASONS = {
    Status.PENDING: _pending, Status.ON_TIME: _on_time, Status.LATE: _late, Status.MISSING: _missing,
    Status.WITHDRAWN: _withdrawn,
}


def dates(duty: Duty) -> Iterator[Text]:
    """Each due date with the rule or notice that it rests on, and how it was computed."""
    for one in duty.dates:
        yield Text(f"day_{one.rule}", one.day, one.notice, year=FIRST_LOCAL - 1)
        source = one.source if one.rule in ("local", "notice") else Text(f"source_{one.rule}")
        yield Text("day_from", detail=source, name=one.sum)
