"""The disclosure platform of Guangdong: a category tree in a script object, lists as JSON, a hundred to a page.

    /gkmlpt/index, /<unit>/gkmlpt/index#<category>     `_CONFIG = {SID: …, TREE: […]}`
    /gkmlpt/api/all/<category>?page=1&sid=<SID>        {"classify": …, "total": 3, "articles": […]}
    /gkmlpt/content/<n>/<n>/post_<id>.html             an article

A unit's list may also stand under the unit's own path: `/<unit>/gkmlpt/api/…`. So its categories are addressed as its
front page with the category behind it (`index?category=11`, which the platform does not heed), and both are tried.
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from crawler import listings
from crawler.families import generic
from crawler.families.answers import epoch_day, json_object, link, number, objects, query_of, with_query
from crawler.families.model import Earlier, Family, Listed, shell
from crawler.literals import value_of
from crawler.pages import Link, Page

PREFIX = re.compile(r"^(.*?/gkmlpt)(?:/|$)", re.I)
API = re.compile(r"/gkmlpt/api/all/(\d+)", re.I)
ARTICLE = re.compile(r"/m?post_\d+\.html?$")
ROOT, CATEGORY = "/gkmlpt", "category"
BODY = re.compile(r"[镇乡]$|街道|苏木|办事处")
SIZE = 100
DEEPEST = 9                                # levels of a flat tree, against one that names itself
# when it was published; `date` says when it was written, and `create_time` when it was put into the system
PUBLISHED = ("display_publish_time", "first_publish_time", "publish_time")


def wrote(page: Page) -> bool:
    """An address of the platform, or its script object."""
    return "/gkmlpt/" in f"{urlsplit(page.url).path}/" or ("_CONFIG" in page.html and _sid(page) is not None)


def read(page: Page, earlier: Earlier = ()) -> Listed | None:
    """A page of the data request; the platform's front page leads to those of its annual reports."""
    if API.search(page.asked or page.url):
        return _answer(page, earlier)
    if ARTICLE.search(urlsplit(page.url).path) or value_of(page.html, "DETAIL") is not None:
        return None
    sid, lists = _sid(page), [lead.url for lead in leads(page) if _meant(page, lead)]
    if not sid or not lists:
        return generic.read(page, earlier)
    pairs = [_requests(address, sid) for address in lists]
    return shell(tuple(first for first, _ in pairs), {first: other for first, other in pairs if first != other})


def leads(page: Page) -> tuple[Link, ...]:
    """The nodes of the category tree, each as the list that it stands for or the page that it points to."""
    sid, prefix = _sid(page), PREFIX.match(urlsplit(page.url).path)
    if sid is None:
        return ()
    base = urljoin(page.url, f"{prefix[1] if prefix else ROOT}/")
    found = (_lead(base, sid, node, above) for node, above in _nodes(value_of(page.html, "TREE")))
    return tuple(dict.fromkeys(lead for lead in found if lead is not None))


def _meant(page: Page, lead: Link) -> bool:
    """The list that the address asked for names, else every list of annual reports."""
    category = _category(lead.url)
    named = urlsplit(page.asked).fragment or query_of(page.asked).get(CATEGORY)
    return category is not None and (category == named if named else bool(listings.COLUMN.search(lead.text)))


def _category(address: str) -> str | None:
    listed = API.search(address)
    return listed[1] if listed else query_of(address).get(CATEGORY)


def _requests(address: str, sid: str) -> tuple[str, str]:
    """The first page of a list by the unit's own path, and by the platform's."""
    prefix = PREFIX.match(urlsplit(address).path)
    asked = f"/api/all/{_category(address)}?{urlencode({'page': '1', 'sid': sid})}"
    return urljoin(address, f"{prefix[1] if prefix else ROOT}{asked}"), urljoin(address, f"{ROOT}{asked}")


def _lead(base: str, sid: str, node: dict[str, Any], above: tuple[str, ...]) -> Link | None:
    # A node below a body or a node of reports goes by both names: 年报 alone would not say whose.
    own = _name(node)
    telling = [name for name in above if BODY.search(name) or (
        listings.COLUMN.search(name) and not listings.COLUMN.search(own))]
    name = " ".join([*telling[-1:], own])
    jump = node.get("jump_url")
    if isinstance(jump, str) and jump.strip():
        return link(base, jump, name)
    category = number(node.get("id"))
    if category is None or not name:
        return None
    page = f"{base}index?{CATEGORY}={category}"
    return link(base, _requests(page, sid)[0] if urlsplit(base).path == f"{ROOT}/" else page, name)


def _nodes(tree: object, above: tuple[str, ...] = ()) -> Iterator[tuple[dict[str, Any], tuple[str, ...]]]:
    """Every node of the tree, written nested or flat, with the names of those above it, the nearest last."""
    branch = list(objects(tree))
    known = {node.get("id"): node for node in branch}
    for node in branch:
        over: tuple[str, ...] = ()
        upper = known.get(node.get("parent"))
        while upper is not None and len(over) < DEEPEST:
            over = (_name(upper), *over)
            upper = known.get(upper.get("parent"))
        yield node, (*above, *over)
        yield from _nodes(node.get("children"), (*above, *over, _name(node)))


def _name(node: dict[str, Any]) -> str:
    return str(node.get("name") or "").strip()


def _sid(page: Page) -> str | None:
    found = value_of(page.html, "SID")
    return str(found) if isinstance(found, str | int) and str(found).strip() else None


def _answer(page: Page, earlier: Earlier) -> Listed | None:
    found = json_object(page.html)
    articles = found.get("articles") if found is not None else None
    if found is None or not isinstance(articles, list):
        return None
    classify = found.get("classify")
    classify = classify if isinstance(classify, dict) else {}
    entries = tuple(entry for article in objects(articles) if (entry := _entry(page, article)) is not None)
    total = number(found.get("total"))
    if not entries and not earlier:
        # Another unit's path answers for a list that it does not know, too; and what was counted is not empty.
        if not classify:
            return None
        total = max(total or 0, number(classify.get("post_count")) or 0)
    seen = len({entry.url for entry in entries}.union(*(one.entries for one in earlier)))
    following = _following(page, len(articles), seen, (total, number(classify.get("post_count"))))
    return Listed(entries, following, open_ended=total is not None and seen >= total, total=total,
                  name=str(classify.get("name") or "") or None)


def _entry(page: Page, article: dict[str, Any]) -> Link | None:
    days = (epoch_day(article.get(key)) for key in PUBLISHED)
    return link(page.url, article.get("url"), article.get("title"), next(filter(None, days), None))


def _following(page: Page, shown: int, seen: int, counts: tuple[int | None, int | None]) -> tuple[str, ...]:
    """The next page, unless the counts agree that all is seen: the total may be lower than what is there."""
    asked = page.asked or page.url
    here = number(query_of(asked).get("page")) or 1           # 0 answers as 1 does
    most = max((count for count in counts if count is not None), default=None)
    # entries that stand there twice are counted twice: what was shown in all then meets the count
    if not shown or (shown < SIZE and most in (seen, (here - 1) * SIZE + shown)):
        return ()
    return (with_query(asked, page=str(here + 1)),)


FAMILY = Family("gkmlpt", wrote, read, leads)
