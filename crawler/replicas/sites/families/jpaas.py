"""Hanweb JPaaS: columns whose lists a gateway builds, downloads through addresses that expire.

    /col/col70001/index.html                                       a column with a script tag that says what to ask for
    /api-gateway/jpaas-publish-server/front/page/build/unit        a page of its list, as HTML in JSON
    /col/col70001/art/2026/art_<32 hex digits>.html                an article
    /api-gateway/jpaas-web-server/front/document/file-download     a file
"""

import html
import json
import time
from collections.abc import Mapping
from urllib.parse import quote

from crawler.replicas.pages import anchor
from crawler.replicas.places import token
from crawler.replicas.sites.hanweb import Hanweb, stored, upload_of
from crawler.replicas.sites.hubs import pages_of
from crawler.replicas.sites.model import Column, Paper, Site, Software
from crawler.replicas.web import Answer, Request, data

SWITCHES: Mapping[str, str] = {
    "bare_paging": "The gateway reads bare pageNo and pageSize; paramJson says nothing to it.",
    "wrong_tag": "The page names a stale tagId, for which the template is empty; an empty tagId is answered.",
    "empty_end": "Nothing in a page says how many there are; the page behind the last is empty.",
    "template_end": "As empty_end, and the page behind the last says that the template is empty.",
    "honours_size": "The gateway obeys pageSize; pages that were never asked for it hold what the template says.",
    "buildstatic": "The value of parseType is spelt buildstatic.",
    "hex_pages": "The page's id has 32 digits instead of the column's number.",
    "brackets": "Dates stand in brackets, and every other entry has none.",
    "strangers": "Articles carry another column's number than their list.",
    "expiring": "A download is refused with 429 within a second of its page, and is gone after a minute.",
    "pdf_viewer": "PDF files are shown by a viewer (#pdfshow data-value), without a link.",
}
_UNIT = "/api-gateway/jpaas-publish-server/front/page/build/unit"
_DOWNLOAD = "/api-gateway/jpaas-web-server/front/document/file-download"
_TAG, _STALE = "当前栏目list", "栏目文章列表"
_EMPTY = '<div class="tpl-empty">模板内容为空</div>'
_TOO_SOON, _TOO_LATE = 1.0, 60.0          # seconds from an article's page to the download


def pages(site: Site, request: Request) -> Answer | None:
    """Answer as this software does."""
    software = Hanweb(site, newer=True, strangers=site.on("strangers"))
    if request.path in ("/", "/index.html"):
        return software.layout.home()
    if request.path == _UNIT:
        return _unit(site, software, request.query)
    if request.path == _DOWNLOAD:
        return _download(site, request.query)
    if request.path.endswith("/unitbuild.js"):
        return Answer(b"/* builds the units of a page */", "text/javascript")
    key = software.key(request.path)
    column = site.column(key) if key else None
    if column is not None:
        return software.layout.listing(column, _script(site, software, column))
    if key is not None:
        return software.layout.room(key)
    return software.article(request.path, lambda paper: _files(site, paper))


def _parameters(site: Site, software: Hanweb, column: Column) -> dict[str, str]:
    """What the page of a column tells its script to ask for."""
    number = str(software.number(column.key))
    return {"webId": "9", "tplSetId": token(32, site.county.code, "set"), "pageType": "column",
            "tagId": _STALE if site.on("wrong_tag") else _TAG, "editType": "null",
            "parseType": "buildstatic" if site.on("buildstatic") else "bulidstatic",
            "pageId": token(32, "page", number) if site.on("hex_pages") else number}


def _script(site: Site, software: Hanweb, column: Column) -> str:
    pairs = ",".join(f"'{name}':'{value}'" for name, value in _parameters(site, software, column).items())
    return (f'<div class="list-box"><script src="/jpaas/front/unitbuild.js" url="{_UNIT}" '
            f'queryData="{{{pairs}}}"></script></div>')


