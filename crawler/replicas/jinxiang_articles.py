"""Columns, articles and files of the portal of 金乡: jpage lists with embedded and further windows."""

import functools
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from archive.clock import local_day
from crawler.replicas import files, paper_html
from crawler.replicas.noise import Note, of_county, of_township
from crawler.replicas.pages import Link, anchor, column_metas, crumbs, frame, local, shortened
from crawler.replicas.places import JINXIANG, Place, token
from crawler.replicas.web import DROP_TITLE, Answer, Drop, Request, file, page

MENU: tuple[Link, ...] = (
    ("/", "首页"),
    ("/col/col73001/index.html", "新闻中心"),
    ("/col/col73900/index.html", "政府信息公开"),
    ("/col/col73931/index.html", "财政预决算"),
    ("/col/col73970/index.html", "互动交流"),
)
_COLUMNS = {
    "73001": ("要闻动态", "news"),
    "73901": ("政府信息公开指南", "guide"),
    "73902": ("政府信息公开制度", "system"),
    "73903": ("政府信息公开年报", "departments"),
    "73931": ("财政预决算", "budget"),
}
_COLLECTIVE, _COLLECTIVE_NAME = "73905", "镇街政府信息公开年报"
_UNIT = "40128"
_PER_PAGE, _GROUP = 15, 3


@dataclass(frozen=True, slots=True)
class Art:
    """An article of a column."""

    column: str
    note: Note

    @property
    def address(self) -> str:
        """Month and day are not padded."""
        day = local_day(self.note.at)
        return f"/art/{day.year}/{day.month}/{day.day}/art_{self.column}_{_serial(self.note.key)}.html"


def arts(column: str, request: Request) -> list[Art]:
    """What a column shows at this instant, newest first."""
    notes = of_county(JINXIANG, _COLUMNS[column][1])
    return [Art(column, note) for note in notes if note.at <= request.world.now]


def township_arts(place: Place, request: Request) -> Sequence[Art]:
    """What stands in a township's own disclosure beside its reports."""
    return [Art("60001", note) for note in of_township(place.code) if note.at <= request.world.now]


def column_page(request: Request, found: re.Match[str]) -> Answer | None:
    """A column with its first windows embedded."""
    number = found[1]
    if number == _COLLECTIVE:
        return _collective(request)
    if number not in _COLUMNS:
        return None
    shown = arts(number, request)
    records = (_record(art.address, art.note.title, local(art.note.at, "%Y-%m-%d")) for art in shown)
    return _jpage(number, _COLUMNS[number][0], list(records))


def _collective(request: Request) -> Answer | None:
    """The column of files from outside; it is not there when none was handed in."""
    if not request.world.publishes(JINXIANG.code):
        return None
    drops = request.world.dropped(JINXIANG.code)
    records = [_record(_drop_address(drop), DROP_TITLE, local(drop.appears, "%Y-%m-%d")) for drop in drops]
    return _jpage(_COLLECTIVE, _COLLECTIVE_NAME, records)


def _jpage(number: str, name: str, records: Sequence[str]) -> Answer:
    """A jpage unit: the first windows embedded, the rest behind `proxyUrl`."""
    site = quote(quote(JINXIANG.site_name))
    proxy = "/module/web/jpage/dataproxy.jsp"
    more = f"{proxy}?page=1&webid=9&path=/&columnid={number}&unitid={_UNIT}&webname={site}&permissiontype=0"
    body = (
        crumbs(("/", "首页"), (f"/col/col{number}/index.html", name))
        + f'<div id="{_UNIT}"><script type="text/xml"><datastore>\n'
        f'<nextgroup><![CDATA[<a href="{more}"></a>]]></nextgroup>'
        f"<br><recordset>{chr(10).join(records[: _PER_PAGE * _GROUP])}</recordset>\n</datastore></script></div>\n"
        f"<script>var param_{_UNIT} = {{col: 1, appid: 1, webid: 9, path: '/', columnid: {number},"
        f" sourceContentType: 1, unitid: '{_UNIT}', webname: '{site}', permissiontype: 0}};\n"
        f"$('#{_UNIT}').jpage({{render: '{_UNIT}', totalRecord: {len(records)}, perPage: {_PER_PAGE},"
        f" groupSize: {_GROUP}, proxyUrl: '{proxy}', barPosition: 'bottom'}}, param_{_UNIT});</script>"
    )
    return page(frame(JINXIANG, name, body, metas=column_metas(name), menu=MENU), etag=True)


