"""TrueCMS: columns whose lists come from a message controller as datastores in JSON or JSONP.

    /zwgk/<column>/index.html                     a column with a script that says what to ask for
    /TrueCMS/messageController/getMessage.do      records of a column, by window
    /zwgk/<column>/202601/<uuid>.html             an article, its files beside it
"""

import html
import json
import re
import uuid
from collections.abc import Mapping

from crawler.replicas.pages import anchor, local
from crawler.replicas.places import token
from crawler.replicas.sites.hanweb import datastore, stored, upload_of
from crawler.replicas.sites.hubs import HOME, Layout, facts, head_table, key_at, pages_of, source
from crawler.replicas.sites.model import Column, Paper, Site, Software
from crawler.replicas.web import Answer, Request, data

SWITCHES: Mapping[str, str] = {
    "lower_case": "The controller stands at /truecms/messageController/getMessage.do.",
    "jsonp": "The controller answers with a call of the callback that was named.",
    "limit_50": "A perpage above 50 is answered with an empty datastore.",
    "limit_15": "A perpage above 15 is answered 404.",
    "referer": "The controller answers 404 to whoever does not come from the column's page.",
    "disabled": "The controller is switched off (404); #initData on the page holds the first 60 records.",
}
_INITIAL = 60
_CALLBACK = re.compile(r"[\w$.]+")
_ARTICLE = re.compile(r"/zwgk/\w+/\d{6}/[0-9a-f-]{36}\.html")


def pages(site: Site, request: Request) -> Answer | None:
    """Answer as this software does."""
    layout, path = Layout(site, _address), request.path
    if path in ("/", "/index.html"):
        return layout.home()
    if path == _controller(site):
        return _message(site, request)
    key = key_at(site, _address, path)
    column = site.column(key) if key else None
    if column is not None:
        return layout.listing(column, _script(site, column))
    if key is not None:
        return layout.room(key)
    return _article(site, layout, path) if _ARTICLE.fullmatch(path) else _file(site, path)


def _address(key: str) -> str:
    return "/" if key == HOME else f"/zwgk/{key.replace('-', '_')}/index.html"


def _controller(site: Site) -> str:
    return f"/{'truecms' if site.on('lower_case') else 'TrueCMS'}/messageController/getMessage.do"


def _identity(*parts: object) -> str:
    return str(uuid.UUID(token(32, *parts)))


def _script(site: Site, column: Column) -> str:
    """What a column's page tells its script, and where the controller is off its first records."""
    told = {"startrecord": 1, "endrecord": 3 * site.per_page, "perpage": site.per_page,
            "columnId": _identity(site.county.code, column.key), "contentTemplate": _identity("template")}
    pairs = ", ".join(f"{name}: {value!r}" for name, value in told.items())
    held = ""
    if site.on("disabled"):
        block = datastore(_records(column, column.papers[0:_INITIAL]), (len(column.papers), pages_of(site, column)))
        held = f'<div id="initData" style="display:none"><script type="text/xml">{block}</script></div>'
    return (f'<div id="messageList" class="list"></div>{held}\n<script>var listUrl = "{_controller(site)}";\n'
            f"var listParam = {{{pairs}}};\n$.ajax({{url: listUrl, dataType: 'jsonp', jsonp: 'callback', "
            "data: listParam, success: showList});</script>")


def _records(column: Column, papers: tuple[Paper, ...]) -> list[str]:
    return [f"<li>{anchor(_link(column, paper), paper.title, paper.title)}<span>{paper.claimed.isoformat()}</span></li>"
            for paper in papers]


def _message(site: Site, request: Request) -> Answer | None:
    """A window of a column's records."""
    asked = request.query
    column = next((one for one in site.columns if _identity(site.county.code, one.key) == asked.get("columnId")), None)
    if column is None or site.on("disabled"):
        return None
    if site.on("referer") and _address(column.key) not in request.headers.get("referer", ""):
        return None
    size = _count(asked, "perpage", site.per_page)
    if site.on("limit_15") and size > 15:
        return None
    start = max(1, _count(asked, "startrecord", 1))
    stop = min(_count(asked, "endrecord", start + size - 1), start + 3 * size - 1)
    shown = () if site.on("limit_50") and size > 50 else column.papers[start - 1:stop]
    counts = (len(column.papers), -(-len(column.papers) // max(1, size)))
    value = {"success": True, "result": datastore(_records(column, shown), counts)}
    callback = asked.get("callback", "")
    if site.on("jsonp") and _CALLBACK.fullmatch(callback):
        return Answer(f"{callback}({json.dumps(value, ensure_ascii=False)});".encode(), "text/javascript;charset=UTF-8")
    return data(value)


def _count(asked: Mapping[str, str], name: str, otherwise: int) -> int:
    text = asked.get(name, "")
    return int(text) if text.isdecimal() else otherwise


def _link(column: Column, paper: Paper) -> str:
    return f"/zwgk/{column.key}/{local(paper.appears, '%Y%m')}/{_identity('article', paper.number)}.html"


def _article(site: Site, layout: Layout, path: str) -> Answer | None:
    for column in site.columns:
        for paper in column.papers:
            if _link(column, paper) == path:
                return layout.article(column, paper, _inner(site, path, paper))
    return None


def _inner(site: Site, path: str, paper: Paper) -> str:
    folder = path.rpartition("/")[0]
    named = [(f"{folder}/{stored(paper, upload)}", upload.name) for upload in paper.uploads]
    links = "".join(f"<p>附件：{anchor(*one)}</p>" for one in named)
    return head_table(facts(site, paper)) + f"""<h1>{html.escape(paper.title)}</h1>
<div class="info">发布时间：{paper.claimed.isoformat()}　来源：{source(site, paper)}　浏览次数：</div>
<div class="article-content">{paper.inner}{links}</div>"""


def _file(site: Site, path: str) -> Answer | None:
    found = upload_of(site, path.rpartition("/")[2]) if path.startswith("/zwgk/") else None
    return Answer(found.body, found.kind) if found else None


SOFTWARE = Software("truecms", pages, SWITCHES, frozenset(SWITCHES))
