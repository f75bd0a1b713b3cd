"""The portal of 金乡: Hanweb. Columns as jpage lists, disclosure by organisation, one page for each annual report.

    /                                                     home
    /col/col73900/index.html                              政府信息公开, the disclosure entry
    /col/col73903/index.html                              政府信息公开年报 of county and departments, a jpage list
    /module/web/jpage/dataproxy.jsp                       further windows of a jpage list
    /col/col73905/index.html                              镇街政府信息公开年报, where files from outside are published
    /col/col73950/index.html                              镇街信息公开, the township index
    /module/xxgk/tree.jsp                                 the organisation tree
    /col/col60001/index.html?vc_xxgkarea=<area>           one organisation's disclosure page
    /module/xxgk/search.jsp                               its other documents, as a table
    /module/xxgk/xxgkAnnualReport.jsp?area=&fbtime=       one organisation's report of one year; a shell where there is none
    /art/<y>/<m>/<d>/art_<column>_<id>.html               articles
"""

import functools
import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from archive.clock import local_day
from crawler.replicas import files, paper_html
from crawler.replicas.figures import YEARS, figures
from crawler.replicas.noise import Note, of_county, of_township
from crawler.replicas.pages import anchor, bullets, column_metas, crumbs, frame, local, paragraphs, shortened
from crawler.replicas.places import JINXIANG, Place, credit_code, seeded, token
from crawler.replicas.prose import compose
from crawler.replicas.web import Answer, Drop, Request, file, page

_MENU = (("/", "首页"), ("/col/col73001/index.html", "新闻中心"), ("/col/col73900/index.html", "政府信息公开"),
         ("/col/col73931/index.html", "财政预决算"), ("/col/col73970/index.html", "互动交流"))
_DEPARTMENTS = ("人民政府", "财政局", "教育和体育局", "民政局", "自然资源和规划局", "农业农村局", "水务局", "卫生健康局",
                "审计局", "统计局")
_UNIT = "40128"
_PER_PAGE, _GROUP = 15, 3


@dataclass(frozen=True, slots=True)
class _Art:
    """An article of a column: either a note or a department's report."""

    column: str
    note: Note
    department: str | None = None
    year: int = 0

    @property
    def address(self) -> str:
        day = local_day(self.note.at)
        return f"/art/{day.year}/{day.month}/{day.day}/art_{self.column}_{int(token(6, self.note.key), 16) % 900000 + 100000}.html"


def area(place: Place) -> str:
    """A township's 18-character code; characters 3-8 are the county's."""
    return credit_code(JINXIANG.code, int(place.code[6:]))


def jinxiang(request: Request) -> Answer | None:
    """Answer as the portal of 金乡 does."""
    for pattern, handler in _ROUTES:
        found = re.fullmatch(pattern, request.path)
        if found:
            return handler(request, found)
    return None


def _home(request: Request, _: re.Match[str]) -> Answer:
    news = bullets((art.address, art.note.title) for art in _arts("73001", request)[:6])
    quick = bullets((("/col/col73900/index.html", "政府信息公开"), ("/col/col73970/index.html", "县长信箱"),
                     ("/col/col73950/index.html", "镇街信息公开")), "quick")
    body = f'<h2>要闻动态</h2>{news}<h2>快速通道</h2>{quick}<script>document.title = document.title;</script>'
    return page(frame(JINXIANG, f"{JINXIANG.site_name}门户网站", body, menu=_MENU), etag=True)


def _disclosure(request: Request, _: re.Match[str]) -> Answer:
    links = [("/col/col73901/index.html", "政府信息公开指南"), ("/col/col73902/index.html", "政府信息公开制度"),
             ("/col/col73931/index.html", "法定主动公开内容"), ("/col/col73903/index.html", "政府信息公开年报")]
    if request.world.drops and any(drop.code.startswith(JINXIANG.code) for drop in request.world.drops):
        links.append(("/col/col73905/index.html", "镇街政府信息公开年报"))
    links.append(("/col/col73950/index.html", "镇街信息公开"))
    tree = f"/module/xxgk/tree.jsp?standardXxgk=1&amp;area={credit_code(JINXIANG.code, 0)}&amp;divid=div4"
    body = crumbs(("/", "首页"), ("/col/col73900/index.html", "政府信息公开")) + bullets(links)
    body += f'<iframe src="{tree}" width="240" height="600" frameborder="0"></iframe>'
    return page(frame(JINXIANG, "政府信息公开", body, metas=column_metas("政府信息公开", "政府信息公开目录"), menu=_MENU), etag=True)


def _townships(_: Request, __: re.Match[str]) -> Answer:
    links = [(_organ_address(place), place.name) for place in JINXIANG.places]
    body = crumbs(("/", "首页"), ("/col/col73950/index.html", "镇街信息公开")) + bullets(links, "jiedao")
    return page(frame(JINXIANG, "镇街信息公开", body, metas=column_metas("镇街信息公开"), menu=_MENU), etag=True)


