"""The portal of 金乡: Hanweb. Columns as jpage lists, disclosure by organisation, one page for each annual report.

    /                                                 home
    /col/col73900/index.html                          政府信息公开, the disclosure entry
    /col/col73903/index.html                          政府信息公开年报 of county and departments, a jpage list
    /module/web/jpage/dataproxy.jsp                   further windows of a jpage list
    /col/col73905/index.html                          镇街政府信息公开年报, where files from outside are published
    /col/col73950/index.html                          镇街信息公开, the township index
    /module/xxgk/tree.jsp                             the organisation tree
    /col/col60001/index.html?vc_xxgkarea=<area>       one organisation's disclosure page
    /module/xxgk/search.jsp                           its other documents, as a table
    /module/xxgk/xxgkAnnualReport.jsp?area=&fbtime=   one organisation's report of one year; a shell where there is none
    /art/<y>/<m>/<d>/art_<column>_<id>.html           articles
    /module/download/downfile.jsp, /attach/0/         files
"""

import html
import re
from collections.abc import Callable

from archive.clock import local_day
from crawler.replicas import files, paper_html
from crawler.replicas import jinxiang_articles as articles
from crawler.replicas.figures import YEARS
from crawler.replicas.jinxiang_articles import MENU
from crawler.replicas.pages import anchor, bullets, column_metas, crumbs, frame, local, paragraphs
from crawler.replicas.places import JINXIANG, Place, credit_code
from crawler.replicas.truth import Story, Version
from crawler.replicas.web import Answer, Request, page

_ROWS = 10


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


def _page(title: str, body: str, kind: str | None = None) -> Answer:
    return page(frame(JINXIANG, title, body, metas=column_metas(title, kind), menu=MENU), etag=True)


def _home(request: Request, _: re.Match[str]) -> Answer:
    news = bullets((art.address, art.note.title) for art in articles.arts("73001", request)[:6])
    quick = (
        ("/col/col73900/index.html", "政府信息公开"),
        ("/col/col73970/index.html", "县长信箱"),
        ("/col/col73950/index.html", "镇街信息公开"),
    )
    body = f"<h2>要闻动态</h2>{news}<h2>快速通道</h2>{bullets(quick, 'quick')}"
    return page(frame(JINXIANG, f"{JINXIANG.site_name}门户网站", body, menu=MENU), etag=True)


def _disclosure(request: Request, _: re.Match[str]) -> Answer:
    links = [
        ("/col/col73901/index.html", "政府信息公开指南"),
        ("/col/col73902/index.html", "政府信息公开制度"),
        ("/col/col73931/index.html", "法定主动公开内容"),
        ("/col/col73903/index.html", "政府信息公开年报"),
    ]
    if request.world.publishes(JINXIANG.code):
        links.append(("/col/col73905/index.html", "镇街政府信息公开年报"))
    links.append(("/col/col73950/index.html", "镇街信息公开"))
    tree = f"/module/xxgk/tree.jsp?standardXxgk=1&amp;area={credit_code(JINXIANG.code, 0)}&amp;divid=div4"
    body = crumbs(("/", "首页"), ("/col/col73900/index.html", "政府信息公开")) + bullets(links)
    body += f'<iframe src="{tree}" width="240" height="600" frameborder="0"></iframe>'
    return _page("政府信息公开", body, "政府信息公开目录")


def _townships(_: Request, __: re.Match[str]) -> Answer:
    links = [(_organ_address(place), place.name) for place in JINXIANG.places]
    body = crumbs(("/", "首页"), ("/col/col73950/index.html", "镇街信息公开")) + bullets(links, "jiedao")
    return _page("镇街信息公开", body)


def _organ_address(place: Place) -> str:
    return f"/col/col60001/index.html?vc_xxgkarea={area(place)}&number=A0000001"


def _tree(request: Request, _: re.Match[str]) -> Answer:
    links = bullets((_organ_address(place), place.name) for place in JINXIANG.places)
    name = html.escape(request.query.get("divid", "div4"))
    head = '<html><head><base target="_parent"></head>'
    return page(f'{head}<body><div id="{name}"><p>镇街</p>{links}</div></body></html>')


def _organ(request: Request, _: re.Match[str]) -> Answer | None:
    place = _place(request.query.get("vc_xxgkarea"))
    if place is None:
        return None
    years = range(local_day(request.world.now).year - 1, YEARS[0] - 1, -1)
    reports = bullets(
        ((f"/module/xxgk/xxgkAnnualReport.jsp?area={area(place)}&fbtime={year}", f"{year}年") for year in years),
        "nianbao",
    )
    body = crumbs(("/", "首页"), ("/col/col73950/index.html", "镇街信息公开"), (_organ_address(place), place.name))
    body += f"<h2>{place.name}</h2><h3>政府信息公开年报</h3>{reports}<h3>法定主动公开内容</h3>{_search_script(place)}"
    return _page(f"{place.name}政府信息公开", body, "政府信息公开目录")


