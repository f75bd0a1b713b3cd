"""Kaipu (ucap): lists as static pages of .shtml, or filled from a search that answers JSON.

    /<site>/c100001/list.shtml, list_2.shtml                    a column and its page 2
    /<site>/c100001/202601/<32 hex digits>.shtml                an article
    /<site>/<slug>/pc/list.html                                 the same on newer installations
    /common/search/<32h channel>?_isAgg=true&_isJson=true&…     a list as JSON, or HTML where _isJson is false
    /common/getChannelList?channelCode=&websiteCodeName=        the channels of a site
"""

import html
import json
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote, urlsplit

from crawler.replicas.pages import local
from crawler.replicas.places import token
from crawler.replicas.sites.hubs import (
    DISCLOSURE,
    HOME,
    OPEN,
    TOWNS,
    Layout,
    facts,
    head_table,
    key_at,
    on_page,
    pages_of,
    row,
    source,
)
from crawler.replicas.sites.model import Column, Paper, Site, Software
from crawler.replicas.web import Answer, Request, data, page

SWITCHES: Mapping[str, str] = {
    "json": "A script fills the lists of reports from /common/search.",
    "fixed_rows": "With json: a page has its fixed number of rows, whatever size is asked for.",
    "times": "With json: publishedTime contradicts publishedTimeStr, which is right.",
    "slashes": "With json: addresses of articles begin with `//`.",
    "list_name": "Lists have the name that the value says (xxgk_list or zfxxgkMultiList) instead of list.",
    "pc_list": "Columns are /<site>/<slug>/pc/list.html.",
    "numbered": "Articles are c01_1000001.shtml instead of 32 digits.",
}
_PATHS = {HOME: "/", OPEN: "zwgk", DISCLOSURE: "zfxxgk", TOWNS: "xzjd"}
_LIST = re.compile(r"(/.*/)(list|xxgk_list|zfxxgkMultiList)(?:_(\d+))?\.s?html")
_FILE = re.compile(r"/.*/files/([^/]+)")
_FIXED = 20
_QUERY = ("_isAgg=true&_isJson=true&_pageSize={size}&_template=index&_rangeTimeGte=&_channelName=&page=")
# What fills a list in a visitor's browser.
_SCRIPT = """<ul class="list" id="list"></ul><div id="page"></div>
<script>
(function () {
  var address = '%s';
  function show(number) {
    fetch(address + number).then(function (answer) { return answer.json(); }).then(function (found) {
      document.getElementById('list').innerHTML = found.data.results.map(function (one) {
        return '<li><a href="' + one.url + '">' + one.title + '</a><span>' + one.publishedTimeStr + '</span></li>';
      }).join('');
      var more = number * found.data.rows < found.data.total;
      document.getElementById('page').innerHTML = more ? '<a class="next" href="javascript:;">下一页</a>' : '';
      if (more) { document.querySelector('#page a').onclick = function () { show(number + 1); }; }
    });
  }
  show(1);
})();
</script>"""


def pages(site: Site, request: Request) -> Answer | None:
    """Answer as this software does."""
    layout, path = Layout(site, lambda key: _address(site, key)), request.path
    if path in ("/", "/index.html"):
        return layout.home()
    if path.startswith("/common/search/"):
        return _search(site, request, path.rpartition("/")[2])
    if path == "/common/getChannelList":
        return _channels(site)
    key = key_at(site, lambda key: _address(site, key), path)
    if key is not None and site.column(key) is None:
        return layout.room(key)
    listed = _LIST.fullmatch(path)
    if listed:
        return _list(site, layout, listed)
    return _file(site, path) if _FILE.fullmatch(path) else _article(site, layout, path)


def _root(site: Site) -> str:
    """The site's own folder, named after its county."""
    return f"/{site.county.slug}"


def _folder(site: Site, key: str) -> str:
    column = site.column(key)
    assert column is not None, "only a column has a folder"
    if site.on("pc_list"):
        return f"{_root(site)}/{(column.place.slug + 'nb') if column.place else column.key}/pc/"
    return f"{_root(site)}/c{100001 + site.columns.index(column)}/"


def _name(site: Site, column: Column) -> str:
    named = site.switches.get("list_name", "") if column in site.reports else ""
    return named or "list"


def _address(site: Site, key: str) -> str:
    """Where a room or column stands."""
    kind, _, inner = key.partition("-")
    if site.column(key) is not None:
        column = site.column(key)
        assert column is not None
        return f"{_folder(site, key)}{_name(site, column)}.{'html' if site.on('pc_list') else 'shtml'}"
    if key == HOME:
        return "/"
    if not inner:
        return f"{_root(site)}/{_PATHS[key]}/index.shtml"
    column = site.column(inner)
    assert column is not None
    assert column.place is not None
    return f"{_root(site)}/{column.place.slug}/{'jgzn' if kind == 'o' else 'index'}.shtml"


