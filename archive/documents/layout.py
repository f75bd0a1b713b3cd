"""Tables of a page as a browser lays them out: rows, spans, what each cell shows and what nobody sees."""

import re
from dataclasses import dataclass

from lxml import etree

from archive.documents.model import GridCell, Place

MAX_CELLS = 20_000
MAX_SPAN = 60
DROPPED = frozenset((
    "script", "style", "noscript", "template", "head", "select", "textarea", "object", "iframe", "svg",
    "button", "input",
))
BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "div", "dl", "dt", "fieldset",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "legend", "li", "main",
    "nav", "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul",
))
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all", re.I)
_RULE = re.compile(r"([^{}]*)\{([^{}]*)\}")
_CLASS = re.compile(r"(?:[a-z]+)?\.([\w-]+)", re.I)
_MEDIA = re.compile(r"@media[^{]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}", re.I)
_TYPED = frozenset(("text", "number", "tel", ""))
_ORDER = {"thead": 0, "tfoot": 2}
_DEEPEST = 150
_SPACE = re.compile(r"[ \t\n\r\f\xa0]+")
_BREAK, _MARK = "\x1e", "\x1d"
_FIGURE = re.compile(r"\s*[+-]?\d[\d.,，．\s]*\D?\D?\s*")
_NOTE = re.compile(f"{_MARK}[^{_MARK}]*{_MARK}")


def squeeze(text: str) -> str:
    """A text with its runs of spaces made one."""
    return _SPACE.sub(" ", text).strip()


def is_left_out(element: etree._Element, tag: str) -> bool:
    """Whether an element shows nothing, by its kind or by its own style."""
    style = element.get("style")
    return tag in DROPPED or (style is not None and bool(_HIDDEN.search(style))) or element.get("hidden") is not None


def hidden_classes(root: etree._Element) -> frozenset[str]:
    """The classes that the page's own style sheets hide; rules for print or for a width of the screen do not count."""
    sheets = (element.text for element in root.iter("style") if element.text and "none" in element.text)
    found = set()
    for sheet in sheets:
        for selectors, rules in _RULE.findall(_MEDIA.sub("", re.sub(r"/\*.*?\*/", "", sheet, flags=re.S))):
            if _HIDDEN.search(rules):
                found |= {match[1] for one in selectors.split(",") if (match := _CLASS.fullmatch(one.strip()))}
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Laid:
    """The cells of a table with the rows and columns they cover; `cut` where there were too many."""

    cells: tuple[GridCell, ...]
    cut: bool = False


def lay(table: etree._Element, number: int, hidden: frozenset[str] = frozenset()) -> Laid:
    """The cells of a table. A class in `hidden` hides a cell's part only: whole blocks may be shown by a script."""
    found: list[GridCell] = []
    taken: set[tuple[int, int]] = set()
    rows = _rows(table)
    for r, row in enumerate(rows):
        column = 0
        for cell in row:
            if cell.tag not in ("td", "th") or is_left_out(cell, cell.tag):
                continue
            while (r, column) in taken:
                column += 1
            height, width = min(_span(cell, "rowspan"), len(rows) - r) or 1, _span(cell, "colspan")
            taken.update((r + i, column + j) for i in range(height) for j in range(width))
            at = Place(f"table {number}, row {r + 1}, column {column + 1}")
            found.append(GridCell(cell_text(cell, hidden), r, column, at, height, width))
            column += width
            if len(taken) > MAX_CELLS:
                return Laid(tuple(found), cut=True)
    return Laid(tuple(found))


def _rows(table: etree._Element) -> list[etree._Element]:
    """The rows that are seen, head first and foot last, wherever the source has them."""
    inner = next((part for part in table.iter("table") if part is not table), None)
    own = (row for row in table.iter("tr") if inner is None or next(row.iterancestors("table")) is table)
    rows = [row for row in own if not _in_hidden(row, table)]
    if next(table.iter("tfoot"), None) is None:
        return rows
    return sorted(rows, key=_part)


def _part(row: etree._Element) -> int:
    parent = row.getparent()
    return _ORDER.get(parent.tag, 1) if parent is not None else 1


def _in_hidden(row: etree._Element, table: etree._Element) -> bool:
    element: etree._Element | None = row
    while element is not None and element is not table:
        if is_left_out(element, ""):
            return True
        element = element.getparent()
    return False


def _span(cell: etree._Element, name: str) -> int:
    """A span as written, 1 where it is no number; absurd ones are cut (a rowspan of 0 reaches the end of the table)."""
    written = re.match(r"\s*(\d{1,6})", cell.get(name) or "")
    if written is None:
        return 1
    return min(int(written.group(1)), MAX_SPAN) or (MAX_SPAN if name == "rowspan" else 1)


def cell_text(cell: etree._Element, hidden: frozenset[str] = frozenset()) -> str:
    """The text of a cell, its paragraphs on lines of their own; a raised mark of a note is no part of a number."""
    pieces: list[str] = []
    _gather(cell, pieces, hidden, 0)
    text = "".join(pieces)
    if _MARK in text:
        bare = _NOTE.sub("", text)
        text = bare if _FIGURE.fullmatch(bare.replace(_BREAK, " ")) else text.replace(_MARK, "")
    if _BREAK not in text:
        return squeeze(text)
    return "\n".join(line for line in map(squeeze, text.split(_BREAK)) if line)


def _gather(element: etree._Element, pieces: list[str], hidden: frozenset[str], depth: int) -> None:
    if element.text:
        pieces.append(element.text)
    for part in element:
        tag = part.tag if isinstance(part.tag, str) else ""
        around = _MARK if tag in ("sup", "sub") else _BREAK if tag in BLOCKS or tag == "br" else ""
        if tag and not _is_unseen(part, tag, hidden) and depth < _DEEPEST:
            pieces.append(around)
            _gather(part, pieces, hidden, depth + 1)
            pieces.append(around if tag != "br" else "")
        elif tag in ("input", "textarea", "select"):
            pieces.append(_typed(part, tag))
        if part.tail:
            pieces.append(part.tail)


def _is_unseen(part: etree._Element, tag: str, hidden: frozenset[str]) -> bool:
    return is_left_out(part, tag) or (bool(hidden) and not hidden.isdisjoint((part.get("class") or "").split()))


def _typed(field: etree._Element, tag: str) -> str:
    """What a form field in a cell shows."""
    if is_left_out(field, ""):
        return ""
    if tag == "textarea":
        return field.text or ""
    if tag == "select":
        options = list(field.iter("option"))
        chosen = [option for option in options if option.get("selected") is not None] or options[:1]
        return str(chosen[0].text or "") if chosen else ""
    return (field.get("value") or "") if (field.get("type") or "").lower() in _TYPED else ""