def _search_script(place: Place) -> str:
    """What fills the list of other documents in a visitor's browser."""
    form = (
        f"infotypeId=A0000001&jdid=9&area={area(place)}&divid=div60001&fbtime=-1&currpage=1"
        "&sortfield=,createdatetime:0,orderid:0"
    )
    return (
        '<div id="div60001" class="list">正在加载...</div>'
        f"<script>fetch('/module/xxgk/search.jsp', {{method: 'POST', body: '{form}',"
        " headers: {'Content-Type': 'application/x-www-form-urlencoded'}}).then(answer => answer.text())"
        ".then(text => { document.getElementById('div60001').innerHTML = text; });</script>"
    )


def _search(request: Request, _: re.Match[str]) -> Answer:
    place = _place(request.query.get("area"))
    arts = articles.township_arts(place, request) if place else []
    current = int(request.query.get("currpage", "1"))
    rows = "".join(
        f'<tr class="tr_main_value_{"even" if number % 2 else "odd"}"><td>{number + 1}</td>'
        f"<td>{anchor(art.address, art.note.title, art.note.title, 'bt_link')}</td>"
        f"<td>{local(art.note.at, '%Y-%m-%d')}</td></tr>"
        for number, art in enumerate(arts[(current - 1) * _ROWS : current * _ROWS])
    )
    pages = max(1, -(-len(arts) // _ROWS))
    return page(f'<table class="tr_main">{rows}</table><div>共{pages}页 共{len(arts)}条</div>')


def _annual(request: Request, _: re.Match[str]) -> Answer:
    """The report of one organisation and year; where there is none, the same page without one."""
    place, year = _place(request.query.get("area")), request.query.get("fbtime")
    standing = request.world.standing(place.code) if place else []
    found = next(((told, version) for told, version in standing if str(told.year) == year), None)
    empty = '<div class="article"><div class="title"></div><div id="zoom"></div></div>'
    body = _annual_body(*found) if found else empty
    return page(frame(JINXIANG, "政府信息公开年报", body, menu=MENU))


def _annual_body(told: Story, version: Version) -> str:
    when = f"<span>发布时间：{local(told.claimed, '%Y-%m-%d %H:%M:%S')}</span>" if told.claimed else ""
    return (
        f'<div class="article"><div class="title">{html.escape(told.title)}</div><div class="info">{when}'
        '<span id="voice">点击收听年报语音朗读</span><span>浏览次数：<i id="hits"></i></span></div>'
        f'<div id="zoom">{_annual_text(told, version)}</div></div>'
        "<script>document.getElementById('hits').textContent = Math.floor(Math.random() * 1000);</script>"
    )


def _annual_text(told: Story, version: Version) -> str:
    stored, images = files.attachment(told, version), files.pictures(told, version)
    if stored:
        link = files.link(articles.download(stored.key, stored.name), stored.name)
        return paragraphs([f"{told.title}详见附件。"]) + link
    if images:
        return paper_html.body(told.paper(version), picture=lambda table: f"/picture/0/{images[table.name].key}.png")
    return paper_html.body(told.paper(version))


def _place(code: str | None) -> Place | None:
    return next((place for place in JINXIANG.places if area(place) == code), None)


def _mailbox(_: Request, __: re.Match[str]) -> Answer:
    return _page("互动交流", "<p>请在工作时间来信来访。</p>")


_ROUTES: tuple[tuple[str, Callable[[Request, re.Match[str]], Answer | None]], ...] = (
    (r"/(?:index\.html)?", _home),
    (r"/col/col73900/index\.html", _disclosure),
    (r"/col/col73950/index\.html", _townships),
    (r"/col/col73970/index\.html", _mailbox),
    (r"/col/col60001/index\.html", _organ),
    (r"/col/col(\d+)/index\.html", articles.column_page),
    (r"/module/web/jpage/dataproxy\.jsp", articles.dataproxy),
    (r"/module/xxgk/tree\.jsp", _tree),
    (r"/module/xxgk/search\.jsp", _search),
    (r"/module/xxgk/xxgkAnnualReport\.jsp", _annual),
    (r"/art/\d+/\d+/\d+/art_\d+_\d+\.html", articles.article),
    (r"/module/download/downfile\.jsp", articles.downfile),
    (r"/attach/0/([0-9a-f]{32}\.\w+)", articles.attached),
    (r"/picture/0/([0-9a-f]{32}\.png)", articles.attached),
)
