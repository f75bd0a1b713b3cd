"""The portal of 潢川: static directories, articles by date and number, attachments under /upload/.

    /                                        home
    /zfxxgk/                                 政府信息公开, the disclosure entry
    /zfxxgk/zfxxgknb/                        政府信息公开年报 of county and departments
    /zfxxgk/xzjdnb/                          乡镇街道年报, where files from outside are published
    /xzxxgk/                                 乡镇信息公开, the township index
    /xzxxgk/<slug>/                          one township
    /xzxxgk/<slug>/zfxxgknb/, index_1.html   its 政府信息公开年报, page 2
    /<YYYY>/<MM-DD>/<n>.html                 articles; after a migration the date in the address is that of the import
    /upload/<YYYY>/<MM>/<name>               attachments and pictures

Lists and files carry Last-Modified; articles do not, and print another number of views each time.
"""

import functools
import html
import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, unquote

from crawler.replicas import files, paper_html
from crawler.replicas.figures import YEARS
from crawler.replicas.noise import Note, of_county, of_township
from crawler.replicas.pages import anchor, bullets, column_metas, crumbs, frame, local, paragraphs
from crawler.replicas.places import HUANGCHUAN, Place, seeded, token
from crawler.replicas.truth import Story, Version, stories
from crawler.replicas.web import DROP_TITLE, Answer, Drop, Request, World, file, page

_MENU = (
    ("/", "首页"),
    ("/xinwen/", "新闻资讯"),
    ("/zfxxgk/", "政府信息公开"),
    ("/xzxxgk/", "乡镇信息公开"),
    ("/zfxxgk/fdzdgknr/czgk/", "财政公开"),
)
_PAGE_SIZE = 8
_VIEWS = itertools.count(137, 3)


@dataclass(frozen=True, slots=True)
class _Piece:
    """An article. Exactly one of note, report and drop says what it carries."""

    key: str
    title: str
    at: datetime | None
    source: str
    filed: datetime  # the date in its address
    note: Note | None = None
    report: tuple[Story, Version] | None = None
    drop: Drop | None = None

    @property
    def path(self) -> str:
        number = int(token(8, self.key), 16) % 900000 + 100000
        return f"/{local(self.filed, '%Y/%m-%d')}/{number}.html"


def huangchuan(request: Request) -> Answer | None:
    """Answer as the portal of 潢川 does."""
    for pattern, handler in _ROUTES:
        found = re.fullmatch(pattern, request.path)
        if found:
            return handler(request, found)
    return None


def _home(request: Request, _: re.Match[str]) -> Answer:
    news = bullets((request.home + piece.path, piece.title) for piece in _pieces("xinwen", request.world)[:6])
    return _static(request, f"{HUANGCHUAN.site_name}门户网站", f"<h2>潢川要闻</h2>{news}")


def _disclosure(request: Request, _: re.Match[str]) -> Answer:
    links = [
        ("/zfxxgk/zfxxgkzn/", "政府信息公开指南"),
        ("/zfxxgk/zfxxgkzd/", "政府信息公开制度"),
        ("/zfxxgk/fdzdgknr/czgk/", "法定主动公开内容"),
        ("/zfxxgk/zfxxgknb/", "政府信息公开年报"),
    ]
    if request.world.publishes(HUANGCHUAN.code):
        links.append(("/zfxxgk/xzjdnb/", "乡镇街道年报"))
    body = crumbs(("/", "首页"), ("/zfxxgk/", "政府信息公开")) + bullets(links)
    return _static(request, "政府信息公开", body, "政府信息公开目录")


def _townships(request: Request, _: re.Match[str]) -> Answer:
    links = [(f"/xzxxgk/{place.slug}/", place.name) for place in HUANGCHUAN.places]
    body = crumbs(("/", "首页"), ("/xzxxgk/", "乡镇信息公开")) + bullets(links, "xz-list")
    return _static(request, "乡镇信息公开", body)


def _township(request: Request, found: re.Match[str]) -> Answer | None:
    place = _place(found[1])
    if place is None:
        return None
    links = [(f"/xzxxgk/{place.slug}/jgzn/", "机构职能"), (f"/xzxxgk/{place.slug}/zfxxgknb/", "政府信息公开年报")]
    body = crumbs(("/", "首页"), ("/xzxxgk/", "乡镇信息公开"), (f"/xzxxgk/{place.slug}/", place.name)) + bullets(links)
    return _static(request, place.name, body)


def _offices(request: Request, found: re.Match[str]) -> Answer | None:
    place = _place(found[1])
    return _static(request, "机构职能", f"<p>{place.name}机构职能。</p>") if place else None