def _list(site: Site, layout: Layout, match: re.Match[str]) -> Answer | None:
    column = next((one for one in site.columns if _folder(site, one.key) == match[1]), None)
    if column is None or match[2] != _name(site, column):
        return None
    number = int(match[3] or 1)
    if site.on("json") and column in site.reports:
        return layout.listing(column, _SCRIPT % _data_address(site, column)) if number == 1 else None
    if not 1 <= number <= pages_of(site, column):
        return None
    rows = "".join(row(_link(site, column, paper), paper) for paper in on_page(site, column, number - 1))
    return layout.listing(column, f'<ul class="list">{rows}</ul>{_pager(site, column, number, match)}')


def _pager(site: Site, column: Column, number: int, match: re.Match[str]) -> str:
    stem, kind, count = match[2], match.group().rpartition(".")[2], pages_of(site, column)
    names = [f"{stem}.{kind}" if one == 1 else f"{stem}_{one}.{kind}" for one in range(1, count + 1)]
    links = "".join(f'<a href="{name}">{one}</a>' if one != number else f"<span>{one}</span>"
                    for one, name in enumerate(names, 1))
    more = f'<a href="{names[number]}">下一页</a>' if number < count else "<span>下一页</span>"
    return f'<div class="page">共{count}页 {links}{more}</div>'


def _channel(column: Column) -> str:
    return token(32, "channel", column.key, column.name)


def _data_address(site: Site, column: Column) -> str:
    size = _FIXED if site.on("fixed_rows") else site.per_page
    return f"/common/search/{_channel(column)}?{_QUERY.format(size=size)}"


def _search(site: Site, request: Request, channel: str) -> Answer | None:
    column = next((one for one in site.columns if _channel(one) == channel), None)
    if column is None:
        return data({"data": {"total": 0, "page": 1, "rows": 0, "results": []}})
    asked = request.query.get("_pageSize", "")
    size = site.per_page if site.on("fixed_rows") or not asked.isdigit() or int(asked) < 1 else int(asked)
    number = max(1, int(request.query.get("page") or 1))
    shown = column.papers[(number - 1) * size:number * size]
    if request.query.get("_isJson") == "false":
        rows = "".join(row(_link(site, column, paper), paper) for paper in shown)
        return page(f'<ul class="list">{rows}</ul>')
    results = [_result(site, request, column, paper) for paper in shown]
    return data({"data": {"total": len(column.papers), "page": number, "rows": size, "results": results}})


def _result(site: Site, request: Request, column: Column, paper: Paper) -> Mapping[str, object]:
    host = f"//{urlsplit(request.home).netloc}" if site.on("slashes") else ""
    milliseconds = int(paper.appears.timestamp()) * 1000 + (8 * 3600 * 1000 if site.on("times") else 0)
    return {"title": paper.title, "url": host + _link(site, column, paper), "channelName": column.name,
            "publishedTimeStr": f"{paper.claimed.isoformat()} {local(paper.appears, '%H:%M:%S')}",
            "publishedTime": milliseconds + (86400 * 1000 if site.on("times") else 0)}


def _channels(site: Site) -> Answer:
    children = [{"channelId": _channel(column), "displayName": column.name} for column in site.columns]
    return data({"results": {"channelId": token(32, "root", site.county.code), "children": children}})


def _link(site: Site, column: Column, paper: Paper) -> str:
    folder, month = _folder(site, column.key), local(paper.appears, "%Y%m")
    name = f"c01_{1000000 + paper.number}" if site.on("numbered") else token(32, "content", paper.number)
    return f"{folder}{month}/{name}.{'html' if site.on('pc_list') else 'shtml'}"


def _article(site: Site, layout: Layout, path: str) -> Answer | None:
    for column in site.columns:
        for paper in column.papers:
            if path == _link(site, column, paper):
                return _drawn(site, layout, column, paper)
    return None


def _drawn(site: Site, layout: Layout, column: Column, paper: Paper) -> Answer:
    files = "".join(f'<p><a href="{_stored(site, column, paper, upload.name)}">{html.escape(upload.name)}</a></p>'
                    for upload in paper.uploads)
    inner = f"""{head_table(facts(site, paper), "xxgk-table")}<h1 id="title">{html.escape(paper.title)}</h1>
<div class="pages-date">发布时间：{paper.claimed.isoformat()}　来源：{source(site, paper)}　字体：大 中 小</div>
<div class="pages_content" id="UCAP-CONTENT">{paper.inner}</div><div class="files">{files}</div>
<script>var article = {json.dumps({"id": paper.number, "channel": _channel(column)})};</script>"""
    return layout.article(column, paper, inner)


def _stored(site: Site, column: Column, paper: Paper, name: str) -> str:
    return f"{_link(site, column, paper).rpartition('.')[0]}/files/{quote(name)}"


def _file(site: Site, path: str) -> Answer | None:
    wanted = unquote(path)
    for column in site.columns:
        for paper in column.papers:
            for upload in paper.uploads:
                if wanted == unquote(_stored(site, column, paper, upload.name)):
                    return Answer(upload.body, upload.kind)
    return None


SOFTWARE = Software("kaipu", pages, SWITCHES, frozenset(SWITCHES))
