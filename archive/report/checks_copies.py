"""S13, X03, X04: whose words a report says over again."""

from archive.report.checking import PASS, UNKNOWN, Outcome, fail
from archive.report.likeness import LEAST, body, likeness, shared, statements
from archive.report.model import Attribution
from archive.report.years import Pair, Year, same_body

_UNCHANGED, _ALIKE = 0.90, 0.80
_TEMPLATE = 5                          # reports that it takes to tell a county's template from a copy


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
    same = [year for year in others if body(year.text) == text]
    if not same:
        return PASS
    names = "、".join(dict.fromkeys(year.name for year in same))
    return fail(f"与{names}年报的正文相同", attribution=_whose(pair.now, *same), places=["whole text"])


def rewritten(pair: Pair) -> Outcome:
    """The prose is not last year's with other figures."""
    if pair.last is None:
        return UNKNOWN
    if body(pair.now.text) == body(pair.last.text) and original(pair).result == "fail":
        return UNKNOWN                 # S13 says it
    names = pair.now.names
    alike = likeness(statements(pair.now.text, names), statements(pair.last.text, pair.last.names))
    if alike is None:
        return UNKNOWN
    if alike < _ALIKE:
        return PASS
    return fail(f"与上一年年报的文字重复率{alike:.0%}", severity=None if alike >= _UNCHANGED else "info",
                attribution=_whose(pair.now, pair.last), places=["whole text"])


def own_words(pair: Pair) -> Outcome:
    """What the report says beyond the template that the county's bodies share is not another body's."""
    same_year = [year for year in _known(pair) if year.year == pair.now.year]
    if len(same_year) + 1 < _TEMPLATE:
        return UNKNOWN
    group = sorted({(year.text, year.names) for year in (pair.now, *same_year)})
    template = shared(tuple(group))
    mine = _beyond(pair.now, template)
    found = [(alike, year) for year in same_year if body(year.text) != body(pair.now.text)
             and (alike := likeness(mine, _beyond(year, template))) is not None]
    if not found:
        return UNKNOWN
    alike, other = max(found, key=lambda item: item[0])
    if alike < _ALIKE:
        return PASS
    message = f"与{other.name}年报高度雷同（{alike:.0%}）"
    return fail(message, attribution=_whose(pair.now, other), places=["whole text"])


def _beyond(year: Year, template: frozenset[str]) -> tuple[str, ...]:
    return tuple(sentence for sentence in statements(year.text, year.names) if sentence not in template)
