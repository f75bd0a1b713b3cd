"""In one sentence: why a duty stands as it does; and how its dates were computed."""

from collections.abc import Iterator

from archive.clock import local_day
from archive.registry import Portal
from monitor.deadlines import LAST_OLD_YEAR, Duty
from monitor.judge import Flag, Judgement, Status
from monitor.settings import Calendar, MonthDay
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


def dates(duty: Duty, portal: Portal, calendar: Calendar) -> Iterator[Text]:
    """Each due date with the rule or notice that it rests on and the setting that it was computed from."""
    if duty.due_local is None:
        yield Text("day_old", duty.due_outer, year=LAST_OLD_YEAR)
        return
    if duty.notice:
        yield Text("day_notice", duty.due_local, duty.notice)
    else:
        yield Text("day_local", duty.due_local)
    yield Text("day_from", detail=_local_source(duty, portal, calendar), year=duty.report_year + 1)
    yield Text("day_outer", duty.due_outer)
    yield Text("day_from", detail=f"nianbao.toml, calendar.due_outer = {_written(calendar.due_outer)}",
               year=duty.report_year + 1)


def _local_source(duty: Duty, portal: Portal, calendar: Calendar) -> str:
    if duty.county in calendar.counties:
        day = _written(calendar.counties[duty.county].due_local)
        return f"nianbao.toml, calendar.counties.{duty.county}.due_local = {day}"
    if portal.calendar:
        return f'{portal.path.name}, calendar.due_local = "{portal.calendar.due_local}"'
    return f"nianbao.toml, calendar.due_local = {_written(calendar.due_local)}"


def _written(day: MonthDay) -> str:
    return f'"{day[0]:02}-{day[1]:02}"'