def _record(address: str, title: str, day: str) -> str:
    return f"<record><![CDATA[<li>{anchor(address, shortened(title), title)}<span>{day}</span></li>]]></record>"


def dataproxy(request: Request, _: re.Match[str]) -> Answer | None:
    """A further window, with one record more than asked for, as some of these servers give."""
    number = request.query.get("columnid", "")
    if number not in _COLUMNS:
        return None
    shown = arts(number, request)
    size = int(request.query.get("perpage", _PER_PAGE))
    first = int(request.query.get("startrecord", (int(request.query.get("page", "1")) - 1) * size + 1))
    last = int(request.query.get("endrecord", first + size - 1))
    window = shown[first - 1 : last + 1]
    records = "".join(_record(art.address, art.note.title, local(art.note.at, "%Y-%m-%d")) for art in window)
    text = (
        f"<datastore><totalrecord>{len(shown)}</totalrecord><totalpage>{-(-len(shown) // size)}</totalpage>"
        f"<recordset>{records}</recordset></datastore>"
    )
    return Answer(text.encode(), "text/xml;charset=UTF-8")


def article(request: Request, _: re.Match[str]) -> Answer | None:
    """An article: a note, a department's report, or the page that a file from outside hangs on."""
    for drop in request.world.dropped(JINXIANG.code):
        if _drop_address(drop) == request.path:
            inner = files.link(download(drop.key, drop.name), drop.name)
            return _article_page(_COLLECTIVE_NAME, DROP_TITLE, local(drop.appears), JINXIANG.site_name, inner)
    art = _by_address().get(request.path)
    if art is None or art.note.at > request.world.now:
        return None
    column = _COLUMNS.get(art.column, ("法定主动公开内容",))[0]
    inner = paper_html.of_note(JINXIANG, art.note)
    return _article_page(column, art.note.title, local(art.note.at), art.note.source, inner)


def _article_page(column: str, title: str, when: str, source: str, inner: str) -> Answer:
    metas = (*column_metas(column), ("ArticleTitle", title), ("pubdate", when), ("contentSource", source))
    body = (
        f'<h1 class="title">{html.escape(title)}</h1><div class="info"><span>发布日期：{when}</span> '
        f"<!--<$[信息来源]>begin--><span>信息来源：{source}</span><!--<$[信息来源]>end--></div>"
        f'<!--ZJEG_RSS.content.begin--><div id="zoom">{inner}</div><!--ZJEG_RSS.content.end-->'
    )
    return page(frame(JINXIANG, f"{JINXIANG.site_name} {column} {title}", body, metas=metas, menu=MENU), etag=True)


@functools.cache
def _by_address() -> dict[str, Art]:
    found = [Art(number, note) for number, (_, kind) in _COLUMNS.items() for note in of_county(JINXIANG, kind)]
    found += [Art("60001", note) for place in JINXIANG.places for note in of_township(place.code)]
    return {art.address: art for art in found}


def _drop_address(drop: Drop) -> str:
    day = local_day(drop.appears)
    return f"/art/{day.year}/{day.month}/{day.day}/art_{_COLLECTIVE}_{_serial(drop.key)}.html"


def _serial(key: str) -> int:
    return int(token(8, key), 16) % 900000 + 100000


def download(key: str, name: str) -> str:
    """The address of a file; `name` is what it is called when saved."""
    return f"/module/download/downfile.jsp?classid=0&showname={quote(name)}&filename={key}{name[name.rfind('.') :]}"


def downfile(request: Request, _: re.Match[str]) -> Answer | None:
    """Half of the files are streamed, the others are elsewhere."""
    name = request.query.get("filename", "")
    if not re.fullmatch(r"[0-9a-f]{32}\.\w+", name):
        return None
    if int(name[0], 16) % 2:
        return Answer(b"", "text/html", 302, headers=(("Location", f"{request.home}/attach/0/{name}"),))
    return _stored(request, name, odd=True)


def attached(request: Request, found: re.Match[str]) -> Answer | None:
    """A file or picture by its own name."""
    return _stored(request, found[1], odd=False)


def _stored(request: Request, name: str, *, odd: bool) -> Answer | None:
    key, _, _ = name.partition(".")
    for drop in request.world.dropped(JINXIANG.code):
        if drop.key == key:
            return file(drop.name, drop.body, odd=odd, etag=True)
    told, stored = files.library(JINXIANG.code).get(key, (None, None))
    if told is None or stored is None or not stored.stands(told.version(request.world.now)):
        return None
    return file(name, stored.body(), odd=odd, etag=True)
