"""Lonsun and other systems of Anhui: disclosure columns by organ and type, filled from a label's fragment.

    /public/column/<organId>?type=4&action=list                an organ's catalogue; type 3 its annual reports
    /site/label/8888?labelName=publicInfoList&organId=…        the fragment that fills a list, GET or POST
    /public/<organId>/<id>.html                                an article
    /content/column/<id>?pageIndex=2                           an ordinary column
    /group1/M00/…                                              a file
"""

import html
import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from crawler.replicas.pages import bullets
from crawler.replicas.places import token
from crawler.replicas.sites.hubs import (
    DISCLOSURE,
    HOME,
    OPEN,
    TOWNS,
    Layout,
    facts,
    head_table,
    on_page,
    pages_of,
    rooms,
    row,
    source,
)
from crawler.replicas.sites.model import Column, Paper, Site, Software
from crawler.replicas.web import Answer, Request, page

SWITCHES: Mapping[str, str] = {
    "zero_based": "The fragment counts its pages from 0 instead of 1.",
    "post_only": "The fragment is not there for GET.",
    "navli": "Rows of the fragment are div.xxgk_navli instead of items of ul.xxgk_nav_list.",
    "iframe": "A column's list stands in a frame of the same host.",
    "show": "Articles of reports have the address of another system of Anhui, which the value names "
            "(XxgkAnnualReport, openness/OpennessAnnualReport, Xxgknb).",
}
_PATHS = {HOME: "/", OPEN: "/content/column/4700001", DISCLOSURE: "/public/index.html", TOWNS: "/public/xzjd.html"}
_TYPES = (("1", "政府信息公开制度"), ("2", "政府信息公开指南"), ("3", "政府信息公开年报"), ("4", "法定主动公开内容"),
          ("5", "依申请公开"))
_ANNUAL = "3"
_SITE_ID = "6788111"
_ARTICLE = re.compile(r"/(?:public/\d+|content/article|(?:XxgkAnnualReport|openness/OpennessAnnualReport|Xxgknb)/show)"
                      r"/(\d+)(?:\.html)?")
_ORGAN = re.compile(r"/public/column/(\d+)")
_ORDINARY = re.compile(r"/content/column/(\d+)")
_TEMPLATE = "/c3/wza/publicInfoList_newest2020_gkml"
# What asks for a fragment in a visitor's browser.
_SCRIPT = """<div class="xxgk_main" id="xxgk_list"><p class="loading">数据加载中...</p></div>
<script>
(function () {
  var options = {IsAjax: 1, dataType: 'html', labelName: 'publicInfoList', siteId: '%(site)s', organId: '%(organ)s',
    type: '3', catId: '%(category)s', catIds: '', cId: '', pageSize: %(size)s, action: 'list', isDate: true,
    dateFormat: 'yyyy-MM-dd', length: 80, file: '%(file)s', result: '暂无相关信息'};
  function show(pageIndex) {
    var form = new URLSearchParams(options);
    form.set('pageIndex', pageIndex); form.set('_', Math.random());
    fetch('/site/label/8888', {method: 'POST', body: form}).then(function (answer) { return answer.text(); })
      .then(function (text) {
        var box = document.getElementById('xxgk_list'), more = /pageCount:(\\d+)/.exec(text);
        box.innerHTML = text;
        if (more && pageIndex + 1 < Number(more[1]) + %(first)s) {
          box.insertAdjacentHTML('beforeend', '<a class="next" href="javascript:;">下一页</a>');
          box.querySelector('a.next').onclick = function () { show(pageIndex + 1); };
        }
      });
  }
  show(%(first)s);
})();
</script>"""


