"""The channel/doc platform: columns as directories without a file name, each township a site of its own.

    /channel_x_0.0_12478/                                 政府信息公开
    /site_<slug>/                                         one township
    /site_<slug>/channel_x_<n>_10427/                     its 政府信息公开年报
    …/doc_<24h>.html, …/doc_<24h>_<32h>.pdf               an article and its file
    /api/channel/list?channel=<path>&pageNo=1             what fills a list (`scripted`)

The platform's real data request is not known; this one is invented: GET, `pageNo` from 1, answers
`{"total": 9, "pages": 2, "rows": [{"url": "/…/doc_….html", "title": "…", "date": "2026-01-27"}]}`.
"""

import html
import json
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

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
from crawler.replicas.sites.model import Column, Paper, Site, Software, Upload
from crawler.replicas.web import Answer, Request, data

SWITCHES: Mapping[str, str] = {
    "scripted": "A script fills the lists; the next page comes by a click.",
    "queries": "Links to articles carry queries that change nothing (topSearch, key, open).",
    "shared_files": "Files stand below /resources/public/ under their Chinese names.",
    "gongkai": "Townships' sites stand below /gongkai/.",
}
_PATHS = {HOME: "/", OPEN: "/channel_t_100_20001/", DISCLOSURE: "/channel_x_0.0_12478/", TOWNS: "/channel_x_0.0_12490/"}
_ARTICLE = re.compile(r"(/.*/)doc_([0-9a-f]{24})\.html")
_SCRIPT = """<ul class="news_list" id="list"></ul>
<div class="page" id="pager"></div>
<script>
(function () {
  var channel = %s, list = document.getElementById('list'), pager = document.getElementById('pager');
  function show(number) {
    fetch('/api/channel/list?channel=' + encodeURIComponent(channel) + '&pageNo=' + number)
      .then(function (answer) { return answer.json(); })
      .then(function (found) {
        list.innerHTML = '';
        found.rows.forEach(function (row) {
          var item = document.createElement('li'), link = document.createElement('a');
          var day = document.createElement('span');
          link.href = row.url; link.title = row.title; link.textContent = row.title; day.textContent = row.date;
          item.appendChild(link); item.appendChild(day); list.appendChild(item);
        });
        pager.innerHTML = '<span class="current">' + number + '</span>/<span class="total">' + found.pages + '</span>';
        if (found.total === 0) { pager.textContent = '暂无信息'; }
        if (number < found.pages) {
          var next = document.createElement('a');
          next.href = 'javascript:;'; next.className = 'next'; next.textContent = '下一页';
          next.onclick = function () { show(number + 1); };
          pager.appendChild(next);
        }
      });
  }
  show(1);
})();
</script>"""


def pages(site: Site, request: Request) -> Answer | None:
    """Answer as this software does."""
    layout, path = Layout(site, lambda key: _folder(site, key)), request.path
    if path in ("/", "/index.html"):
        return layout.home()
    if path == "/api/channel/list":
        return _rows(site, request)
    article = _ARTICLE.fullmatch(path)
    if article:
        return _article(site, layout, path)
    if "/doc_" in path or path.startswith("/resources/public/"):
        return _file(site, unquote(path))
    key = key_at(site, lambda key: _folder(site, key), path)
    column = site.column(key) if key else None
    return _list(site, layout, column) if column is not None else layout.room(key) if key else None


def _folder(site: Site, key: str) -> str:
    kind, _, inner = key.partition("-")
    column = site.column(inner or key)
    if column is None:
        return _PATHS[key]
    if column.place is None:
        return f"/channel_t_272_{31041 + site.columns.index(column)}/"
    below = f"{'/gongkai' if site.on('gongkai') else ''}/site_{column.place.slug}/"
    number = 5700 + int(column.place.code[6:])
    return below + {"t": "", "o": f"channel_t_{number}_10425/"}.get(kind if inner else "", f"channel_x_{number}_10427/")


def _list(site: Site, layout: Layout, column: Column) -> Answer:
    folder = _folder(site, column.key)
    if site.on("scripted"):
        return layout.listing(column, _SCRIPT % json.dumps(folder))
    rows = "".join(row(_linked(site, column, paper), paper) for paper in column.papers)
    return layout.listing(column, f'<ul class="news_list">{rows}</ul>')


def _linked(site: Site, column: Column, paper: Paper) -> str:
    query = "?topSearch=&key=&open=1" if site.on("queries") and paper.number % 2 else ""
    return f"{_folder(site, column.key)}doc_{_number(paper)}.html{query}"


def _number(paper: Paper) -> str:
    """24 hexadecimal digits; the first eight are an instant in Unix seconds."""
    return f"{int(paper.appears.timestamp()):08x}{token(16, paper.number)}"


def _rows(site: Site, request: Request) -> Answer | None:
    key = key_at(site, lambda key: _folder(site, key), request.query.get("channel", ""))
    column = site.column(key) if key else None
    if column is None:
        return None
    number = max(1, int(request.query.get("pageNo", "1")))
    rows = [{"url": _linked(site, column, paper), "title": paper.title, "date": paper.claimed.isoformat()}
            for paper in on_page(site, column, number - 1)]
    return data({"total": len(column.papers), "pages": pages_of(site, column), "rows": rows})


def _article(site: Site, layout: Layout, path: str) -> Answer | None:
    for column in site.columns:
        for paper in column.papers:
            if path == f"{_folder(site, column.key)}doc_{_number(paper)}.html":
                return _drawn(site, layout, column, paper)
    return None


def _drawn(site: Site, layout: Layout, column: Column, paper: Paper) -> Answer:
    files = "".join(f'<li>附件：<a href="{_stored(site, column, paper, place)}">{html.escape(upload.name)}</a></li>'
                    for place, upload in enumerate(paper.uploads))
    inner = f"""<div class="tools">字号：<a href="javascript:;">大</a> <a href="javascript:;">小</a>
<a href="javascript:print()">打印整页</a> <a href="javascript:print()">打印内容</a></div>
<h1>{html.escape(paper.title)}</h1>{head_table(facts(site, paper), "xxgk-head")}
<p class="from">信息来源：{source(site, paper)}</p>
<div id="content">{paper.inner}</div><ul class="fujian">{files}</ul>"""
    return layout.article(column, paper, inner)


def _stored(site: Site, column: Column, paper: Paper, place: int) -> str:
    name = paper.uploads[place].name
    if site.on("shared_files"):
        return f"/resources/public/{paper.claimed.strftime('%Y%m%d')}/{place}_{quote(name)}"
    suffix = name.rpartition(".")[2]
    return f"{_folder(site, column.key)}doc_{_number(paper)}_{token(32, paper.number, place)}.{suffix}"


def _file(site: Site, path: str) -> Answer | None:
    for column in site.columns:
        for paper in column.papers:
            for place, upload in enumerate(paper.uploads):
                if unquote(_stored(site, column, paper, place)) == path:
                    return _sent(upload)
    return None


def _sent(upload: Upload) -> Answer:
    return Answer(upload.body, upload.kind)


SOFTWARE = Software("channel-doc", pages, SWITCHES, frozenset(SWITCHES))
