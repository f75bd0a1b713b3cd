"""Where a switch acts: which requests of a site its value names. And what kind of page an answer is."""

import re
from dataclasses import dataclass
from typing import Literal

from crawler.replicas.pages import shortened
from crawler.replicas.sites.model import Site
from crawler.replicas.web import Answer, Request

Role = Literal["home", "list", "report", "file", "other"]
ROLES: frozenset[str] = frozenset({"home", "list", "report", "file", "other"})
_NUMBERED = re.compile(r"#(\d+)(\+)?(?:~([\d.]+))?")


@dataclass(frozen=True, slots=True)
class Visit:
    """One request as switches see it.

    `ordinal` counts the site's requests from 1, robots.txt left out; `again` says that this address was asked before;
    `quiet` are the seconds since the site was last asked for anything.
    """

    request: Request
    role: Role
    ordinal: int = 1
    again: bool = False
    quiet: float = 0.0


def names(value: str, visit: Visit) -> bool:
    """Whether a switch's value names this request. Raises ValueError for a value that names nothing."""
    if not value:
        return True
    if value.startswith("/"):
        return visit.request.path.startswith(value)
    if value == "first":
        return not visit.again
    if value in ROLES:
        return visit.role == value
    found = _NUMBERED.fullmatch(value)
    if found is None:
        raise ValueError(f"{value!r} says nowhere; expected {', '.join(sorted(ROLES))}, first, /path or #7, #7+, #7+~2")
    first = int(found[1])
    return visit.ordinal >= first if found[2] else visit.ordinal == first


def patience(value: str) -> float | None:
    """The seconds of `#7+~2` after which a site answers again; None where it never does."""
    found = _NUMBERED.fullmatch(value)
    return float(found[3]) if found and found[3] else None


def role_of(site: Site, request: Request, answer: Answer | None) -> Role:
    """What kind of page an answer is, by what stands in it: nothing here knows the software."""
    if request.path == "/" and not request.query:
        return "home"
    if answer is None or answer.status != 200:
        return "other"
    papers = [paper for column in site.reports for paper in column.papers]
    if any(upload.body == answer.body for paper in papers for upload in paper.uploads):
        return "file"
    text = answer.body.decode("utf-8", "replace")
    if any(paper.inner[:400] in text for paper in papers) or any(
            re.search(rf"(?<!\d){paper.number}(?!\d)", request.path) for paper in papers):
        return "report"
    shown = sum(_shows(text, paper.title) for paper in papers)
    return "list" if shown else "other"


def _shows(text: str, title: str) -> bool:
    return title in text or shortened(title) in text or " ".join(title.split()) in text
