"""S13, X03, X04: whose words a report says over again.

What at least half of a county's reports of a year say alike, sentence by sentence without figures and names, is their
template and nobody's fault: it is left out before anything is compared, and of what is then shorter than LEAST nothing
is said. It takes _TEMPLATE reports to know a template: of three, two that say the same may be a copy or the template,
and it is told outside only where they share a count too. 0.90 is what evaluators call last year's text; from 0.80 on it
is a note for the house. Reports that real townships of different counties wrote share less than 0.05.
"""

import re
from collections.abc import Collection, Sequence

from archive.report.checking import PASS, UNKNOWN, Outcome, fail
from archive.report.likeness import LEAST, body, likeness, shared, statements
from archive.report.model import Attribution
from archive.report.years import Pair, Year, same_body

_UNCHANGED, _ALIKE = 0.90, 0.80
_TEMPLATE = 5                          # reports that it takes to tell a county's template from a copy
_COUNT = re.compile(r"(?<!\d)(?!20\d\d年|19\d\d年)[1-9]\d*(?:\.\d+)?(?=条|件|次|人|篇|份|期|个|项|场|万|家|类|起)")


def _whose(*years: Year) -> Attribution:
    return "publisher" if all(year.told == "publisher" for year in years) else "unknown"


def _known(pair: Pair) -> list[Year]:
    """Everything that the report can be compared with."""
    others = [year for year in pair.others if year.year is not None and year.text]
    if pair.last is not None and not any(year is pair.last for year in others):
        others.append(pair.last)
    return [year for year in others if (year.year, same_body(year, pair.now)) != (pair.now.year, True)]


def original(pair: Pair) -> Outcome:
    """The text is not, figure for figure, that of another body or year."""
    text, others = body(pair.now.text), _known(pair)
    if len(text) < LEAST or not others:
        return UNKNOWN
    same = [year for year in others if body(year.text) == text and not _contradict(pair.now, year)]
    if not same:
        return PASS
    template = _template(pair, pair.now.year)
    if template is not None and len("".join(_beyond(pair.now, template))) < LEAST:
        return UNKNOWN                 # nothing but what half of the county's reports say
    names = "、".join(dict.fromkeys(year.name for year in same))
    whose = _whose(pair.now, *same) if template is not None or _COUNT.search(text) else "unknown"
    return fail(f"与{names}年报的正文相同", attribution=whose, places=["whole text"])


def _contradict(one: Year, other: Year) -> bool:
    """Whether the tables of two reports show different figures: then only their words are the same."""
    return any(value is not None and other.cells.get(key) not in (None, value) for key, value in one.cells.items())


def rewritten(pair: Pair) -> Outcome:
    """The prose, without the template that the county's bodies share, is not last year's with other figures."""
    if pair.last is None:
        return UNKNOWN
    if body(pair.now.text) == body(pair.last.text) and original(pair).result == "fail":
        return UNKNOWN                 # S13 says it
    template = (_template(pair, pair.now.year) or frozenset()) | (_template(pair, pair.last.year) or frozenset())
    mine, theirs = _beyond(pair.now, template), _beyond(pair.last, template)
    alike = likeness(mine, theirs)
    if alike is None:
        return UNKNOWN
    if alike < _ALIKE:
        return PASS
    message = f"与上一年年报的文字重复率{alike:.0%}（不计数字，{_sentences(mine, theirs)}）"
    return fail(message, severity=None if alike >= _UNCHANGED else "info", attribution=_whose(pair.now, pair.last),
                places=["whole text"])


def _sentences(mine: Sequence[str], theirs: Collection[str]) -> str:
    """How many sentences stand in both."""
    known = set(theirs)
    return f"{len(mine)}句中{sum(sentence in known for sentence in mine)}句相同"


def own_words(pair: Pair) -> Outcome:
    """What the report says beyond the template that the county's bodies share is not another body's."""
    same_year = [year for year in _known(pair) if year.year == pair.now.year]
    template = _template(pair, pair.now.year)
    if template is None:
        return UNKNOWN
    mine = _beyond(pair.now, template)
    found = [(alike, year) for year in same_year if body(year.text) != body(pair.now.text)
             and (alike := likeness(mine, _beyond(year, template))) is not None]
    if not found:
        return UNKNOWN
    alike, other = max(found, key=lambda item: item[0])
    if alike < _ALIKE:
        return PASS
    message = f"与{other.name}年报高度雷同（{alike:.0%}，{_sentences(mine, _beyond(other, template))}）"
    return fail(message, attribution=_whose(pair.now, other), places=["whole text"])


def _template(pair: Pair, year: int | None) -> frozenset[str] | None:
    """What half of the county's reports of a year say; None where there are too few to tell."""
    group = {(one.text, one.names) for one in (pair.now, *_known(pair)) if one.year == year}
    return shared(tuple(sorted(group))) if len(group) >= _TEMPLATE else None


def _beyond(year: Year, template: frozenset[str]) -> tuple[str, ...]:
    return tuple(sentence for sentence in statements(year.text, year.names) if sentence not in template)