def _organ_address(place: Place) -> str:
    return f"/col/col60001/index.html?vc_xxgkarea={area(place)}&number=A0000001"


def _tree(request: Request, _: re.Match[str]) -> Answer:
    nodes = "".join(
        f'<li><a target="_parent" href="{html.escape(_organ_address(place))}" title="{JINXIANG.name}{place.body}">{place.name}</a></li>'
        for place in JINXIANG.places
    )
    return page(f'<html><body><div id="{request.query.get("divid", "div4")}"><p>镇街</p><ul>{nodes}</ul></div></body></html>')


def _organ(request: Request, _: re.Match[str]) -> Answer | None:
    place = _place(request.query.get("vc_xxgkarea"))
    if place is None:
        return None
    code = area(place)
    last = local_day(request.world.now).year - 1
    years = [year for year in range(last, YEARS[0] - 1, -1)]
    reports = bullets(((f"/module/xxgk/xxgkAnnualReport.jsp?area={code}&fbtime={year}", f"{year}年") for year in years), "nianbao")
    body = crumbs(("/", "首页"), ("/col/col73950/index.html", "镇街信息公开"), (_organ_address(place), place.name))
    body += f"<h2>{place.name}</h2><h3>政府信息公开年报</h3>{reports}<h3>法定主动公开内容</h3>"
    body += '<div id="div60001" class="list">正在加载...</div>'
    script = f"infotypeId=A0000001&jdid=9&area={code}&divid=div60001&fbtime=-1&currpage=1&sortfield=,createdatetime:0,orderid:0"
    body += (
        "<script>fetch('/module/xxgk/search.jsp', {method: 'POST', body: '" + script + "',"
        " headers: {'Content-Type': 'application/x-www-form-urlencoded'}}).then(answer => answer.text())"
        ".then(text => { document.getElementById('div60001').innerHTML = text; });</script>"
    )
    return page(frame(JINXIANG, f"{place.name}政府信息公开", body, metas=column_metas(place.name, "政府信息公开目录"), menu=_MENU), etag=True)


