"""The portal of 阳谷: the channel/doc platform. Every township has its own site; most lists are filled by script.

    /                                            home
    /channel_x_0.0_12478/                        政府信息公开, the disclosure entry
    /channel_t_272_31043/                        政府信息公开年报 of county and departments
    /channel_x_0.0_12490/                        乡镇街道信息公开, the township index
    /channel_x_0.0_12495/                        乡镇街道年度报告, where files from outside are published
    /site_<slug>/                                one township's site
    /site_<slug>/channel_x_<n>_10427/            its 政府信息公开年报
    /site_<slug>/channel_x_<n>_10427/doc_<24h>.html, doc_<24h>_<32h>.pdf
    /api/channel/list?channel=<token>&pageNo=1   what fills a list

The platform's real data request is not known. `/api/channel/list` is invented here: GET, `pageNo` from 1, answers
`{"total": 9, "pages": 2, "rows": [{"url": "/…/doc_….html", "title": "…", "date": "2026-01-27"}]}`. The three streets'
lists are written out in the page instead, all on one page. Nothing here answers conditional requests.
"""

import html
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from crawler.replicas import files, paper_html
from crawler.replicas.noise import Note, of_county, of_township
from crawler.replicas.pages import anchor, bullets, column_metas, crumbs, frame, local, paragraphs
from crawler.replicas.places import YANGGU, Place, credit_code, token
from crawler.replicas.truth import Story, Version
from crawler.replicas.web import DROP_TITLE, Answer, Drop, Request, data, file, page

_MENU = (
    ("/", "首页"),
    ("/channel_t_100_10001/", "新闻动态"),
    ("/channel_x_0.0_12478/", "政府信息公开"),
    ("/channel_t_100_10002/", "财政资金"),
)
_PAGE_SIZE = 8


@dataclass(frozen=True, slots=True)
class _Doc:
    """A document of a channel. Exactly one of note, report and drop says what it carries."""

    channel: str
    key: str
    title: str
    at: datetime | None
    source: str
    note: Note | None = None
    report: tuple[Story, Version] | None = None
    drop: Drop | None = None

    @property
    def number(self) -> str:
        """24 hexadecimal digits; the first eight are an instant in Unix seconds."""
        return f"{int(self._made().timestamp()):08x}{token(16, self.key)}"

    @property
    def address(self) -> str:
        return f"/{self.channel}/doc_{self.number}.html"

    def _made(self) -> datetime:
        if self.report:
            return self.report[0].appears
        assert self.at is not None, "only reports go without a date"
        return self.at


def channel_of(place: Place) -> str:
    """The channel of a township's annual reports."""
    return f"site_yg{place.slug}/channel_x_{5700 + int(place.code[6:])}_10427"


def yanggu(request: Request) -> Answer | None:
    """Answer as the portal of 阳谷 does."""
    for pattern, handler in _ROUTES:
        found = re.fullmatch(pattern, request.path)
        if found:
            return handler(request, found)
    return None


def _home(request: Request, _: re.Match[str]) -> Answer:
    news = bullets((doc.address, doc.title) for doc in _docs("channel_t_100_10001", request)[:6])
    return page(frame(YANGGU, YANGGU.site_name, f"<h2>阳谷要闻</h2>{news}", menu=_MENU))


def _disclosure(request: Request, _: re.Match[str]) -> Answer:
    links = [
        ("/channel_t_272_31041/", "政府信息公开指南"),
        ("/channel_t_272_31042/", "政府信息公开制度"),
        ("/channel_t_272_31043/", "政府信息公开年报"),
        ("/channel_x_0.0_12490/", "乡镇街道信息公开"),
    ]
    if request.world.publishes(YANGGU.code):
        links.append(("/channel_x_0.0_12495/", "乡镇街道年度报告"))
    body = crumbs(("/", "首页"), ("/channel_x_0.0_12478/", "政府信息公开")) + bullets(links)
    return page(frame(YANGGU, f"政府信息公开_{YANGGU.site_name}", body, metas=column_metas("政府信息公开"), menu=_MENU))


def _townships(_: Request, __: re.Match[str]) -> Answer:
    links = [(f"/site_yg{place.slug}/", place.name) for place in YANGGU.places]
    body = crumbs(("/", "首页"), ("/channel_x_0.0_12490/", "乡镇街道信息公开")) + bullets(links, "towns")
    return page(
        frame(YANGGU, f"乡镇街道信息公开_{YANGGU.site_name}", body, metas=column_metas("乡镇街道信息公开"), menu=_MENU)
    )


