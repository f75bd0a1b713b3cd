"""Lists whose pages all stand in the first one, and of which script shows one at a time (pure)."""

import re

import lxml.html

from crawler.pages import Page, find_date

HIDDEN = re.compile(r"display\s*:\s*none", re.I)
HIDING = re.compile(r"(?:^|\s)(?:hide|hidden|none|dis-?none)(?:\s|$)", re.I)
NUMBERED = re.compile(r"^(.*?)(\d+)$")


def whole(page: Page, pages: int | None) -> bool:
    """As many pages as are announced stand here, as blocks beside each other or as rows of which some are hidden."""
    if pages is None or pages < 2:
        return False
    blocks = (element for element in page.tree.iter("ul", "div", "tbody", "table") if _dated(element))
    if any(len(set(_like(element))) == pages for element in blocks if _hidden(element) or _has_number(element)):
        return True
    return any(_pages_of_rows(parent) == pages for parent in page.tree.iter("ul", "tbody", "dl"))


def _like(element: lxml.html.HtmlElement) -> list[tuple[str, ...]]:
    """The element and its like, each as the addresses in it: blocks that repeat others are no further pages."""
    parent = element.getparent()
    beside = [] if parent is None else [one for one in parent.iterchildren(element.tag) if _dated(one)]
    stem = _stem(element)
    return [tuple(str(anchor.get("href")) for anchor in one.iter("a")) for one in beside
            if _hidden(element) or _stem(one) == stem]


def _pages_of_rows(parent: lxml.html.HtmlElement) -> int:
    """How many pages of as many rows as are shown the rows make; 0 where none is hidden."""
    rows = [row for row in parent.iterchildren("li", "tr", "dd") if _dated(row)]
    shown = sum(not _hidden(row) for row in rows)
    return -(-len(rows) // shown) if 0 < shown < len(rows) else 0


def _has_number(element: lxml.html.HtmlElement) -> bool:
    return _stem(element) is not None


def _stem(element: lxml.html.HtmlElement) -> str | None:
    match = NUMBERED.match(element.get("id") or "")
    return match[1] if match else None


def _hidden(element: lxml.html.HtmlElement) -> bool:
    return bool(HIDDEN.search(element.get("style") or "") or HIDING.search(element.get("class") or ""))


def _dated(element: lxml.html.HtmlElement) -> bool:
    return element.find(".//a[@href]") is not None and find_date(str(element.text_content()))[0] is not None
