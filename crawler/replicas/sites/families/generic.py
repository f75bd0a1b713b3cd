"""Plain lists that some tool of the town's own wrote: the same content under one of many forms of address.

    /channels/<n>.html, /channels/<n>_2.html       a list, its second page
    /contents/<n>/<n>.html                         an article
    /contents/files/<n>/<name>                     a file
"""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

from crawler.replicas.pages import anchor
from crawler.replicas.places import token
from crawler.replicas.sites import hubs
from crawler.replicas.sites.model import Column, Paper, Site, Software
from crawler.replicas.web import Answer, Request, page

SWITCHES: Mapping[str, str] = {
    "sitesources": "Lists are directories with list1.html, articles are called article<32h>.html.",
    "slug_lists": "Lists are /xxgk-list-<slug>.html and -2, articles /xxgk-show-<id>.html.",
    "uuid_columns": "Lists and articles have uuids for names.",
    "cms_html": "Lists are /cms/html/<site>/<n>/list.html, articles /cms/html/<site>/<day>/<n>.html.",
    "ilist": "Lists are /info/iList.jsp with cur_page, one-based; rows are a table.",
    "numbered": "The pager links its pages by number only.",
    "framed": "The list stands in a frame of the column's page.",
    "embedded": "All pages of a list are embedded in its first one and switched by script.",
    "dated_rows": "Rows are table rows with the day before the title.",
}


@dataclass(frozen=True, slots=True)
class _Shape:
    """How addresses are made, and how they are told again: `list_at` takes a column's key and a page from 1."""

    list_at: Callable[[str, int], str]
    article_at: Callable[[Column, Paper], str]
    list_pattern: str
    article_pattern: str


def _number_of(key: str) -> int:
    return int(token(6, key), 16) % 9000 + 1000


def _uuid(*parts: object) -> str:
    digits = token(32, *parts)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _paged(number: int, form: str) -> str:
    return form.format(number) if number > 1 else ""


_PLAIN = _Shape(
    lambda key, number: f"/channels/{_number_of(key)}{_paged(number, '_{}')}.html",
    lambda column, paper: f"/contents/{_number_of(column.key)}/{paper.number}.html",
    r"/channels/(\d+)(?:_(\d+))?\.html", r"/contents/\d+/(\d+)\.html")
_SHAPES: Mapping[str, _Shape] = {
    "sitesources": _Shape(
        lambda key, number: f"/sitesources/gov/page_pc/{key}/{f'list{number - 1}' if number > 1 else 'index'}.html",
        lambda column, paper: f"/sitesources/gov/page_pc/{column.key}/article{token(32, paper.number)}.html",
        r"/sitesources/gov/page_pc/(\w+)/(?:list(\d+)|index)\.html",
        r"/sitesources/gov/page_pc/\w+/article(\w{32})\.html"),
    "slug_lists": _Shape(
        lambda key, number: f"/xxgk-list-{key}{_paged(number, '-{}')}.html",
        lambda _column, paper: f"/xxgk-show-{paper.number}.html",
        r"/xxgk-list-(\w+?)(?:-(\d+))?\.html", r"/xxgk-show-(\d+)\.html"),
    "uuid_columns": _Shape(
        lambda key, number: f"/columns/{_uuid(key)}/index{_paged(number, '_{}')}.html",
        lambda column, paper: f"/columns/{_uuid(column.key)}/{paper.appears:%Y%m/%d}/{_uuid(paper.number)}.html",
        r"/columns/([\w-]{36})/index(?:_(\d+))?\.html", r"/columns/[\w-]{36}/\d{6}/\d\d/([\w-]{36})\.html"),
    "cms_html": _Shape(
        lambda key, number: f"/cms/html/xzf/{_number_of(key)}/list{_paged(number, '_{}')}.html",
        lambda _column, paper: f"/cms/html/xzf/{paper.appears:%Y-%m-%d}/{paper.number}.html",
        r"/cms/html/xzf/(\d{4})/list(?:_(\d+))?\.html", r"/cms/html/xzf/[\d-]{10}/(\d+)\.html"),
    "ilist": _Shape(
        lambda key, number: f"/info/iList.jsp?node_id=GK{key}&site_id=CMSxzf&cat_id={_number_of(key)}"
                            + _paged(number, "&cur_page={}"),
        lambda column, paper: f"/info/{_number_of(column.key)}/{paper.number}.htm",
        r"/info/iList\.jsp", r"/info/\d+/(\d+)\.htm"),
}


def pages(site: Site, request: Request) -> Answer | None:
    """Answer as plain lists are answered."""
    shape = next((_SHAPES[name] for name in _SHAPES if site.on(name)), _PLAIN)
    layout = hubs.Layout(site, lambda key: _address(site, shape, key))
    if request.path in ("/", "/index.html"):
        return layout.home()
    key = hubs.key_at(site, lambda one: _address(site, shape, one).partition("?")[0], request.path)
    if key is not None and site.column(key) is None:
        return layout.room(key)
    listed = _listed(site, shape, request)
    if listed is not None:
        return _list(layout, shape, request, *listed)
    return _article(layout, shape, request) or _file(site, request)