def pages(site: Site, request: Request) -> Answer | None:
    """Answer as this software does."""
    layout, path = Layout(site, lambda key: _address(site, key)), request.path
    if path in ("/", "/index.html"):
        return layout.home()
    if path == "/site/label/8888":
        return _fragment(site, request)
    organ, ordinary, article = (pattern.fullmatch(path) for pattern in (_ORGAN, _ORDINARY, _ARTICLE))
    if organ:
        return _organ(site, layout, request, int(organ[1]))
    key = next((key for key, there in _PATHS.items() if there == path), None)
    if key is not None:
        return layout.room(key)
    if ordinary:
        return _ordinary(site, layout, request, int(ordinary[1]))
    return _article(site, layout, int(article[1]), path) if article else _file(site, path)


def _organ_of(site: Site, column: Column) -> int:
    places = [one.place for one in site.reports]
    return 6596000 + (10 * (1 + places.index(column.place)) if column.place else 0)


def _category(site: Site, column: Column) -> str:
    """The county's own columns are told apart by their category; a township has but one."""
    return "" if column.place else str(5800100 + site.columns.index(column))


def _address(site: Site, key: str) -> str:
    """Where a room or column stands."""
    kind, _, inner = key.partition("-")
    column = site.column(inner or key)
    if column is None:
        return _PATHS[key]
    organ = _organ_of(site, column)
    if kind == "t" and inner:
        return f"/public/column/{organ}?type=4&action=list"
    if kind == "o" and inner:
        return f"/public/column/{organ}?type=2&action=list"
    if column not in site.reports:
        return f"/content/column/{4700010 + site.columns.index(column)}"
    category = f"&catId={_category(site, column)}" if _category(site, column) else ""
    return f"/public/column/{organ}?type={_ANNUAL}{category}&action=list&nav=3"


def _organ(site: Site, layout: Layout, request: Request, organ: int) -> Answer | None:
    """A page of an organ: its types to the left, the list of the one that is asked for."""
    found = [column for column in site.reports if _organ_of(site, column) == organ]
    kind, category = request.query.get("type", "4"), request.query.get("catId", "")
    if not found:
        return None
    place = found[0].place
    name = dict(_TYPES).get(kind, "政府信息公开")
    column = next((one for one in found if _category(site, one) == category), None) if kind == _ANNUAL else None
    if kind == _ANNUAL and column is None:
        return None
    links = [(f"/public/column/{organ}?type={number}&action=list" if number != _ANNUAL or place is None else
              _address(site, found[0].key), label) for number, label in _TYPES if number != _ANNUAL or place]
    inner = _filled(site, request, column) if column else f"<p>{place.name if place else ''}{name}。</p>"
    body = f'{layout.crumbs(_above(site, found[0]))}{bullets(links, "xxgk_nav")}<h2>{name}</h2>{inner}'
    return _with_site_id(layout.framed(column.name if column else name, body, place))


def _above(site: Site, column: Column) -> str:
    return f"t-{column.key}" if f"t-{column.key}" in rooms(site) else DISCLOSURE


def _with_site_id(answer: Answer) -> Answer:
    head = f'<meta name="SiteId" content="{_SITE_ID}" />\n</head>'
    return replace(answer, body=answer.body.replace(b"</head>", head.encode()))


def _filled(site: Site, request: Request, column: Column) -> str:
    """What fills a list: a script, or a frame in which that script stands."""
    if site.on("iframe") and request.query.get("frame") != "1":
        query = urlencode({**request.query, "frame": "1"})
        return f'<iframe src="{request.path}?{query}" width="100%" height="900" frameborder="0"></iframe>'
    return _SCRIPT % {"site": _SITE_ID, "organ": _organ_of(site, column), "category": _category(site, column),
                      "size": site.per_page, "file": _TEMPLATE, "first": 0 if site.on("zero_based") else 1}