def _listing(request: Request, found: re.Match[str]) -> Answer | None:
    column, number = found[1], int(found[2] or 0)
    named = _column_name(column, request)
    if named is None:
        return None
    pieces = _pieces(column, request.world)
    pages = max(1, -(-len(pieces) // _PAGE_SIZE))
    if number >= pages:
        return None
    items = "".join(_item(request, piece) for piece in pieces[number * _PAGE_SIZE : (number + 1) * _PAGE_SIZE])
    # Some templates write the number of pages into pagecount, some the number of records.
    count = pages if seeded(column, "pager").random() < 0.5 else len(pieces)
    place = _place(column.split("/")[1]) if column.startswith("xzxxgk/") else None
    trail = [("/", "首页")]
    trail += (
        [("/xzxxgk/", "乡镇信息公开"), (f"/xzxxgk/{place.slug}/", place.name)]
        if place
        else [("/zfxxgk/", "政府信息公开")]
    )
    body = crumbs(*trail, (f"/{column}/", named)) + f'<div class="con-box"><ul>{items}</ul></div>'
    body += f'<div id="pageDec" pagesize="{_PAGE_SIZE}" pagecount="{count}"></div>'
    title = f"{named}-{place.name}" if place else named
    return _static(request, title, body, named, changed=_changed(column, request.world))


def _item(request: Request, piece: _Piece) -> str:
    link = anchor(request.home + piece.path, piece.title, piece.title)
    return f"<li>{link}<p></p><span>{local(piece.at, '%Y-%m-%d') if piece.at else ''}</span></li>"


def _static(
    request: Request, title: str, body: str, kind: str | None = None, *, changed: datetime | None = None
) -> Answer:
    """A page that a generator wrote: it changes when something is published, and says when."""
    text = frame(HUANGCHUAN, f"{title}-{HUANGCHUAN.site_name}", body, metas=column_metas(title, kind), menu=_MENU)
    latest = max(note.at for note in of_county(HUANGCHUAN, "news") if note.at <= request.world.now)
    return page(text, modified=changed or latest)


def _changed(column: str, world: World) -> datetime:
    """When a list last gained or lost an entry."""
    moments = [piece.filed for piece in _pieces(column, world)]
    place = _place(column.split("/")[1]) if column.startswith("xzxxgk/") else None
    for told in stories(place.code) if place else ():
        moments += [moment for moment in (told.appears, told.gone) if moment and moment <= world.now]
    return max(moments, default=of_county(HUANGCHUAN, "guide")[-1].at)


def _article(request: Request, _: re.Match[str]) -> Answer | None:
    column, piece = _undying_by_path().get(request.path, (None, None))
    if column and piece and piece.filed <= request.world.now:
        return _article_page(request, column, piece)
    passing = (*(f"xzxxgk/{place.slug}/zfxxgknb" for place in HUANGCHUAN.places), _COLLECTIVE)
    for name in passing:
        found = next((piece for piece in _passing(name, request.world) if piece.path == request.path), None)
        if found:
            return _article_page(request, name, found)
    return None


def _article_page(request: Request, column: str, piece: _Piece) -> Answer:
    named = _column_name(column, request) or ""
    when = local(piece.at) if piece.at else ""
    dated = (("PubDate", when),) if when else ()
    metas = (*column_metas(named), ("ArticleTitle", piece.title), *dated, ("ContentSource", piece.source))
    line = f"来源：{piece.source}" + (f" 时间：{when[:10]}" if when else "") + f" 浏览量：{next(_VIEWS)}"
    body = (
        f'<h1>{html.escape(piece.title)}</h1><div class="source">{line}</div>'
        f'<div id="content">{_content(piece)}</div><div class="share">分享到：微信 微博</div>'
    )
    return page(frame(HUANGCHUAN, f"{piece.title}-{HUANGCHUAN.site_name}", body, metas=metas, menu=_MENU))


def _content(piece: _Piece) -> str:
    if piece.drop:
        return files.link(_upload(piece.filed, piece.drop.name), piece.drop.name)
    if piece.note:
        return paper_html.of_note(HUANGCHUAN, piece.note)
    assert piece.report is not None, "an article carries something"
    told, version = piece.report
    stored, images = files.attachment(told, version), files.pictures(told, version)
    if images:
        return paper_html.body(
            told.paper(version), picture=lambda table: _upload(piece.filed, f"{images[table.name].key}.png")
        )
    if stored is None:
        return paper_html.body(told.paper(version))
    return paragraphs([f"{piece.title}（见附件）"]) + files.link(_upload(piece.filed, stored.name), stored.name)


def _upload(filed: datetime, name: str) -> str:
    return f"/upload/{local(filed, '%Y/%m')}/{quote(name)}"


def _uploaded(request: Request, found: re.Match[str]) -> Answer | None:
    name = unquote(found[1])
    for drop in request.world.dropped(HUANGCHUAN.code):
        if drop.name == name:
            return file(name, drop.body, odd=name.endswith(".txt"), modified=drop.appears)
    told, stored = _files_by_name().get(name, (None, None))
    if told is None or stored is None or not stored.stands(told.version(request.world.now)):
        return None
    return file(name, stored.body(), odd=int(stored.key[0], 16) % 4 == 0, modified=told.versions[stored.version].since)


@functools.cache
def _files_by_name() -> dict[str, tuple[Story, files.Stored]]:
    pairs = files.library(HUANGCHUAN.code).values()
    return {f"{stored.key}.png" if stored.table else stored.name: (told, stored) for told, stored in pairs}


def _place(slug: str) -> Place | None:
    return next((place for place in HUANGCHUAN.places if place.slug == slug), None)


_COLUMNS = {
    "xinwen": ("新闻资讯", "news"),
    "zfxxgk/fdzdgknr/czgk": ("财政公开", "budget"),
    "zfxxgk/zfxxgkzn": ("政府信息公开指南", "guide"),
    "zfxxgk/zfxxgkzd": ("政府信息公开制度", "system"),
    "zfxxgk/zfxxgknb": ("政府信息公开年报", "departments"),
}
_COLLECTIVE = "zfxxgk/xzjdnb"


def _column_name(column: str, request: Request) -> str | None:
    if column in _COLUMNS:
        return _COLUMNS[column][0]
    if column == _COLLECTIVE:
        return "乡镇街道年报" if request.world.publishes(HUANGCHUAN.code) else None
    found = re.fullmatch(r"xzxxgk/(\w+)/zfxxgknb", column)
    return "政府信息公开年报" if found and _place(found[1]) else None


def _pieces(column: str, world: World) -> Sequence[_Piece]:
    """What a column shows at this instant, newest first; what has no date comes first."""
    shown = [piece for piece in _undying(column) if piece.filed <= world.now] + _passing(column, world)
    return sorted(shown, key=lambda piece: (piece.at is None, piece.at or piece.filed), reverse=True)


def _passing(column: str, world: World) -> list[_Piece]:
    """What a column shows now and may no longer show later: the townships' reports, and files from outside."""
    if column == _COLLECTIVE:
        return [_drop_piece(drop) for drop in world.dropped(HUANGCHUAN.code)]
    place = _place(column.split("/")[1]) if column.startswith("xzxxgk/") else None
    return [_report_piece(place, told, version) for told, version in world.standing(place.code)] if place else []


def _drop_piece(drop: Drop) -> _Piece:
    return _Piece(drop.key, DROP_TITLE, drop.appears, HUANGCHUAN.site_name, drop.appears, drop=drop)


def _report_piece(place: Place, told: Story, version: Version) -> _Piece:
    filed = told.appears
    if told.year == YEARS[0] and seeded(place.code, "migrated").random() < 0.4:
        filed = filed.replace(year=2023, month=10, day=18)
    key = f"{place.code}-{told.year}"
    return _Piece(key, told.title, told.claimed, f"{HUANGCHUAN.name}{place.body}", filed, report=(told, version))


@functools.cache
def _undying(column: str) -> tuple[_Piece, ...]:
    """What never goes away again: notes and the departments' reports."""
    if column == _COLLECTIVE:
        return ()
    if column in _COLUMNS:
        notes: Iterable[Note] = of_county(HUANGCHUAN, _COLUMNS[column][1])
    else:
        place = _place(column.split("/")[1])
        notes = of_township(place.code) if place else ()
    return tuple(_Piece(note.key, note.title, note.at, note.source, note.at, note=note) for note in notes)


@functools.cache
def _undying_by_path() -> dict[str, tuple[str, _Piece]]:
    columns = (*(f"xzxxgk/{place.slug}/zfxxgknb" for place in HUANGCHUAN.places), *_COLUMNS)
    return {piece.path: (column, piece) for column in columns for piece in _undying(column)}


_ROUTES: tuple[tuple[str, Callable[[Request, re.Match[str]], Answer | None]], ...] = (
    (r"/(?:index\.html)?", _home),
    (r"/zfxxgk/", _disclosure),
    (r"/xzxxgk/", _townships),
    (r"/xzxxgk/(\w+)/", _township),
    (r"/xzxxgk/(\w+)/jgzn/", _offices),
    (r"/([\w/]+?)/(?:index(?:_(\d+))?\.html)?", _listing),
    (r"/\d{4}/\d\d-\d\d/\d+\.html", _article),
    (r"/upload/\d{4}/\d\d/([^/]+)", _uploaded),
)