def _address(site: Site, shape: _Shape, key: str) -> str:
    if key == hubs.HOME:
        return "/"
    return shape.list_at(key, 1) if site.column(key) is not None else f"/zwgk/{key}/index.html"


def _listed(site: Site, shape: _Shape, request: Request) -> tuple[Column, int] | None:
    """Which column's page, counted from 1, a request asks for."""
    found = re.fullmatch(shape.list_pattern, request.path)
    if found is None:
        return None
    if "node_id" in request.query:
        column = site.column(request.query["node_id"].removeprefix("GK"))
        asked = request.query.get("cur_page", "1")
        return (column, int(asked)) if column and asked.isdigit() else None
    names = [column for column in site.columns
             if re.fullmatch(shape.list_pattern, shape.list_at(column.key, 1))[1] == found[1]]  # type: ignore[index]
    number = int(found[2] or 1) + (1 if found[2] and shape is _SHAPES["sitesources"] else 0)
    return (names[0], number) if names else None


def _list(layout: hubs.Layout, shape: _Shape, request: Request, column: Column, number: int) -> Answer | None:
    site, last = layout.site, hubs.pages_of(layout.site, column)
    if not 1 <= number <= last:
        return None
    if site.on("embedded"):
        parts = [f'<div class="page" id="p{one}" style="display:{"block" if one == 1 else "none"}">'
                 f"{_rows(site, shape, column, one)}</div>" for one in range(1, last + 1)]
        switch = "".join(f'<a href="javascript:show({one})">{one}</a>' for one in range(1, last + 1))
        return layout.listing(column, "".join(parts) + f'<div class="pages">{switch}</div>') if number == 1 else None
    inner = _rows(site, shape, column, number) + _pager(site, shape, column, number, last)
    if site.on("framed") and "frame" not in request.query:
        address = shape.list_at(column.key, number)
        source = f"{address}{'&' if '?' in address else '?'}frame=1"
        return layout.listing(column, f'<iframe src="{html.escape(source)}" width="100%" frameborder="0"></iframe>')
    if site.on("framed"):
        return page(f"<html><head><meta charset='utf-8'></head><body>{inner}</body></html>")
    return layout.listing(column, inner)


def _rows(site: Site, shape: _Shape, column: Column, number: int) -> str:
    papers = hubs.on_page(site, column, number - 1)
    if site.on("ilist") or site.on("dated_rows"):
        rows = (f"<tr><td>{paper.claimed.isoformat()}</td><td>"
                f"{anchor(shape.article_at(column, paper), paper.title, paper.title)}</td></tr>" for paper in papers)
        return f"<table class='list'>{''.join(rows)}</table>"
    rows = (hubs.row(shape.article_at(column, paper), paper) for paper in papers)
    return f"<ul class='list_div'>{''.join(rows)}</ul>"


def _pager(site: Site, shape: _Shape, column: Column, number: int, last: int) -> str:
    if last == 1:
        return ""
    suffix = "&frame=1" if site.on("ilist") else "?frame=1"

    def leads(one: int) -> str:
        return shape.list_at(column.key, one) + (suffix if site.on("framed") else "")

    numbers = "".join(f"<span>{one}</span>" if one == number else anchor(leads(one), str(one))
                      for one in range(1, last + 1))
    if site.on("numbered"):
        return f'<div class="pages">{numbers}</div>'
    before = anchor(leads(number - 1), "上一页") if number > 1 else "<span>上一页</span>"
    after = anchor(leads(number + 1), "下一页") if number < last else "<span>下一页</span>"
    return f'<div class="pages">{before}{numbers}{after} 共{last}页</div>'


def _article(layout: hubs.Layout, shape: _Shape, request: Request) -> Answer | None:
    site = layout.site
    for column in site.columns:
        for paper in column.papers:
            if shape.article_at(column, paper) == request.path:
                files = "".join(f'<p>附件：{anchor(f"/contents/files/{paper.number}/{quote(one.name)}", one.name)}</p>'
                                for one in paper.uploads)
                head = (f"<h1>{html.escape(paper.title)}</h1><p class='info'>发布日期：{paper.claimed.isoformat()}　"
                        f"来源：{hubs.source(site, paper)}</p>")
                return layout.article(column, paper, f'{head}<div class="content">{paper.inner}</div>{files}')
    return None


def _file(site: Site, request: Request) -> Answer | None:
    found = re.fullmatch(r"/contents/files/(\d+)/(.+)", request.path)
    held = site.paper(int(found[1])) if found else None
    if held is None or found is None:
        return None
    upload = next((one for one in held[1].uploads if one.name == unquote(found[2])), None)
    return Answer(upload.body, upload.kind) if upload else None


SOFTWARE = Software("generic", pages, SWITCHES, frozenset(SWITCHES))