def _site(_: Request, found: re.Match[str]) -> Answer | None:
    place = _place(found[1])
    if place is None:
        return None
    base, number = channel_of(place).rsplit("_", 1)
    links = [(f"/{base}_10425/", "政策文件"), (f"/{base}_{number}/", "政府信息公开年报")]
    body = crumbs(("/", "首页"), ("/channel_x_0.0_12490/", "乡镇街道信息公开"), (f"/site_yg{place.slug}/", place.name))
    body += f"<h2>{place.name}政府信息公开</h2>" + bullets(links, "columns")
    return page(frame(YANGGU, f"{place.name}_{YANGGU.site_name}", body, metas=column_metas(place.name), menu=_MENU))


def _channel(request: Request, found: re.Match[str]) -> Answer | None:
    channel = found[1]
    name = _channel_name(channel, request)
    if name is None:
        return None
    place = _place_of(channel)
    trail = [("/", "首页"), *([(f"/site_yg{place.slug}/", place.name)] if place else []), (f"/{channel}/", name)]
    static = place is not None and place.name.endswith("街道")
    body = crumbs(*trail) + (_written(_docs(channel, request)) if static else _SCRIPTED % json.dumps(channel))
    title = f"{name}_{place.name if place else ''}_{YANGGU.site_name}".replace("__", "_")
    return page(frame(YANGGU, title, body, metas=column_metas(name), menu=_MENU))


def _written(docs: Sequence[_Doc]) -> str:
    return (
        '<ul class="news_list">'
        + "".join(f"<li>{anchor(doc.address, doc.title, doc.title)}<span>{_day(doc)}</span></li>" for doc in docs)
        + "</ul>"
    )


_SCRIPTED = """<ul class="news_list" id="list"></ul>
<div class="page" id="pager"></div>
<script>
(function () {
  var channel = %s, list = document.getElementById('list'), pager = document.getElementById('pager');
  function show(number) {
    fetch('/api/channel/list?channel=' + encodeURIComponent(channel) + '&pageNo=' + number)
      .then(function (answer) { return answer.json(); })
      .then(function (found) {
        list.innerHTML = '';
        found.rows.forEach(function (row) {
          var item = document.createElement('li'), link = document.createElement('a');
          var day = document.createElement('span');
          link.href = row.url; link.title = row.title; link.textContent = row.title; day.textContent = row.date;
          item.appendChild(link); item.appendChild(day); list.appendChild(item);
        });
        pager.innerHTML = '<span class="current">' + number + '</span>/<span class="total">' + found.pages + '</span>';
        if (found.total === 0) { pager.textContent = '暂无信息'; }
        if (number < found.pages) {
          var next = document.createElement('a');
          next.href = 'javascript:;'; next.className = 'next'; next.textContent = '下一页';
          next.onclick = function () { show(number + 1); };
          pager.appendChild(next);
        }
      });
  }
  show(1);
})();
</script>"""


