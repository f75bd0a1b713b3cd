"""What the systems of Hanweb have in common: column and article addresses, article pages, downloads, datastores.

    /col/col70001/index.html                                    a column
    /art/2026/1/9/art_70001_900001.html                         an article of it; month and day are not padded
    /col/col70001/art/2026/art_<32 hex digits>.html             the same on newer systems
    /module/download/downfile.jsp?classid=0&filename=<32h>.pdf  a file, streamed or sent to /attach/0/<32h>.pdf
"""

import html
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from archive.clock import SHANGHAI
from crawler.replicas.pages import anchor, column_metas, frame, local
from crawler.replicas.places import seeded, token
from crawler.replicas.sites.hubs import HOME, Layout, rooms, source
from crawler.replicas.sites.model import Column, Paper, Site, Upload
from crawler.replicas.web import Answer, Request, page

WITHOUT_METAS = 0.25                # of the articles carry no metas of their own
_FIRST_COLUMN = 70001
_COLUMN = re.compile(r"/col/col(\d+)/(?:index\.html)?")
_ARTICLE = re.compile(r"/art/(\d{4})/(\d{1,2})/(\d{1,2})/art_(\d+)_(\d+)\.html")
_NEWER = re.compile(r"/col/col(\d+)/art/(\d{4})/art_([0-9a-f]{32})\.html")
_FILE = re.compile(r"[0-9a-f]{32}\.\w+")
Cell = Callable[[Paper], str]


@dataclass(frozen=True)
class Hanweb:
    """The pages of one site that are alike in all of these systems. `newer` articles have 32 digits for names."""

    site: Site
    newer: bool = False
    strangers: bool = False         # articles carry another column's number than their list

    @property
    def layout(self) -> Layout:
        """Rooms and frame."""
        return Layout(self.site, self.address)

    def number(self, key: str) -> int:
        """The number of a room or column."""
        keys = (*rooms(self.site), *(column.key for column in self.site.columns))
        return _FIRST_COLUMN + 7 * keys.index(key)

    def address(self, key: str) -> str:
        """Where a room or column stands."""
        return "/" if key == HOME else f"/col/col{self.number(key)}/index.html"

    def key(self, path: str) -> str | None:
        """The room or column that stands at a path."""
        found = _COLUMN.fullmatch(path)
        keys = (*rooms(self.site), *(column.key for column in self.site.columns))
        return next((key for key in keys if found and str(self.number(key)) == found[1]), None)

    def link(self, column: Column, paper: Paper) -> str:
        """An article's address."""
        number = self.number(column.key) + (1 if self.strangers else 0)
        day = paper.appears.astimezone(SHANGHAI)
        if self.newer:
            return f"/col/col{number}/art/{day.year}/art_{_name(paper)}.html"
        return f"/art/{day.year}/{day.month}/{day.day}/art_{number}_{paper.number}.html"

    def article(self, path: str, files: Cell | None = None) -> Answer | None:
        """The page at an article's address; `files` draws the list of its files."""
        for column in self.site.columns:
            for paper in column.papers if _ARTICLE.fullmatch(path) or _NEWER.fullmatch(path) else ():
                if self.link(column, paper) == path:
                    return self._page(column, paper, (files or downloads)(paper))
        return None

    def _page(self, column: Column, paper: Paper, files: str) -> Answer:
        when, whose = local(_claimed(paper)), source(self.site, paper)
        metas = [*column_metas(column.name)]
        if seeded(paper.number, "metas").random() >= WITHOUT_METAS:
            metas += [("ArticleTitle", paper.title), ("pubdate", when), ("contentSource", whose), ("author", ""),
                      ("url", self.link(column, paper)), ("Maketime", local(paper.appears, "%Y-%m-%d %H:%M:%S")),
                      ("i_columnid", str(self.number(column.key))), ("i_articleid", str(paper.number))]
        inner = f"""<h1 class="title">{html.escape(paper.title)}</h1>
<div class="info"><span>发布日期：{when}</span>
<!--<$[信息来源]>begin--><span>信息来源：{whose}</span><!--<$[信息来源]>end-->
<span>浏览次数：<i id="hits">1</i></span> <span>字体：[大 中 小]</span></div>
<!--ZJEG_RSS.content.begin--><div id="zoom" class="wenz">{paper.inner}{files}</div><!--ZJEG_RSS.content.end-->
<div class="share">【打印本页】【关闭窗口】</div>"""
        title = f"{self.site.county.site_name} {column.name} {paper.title}"
        body = f'<div id="barrierfree_container">{self.layout.crumbs(column.key)}{inner}</div>'
        return page(frame(self.site.county, title, body, metas=metas, menu=self.menu))

    @property
    def menu(self) -> tuple[tuple[str, str], ...]:
        """The main navigation."""
        news = self.site.others[0]
        return (("/", "首页"), (self.address(news.key), news.name), (self.address("open"), "政务公开"))

    def record(self, column: Column, paper: Paper) -> str:
        """An entry of a list."""
        return (f"<li>{anchor(self.link(column, paper), paper.title, paper.title)}"
                f"<span>{paper.claimed.isoformat()}</span></li>")


def datastore(records: Iterable[str], counts: tuple[int, int] | None = None, *, lead: str = "", stray: str = "") -> str:
    """Records as this system hands them over; `counts` are those of records and pages."""
    told = f"<totalrecord>{counts[0]}</totalrecord><totalpage>{counts[1]}</totalpage>" if counts else ""
    listed = f"\n{stray}".join(f"<record><![CDATA[{record}]]></record>" for record in records)
    group = f"<nextgroup><![CDATA[{lead}]]></nextgroup>" if lead else ""
    return f"<datastore>{group}{told}{stray}<recordset>{listed}</recordset></datastore>"


def stored(paper: Paper, upload: Upload) -> str:
    """The name under which a file is kept."""
    return f"{token(32, paper.number, upload.name)}.{upload.name.rpartition('.')[2]}"


def downloads(paper: Paper) -> str:
    """Links to an article's files; every other one names what the file is called."""
    links = []
    for place, upload in enumerate(paper.uploads):
        shown = f"showname={quote(upload.name)}&" if place % 2 == 0 else ""
        address = f"/module/download/downfile.jsp?classid=0&{shown}filename={stored(paper, upload)}"
        links.append(f"<p>附件：{anchor(address, upload.name)}</p>")
    return "".join(links)


def files(site: Site, request: Request) -> Answer | None:
    """A download: streamed, or sent to where the file is kept."""
    name = request.query.get("filename", "") if request.path == "/module/download/downfile.jsp" else ""
    name = name or request.path.removeprefix("/attach/0/")
    found = upload_of(site, name)
    if found is None or not _FILE.fullmatch(name):
        return None
    if request.path.startswith("/attach/") or int(name[0], 16) % 2 == 0:
        return Answer(found.body, found.kind)
    return Answer(b"", "text/html", 302, headers=(("Location", f"/attach/0/{name}"),))


def upload_of(site: Site, name: str) -> Upload | None:
    """The file that is kept under a name."""
    papers = (paper for column in site.columns for paper in column.papers)
    return next((upload for paper in papers for upload in paper.uploads if stored(paper, upload) == name), None)


def _name(paper: Paper) -> str:
    return token(32, "article", paper.number)


def _claimed(paper: Paper) -> datetime:
    return paper.appears.astimezone(SHANGHAI).replace(
        year=paper.claimed.year, month=paper.claimed.month, day=paper.claimed.day)
