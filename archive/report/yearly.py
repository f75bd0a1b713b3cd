"""Year over year: the rules that need last year's report of the same body, or those of the bodies around it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from archive.report import checks_copies as copies
from archive.report import checks_yearly as yearly
from archive.report.checking import NOT_APPLICABLE, Rule
from archive.report.model import Check, Report
from archive.report.years import Pair, Year, of_json, of_report, why_not

__all__ = ["WITH_LAST", "YEARLY", "Pair", "Year", "compare", "merged", "of_json", "of_report", "why_not", "with_last"]

_ORDER = "SPYABCDXQ"
# X02 is A02 under another name.
YEARLY: tuple[Rule[Pair], ...] = (
    Rule("S13", "warning", "trigger", "Same text as another report", copies.original, 0),
    Rule("P12", "error", "trigger", "Report of another body than the column's", yearly.issuer_of_column, 0),
    Rule("A02", "warning", "hold", "Stock of documents does not follow", yearly.stock_follows),
    Rule("A03", "warning", "hold", "More repealed than there was", yearly.enough_to_repeal),
    Rule("A08", "warning", "hold", "2019 form: items do not follow", yearly.items_follow),
    Rule("C05", "info", "hold", "More suits after reconsideration than reconsiderations", yearly.later_suits),
    Rule("C06", "info", "trigger", "Disputes without any request", yearly.disputes_explained),
    Rule("X01", "error", "hold", "Carried in is not what was carried out", yearly.carried_over),
    Rule("X03", "warning", "trigger", "Prose almost unchanged", copies.rewritten),
    Rule("X04", "info", "trigger", "Prose of another body", copies.own_words),
    Rule("X05", "info", "trigger", "Figure jumps", yearly.no_jumps),
    Rule("X06", "info", "trigger", "Telephone number changed", yearly.same_phone),
    Rule("X07", "warning", "hold", "Pending disputes vanish", yearly.pending_reappear),
    Rule("X08", "warning", "trigger", "Same requests as last year", yearly.requests_differ),
)
# What these say, last year's report shows too.
WITH_LAST = frozenset(rule.code for rule in YEARLY) - {"S13", "P12", "X04"}


def compare(now: Year, last: Year | None = None, *, others: Sequence[Year] = (),
            column: tuple[str, str] | None = None) -> tuple[Check, ...]:
    """One Check for each rule that needs more than one report, in the order of the table.

    `last` is last year's report of the same body (another one counts as none); `others` the county's other reports, of
    any year; `column` code and name of the body in whose column the report stands.
    """
    fits = last is not None and why_not(now, last) is None
    pair = Pair(now, last if fits else None, tuple(others), column)
    return tuple(_check(rule, pair) for rule in YEARLY)


def _check(rule: Rule[Pair], pair: Pair) -> Check:
    year = pair.now.year
    meant = pair.now.kind != "not_a_report" and (year is None or year >= rule.since)
    outcome = rule.function(pair) if meant else NOT_APPLICABLE
    return Check(rule.code, outcome.result, outcome.severity or rule.severity, outcome.attribution, outcome.message,
                 outcome.cells, outcome.places)


def merged(checks: Iterable[Check], more: Iterable[Check]) -> tuple[Check, ...]:
    """Checks of one report with those that compare it: a later answer takes the place of an earlier one."""
    found = {check.code: check for check in (*checks, *more)}
    return tuple(sorted(found.values(), key=lambda check: place_of(check.code)))


def place_of(code: str) -> tuple[int, int]:
    """Where a code stands among all: by letter as the rules are grouped, then by number."""
    return _ORDER.index(code[0]), int(code[1:])


def with_last(report: Report, last: Report) -> Report:
    """A report with its checks made against last year's of the same body; a note says why where it is none."""
    now, before = of_report(report), of_report(last)
    reason = why_not(now, before)
    notes = (*report.warnings, f"not compared with last year's report: {reason}") if reason else report.warnings
    return replace(report, checks=merged(report.checks, compare(now, before)), warnings=notes)
