"""TrueCMS: a datastore that getMessage.do wraps into JSON or JSONP (pure).

How long a window may be differs: one server gives nothing for what it thinks too long, another a 404. So the page's
own page size is asked for, which its visitors' browsers ask for too, and shorter ones where that is refused. Where
the request is switched off, the page holds the first sixty records in `#initData`.
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from urllib.parse import parse_qsl, urlencode, urljoin

import lxml.html

from crawler.families import hanweb, windows
from crawler.families.answers import json_object
from crawler.families.datastore import Store, stores
from crawler.families.model import Earlier, Family, Listed
from crawler.pages import Link, Page

GET = "messageController/getMessage.do"
CALL = re.compile(r"""[^\s"'<>()]*messageController/getMessage\.do(?:\?[^\s"'<>]*)?""", re.I)
FIELDS = ("columnId", "contentTemplate", "webId", "appId")
VALUE = r"""\b{name}['"]?\s*[:=]\s*(?:'([^']*)'|"([^"]*)"|([\w-]+))"""
SIZES = (50, 20, 15, 10)
INITIAL = 60                          # records that `#initData` holds at most
HELD = "//*[@id='initData']"


def wrote(page: Page) -> bool:
    """The data request in a script or in the address."""
    return GET.lower() in page.html.lower() or GET.lower() in (page.asked or page.url).lower()


def read(page: Page, earlier: Earlier = ()) -> Listed | None:
    """A window of records, or the column page in front of them."""
    place = windows.asked(page.asked or page.url)
    if place is not None:
        store = _result(page)
        return windows.read(place, store, earlier) if store is not None and (store.records or earlier) else None
    held = _initial(page)
    asks = _asks(page, held)
    if held is not None and held.rows:
        return _held(page, held, asks)
    return Listed((), asks[:1], dict(pairwise(asks)), shell=True) if asks else None  # noqa: S604 - no process


def leads(page: Page) -> tuple[Link, ...]:
    """What the records in the page link to."""
    held = _initial(page)
    return held.links if held is not None else ()


def _held(page: Page, held: Store, asks: tuple[str, ...]) -> Listed:
    """The records that stand in the page, and the rest behind the request."""
    total = _number(hanweb.TOTAL, page.html) or held.total
    more = total > held.rows if total is not None else held.rows >= INITIAL
    return Listed(held.entries, asks[:1] if more else (), dict(pairwise(asks)), total=total,
                  blind=more and not asks)


def _asks(page: Page, held: Store | None) -> tuple[str, ...]:
    """The first window, in every size and spelling that a server may want it."""
    call = CALL.search(page.html)
    if call is None:
        return ()
    address, _, query = call.group().replace("&amp;", "&").partition("?")
    form = {**dict(parse_qsl(query)), **_fields(page.html)}
    form = {name: value for name, value in form.items() if name not in windows.PLACES and name not in ("_", "callback")}
    own = _number(hanweb.PER_PAGE, page.html)
    sizes = [*([own] if own and own <= SIZES[0] else []), *(size for size in SIZES if own is None or size < own)]
    start = held.rows if held is not None and held.rows else 1
    spelt = dict.fromkeys((address, address.replace("TrueCMS", "truecms"), address.replace("truecms", "TrueCMS")))
    return tuple(f"{urljoin(page.url, path)}?{urlencode({**windows.window(start, size, size), **form})}"
                 for path in spelt for size in sizes)


def _fields(text: str) -> Mapping[str, str]:
    """The request's parameters: an object of them, or single values near the call."""
    found = {name: one or two or bare for name in FIELDS
             for one, two, bare in re.findall(VALUE.format(name=name), text)[:1]}
    objects = [{key: one or two or bare for key, one, two, bare in hanweb.PAIR.findall(body)}
               for _, body in hanweb.PARAMETERS.findall(text)]
    return (objects[0] if objects else {}) | {name: value for name, value in found.items() if value}


def _result(page: Page) -> Store | None:
    answer = json_object(page.html)
    result = answer.get("result") if answer is not None else None
    found = stores(result, page.url) if isinstance(result, str) else ()
    return found[0] if found else None


def _initial(page: Page) -> Store | None:
    """The records in `#initData`, be they text, a script's text or markup."""
    for element in page.tree.xpath(HELD):
        text = element.get("value") or str(element.text_content())
        answer = json_object(text)
        result = str(answer.get("result", "")) if answer is not None else text
        markup = lxml.html.tostring(element, encoding="unicode")
        for form in (result, markup):
            found = stores(form if "<datastore" in form else f"<datastore>{form}</datastore>", page.url)
            if found and found[0].rows:
                return found[0]
        links = Page(page.url, f"<html><body>{markup}</body></html>").links
        if links:
            return Store(0, len(links), links, len(links), links)
    return None


def _number(pattern: re.Pattern[str], text: str) -> int | None:
    match = pattern.search(text)
    return int(match[1]) if match else None


FAMILY = Family("truecms", wrote, read, leads)