def _fragment(site: Site, request: Request) -> Answer | None:
    """Rows of one page, and the number of pages in a script."""
    if site.on("post_only") and request.method != "POST":
        return None
    form = {**request.query, **dict(parse_qsl(request.body.decode("utf-8", "replace")))}
    column = next((one for one in site.reports if str(_organ_of(site, one)) == form.get("organId")
                   and _category(site, one) == form.get("catId", "")), None)
    if column is None or form.get("labelName") != "publicInfoList" or form.get("type") != _ANNUAL:
        return page(f"<div class='nodata'>{html.escape(form.get('result', ''))}</div>")
    size = int(form["pageSize"]) if form.get("pageSize", "").isdigit() else 15
    number = int(form.get("pageIndex") or 1) - (0 if site.on("zero_based") else 1)
    shown = column.papers[max(0, number) * size:(max(0, number) + 1) * size]
    count = max(1, -(-len(column.papers) // size))
    if not shown:
        told = html.escape(form.get("result", ""))
        return page(f"<div class='nodata'>{told}</div><script>pageCount:{count}</script>")
    rows = [_row(site, column, paper) for paper in shown]
    listed = "".join(rows) if site.on("navli") else f'<ul class="xxgk_nav_list">{"".join(rows)}</ul>'
    return page(f"{listed}<script>$('#page').paging({{pageCount:{count}, pageIndex:{number + 1}}});</script>")


def _row(site: Site, column: Column, paper: Paper) -> str:
    written = row(_link(site, column, paper), paper)
    if not site.on("navli"):
        return written.replace("<span>", '<span class="date">')
    return f'<div class="xxgk_navli"><ul>{written.replace("<li>", "<li class=mc>")}</ul></div>'


def _link(site: Site, column: Column, paper: Paper) -> str:
    if column not in site.reports:
        return f"/content/article/{paper.number}"
    shown = site.switches.get("show") or ("XxgkAnnualReport" if site.on("show") else "")
    return f"/{shown}/show/{paper.number}.html" if shown else f"/public/{_organ_of(site, column)}/{paper.number}.html"


def _ordinary(site: Site, layout: Layout, request: Request, number: int) -> Answer | None:
    """A column beside the disclosure: rows in the page, further pages by pageIndex from 1."""
    place = number - 4700010
    column = site.columns[place] if 0 <= place < len(site.columns) else None
    current = int(request.query.get("pageIndex") or 1)
    if column is None or column in site.reports or not 1 <= current <= pages_of(site, column):
        return None
    rows = "".join(row(_link(site, column, paper), paper) for paper in on_page(site, column, current - 1))
    more = f'<a class="next" href="{request.path}?pageIndex={current + 1}">下一页</a>'
    pager = more if current < pages_of(site, column) else ""
    return layout.listing(column, f'<ul class="doc_list">{rows}</ul><div id="page">{pager}</div>')


def _article(site: Site, layout: Layout, number: int, path: str) -> Answer | None:
    found = next(((column, paper) for column in site.columns for paper in column.papers
                  if paper.number == number and _link(site, column, paper) == path), None)
    if found is None:
        return None
    column, paper = found
    files = bullets(((_stored(paper, upload.name), upload.name) for upload in paper.uploads), "fj")
    inner = f"""{head_table(facts(site, paper), "table_suoyin")}<h1 class="newstitle">{html.escape(paper.title)}</h1>
<div class="newsinfo">发布时间：{paper.claimed.isoformat()}　来源：{source(site, paper)}　浏览：<i>32</i></div>
<div class="j-fontContent newscontnet minh500">{paper.inner}</div>{files if paper.uploads else ""}"""
    return _with_site_id(layout.article(column, paper, inner))


def _stored(paper: Paper, name: str) -> str:
    key = token(32, "group", paper.number, name)
    return f"/group1/M00/{key[:2].upper()}/{key[2:4].upper()}/{key[4:]}.{name.rpartition('.')[2]}"


def _file(site: Site, path: str) -> Answer | None:
    for column in site.columns:
        for paper in column.papers:
            for upload in paper.uploads:
                if path == _stored(paper, upload.name):
                    return Answer(upload.body, upload.kind)
    return None


SOFTWARE = Software("lonsun", pages, SWITCHES, frozenset(SWITCHES))