def _search(request: Request, _: re.Match[str]) -> Answer:
    place = _place(request.query.get("area"))
    arts = _township_arts(place, request) if place else []
    current = int(request.query.get("currpage", "1"))
    rows = "".join(
        f'<tr class="tr_main_value_{"even" if number % 2 else "odd"}"><td>{number + 1}</td>'
        f"<td>{anchor(art.address, art.note.title, art.note.title, 'bt_link')}</td><td>{local(art.note.at, '%Y-%m-%d')}</td></tr>"
        for number, art in enumerate(arts[(current - 1) * 10 : current * 10])
    )
    pages = max(1, -(-len(arts) // 10))
    return page(f'<table class="tr_main">{rows}</table><div>共{pages}页 共{len(arts)}条</div>')


def _annual(request: Request, _: re.Match[str]) -> Answer:
    place = _place(request.query.get("area"))
    year = request.query.get("fbtime", "")
    standing = request.world.standing(place.code) if place else []
    found = next(((told, version) for told, version in standing if str(told.year) == year), None)
    if found is None:
        body = '<div class="article"><div class="title"></div><div id="zoom"></div></div>'
        return page(frame(JINXIANG, "政府信息公开年报", body, menu=_MENU))
    told, version = found
    paper = told.paper(version)
    images = files.pictures(told, version)
    stored = files.attachment(told, version)
    inner = paper_html.body(paper, picture=(lambda table: f"/picture/0/{images[table.name].key}.png") if images else None)
    if stored:
        inner = paragraphs([f"{paper.title}详见附件。"]) + files.link(_download(stored.key, stored.name), stored.name)
    when = f"<span>发布时间：{local(told.claimed, '%Y-%m-%d %H:%M:%S')}</span>" if told.claimed else ""
    body = (
        f'<div class="article"><div class="title">{html.escape(paper.title)}</div><div class="info">{when}'
        '<span id="voice">点击收听年报语音朗读</span><span>浏览次数：<i id="hits"></i></span></div>'
        f'<div id="zoom">{inner}</div></div>'
        "<script>document.getElementById('hits').textContent = Math.floor(Math.random() * 1000);</script>"
    )
    return page(frame(JINXIANG, "政府信息公开年报", body, menu=_MENU))


def _place(code: str | None) -> Place | None:
    return next((place for place in JINXIANG.places if area(place) == code), None)


def _column(request: Request, found: re.Match[str]) -> Answer | None:
    number = found[1]
    if number == "73905":
        return _collective(request)
    if number not in _COLUMNS:
        return None
    name, _ = _COLUMNS[number]
    arts = _arts(number, request)
    records = "\n".join(_record(art) for art in arts[: _PER_PAGE * _GROUP])
    return page(frame(JINXIANG, name, _jpage(number, name, len(arts), records), metas=column_metas(name), menu=_MENU), etag=True)


def _jpage(number: str, name: str, total: int, records: str) -> str:
    """A jpage unit: the first windows embedded, the rest behind `proxyUrl`."""
    site = quote(quote(JINXIANG.site_name))
    more = (f"/module/web/jpage/dataproxy.jsp?page=1&webid=9&path=/&columnid={number}&unitid={_UNIT}"
            f"&webname={site}&permissiontype=0")
    return (
        crumbs(("/", "首页"), (f"/col/col{number}/index.html", name))
        + f'<div id="{_UNIT}"><script type="text/xml"><datastore>\n<nextgroup><![CDATA[<a href="{more}"></a>]]></nextgroup>'
        f"<br><recordset>{records}</recordset>\n</datastore></script></div>\n"
        f"<script>var param_{_UNIT} = {{col: 1, appid: 1, webid: 9, path: '/', columnid: {number}, sourceContentType: 1,"
        f" unitid: '{_UNIT}', webname: '{site}', permissiontype: 0}};\n"
        f"$('#{_UNIT}').jpage({{render: '{_UNIT}', totalRecord: {total}, perPage: {_PER_PAGE}, groupSize: {_GROUP},"
        f" proxyUrl: '/module/web/jpage/dataproxy.jsp', barPosition: 'bottom'}}, param_{_UNIT});</script>"
    )


def _record(art: _Art) -> str:
    link = anchor(art.address, shortened(art.note.title), art.note.title)
    return f"<record><![CDATA[<li>{link}<span>{local(art.note.at, '%Y-%m-%d')}</span></li>]]></record>"


def _dataproxy(request: Request, _: re.Match[str]) -> Answer | None:
    number = request.query.get("columnid", "")
    if number not in _COLUMNS:
        return None
    arts = _arts(number, request)
    size = int(request.query.get("perpage", _PER_PAGE))
    first = int(request.query.get("startrecord", (int(request.query.get("page", "1")) - 1) * size + 1))
    last = int(request.query.get("endrecord", first + size - 1))
    shown = arts[first - 1 : last + 1]  # one record more than asked for, as some of these servers give
    records = "".join(_record(art) for art in shown)
    pages = -(-len(arts) // size)
    text = (f"<datastore><totalrecord>{len(arts)}</totalrecord><totalpage>{pages}</totalpage>"
            f"<recordset>{records}</recordset></datastore>")
    return Answer(text.encode(), "text/xml;charset=UTF-8")


def _collective(request: Request) -> Answer | None:
    if not any(drop.code.startswith(JINXIANG.code) for drop in request.world.drops):
        return None
    drops = request.world.dropped(JINXIANG.code)
    records = "\n".join(
        f"<record><![CDATA[<li>{anchor(_drop_address(drop), _DROP_TITLE, _DROP_TITLE)}"
        f"<span>{local(drop.appears, '%Y-%m-%d')}</span></li>]]></record>"
        for drop in drops
    )
    name = "镇街政府信息公开年报"
    return page(frame(JINXIANG, name, _jpage("73905", name, len(drops), records), metas=column_metas(name, "信息公开年报"), menu=_MENU), etag=True)


_DROP_TITLE = "政府信息公开工作年度报告"


def _drop_key(drop: Drop) -> str:
    return token(32, "drop", drop.code, drop.year, drop.name)


def _drop_address(drop: Drop) -> str:
    day = local_day(drop.appears)
    return f"/art/{day.year}/{day.month}/{day.day}/art_73905_{int(_drop_key(drop)[:6], 16) % 900000 + 100000}.html"


def _article(request: Request, _: re.Match[str]) -> Answer | None:
    for drop in request.world.dropped(JINXIANG.code):
        if _drop_address(drop) == request.path:
            inner = files.link(_download(_drop_key(drop), drop.name), drop.name)
            return _article_page("镇街政府信息公开年报", _DROP_TITLE, local(drop.appears), JINXIANG.site_name, inner)
    art = _by_address().get(request.path)
    if art is None or art.note.at > request.world.now:
        return None
    column = _COLUMNS.get(art.column, ("法定主动公开内容",))[0]
    if art.department:
        inner = paper_html.body(compose(JINXIANG.department(art.department), art.year, figures(art.note.key, art.year)))
    else:
        inner = paragraphs(art.note.paragraphs)
    return _article_page(column, art.note.title, local(art.note.at), art.note.source, inner)


def _article_page(column: str, title: str, when: str, source: str, inner: str) -> Answer:
    metas = (("ColumnName", column), ("ColumnType", column), ("ArticleTitle", title), ("pubdate", when), ("contentSource", source))
    body = (
        f'<h1 class="title">{html.escape(title)}</h1><div class="info"><span>发布日期：{when}</span> '
        f"<!--<$[信息来源]>begin--><span>信息来源：{source}</span><!--<$[信息来源]>end--></div>"
        f"<!--ZJEG_RSS.content.begin--><div id=\"zoom\">{inner}</div><!--ZJEG_RSS.content.end-->"
    )
    return page(frame(JINXIANG, f"{JINXIANG.site_name} {column} {title}", body, metas=metas, menu=_MENU), etag=True)


def _download(key: str, name: str) -> str:
    suffix = name[name.rfind(".") :]
    return f"/module/download/downfile.jsp?classid=0&showname={quote(name)}&filename={key}{suffix}"


def _downfile(request: Request, _: re.Match[str]) -> Answer | None:
    """Half of the files are streamed, the others are elsewhere."""
    name = request.query.get("filename", "")
    if int(name[:1] or "0", 16) % 2:
        return Answer(b"", "text/html", 302, headers=(("Location", f"{request.home}/attach/0/{name}"),))
    return _stored(request, name, odd=True)


def _attached(request: Request, found: re.Match[str]) -> Answer | None:
    return _stored(request, found[1], odd=False)


def _stored(request: Request, name: str, *, odd: bool) -> Answer | None:
    key, _, _ = name.partition(".")
    for drop in request.world.dropped(JINXIANG.code):
        if _drop_key(drop) == key:
            return file(drop.name, drop.body, odd=odd, etag=True)
    told, stored = files.library(JINXIANG.code).get(key, (None, None))
    if told is None or stored is None or not stored.stands(told.version(request.world.now)):
        return None
    return file(name, stored.body(), odd=odd, etag=True)


def _mailbox(_: Request, __: re.Match[str]) -> Answer:
    return page(frame(JINXIANG, "互动交流", "<p>请在工作时间来信来访。</p>", metas=column_metas("互动交流"), menu=_MENU), etag=True)


_COLUMNS = {
    "73001": ("要闻动态", "news"),
    "73901": ("政府信息公开指南", "guide"),
    "73902": ("政府信息公开制度", "system"),
    "73903": ("政府信息公开年报", "departments"),
    "73931": ("财政预决算", "budget"),
}


def _arts(column: str, request: Request) -> list[_Art]:
    """What a column shows at this instant, newest first."""
    return [art for art in _all_arts(column) if art.note.at <= request.world.now]


@functools.cache
def _all_arts(column: str) -> tuple[_Art, ...]:
    kind = _COLUMNS[column][1]
    if kind != "departments":
        return tuple(_Art(column, note) for note in of_county(JINXIANG, kind))
    arts = [_department_art(column, name, year) for year in YEARS for name in _DEPARTMENTS]
    return tuple(sorted(arts, key=lambda art: art.note.at, reverse=True))


def _department_art(column: str, name: str, year: int) -> _Art:
    issuer = JINXIANG.department(name)
    key = f"{issuer.key}-{year}"
    first = of_county(JINXIANG, "guide")[0].at
    chance = seeded(key)
    at = first.replace(year=year + 1, month=1, day=chance.randint(6, 28), hour=chance.randint(1, 9))
    return _Art(column, Note(key, f"{issuer.full}{year}年政府信息公开工作年度报告", at, issuer.full, ()), name, year)


def _township_arts(place: Place, request: Request) -> Sequence[_Art]:
    return [_Art("60001", note) for note in of_township(place.code) if note.at <= request.world.now]


@functools.cache
def _by_address() -> dict[str, _Art]:
    arts = [art for column in _COLUMNS for art in _all_arts(column)]
    arts += [_Art("60001", note) for place in JINXIANG.places for note in of_township(place.code)]
    return {art.address: art for art in arts}


_ROUTES: tuple[tuple[str, Callable[[Request, re.Match[str]], Answer | None]], ...] = (
    (r"/(?:index\.html)?", _home),
    (r"/col/col73900/index\.html", _disclosure),
    (r"/col/col73950/index\.html", _townships),
    (r"/col/col73970/index\.html", _mailbox),
    (r"/col/col60001/index\.html", _organ),
    (r"/col/col(\d+)/index\.html", _column),
    (r"/module/web/jpage/dataproxy\.jsp", _dataproxy),
    (r"/module/xxgk/tree\.jsp", _tree),
    (r"/module/xxgk/search\.jsp", _search),
    (r"/module/xxgk/xxgkAnnualReport\.jsp", _annual),
    (r"/art/\d+/\d+/\d+/art_\d+_\d+\.html", _article),
    (r"/module/download/downfile\.jsp", _downfile),
    (r"/attach/0/([0-9a-f]{32}\.\w+)", _attached),
    (r"/picture/0/([0-9a-f]{32}\.png)", _attached),
)
