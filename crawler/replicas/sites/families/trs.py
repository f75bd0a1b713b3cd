"""TRS WCM: directories of static pages, a pager that a script writes, files beside their page.

    /zwgk/zfxxgk/xzjd/<slug>/nb/                                a list; page 2 is index_1.html (or index_2.html)
    /zwgk/zfxxgk/xzjd/<slug>/nb/202601/t20260109_901.html      an article of it
    /zwgk/zfxxgk/xzjd/<slug>/nb/202601/P020260109….pdf         a file beside it
"""

import html
import re
from collections.abc import Mapping

from crawler.replicas.pages import local
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
from crawler.replicas.web import Answer, Request

SWITCHES: Mapping[str, str] = {
    "one_based": "Page 2 is index_2.html; index_1.html is page 1 again, or not there where the value is `gone`.",
    "named_lists": "Lists are nb_list.shtml, nb_list_1.shtml, … instead of the directory's index.",
    "pager": "createPageHTML has the arguments of the form that the value names: `element` or `class`.",
    "phantom": "The pager announces two pages more than there are; they are not there.",
    "no_slash": "Links to directories lack their last slash; the server redirects.",
    "epoch_address": "Articles' addresses say 19700101.",
    "script_attachment": "A script writes the list of an article's files.",
    "oldsrc": "Links to files also name an internal address (OLDSRC), which must not be asked for.",
}
_PATHS = {HOME: "/", OPEN: "/zwgk/", DISCLOSURE: "/zwgk/zfxxgk/", TOWNS: "/zwgk/zfxxgk/xzjd/"}
_ARTICLE = re.compile(r"(/.*/)(\d{6})/t(\d{8})_(\d+)\.s?html")
_FILE = re.compile(r"(/.*/)(\d{6})/P0\d{8}(\d{7})(\d{3})\.\w+")
# What the pager's script file does in a browser; `start` is the number of page 2.
_PAGER = """function createPageHTML() {
  var a = Array.prototype.slice.call(arguments);
  if (typeof a[0] === 'string') { a.shift(); }
  var total = a[0], current = a[1], name = a[2], kind = a[3], out = '';
  for (var i = 0; i < total; i++) {
    var href = i === 0 ? name + '.' + kind : name + '_' + (i + START - 1) + '.' + kind;
    out += i === current ? '<span class="cur">' + (i + 1) + '</span>' : '<a href="' + href + '">' + (i + 1) + '</a>';
    if (i === current + 1) { out += '<a class="next" href="' + href + '">下一页</a>'; }
  }
  document.write(out);
}"""


def pages(site: Site, request: Request) -> Answer | None:
    """Answer as this software does."""
    layout, path = Layout(site, lambda key: _link(site, key)), request.path
    if path in ("/", "/index.html"):
        return layout.home()
    if path == "/images/createpage.js":
        return Answer(_PAGER.replace("START", "2" if site.on("one_based") else "1").encode(), "text/javascript")
    if not path.rpartition("/")[2].count(".") and not path.endswith("/"):
        return _with_slash(site, path)
    found = _ARTICLE.fullmatch(path) or _FILE.fullmatch(path)
    if found:
        return _article(site, layout, path) if "/t" in path[path.rindex("/"):] else _file(site, path)
    folder, _, name = path.rpartition("/")
    key = key_at(site, lambda key: _folder(site, key), f"{folder}/")
    column = site.column(key) if key else None
    if column is not None:
        return _list(site, layout, column, name)
    return layout.room(key) if key and name in ("", "index.html") else None


def _folder(site: Site, key: str) -> str:
    """The directory of a room or column."""
    kind, _, inner = key.partition("-")
    column = site.column(inner or key)
    if column is None:
        return _PATHS[key]
    if column.place is None:
        return f"/zwgk/zfxxgk/{key}/" if column in site.reports else f"/zwgk/{key}/"
    return f"{_PATHS[TOWNS]}{column.place.slug}/" + {"t": "", "o": "jgzn/"}.get(kind if inner else "", "nb/")


def _link(site: Site, key: str) -> str:
    """How pages link to a room or column."""
    folder = _folder(site, key)
    if site.on("named_lists") and site.column(key):
        return f"{folder}nb_list.shtml"
    return folder.rstrip("/") or "/" if site.on("no_slash") else folder


