"""What people decided about findings: it is the publisher's, it is none, or that word is taken back.

A decision holds until another one, also when the finding is read again or opens again. One about what a text says
holds for that text: what a corrected report says nobody has looked at.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Literal

from sqlite_utils import Database

from archive.clock import iso
from monitor.errors import BadDecision
from monitor.judge import Flag, Judgement, Status
from monitor.texts import Text

Decision = Literal["confirm", "dismiss", "undo"]

# A report that is not there is one fact, before and after the outer date.
_SAME = {"T05": "T04"}
# What is left of a status where a person said that there is nothing wrong.
_LEFT = {Status.MISSING: Status.UNKNOWN, Status.WITHDRAWN: Status.UNKNOWN, Status.LATE: Status.UNDATED}
_LATEST = "SELECT fingerprint, decision, basis FROM decisions WHERE at <= ? ORDER BY at, id"


class Decisions:
    """What stands decided at an instant."""

    def __init__(self, latest: Mapping[str, tuple[Decision, str]]) -> None:
        self._latest = {_fact(fingerprint): told for fingerprint, told in latest.items()}

    def about(self, fingerprint: str, basis: str = "") -> Decision | None:
        """What was last said about a finding; None where nothing was, or of another text."""
        told = self._latest.get(_fact(fingerprint))
        if told is None or told[0] == "undo" or told[1] not in ("", basis):
            return None
        return told[0]

    def applied(self, judgements: Iterable[Judgement]) -> list[Judgement]:
        """Judgements with what people said: a dismissed accusation is none, a confirmed one needs no second look."""
        return [self._applied(one) for one in judgements] if self._latest else list(judgements)

    def _applied(self, one: Judgement) -> Judgement:
        code = accusation(one)
        told = self.about(fingerprint(code, one.duty.county, one.duty.township, one.duty.report_year)) if code else None
        if told == "dismiss":
            flags = tuple(sorted({*one.flags, Flag.DISMISSED}))
            left = _LEFT[one.status]
            return replace(one, status=left, past=one.past if left is Status.UNKNOWN else None, confirmed=False,
                           cause=Text("why_dismissed"), flags=flags)
        return replace(one, confirmed=True) if told == "confirm" else one


def load(db: Database, *, as_of: datetime) -> Decisions:
    """What had been decided by an instant."""
    rows = db.execute(_LATEST, [iso(as_of)]).fetchall()
    return Decisions({name: (decision, basis) for name, decision, basis in rows})


def accusation(one: Judgement) -> str | None:
    """The finding by which a status accuses somebody; None where it does not."""
    if one.status is Status.MISSING:
        return "T05" if one.past == "outer" else "T04"
    if one.status is Status.WITHDRAWN:
        return "L01" if Flag.DEAD_LINK in one.flags else "L05"
    if one.status is Status.LATE:
        return "T09" if Flag.BACKDATED in one.flags else "T03" if one.past == "outer" else "T02"
    return None


def fingerprint(code: str, county: str, township: str | None, report_year: int | None, subject: str = "") -> str:
    """What makes a finding the same one tomorrow."""
    return "|".join((code, county, township or "", str(report_year or ""), subject))


def decide(db: Database, number: int, decision: Decision, why: str, *, at: datetime) -> None:
    """Keep what a person says about a finding. Raises BadDecision where there is none, or no word to undo."""
    row = next(iter(db.query("SELECT fingerprint, basis FROM findings WHERE id = ?", [number])), None)
    if row is None:
        raise BadDecision(f"there is no finding {number}; `nianbao findings` lists them")
    if decision == "undo" and load(db, as_of=at).about(row["fingerprint"], row["basis"]) is None:
        raise BadDecision(f"nothing is decided about finding {number}")
    values = {"fingerprint": row["fingerprint"], "decision": decision, "why": why, "at": iso(at), "basis": row["basis"]}
    with db.atomic():
        db.table("decisions").insert(values)
        if decision == "confirm":
            db.execute("UPDATE findings SET attribution = 'publisher', confirmed = 1 WHERE id = ?", [number])
        elif decision == "dismiss":
            # what is not confirmed stays in the house, also when it is closed
            db.execute("UPDATE findings SET closed = coalesce(closed, ?), confirmed = 0"
                       " WHERE id = ? OR fingerprint IN (SELECT value FROM json_each(?))",
                       [iso(at), number, json.dumps(_names(row["fingerprint"]))])


def _names(fingerprint: str) -> list[str]:
    """Every fingerprint under which the same fact may stand."""
    code, bar, rest = fingerprint.partition("|")
    return [f"{other}{bar}{rest}" for other in {code, *_SAME, *_SAME.values()}
            if _SAME.get(other, other) == _SAME.get(code, code)]


def _fact(fingerprint: str) -> str:
    code, bar, rest = fingerprint.partition("|")
    return f"{_SAME.get(code, code)}{bar}{rest}"
