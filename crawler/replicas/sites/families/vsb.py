"""VSB (博达): pages `.htm`, older pages of a list numbered downwards, downloads without a name.

    /xz/<slug>/nb.htm, /xz/<slug>/nb/2.htm, …/1.htm       a list of three pages
    /info/1021/1234.htm                                   an article, also content.jsp?…&wbtreeid=1021&wbnewsid=1234
    /system/_content/download.jsp?urltype=news.DownloadAttachUrl&owner=<n>&wbfileid=<n>
"""

import html
import re
from collections.abc import Mapping

from crawler.replicas.places import token
from crawler.replicas.sites.hubs import (
    DISCLOSURE,
    HOME,
    OPEN,
    TOWNS,
    Layout,
    disposition,
    facts,
    head_table,
    key_at,
    on_page,
    pages_of,
    row,
    source,
)
from crawler.replicas.sites.model import Column, Paper, Site, Software, Upload
from crawler.replicas.web import Answer, Request, page

SWITCHES: Mapping[str, str] = {
    "two_urls": "Every other entry leads to content.jsp, and a list's first article stands there under both addresses.",
    "numbers_only": "The pager links pages by their numbers only.",
    "nameless_download": "Downloads come without a name; only the link's text has it.",
    "header_name": "The name of a download is raw UTF-8, `gbk` or `percent`, as the value says.",
    "embedded_pdf": "PDF files are shown by a script's call, without a link.",
    "virtual_file": "Files are offered through virtual_attach_file.vsb.",
    "picture_code": "Downloads answer with a page that asks for a picture code.",
    "permission": "The newest report's page (the first list, with the value `list`) says 无权访问 with status 200.",
}
DOWNLOAD = "/system/_content/download.jsp"
_PATHS = {HOME: "/", OPEN: "/zwgk.htm", DISCLOSURE: "/zwgk/zfxxgk.htm", TOWNS: "/zwgk/xzjd.htm"}
_ARTICLE = re.compile(r"/info/(\d+)/(\d+)\.htm")
_DENIED = """<html><head><title>系统提示</title></head>
<body><div class="tip">系统提示：您无权访问该页面！</div></body></html>"""
_CODE = """<html><head><title>附件下载</title></head><body><form>请输入验证码：<input name="codeValue" />
<img src="/system/resource/js/filedownload/createimage.jsp" /></form></body></html>"""


def pages(site: Site, request: Request) -> Answer | None:
    """Answer as this software does."""
    layout, path = Layout(site, lambda key: _address(site, key)), request.path
    if path in ("/", "/index.htm"):
        return layout.home()
    if path == DOWNLOAD or path.startswith(("/__local/", "/virtual_attach_file.vsb")):
        return _file(site, request)
    article = _ARTICLE.fullmatch(path)
    if article or path == "/content.jsp":
        tree, number = article.groups() if article else (request.query.get("wbtreeid"), request.query.get("wbnewsid"))
        return _article(site, layout, str(tree), str(number))
    key, number = key_at(site, lambda key: _address(site, key), path), None
    older = re.fullmatch(r"(/.*)/(\d+)\.htm", path)
    if key is None and older:
        key, number = key_at(site, lambda key: _address(site, key), f"{older[1]}.htm"), int(older[2])
    column = site.column(key) if key else None
    if column is not None:
        return _list(site, layout, column, number)
    return layout.room(key) if key and number is None else None


def _address(site: Site, key: str) -> str:
    kind, _, inner = key.partition("-")
    column = site.column(inner or key)
    if column is None:
        return _PATHS[key]
    if column.place is None:
        return f"/zwgk/{key}.htm"
    return f"/xz/{column.place.slug}" + {"t": ".htm", "o": "/jgzn.htm"}.get(kind if inner else "", "/nb.htm")


def _list(site: Site, layout: Layout, column: Column, named: int | None) -> Answer | None:
    """A page of a list; of N pages page 2 is called N-1, the last 1."""
    total = pages_of(site, column)
    if named is not None and not 1 <= named < total:
        return None
    if site.switches.get("permission") == "list" and column == site.reports[0]:
        return page(_DENIED)
    place = 0 if named is None else total - named
    shown = on_page(site, column, place)
    up = "../" * (_address(site, column.key).count("/") - 1 + (named is not None))
    rows = [_row(site, column, up, paper, number) for number, paper in enumerate(shown)]
    if site.on("two_urls") and place == 0 and shown:
        rows.insert(0, row(f"{up}{_plain(column, shown[0])}", shown[0], ' id="line_u8_top"'))
    return layout.listing(column, f'<ul class="list">{"".join(rows)}</ul>{_pager(site, column, named)}')


def _row(site: Site, column: Column, up: str, paper: Paper, number: int) -> str:
    by_query = site.on("two_urls") and number % 2 == 0
    href = f"{up}{_queried(column, paper) if by_query else _plain(column, paper)}"
    return row(href, paper, f' id="line_u8_{number}"')


