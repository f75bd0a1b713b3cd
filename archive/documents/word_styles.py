"""What the styles and lists of a DOCX say: which paragraphs are headings, which text is hidden, which number it has."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from archive.documents.numbering import MAX_LEVELS, Counters, Level
from archive.documents.word_package import Package
from archive.documents.word_xml import attribute, children, inner, number, switch

_HEADING = re.compile(r"(?:heading|title|标题)\s*\d?", re.I)
_BODY_LEVEL = 9


@dataclass(frozen=True, slots=True)
class Style:
    """A style with what it takes from the ones it is based on. `list_id` and `level` number its paragraphs."""

    heading: bool = False
    hidden: bool = False
    list_id: str | None = None
    level: int | None = None


def read_styles(package: Package) -> dict[str, Style]:
    """Every style by its id."""
    root = package.related("styles")
    if root is None:
        return {}
    elements = {attribute(element, "styleId"): element for name, element in children(root) if name == "style"}
    return {name: _style(list(_chain(name, elements))) for name in elements}


def _chain(name: str, elements: dict[str, etree._Element]) -> Iterator[etree._Element]:
    """A style, the one it is based on, and so on; each once."""
    seen: set[str] = set()
    while name in elements and name not in seen:
        seen.add(name)
        yield elements[name]
        name = attribute(inner(elements[name], "basedOn"), "val")


def _style(chain: list[etree._Element]) -> Style:
    name = attribute(inner(chain[0], "name"), "val")
    outline = next((n for e in chain if (n := number(inner(e, "pPr", "outlineLvl"))) is not None), _BODY_LEVEL)
    hidden = next((s for e in chain if (s := switch(inner(e, "rPr", "vanish"))) is not None), False)
    numbering = next((found for e in chain if (found := inner(e, "pPr", "numPr")) is not None), None)
    return Style(
        bool(_HEADING.match(name)) or outline < _BODY_LEVEL, hidden,
        attribute(inner(numbering, "numId"), "val") or None, number(inner(numbering, "ilvl")),
    )


@dataclass(slots=True)
class _List:
    """A list definition: whose count it shares, its levels, where this use of it starts again."""

    count: str
    levels: list[Level]
    starts: dict[int, int]
    styles: dict[str, int]                        # paragraph style → the level it stands for


class Lists:
    """The automatic numbers of a document, asked for in reading order."""

    def __init__(self, package: Package) -> None:
        root = package.related("numbering")
        self._counters = Counters()
        self._lists = _read_lists(root) if root is not None else {}

    def label(self, list_id: str, level: int | None, style: str) -> str:
        """The number of the next paragraph of a list, empty where it has none."""
        found = self._lists.get(list_id)
        if found is None:
            return ""
        at = found.styles.get(style, 0) if level is None else level
        if at in found.starts:
            self._counters.start(found.count, list_id, at, found.starts[at])
        return self._counters.next(found.count, at, found.levels)


def _read_lists(root: etree._Element) -> dict[str, _List]:
    abstract = {attribute(e, "abstractNumId"): e for name, e in children(root) if name == "abstractNum"}
    linked = {attribute(inner(element, "styleLink"), "val"): element for element in abstract.values()}
    found = {}
    for name, element in children(root):
        shared = attribute(inner(element, "abstractNumId"), "val")
        if name != "num" or shared not in abstract:
            continue
        definition = linked.get(attribute(inner(abstract[shared], "numStyleLink"), "val") or "-", abstract[shared])
        found[attribute(element, "numId")] = _list(attribute(definition, "abstractNumId"), definition, element)
    return found


def _list(count: str, definition: etree._Element, use: etree._Element) -> _List:
    made = _List(count, [Level()] * MAX_LEVELS, {}, {})
    _add_levels(definition, made)
    for name, override in children(use):
        level = number(override, "ilvl")
        if name != "lvlOverride" or level is None or not 0 <= level < MAX_LEVELS:
            continue
        _add_levels(override, made)
        start = number(inner(override, "startOverride"))
        if start is not None:
            made.starts[level] = start
    return made


def _add_levels(element: etree._Element, made: _List) -> None:
    for name, level in children(element):
        at = number(level, "ilvl")
        if name != "lvl" or at is None or not 0 <= at < MAX_LEVELS:
            continue
        start = number(inner(level, "start"))
        made.levels[at] = Level(
            _format(level), attribute(inner(level, "lvlText"), "val"), 0 if start is None else start,
            bool(switch(inner(level, "isLgl"))),
        )
        style = attribute(inner(level, "pStyle"), "val")
        if style:
            made.styles[style] = at


def _format(level: etree._Element) -> str:
    """The format of a level; newer ones stand in a choice beside an older one."""
    direct = inner(level, "numFmt")
    if direct is None:
        direct = next((e for e in level.iter() if attribute(e, "val") and str(e.tag).endswith("}numFmt")), None)
    return attribute(direct, "val") or "decimal"
