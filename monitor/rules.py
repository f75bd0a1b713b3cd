"""The rules that need a home: when a report was published (T), and how it stands on its portal (L)."""

from collections.abc import Mapping
from dataclasses import dataclass

from archive.report.model import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """How grave it is, what it is called, and what holds otherwise; `when` says from when on it may be told."""

    severity: Severity
    title: str
    meaning: str
    when: str


_SECOND = "two complete looks, 20 hours or more apart"
_NOTE = "never: it is no more than a note"
_CLAIM = "at once; where the page shows no date, two complete looks"

RULES: Mapping[str, Rule] = {
    "T02": Rule("warning", "Later than the local date",
                "The report is out by the local date: local practice, or the county's notice.", _CLAIM),
    "T03": Rule("error", "Later than the outer date",
                "It is out by 31 March: by reference to article 49, up to report year 2018 by article 31 of 2007.",
                _CLAIM),
    "T04": Rule("warning", "Not found after the local date",
                "A complete look after the local date shows it.", _SECOND),
    "T05": Rule("error", "Not published by the outer date",
                "A complete look after the outer date shows it.", _SECOND),
    "T06": Rule("info", "Could not be judged",
                "The portal could be looked at; one finding for each cause, a warning where it is the whole portal.",
                "never: it is not the publisher's"),
    "T07": Rule("warning", "Dated before the year had ended",
                "The date on its page lies after the year that it reports on.", "at once"),
    "T08": Rule("info", "Date of publication unknown",
                "Its page or our looks say whether it came in time.", _NOTE),
    "T09": Rule("warning", "Date contradicted by looks",
                "Complete looks after the due date do not contradict a page that claims to be in time.", _SECOND),
    "T10": Rule("warning", "Changed after publication",
                "Text and cells stay as they were published; counters, clocks and page furniture are no part of them.",
                "at once; never where either version was read off a picture"),
    "L01": Rule("error", "Dead link", "The link in the listing leads to the report.", _SECOND),
    "L02": Rule("warning", "Attachment cannot be opened", "The files of its page exist and open.",
                "after two answers, 20 hours or more apart, that it does not exist; at once where it asks for a "
                "password; what else we could not open, never"),
    "L03": Rule("warning", "In another column", "It stands in the column for annual reports.",
                "two crawls, 20 hours or more apart"),
    "L04": Rule("warning", "Link leads to another report",
                "The report behind a link or in a file is of the body and year that it is named after.",
                "links: two complete looks; files: at once; never where only a title says so"),
    "L05": Rule("warning", "Report removed", "A report that was there stays there.", _SECOND),
    "L06": Rule("info", "Copies differ", "Copies at several addresses show the same figures.",
                _NOTE),
    "L07": Rule("info", "Scan without text", "A PDF has text that can be searched.", _NOTE),
}

_INTRODUCTION = """\
## Rules on publication

These need a home: they rest on looks, dates and copies and not on one document. T01, not due yet, is the status
`pending` and no finding. Every finding names the captures that show it; `nianbao explain` tells the whole story. A T06
is never the publisher's; a county or a listing that could not be read is one finding, not one for each township.
"""


def as_markdown() -> str:
    """The table of these rules as the second part of docs/rules.md."""
    head = "| code | severity | finding | what holds otherwise | told outside |"
    lines = [_INTRODUCTION, head, "|---|---|---|---|---|"]
    lines += [f"| {code} | {rule.severity} | {rule.title} | {rule.meaning} | {rule.when} |"
              for code, rule in RULES.items()]
    return "\n".join(lines) + "\n"