def _plain(column: Column, paper: Paper) -> str:
    return f"info/{_tree(column)}/{paper.number}.htm"


def _queried(column: Column, paper: Paper) -> str:
    return f"content.jsp?urltype=news.NewsContentUrl&wbtreeid={_tree(column)}&wbnewsid={paper.number}"


def _tree(column: Column) -> int:
    return 1001 + int(token(4, column.key), 16) % 8000


def _pager(site: Site, column: Column, named: int | None) -> str:
    total = pages_of(site, column)
    here = total if named is None else named
    name = _address(site, column.key).rpartition("/")[2].removesuffix(".htm")

    def to(number: int) -> str:
        below = "" if named is not None else f"{name}/"
        first = f"../{name}.htm" if named is not None else f"{name}.htm"
        return first if number == total else f"{below}{number}.htm"

    numbers = "".join(
        f'<span class="p_no_d">{total - number + 1}</span>' if number == here
        else f'<span class="p_no"><a href="{to(number)}">{total - number + 1}</a></span>'
        for number in range(total, 0, -1))
    following = ""
    if here > 1 and not site.on("numbers_only"):
        following = (f'<span class="p_next p_fun"><a href="{to(here - 1)}">下页</a></span>'
                     f'<span class="p_last p_fun"><a href="{to(1)}">尾页</a></span>')
    return f'<div class="pb_sys_common"><span class="p_t">共{len(column.papers)}条</span>{numbers}{following}</div>'


def _article(site: Site, layout: Layout, tree: str, number: str) -> Answer | None:
    column = next((one for one in site.columns if str(_tree(one)) == tree), None)
    paper = next((one for one in column.papers if str(one.number) == number), None) if column else None
    if column is None or paper is None:
        return None
    newest = next((one for one in site.reports[0].papers if one.place), None)
    if site.on("permission") and site.switches["permission"] != "list" and newest is not None \
            and newest.number == paper.number:
        return page(_DENIED)
    files = "".join(_attachment(site, paper, place) for place in range(len(paper.uploads)))
    inner = head_table(facts(site, paper, "公开日期")) + f"""<h1>{html.escape(paper.title)}</h1>
<p class="xx">发布日期：{paper.claimed.isoformat()}　作者：　来源：{source(site, paper)}
点击：[<span id="hits"></span>]</p>
<div id="vsb_content"><div class="v_news_content">{paper.inner}</div></div>
<ul class="fj">{files}</ul>"""
    return layout.article(column, paper, inner)


def _attachment(site: Site, paper: Paper, place: int) -> str:
    upload, name = paper.uploads[place], html.escape(paper.uploads[place].name)
    if site.on("embedded_pdf") and upload.kind == "application/pdf":
        return f'<script>showVsbpdfIframe("{_local(paper, place)}", "100%", "600", "0", "", "vsb");</script>'
    address = f"{DOWNLOAD}?urltype=news.DownloadAttachUrl&owner=1385720&wbfileid={_code(paper, place)}"
    if site.on("virtual_file"):
        address = f"/virtual_attach_file.vsb?afc={_code(paper, place)}&tid=1021&oid=1385720&e=.{_suffix(upload)}"
    return f'<li>附件【<a href="{html.escape(address)}" target="_blank">{name}</a>】已下载<span></span>次</li>'


def _code(paper: Paper, place: int) -> str:
    return token(32, "wbfileid", paper.number, place).upper()


def _local(paper: Paper, place: int) -> str:
    code = _code(paper, place)
    return f"/__local/{code[0]}/{code[1:3]}/{code}.{_suffix(paper.uploads[place])}"


def _suffix(upload: Upload) -> str:
    return upload.name.rpartition(".")[2]


def _file(site: Site, request: Request) -> Answer | None:
    """A file by its code, which stands in the query or in the path."""
    named = request.path.rpartition("/")[2].partition(".")[0]
    code = request.query.get("wbfileid") or request.query.get("afc") or named
    for column in site.columns:
        for paper in column.papers:
            for place, upload in enumerate(paper.uploads):
                if _code(paper, place) == code:
                    return _download(site, request, upload)
    return None


def _download(site: Site, request: Request, upload: Upload) -> Answer:
    if site.on("picture_code") and request.path == DOWNLOAD:
        return page(_CODE)
    if site.on("nameless_download") or request.path != DOWNLOAD:
        return Answer(upload.body, upload.kind)
    form = site.switches.get("header_name", "rfc5987") or "utf-8"
    return Answer(upload.body, "application/octet-stream", headers=(disposition(upload.name, form),))


SOFTWARE = Software("vsb", pages, SWITCHES, frozenset(SWITCHES) - {"picture_code", "permission"})