def _unit(site: Site, software: Hanweb, asked: Mapping[str, str]) -> Answer:
    """One page of a list."""
    column = next((one for one in site.columns if _is_asked(_parameters(site, software, one), asked)), None)
    if column is None:
        return data({"success": False, "code": "500", "message": "参数错误", "data": None})
    if asked.get("tagId", "") not in (("",) if site.on("wrong_tag") else (_TAG, "")):
        return _built(_EMPTY)
    number, size = _paging(site, asked)
    shown = column.papers[(number - 1) * size:number * size]
    if not shown:
        return _built(_EMPTY if site.on("template_end") else "")
    rows = "".join(_row(site, software, column, place, paper) for place, paper in enumerate(shown))
    return _built(f'<ul class="list">{rows}</ul>{_pager(site, column, number, size)}')


def _is_asked(told: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    return all(asked.get(name) == value for name, value in told.items() if name not in ("tagId", "tplSetId"))


def _paging(site: Site, asked: Mapping[str, str]) -> tuple[int, int]:
    """The page that is asked for in this site's dialect, and how many entries it holds."""
    if site.on("bare_paging"):
        told: Mapping[str, object] = asked
    else:
        try:
            loaded = json.loads(asked.get("paramJson") or "{}")
        except ValueError:
            loaded = {}
        told = loaded if isinstance(loaded, dict) else {}
    number, size = _count(told.get("pageNo")) or 1, _count(told.get("pageSize"))
    return number, size if size and site.on("honours_size") else site.per_page


def _count(value: object) -> int:
    return int(str(value)) if str(value).isdecimal() else 0


def _row(site: Site, software: Hanweb, column: Column, place: int, paper: Paper) -> str:
    if not site.on("brackets"):
        return software.record(column, paper)
    day = f"<span>[{paper.claimed.isoformat()}]</span>" if place % 2 == 0 else ""
    return f"<li>{anchor(software.link(column, paper), paper.title, paper.title)}{day}</li>"


def _pager(site: Site, column: Column, number: int, size: int) -> str:
    if site.on("empty_end") or site.on("template_end"):
        return ""
    count = pages_of(site, column) if size == site.per_page else max(1, -(-len(column.papers) // size))
    links = "".join(f'<a href="javascript:;" data-page="{one}"{" class=active" if one == number else ""}>{one}</a>'
                    for one in range(1, count + 1))
    return f'<div class="pagination" data-pagesize="{size}">{links}</div>'


def _built(markup: str) -> Answer:
    return data({"success": True, "code": "200", "data": {"html": markup}})


def _files(site: Site, paper: Paper) -> str:
    """Links to an article's files; a viewer for a PDF file."""
    links = []
    for upload in paper.uploads:
        ticket = f"&ticket={time.time():.3f}" if site.on("expiring") else ""
        address = f"{_DOWNLOAD}?fileUrl={stored(paper, upload)}&fileName={quote(upload.name)}{ticket}"
        if site.on("pdf_viewer") and upload.name.endswith(".pdf"):
            links.append(f'<div id="pdfshow" data-value="{html.escape(address)}"></div>')
        else:
            links.append(f"<p>附件：{anchor(address, upload.name)}</p>")
    return "".join(links)


def _download(site: Site, asked: Mapping[str, str]) -> Answer | None:
    found = upload_of(site, asked.get("fileUrl", ""))
    if found is None:
        return None
    if site.on("expiring"):
        age = time.time() - _seconds(asked.get("ticket", ""))
        if age < _TOO_SOON:
            return Answer(b'{"success":false,"message":"too many requests"}', "application/json", 429,
                          headers=(("Retry-After", "1"),))
        if age > _TOO_LATE:
            return Answer(b'{"success":false,"message":"expired"}', "application/json", 410)
    return Answer(found.body, found.kind)


def _seconds(text: str) -> float:
    return float(text) if text.replace(".", "", 1).isdecimal() else 0.0


SOFTWARE = Software("jpaas", pages, SWITCHES, frozenset(SWITCHES))
