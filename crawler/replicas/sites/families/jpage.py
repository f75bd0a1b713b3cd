"""Hanweb JCMS with jpage lists: a column embeds its first records, a data proxy gives further windows of them.

    /col/col70001/index.html                a column
    /module/web/jpage/dataproxy.jsp         further records, by window (startrecord, endrecord) or by page
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, urlencode

from crawler.replicas.pages import anchor
from crawler.replicas.sites.hanweb import Hanweb, datastore, files
from crawler.replicas.sites.hubs import pages_of
from crawler.replicas.sites.model import Column, Paper, Site, Software
from crawler.replicas.web import Answer, Request

SWITCHES: Mapping[str, str] = {
    "malformed": "Stray elements stand between the records, and the block's tags are written in capitals.",
    "look_ahead": "A window holds one record more than was asked for; the next one starts with it.",
    "page_only": "The proxy ignores startrecord and obeys only page, with as many records as the value says (or 15).",
    "perpage_cap": "A perpage above 20, or above the value, is answered with nothing.",
    "cut_windows": "A window never holds more records than the page shows, whatever was asked for.",
    "bare_rows": "Every other record lacks its title attribute, and its date.",
    "quotes": "Records are quoted and ordered differently, one as the other.",
    "chrome": "The first record is furniture of the page, the last a control.",
    "two_units": "Another list with its own unit, the county's notices, stands on every column page before the list.",
    "old_proxy": "The proxy stands at /module/jpage/dataproxy.jsp; the newer address is not there.",
    "post_only": "The proxy reads its parameters from the body of a POST; a GET is answered with an empty datastore.",
    "no_proxy_url": "The pager's call names no proxy; the nextgroup of the block does.",
    "newer": "Articles are called art_<32 digits>.html below their column.",
}
_PROXIES = ("/module/web/jpage/dataproxy.jsp", "/module/jpage/dataproxy.jsp")
_UNIT, _OTHER_UNIT = "40128", "40131"
_MORE_LESS = 20


def pages(site: Site, request: Request) -> Answer | None:
    """Answer as this software does."""
    software = Hanweb(site, newer=site.on("newer"))
    if request.path in ("/", "/index.html"):
        return software.layout.home()
    if request.path == _proxy(site):
        return _window(site, software, request)
    key = software.key(request.path)
    column = site.column(key) if key else None
    if column is not None:
        return software.layout.listing(column, _lists(site, software, column))
    if key is not None:
        return software.layout.room(key)
    return software.article(request.path) or files(site, request)


def _proxy(site: Site) -> str:
    return _PROXIES[site.on("old_proxy")]


def _lists(site: Site, software: Hanweb, column: Column) -> str:
    other = site.others[0]
    first = _unit(site, software, other, _OTHER_UNIT) if site.on("two_units") and other is not column else ""
    return first + _unit(site, software, column, _UNIT)


def _unit(site: Site, software: Hanweb, column: Column, unit: str) -> str:
    """A list: its first groups of pages embedded, the parameters of the others, the pager's call."""
    groups = 1 if site.shape == "own" else 3
    held = column.papers[0:site.per_page * groups]
    query = _parameters(site, software, column, unit)
    more = f'<a href="{_proxy(site)}?{urlencode({"page": 1} | query, safe="%/")}"></a>'
    stray = "<br><span class='line'>" if site.on("malformed") else ""
    block = datastore(_records(site, software, column, held), lead=more, stray=stray)
    if site.on("malformed"):
        block = re.sub(r"</?(?:recordset|nextgroup)>", lambda tag: tag[0].upper(), block)
    names = ", ".join(f"{name}: {value!r}" for name, value in query.items())
    proxy = "" if site.on("no_proxy_url") else f"proxyUrl: '{_proxy(site)}', "
    return (f'<div id="{unit}" class="list"><script type="text/xml">{block}</script></div>\n'
            f"<script>var param_{unit} = {{{names}}};\n$('#{unit}').jpage({{render: '{unit}', "
            f"totalRecord: {len(column.papers)}, perPage: {site.per_page}, groupSize: {groups}, {proxy}"
            f"barPosition: 'bottom'}}, param_{unit});</script>")


def _parameters(site: Site, software: Hanweb, column: Column, unit: str) -> dict[str, str]:
    return {"col": "1", "appid": "1", "webid": "9", "path": "/", "columnid": str(software.number(column.key)),
            "sourceContentType": "1", "unitid": unit, "webname": quote(quote(site.county.site_name)),
            "permissiontype": "0"}


def _records(site: Site, software: Hanweb, column: Column, papers: Iterable[Paper]) -> list[str]:
    records = [_record(site, software, column, paper) for paper in papers]
    if site.on("chrome"):
        records = ['<div class="head"><b>标题</b><i>日期</i></div>', *records, '<a class="bt" href="#">返回顶部</a>']
    return records


def _record(site: Site, software: Hanweb, column: Column, paper: Paper) -> str:
    address, day = software.link(column, paper), paper.claimed.isoformat()
    if site.on("bare_rows") and paper.number % 2:
        return f"<li>{anchor(address, paper.title)}</li>"
    if site.on("quotes"):
        return f"<LI><A target=_blank title='{paper.title}' href={address}>{paper.title}</A><SPAN>[{day}]</SPAN></LI>"
    return software.record(column, paper)


def _window(site: Site, software: Hanweb, request: Request) -> Answer:
    """Further records of a column."""
    asked = request.query
    column = next((one for one in site.columns if str(software.number(one.key)) == asked.get("columnid")), None)
    if column is None or (site.on("post_only") and request.method != "POST"):
        return _stored(datastore((), (0, 0)))
    size = _number(asked.get("perpage"), site.per_page)
    if site.on("perpage_cap") and size > int(site.switches["perpage_cap"] or _MORE_LESS):
        return _stored(datastore((), (len(column.papers), 0)))
    start, stop = _bounds(site, asked, size)
    shown = column.papers[start:stop + (1 if site.on("look_ahead") else 0)]
    counts = (len(column.papers), pages_of(site, column))
    return _stored(datastore(_records(site, software, column, shown), counts))


def _bounds(site: Site, asked: Mapping[str, str], size: int) -> tuple[int, int]:
    """Which records were asked for, counted from 0: by page, or by the first and last one."""
    if site.on("page_only"):
        size = int(site.switches["page_only"] or 15)
    if site.on("page_only") or "startrecord" not in asked:
        number = max(1, _number(asked.get("page"), 1))
        return (number - 1) * size, number * size
    start = max(1, _number(asked.get("startrecord"), 1))
    stop = _number(asked.get("endrecord"), start + size - 1)
    return start - 1, min(stop, start - 1 + site.per_page) if site.on("cut_windows") else stop


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text and text.isdecimal() else otherwise


def _stored(text: str) -> Answer:
    return Answer(f"<?xml version='1.0' encoding='UTF-8'?>{text}".encode(), "text/xml;charset=UTF-8")


SOFTWARE = Software("jpage", pages, SWITCHES, frozenset(SWITCHES))