def _with_slash(site: Site, path: str) -> Answer | None:
    """Directories without their slash are sent to the address with it."""
    there = key_at(site, lambda key: _folder(site, key), f"{path}/")
    return Answer(b"", status=301, headers=(("Location", f"{path}/"),)) if there else None


def _list(site: Site, layout: Layout, column: Column, name: str) -> Answer | None:
    named = site.on("named_lists")
    stem, kind = ("nb_list", "shtml") if named else ("index", "html")
    match = re.fullmatch(rf"{stem}(?:_(\d+))?\.{kind}", name or "index.html")
    number = _page_number(site, match[1]) if match else None
    if number is None or number >= pages_of(site, column):
        return None
    rows = "".join(row(_relative(site, paper), paper) for paper in on_page(site, column, number))
    total = pages_of(site, column) + (2 if site.on("phantom") else 0)
    call = _call(site, column, (total, number), (stem, kind))
    pager = f'<div class="page"><script>{call}</script></div>'
    head = '<script src="/images/createpage.js"></script>'
    return layout.listing(column, f'{head}<div class="list-right"><ul class="gl-list">{rows}</ul>{pager}</div>')


def _page_number(site: Site, written: str | None) -> int | None:
    """The number of a page, counted from 0."""
    if written is None:
        return 0
    if not site.on("one_based"):
        return int(written)
    return None if int(written) == 1 and site.switches["one_based"] == "gone" else int(written) - 1


def _call(site: Site, column: Column, counts: tuple[int, int], names: tuple[str, str]) -> str:
    """The pager's call in one of its three forms."""
    total, current = counts
    stem, kind = names
    form, plain = site.switches.get("pager", ""), f'{total}, {current}, "{stem}", "{kind}"'
    if form == "element":
        return f'createPageHTML("pages", {plain}, {len(column.papers)});'
    return f'createPageHTML({plain}, "page", {len(column.papers)});' if form == "class" else f"createPageHTML({plain});"


def _relative(site: Site, paper: Paper) -> str:
    """An article's address as its list writes it."""
    day = "19700101" if site.on("epoch_address") else local(paper.appears, "%Y%m%d")
    return f"./{local(paper.appears, '%Y%m')}/t{day}_{paper.number}.{'shtml' if site.on('named_lists') else 'html'}"


def _article(site: Site, layout: Layout, path: str) -> Answer | None:
    found = site.paper(int(path.rpartition("_")[2].partition(".")[0]))
    if found is None or not path.endswith(_relative(site, found[1])[1:]):
        return None
    column, paper = found
    files = "".join(_attachment(site, paper, upload) for upload in paper.uploads)
    if files and site.on("script_attachment"):
        files = f"<script>document.write({_quoted(files)});</script>"
    inner = head_table(facts(site, paper)) + f"""<h1>{html.escape(paper.title)}</h1>
<div class="xl-info">发布时间：{paper.claimed.isoformat()}　来源：{source(site, paper)}　【字体：大 中 小】</div>
<div id="zoom"><div class="view TRS_UEDITOR trs_paper_default trs_web">{paper.inner}</div></div>
<div class="xgfj"><h3>附件：</h3>{files or "无"}</div>"""
    return layout.article(column, paper, inner)


def _attachment(site: Site, paper: Paper, upload: Upload) -> str:
    name = _stored(paper, upload)
    old = f' OLDSRC="/protect/{name[:8]}/{name[:10]}/{name}"' if site.on("oldsrc") else ""
    shown = html.escape(upload.name)
    return f'<p><a appendix="true" href="./{name}"{old} download="{shown}" title="{shown}">{shown}</a></p>'


def _quoted(markup: str) -> str:
    """A script's text that holds markup."""
    return "'" + markup.replace("\\", "\\\\").replace("'", "\\'").replace("</", "<\\/") + "'"


def _stored(paper: Paper, upload: Upload) -> str:
    place = paper.uploads.index(upload)
    return f"P0{local(paper.appears, '%Y%m%d')}{paper.number:07d}{place:03d}.{upload.name.rpartition('.')[2]}"


def _file(site: Site, path: str) -> Answer | None:
    match = _FILE.fullmatch(path)
    found = site.paper(int(match[3])) if match else None
    for upload in found[1].uploads if found else ():
        if found and path.endswith(f"/{_stored(found[1], upload)}"):
            return Answer(upload.body, upload.kind)
    return None


SOFTWARE = Software("trs", pages, SWITCHES, frozenset(SWITCHES))
