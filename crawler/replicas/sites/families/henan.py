"""The date-path platform of Henan: directories of static pages, articles by day and number.

    /xzxxgk/<slug>/zfxxgknb/, index_1.html     a list and its page 2
    /2026/01-09/1300001.html                   an article; also on the portal's mobile host
    /upload/2026/01/<name>                     a file
"""

import html
import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import quote, unquote

from archive.clock import SHANGHAI
from crawler.replicas.pages import local
from crawler.replicas.sites.hubs import (
    DISCLOSURE,
    HOME,
    OPEN,
    TOWNS,
    Layout,
    key_at,
    on_page,
    pages_of,
    row,
    source,
)
from crawler.replicas.sites.model import Column, Paper, Site, Software
from crawler.replicas.web import Answer, Request

SWITCHES: Mapping[str, str] = {
    "records": "pagecount counts records instead of pages.",
    "mobile_host": "A list's first article also stands there with its address on the mobile host.",
    "import_date": "What was published before a migration carries the day of the import in its address.",
}
IMPORTED = datetime(2025, 6, 1, tzinfo=SHANGHAI)
_PATHS = {HOME: "/", OPEN: "/zwgk/", DISCLOSURE: "/zfxxgk/", TOWNS: "/xzxxgk/"}
_ARTICLE = re.compile(r"/\d{4}/\d\d-\d\d/(\d+)\.html")
_SCRIPT = """<script>
var pager = document.getElementById('pageDec');
var pages = PAGES, here = HERE;
if (pager && here + 1 < pages) { pager.innerHTML = '<a href="index_' + (here + 1) + '.html">下一页</a>'; }
</script>"""


def pages(site: Site, request: Request) -> Answer | None:
    """Answer as this software does."""
    layout, path = Layout(site, lambda key: _folder(site, key)), request.path
    if path in ("/", "/index.html"):
        return layout.home()
    article = _ARTICLE.fullmatch(path)
    if article:
        return _article(site, layout, int(article[1]), path)
    if path.startswith("/upload/"):
        return _file(site, unquote(path))
    folder, _, name = path.rpartition("/")
    key = key_at(site, lambda key: _folder(site, key), f"{folder}/")
    column = site.column(key) if key else None
    if column is not None:
        return _list(site, layout, column, request, name)
    return layout.room(key) if key and name in ("", "index.html") else None


def _folder(site: Site, key: str) -> str:
    kind, _, inner = key.partition("-")
    column = site.column(inner or key)
    if column is None:
        return _PATHS[key]
    if column.place is None:
        return f"/zfxxgk/{key}/" if column in site.reports else f"/{key}/"
    return f"/xzxxgk/{column.place.slug}/" + {"t": "", "o": "jgzn/"}.get(kind if inner else "", "zfxxgknb/")


def _list(site: Site, layout: Layout, column: Column, request: Request, name: str) -> Answer | None:
    match = re.fullmatch(r"index(?:_(\d+))?\.html", name or "index.html")
    number = int(match[1] or 0) if match else pages_of(site, column)
    if number >= pages_of(site, column):
        return None
    shown = on_page(site, column, number)
    hosts = [request.home] * len(shown)
    if site.on("mobile_host") and shown and len(site.hosts) > 1:
        shown, hosts = (shown[0], *shown), [request.home, site.second, *hosts[1:]]
    rows = "".join(row(host + _path(site, paper), paper).replace("<span>", "<p></p><span>")
                   for paper, host in zip(shown, hosts, strict=True))
    count = len(column.papers) if site.on("records") else pages_of(site, column)
    pager = f'<div id="pageDec" pagesize="{site.per_page}" pagecount="{count}"></div>'
    script = _SCRIPT.replace("PAGES", str(pages_of(site, column))).replace("HERE", str(number))
    return layout.listing(column, f'<div class="con-box"><ul>{rows}</ul></div>{pager}{script}')


def _path(site: Site, paper: Paper) -> str:
    filed = max(paper.appears, IMPORTED) if site.on("import_date") else paper.appears
    return f"/{local(filed, '%Y/%m-%d')}/{paper.number}.html"


def _article(site: Site, layout: Layout, number: int, path: str) -> Answer | None:
    found = site.paper(number)
    if found is None or _path(site, found[1]) != path:
        return None
    column, paper = found
    files = "".join(f'<p>附件：<a href="{_upload(paper, upload.name)}">{html.escape(upload.name)}</a></p>'
                    for upload in paper.uploads)
    inner = f"""<h1>{html.escape(paper.title)}</h1>
<div class="source">来源：{source(site, paper)} 时间：{paper.claimed.isoformat()} 浏览量：137</div>
<div id="content">{paper.inner}{files}</div>"""
    return layout.article(column, paper, inner)


def _upload(paper: Paper, name: str) -> str:
    return f"/upload/{local(paper.appears, '%Y/%m')}/{paper.number}_{quote(name)}"


def _file(site: Site, path: str) -> Answer | None:
    number, _, name = path.rpartition("/")[2].partition("_")
    found = site.paper(int(number)) if number.isdigit() else None
    upload = next((one for one in found[1].uploads if one.name == name), None) if found else None
    return Answer(upload.body, upload.kind) if upload else None


SOFTWARE = Software("henan", pages, SWITCHES, frozenset(SWITCHES))