def _listed(request: Request, _: re.Match[str]) -> Answer | None:
    channel = request.query.get("channel", "")
    if _channel_name(channel, request) is None:
        return None
    docs = _docs(channel, request)
    number = max(1, int(request.query.get("pageNo", "1")))
    shown = docs[(number - 1) * _PAGE_SIZE : number * _PAGE_SIZE]
    rows = [{"url": doc.address, "title": doc.title, "date": _day(doc)} for doc in shown]
    return data({"total": len(docs), "pages": max(1, -(-len(docs) // _PAGE_SIZE)), "rows": rows})


def _day(doc: _Doc) -> str:
    return local(doc.at, "%Y-%m-%d") if doc.at else ""


def _document(request: Request, found: re.Match[str]) -> Answer | None:
    doc = next((doc for doc in _docs(found[1], request) if doc.number == found[2]), None)
    if doc is None:
        return None
    channel = _channel_name(doc.channel, request) or ""
    facts = (
        ("标题", doc.title),
        ("索引号", f"{credit_code(YANGGU.code, 1)}/{(doc.at or request.world.now).year}-{token(6, doc.key)}"),
        ("文号", "无文号"),
        ("组配分类", _kind(doc)),
        ("发布机构", doc.source),
    )
    head = "".join(f"<tr><td>{label}</td><td>{html.escape(value)}</td></tr>" for label, value in facts)
    when = f"时间: {local(doc.at, '%Y年%m月%d日')}" if doc.at else ""
    body = (
        f'<h1 class="article-title">{html.escape(doc.title)}</h1><div class="article-time">{when}</div>'
        f'<table class="article-head">{head}</table>'
        '<div class="tools"><a href="javascript:;">字号</a> <a href="javascript:;">打印整页</a> '
        '<a href="javascript:;">打印内容</a> <a href="javascript:;">分享</a></div>'
        f'<div class="article-content">{_content(doc)}</div>'
    )
    metas = (*column_metas(channel), ("ArticleTitle", doc.title), ("ContentSource", ""))
    return page(frame(YANGGU, f"{doc.title}_{channel}_{YANGGU.site_name}", body, metas=metas, menu=_MENU))


def _kind(doc: _Doc) -> str:
    return "乡镇街道年度报告" if doc.report or doc.drop else "其他信息"


def _content(doc: _Doc) -> str:
    if doc.drop:
        return files.link(_beside(doc, doc.drop.key, doc.drop.name), doc.drop.name)
    if doc.note:
        return paper_html.of_note(YANGGU, doc.note)
    assert doc.report is not None, "a document carries something"
    told, version = doc.report
    stored = files.attachment(told, version)
    if stored is None:
        return paper_html.body(told.paper(version))
    return paragraphs([f"{doc.title}，请下载附件查看。"]) + files.link(
        _beside(doc, stored.key, stored.name), stored.name
    )


def _beside(doc: _Doc, key: str, name: str) -> str:
    return f"/{doc.channel}/doc_{doc.number}_{key}{name[name.rfind('.') :]}"


def _attached(request: Request, found: re.Match[str]) -> Answer | None:
    doc = next((doc for doc in _docs(found[1], request) if doc.number == found[2]), None)
    if doc is None:
        return None
    odd = int(found[3][0], 16) % 3 == 0
    if doc.drop:
        return file(doc.drop.name, doc.drop.body, odd=odd)
    _, stored = files.library(YANGGU.code).get(found[3], (None, None))
    if stored is None or doc.report is None or not stored.stands(doc.report[1]):
        return None
    return file(stored.name, stored.body(), odd=odd)


def _place(slug: str) -> Place | None:
    return next((place for place in YANGGU.places if place.slug == slug), None)


def _place_of(channel: str) -> Place | None:
    return next((place for place in YANGGU.places if channel.startswith(f"site_yg{place.slug}/")), None)


_CHANNELS = {
    "channel_t_100_10001": ("新闻动态", "news"),
    "channel_t_100_10002": ("财政资金", "budget"),
    "channel_t_272_31041": ("政府信息公开指南", "guide"),
    "channel_t_272_31042": ("政府信息公开制度", "system"),
    "channel_t_272_31043": ("政府信息公开年报", "departments"),
}
_COLLECTIVE = "channel_x_0.0_12495"


def _channel_name(channel: str, request: Request) -> str | None:
    if channel in _CHANNELS:
        return _CHANNELS[channel][0]
    if channel == _COLLECTIVE:
        return "乡镇街道年度报告" if request.world.publishes(YANGGU.code) else None
    place = _place_of(channel)
    if place is None:
        return None
    return {channel_of(place): "政府信息公开年报", channel_of(place).replace("_10427", "_10425"): "政策文件"}.get(
        channel
    )


def _docs(channel: str, request: Request) -> list[_Doc]:
    """What a channel shows at this instant, newest first."""
    docs = [doc for doc in _all_docs(channel, request) if doc.at is None or doc.at <= request.world.now or doc.report]
    return sorted(docs, key=lambda doc: (doc.at is not None, doc.at), reverse=True)


def _all_docs(channel: str, request: Request) -> list[_Doc]:
    if channel == _COLLECTIVE:
        return [
            _Doc(
                channel, f"{drop.code}-{drop.year}-{drop.name}", DROP_TITLE, drop.appears, YANGGU.site_name, drop=drop
            )
            for drop in request.world.dropped(YANGGU.code)
        ]
    if channel in _CHANNELS:
        column = of_county(YANGGU, _CHANNELS[channel][1])
        return [_Doc(channel, note.key, note.title, note.at, note.source, note=note) for note in column]
    place = _place_of(channel)
    if place is None or not channel.endswith("_10427"):
        return []
    notes = [_Doc(channel, note.key, note.title, note.at, place.name, note=note) for note in of_township(place.code)]
    return notes + [
        _Doc(channel, f"{place.code}-{told.year}", told.title, told.claimed, place.name, report=(told, version))
        for told, version in request.world.standing(place.code)
    ]


_ROUTES: tuple[tuple[str, Callable[[Request, re.Match[str]], Answer | None]], ...] = (
    (r"/(?:index\.html)?", _home),
    (r"/channel_x_0\.0_12478/", _disclosure),
    (r"/channel_x_0\.0_12490/", _townships),
    (r"/site_yg(\w+)/", _site),
    (r"/api/channel/list", _listed),
    (r"/((?:site_\w+/)?channel_[\w.]+)/", _channel),
    (r"/((?:site_\w+/)?channel_[\w.]+)/doc_([0-9a-f]{24})\.html", _document),
    (r"/((?:site_\w+/)?channel_[\w.]+)/doc_([0-9a-f]{24})_([0-9a-f]{32})\.\w+", _attached),
)
