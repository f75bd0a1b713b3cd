"""What leads on from a page, anchors or not: for finding columns, never for reading a list (pure).

Menus are written by scripts, kept in their variables, hidden in select boxes, attributes and pictures. A link found
here is called by whatever names it; one without a name is weak.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

import lxml.html

from crawler import families
from crawler.pages import Link, Page, absolute, squeeze

ADDRESS = r"""(?:(?:https?:)?//[^'"\s<>\\]+|\.{0,2}/[^'"\s<>\\]*|[\w./-]+\.(?:s?html?|jsp|aspx?|php|do)[^'"\s<>\\]*)"""
CALL = re.compile(rf"""(?:location(?:\.href)?\s*=|[\w.]+\()\s*['"]({ADDRESS})""")
GOES = re.compile(rf"""location(?:\.href)?\s*(?:=|\.replace\(|\.assign\()\s*['"]({ADDRESS})""")
REFRESH = re.compile(r"""url\s*=\s*['"]?([^'"\s>]+)""", re.I)
OBJECT = re.compile(r"\{[^{}]{5,600}\}")
NAMED = re.compile(r"""['"]?(?:name|title|text|label|caption|\w*name)['"]?\s*:\s*(['"])(.{1,60}?)\1""", re.I)
ADDRESSED = re.compile(rf"""['"]?(?:url|href|link|path|\w*url)['"]?\s*:\s*['"]({ADDRESS})""", re.I)
WRITTEN = re.compile(r"""<a\b[^<>]*?href\s*=\s*\\?["']([^"'\\]+)\\?["'][^<>]*>(.{1,80}?)<\\?/a>""", re.I | re.S)
TAGS = re.compile(r"<[^>]*>")
ATTRIBUTES = ("data-href", "data-url", "data-link", "data-src")
MORE = re.compile(r"[\[【(]?(?:查看)?(?:更多|全部|MORE)(?:信息|内容)?[\s+>》»…\].】)]*|[>》»]{2,}", re.I)
HUB_TEXT = 300                  # characters of a page that does nothing but lead on
LONGEST_HEADING = 40
LEAD = "lead"                   # what a family knows of its software; it is no article
FRAMES = frozenset({"iframe", "frame"})
ROWS = ".//li | .//tr | .//dd"


@lru_cache(maxsize=64)
def ways(page: Page) -> tuple[Link, ...]:
    """Everything that leads on from a page, named as well as it can be; each address with each name once."""
    found: dict[tuple[str, str], Link] = {}
    for link in (*_leads(page), *_anchors(page), *_blocks(page), *_elements(page), *_scripts(page), *_onward(page)):
        found.setdefault((link.url, link.name), link)
    return tuple(found.values())


def blocks(page: Page) -> tuple[Link, ...]:
    """The lists of a page that shows only the head of each: the link to more of it, named by the list's heading."""
    return tuple(_blocks(page))


def onward(page: Page) -> str | None:
    """Where a page that shows nothing of its own goes on to by itself, by a refresh or a script."""
    return next((link.url for link in _onward(page)), None)


def _leads(page: Page) -> Iterator[Link]:
    for family in families.FAMILIES:
        if family.wrote(page):
            yield from (replace(link, tag=LEAD) for link in family.leads(page))


def _anchors(page: Page) -> Iterator[Link]:
    pictured = _pictured(page)
    for link in page.links:
        yield link if link.name else replace(link, title=pictured.get(link.url, ""))


def _pictured(page: Page) -> dict[str, str]:
    """Links that hold only a picture, by what the picture is called."""
    found: dict[str, str] = {}
    for anchor in page.tree.iter("a", "area"):
        url = absolute(page.url, anchor.get("href") or "")
        names = (anchor.get("alt"), anchor.get("aria-label"), *(
            image.get("alt") or image.get("title") for image in anchor.iter("img")))
        name = next((squeeze(name) for name in names if name and name.strip()), None)
        if url and name:
            found.setdefault(url, name)
    return found


def _blocks(page: Page) -> Iterator[Link]:
    for anchor in page.tree.iter("a"):
        url = absolute(page.url, anchor.get("href") or "")
        if url is None or not is_more(anchor):
            continue
        name = heading(anchor)
        if name:
            yield _link(url, name)


def is_more(anchor: lxml.html.HtmlElement) -> bool:
    """The link is called 更多, or by a sign that says the same."""
    return bool(MORE.fullmatch(squeeze(str(anchor.text_content()) or anchor.get("title") or "")))


def heading(anchor: lxml.html.HtmlElement, levels: int = 4) -> str:
    """The words that stand with a link to more, so many levels round it, and are no rows of a list."""
    for around in list(anchor.iterancestors())[:levels]:
        rows = around.xpath(ROWS)
        inside = {part for row in rows for part in row.iter()}       # an element is one object only while it is held
        if anchor in inside:
            continue
        own = (part.text for part in around.iter() if part not in inside and part is not anchor
               and isinstance(part.tag, str) and part.tag not in ("script", "style"))
        found = squeeze(" ".join(filter(None, own)))
        if len(found) > 1:
            return found if len(found) <= LONGEST_HEADING else ""
    return ""


def _elements(page: Page) -> Iterator[Link]:
    for element in page.tree.iter():
        if not isinstance(element.tag, str) or element.tag in ("script", "style", "meta"):
            continue
        references = [element.get(name) for name in ATTRIBUTES]
        references += [element.get("value")] if element.tag == "option" else []
        for code in (element.get("onclick"), element.get("onchange"), element.get("href") or ""):
            if code and ("(" in code or "=" in code) and not code.startswith(("http", "/")):
                references += CALL.findall(code)
        for reference in filter(None, references):
            if re.fullmatch(ADDRESS, reference) and (url := absolute(page.url, reference)):
                yield _link(url, squeeze(str(element.text_content()))[:LONGEST_HEADING] or element.get("title") or "")


def _scripts(page: Page) -> Iterator[Link]:
    for script in page.tree.iter("script"):
        text = script.text or ""
        for written in OBJECT.findall(text):
            name, address = NAMED.search(written), ADDRESSED.search(written)
            url = absolute(page.url, address[1].replace("\\/", "/")) if name and address else None
            if name and url:
                yield _link(url, _unescaped(name[2]))
        for href, inner in WRITTEN.findall(text):
            url = absolute(page.url, href)
            if url:
                yield _link(url, squeeze(_unescaped(TAGS.sub("", inner))))


def _onward(page: Page) -> Iterator[Link]:
    if len(page.text) > HUB_TEXT:
        return
    goals = [match[1] for meta in page.tree.iter("meta") if (meta.get("http-equiv") or "").lower() == "refresh"
             and (match := REFRESH.search(meta.get("content") or ""))]
    goals += [goal for script in page.tree.iter("script") for goal in GOES.findall(script.text or "")]
    for goal in goals:
        url = absolute(page.url, goal)
        if url:
            yield replace(_link(url, ""), tag="frame")


def _unescaped(text: str) -> str:
    return re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)


def _link(url: str, name: str) -> Link:
    return Link(url, name, "", name, None, None)
