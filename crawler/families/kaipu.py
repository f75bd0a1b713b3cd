"""Kaipu (ucap): static lists `list.shtml`, `list_2.shtml`, and a search that answers as JSON.

    /<site>/c100001/list.shtml, xxgk_list.shtml, zfxxgkMultiList.shtml, /<site>/<slug>/pc/list.html
    /<site>/c100001/202601/<32h>.shtml                                an article
    /common/search/<32h>?_isJson=true&_pageSize=20&page=1             {"data": {"total": …, "results": [...]}}
    /common/getChannelList?channelCode=…&websiteCodeName=…            {"results": {"children": [...]}}
"""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from crawler.families import generic, pagers
from crawler.families.answers import json_object, link, number, objects, query_of, with_query
from crawler.families.model import Earlier, Family, Listed, shell
from crawler.pages import Link, Page, absolute

SEARCH = re.compile(r"/common/search/([0-9a-fA-F]{32})\b")
CALL = re.compile(r"""["'`]([^"'`\s]*/common/search/[0-9a-fA-F]{32}(?:\?[^"'`\s]*)?)""")
CHANNEL = re.compile(r"""channel-?id["']?\s*[:=]\s*["']([0-9a-fA-F]{32})["']""", re.I)
CHANNELS = re.compile(r"""["'`]([^"'`\s]*/common/getChannelList\?[^"'`\s]*)""")
LIST = re.compile(r"/(?:(?:xxgk_|zfxxgk)?(?:multi)?list)(?:_(\d+))?\.s?html?$|/pc/list(?:_(\d+))?\.html?$", re.I)
COLUMN = re.compile(r"/c\d{4,}(?:/|_|$)")
ARTICLE = re.compile(r"/[0-9a-f]{32}\.s?html?$|/c\d+_\d+\.s?html$|/c\d+/content\.s?html$|/(?:19|20)\d{4}/\d+\.s?html$"
                     r"|/content_\d+\.s?html?$", re.I)
QUERY = {"_isAgg": "true", "_isJson": "true", "_pageSize": "20", "_template": "index", "_rangeTimeGte": "",
         "_channelName": "", "page": "1"}


def wrote(page: Page) -> bool:
    """Its list addresses, its search, or anchors to its articles below a column."""
    path = urlsplit(page.url).path
    if any(sign in page.html or sign in path for sign in ("/common/search/", "/common/getChannelList")):
        return True
    return bool(LIST.search(path) or COLUMN.search(path)) and (path.endswith(".shtml") or "/pc/" in path)


def read(page: Page, earlier: Earlier = ()) -> Listed | None:
    """A page of the search, a static list, or the shell that the search fills."""
    asked = page.asked or page.url
    if SEARCH.search(asked):
        return _answer(page, asked, earlier)
    if "/common/getChannelList" in asked or _is_article(page):
        return None
    listed = generic.read(page, earlier)
    search = _search(page)
    if search is not None and not (listed and any(map(_is_entry, listed.entries))):
        return shell((search,))
    return _static(page, listed) if listed is not None else None


def leads(page: Page) -> tuple[Link, ...]:
    """The channels of a tree request, and that request where a script names it."""
    if "/common/getChannelList" in (page.asked or page.url):
        return tuple(_channels(page, json_object(page.html) or {}))
    found = (link(page.url, address.replace("&amp;", "&"), "信息公开目录") for address in CHANNELS.findall(page.html))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _channels(page: Page, branch: dict[str, Any]) -> Iterator[Link]:
    inner = branch.get("results", branch.get("data"))
    for child in objects((inner if isinstance(inner, dict) else branch).get("children")):
        address = f"/common/search/{child.get('channelId')}?{urlencode(QUERY)}"
        channel = link(page.url, address, child.get("displayName"))
        if channel is not None and SEARCH.search(channel.url):
            yield channel
        yield from _channels(page, child)


def _search(page: Page) -> str | None:
    """The search that a page's script asks for, also where it puts the address together from the channel's id."""
    call, channel = CALL.search(page.html), CHANNEL.search(page.html)
    if call is None and (channel is None or "/common/search/" not in page.html):
        return None
    address = absolute(page.url, call[1] if call else f"/common/search/{channel[1] if channel else ''}")
    return _first(address) if address else None


def _is_entry(entry: Link) -> bool:
    return bool(ARTICLE.search(urlsplit(entry.url).path))


def _first(address: str) -> str:
    """The first page of a search as JSON, whatever the script asks for besides."""
    asked = query_of(address)
    return with_query(address, **QUERY | {key: value for key, value in asked.items() if value} | {
        "_isJson": "true", "page": "1"})


def _is_article(page: Page) -> bool:
    path = urlsplit(page.url).path
    return not LIST.search(path) and bool(ARTICLE.search(path) or page.metas.get("articletitle"))


def _static(page: Page, listed: Listed) -> Listed:
    """A static list; where only the pager's script says how it goes on, by that: it counts pages from 1."""
    call = next(iter(pagers.calls(page.html)), None)
    if call is None or listed.following:
        return listed
    more = call.current < call.pages
    following = (urljoin(page.url, f"{call.stem}_{call.current + 1}.{call.ending}"),) if more else ()
    return Listed(listed.entries, following, announced=call.pages, total=call.records)


def _answer(page: Page, asked: str, earlier: Earlier) -> Listed | None:
    found = json_object(page.html)
    data = found.get("data") if found is not None else None
    if not isinstance(data, dict) or not isinstance(data.get("results"), list):
        return None
    entries = tuple(entry for row in objects(data["results"]) if (entry := _entry(page, row)) is not None)
    total = number(data.get("total"))
    seen = len({entry.url for entry in entries}.union(*(one.entries for one in earlier)))
    here = number(query_of(asked).get("page")) or 1
    more = bool(entries) and seen != total               # a total below what was seen says nothing
    return Listed(entries, (with_query(asked, page=str(here + 1)),) if more else (), total=total,
                  name=_name(data["results"]))


def _entry(page: Page, row: dict[str, Any]) -> Link | None:
    # publishedTime can contradict publishedTimeStr, which is what a visitor sees
    return link(page.url, row.get("url"), row.get("title"), row.get("publishedTimeStr"))


def _name(rows: list[Any]) -> str | None:
    """What the channel is called, where every row says the same."""
    names = {str(row["channelName"]) for row in objects(rows) if row.get("channelName")}
    return names.pop() if len(names) == 1 else None


FAMILY = Family("kaipu", wrote, read, leads)
