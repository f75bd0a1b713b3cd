"""Any list of anchors with dates in rows, and a next link in words."""

import re

from crawler.families.model import Earlier, Family, Listed
from crawler.pages import Link, Page

NEXT = re.compile(r"^(下一?页|后一页|>|>>|»|next)$", re.I)
COUNTS = (re.compile(r"createPageHTML\(\s*(\d+)\s*,"), re.compile(r"共\s*(?:<[^>]+>\s*)?(\d+)\s*(?:<[^>]+>\s*)?页"))
OFF = ("disabled", "off", "nolink", "no-")
ROW_TAGS = "//li | //tr | //dd"


def read(page: Page, _earlier: Earlier = ()) -> Listed | None:
    """The entries of a page that has rows with links in them."""
    if page.metas.get("articletitle"):
        return None
    entries = tuple(link for link in page.links if (link.tag == "a" and link.row != link.text) or link.on)
    if not entries and not page.tree.xpath(ROW_TAGS):
        return None
    return Listed(entries, following(page), announced=announced(page), blind=blind(page))


def announced(page: Page) -> int | None:
    """How many pages the list says it has."""
    counts = [int(count) for pattern in COUNTS for count in pattern.findall(page.html)]
    return max(counts, default=None)


def blind(page: Page) -> bool:
    """A next control that is no address and is not switched off."""
    for anchor in page.tree.iter("a"):
        reference = (anchor.get("href") or "").strip()
        leads = reference and not reference.startswith(("javascript:", "#"))
        off = any(word in (anchor.get("class") or "").lower() for word in OFF) or anchor.get("disabled") is not None
        if not leads and not off and NEXT.match(str(anchor.text_content()).strip()):
            return True
    return False


def following(page: Page) -> tuple[str, ...]:
    """The next page, where a link says so."""
    found = [link.url for link in page.links if is_next(link) and link.url != page.url]
    return tuple(dict.fromkeys(found))[:1]


def is_next(link: Link) -> bool:
    """The link is called 下一页 or the like."""
    return bool(NEXT.match(link.text))


FAMILY = Family("generic", lambda _page: True, read)
