"""The disclosure platform of Guangdong: a script with a category tree for each unit, and lists of a hundred as JSON.

    /gkmlpt/index, /<unit>/gkmlpt/index#<category>         a unit's entry: `_CONFIG` holds its SID and TREE
    /gkmlpt/api/all/<category>?page=1&sid=<SID>            a list; pages 0 and 1 are the same
    /gkmlpt/content/<n>/<n>/post_<id>.html                 an article; mpost_ on the mobile form
    /attachment/<n>/<n>/<n>/<n>.docx                       a file
    /zwgk/<key>/index.html, index_2.html                   lists of the portal beside it, content/post_<id>.html
"""

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from crawler.replicas.pages import bullets
from crawler.replicas.places import Place, token
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
from crawler.replicas.sites.model import Column, Paper, Site, Software
from crawler.replicas.web import Answer, Request, data

SWITCHES: Mapping[str, str] = {
    "post_count_high": "The tree counts more posts than the list says that it has and shows.",
    "script_body": "An article's text stands only in the script object.",
    "type_url": "Every second entry is of type `url` and leads to a page of the portal beside the platform.",
    "short_pages": "A page of a list holds few entries instead of a hundred.",
    "mobile": "Units' entries are linked in their mobile form (mindex).",
    "nested": "The annual reports' category stands below another one of the tree.",
}
_PATHS = {HOME: "/", OPEN: "/zwgk/index.html", DISCLOSURE: "/zwgk/zfxxgk/index.html", TOWNS: "/zwgk/zjxxgk/index.html"}
_ENTRY = re.compile(r"/(?:(\w+)/)?gkmlpt/m?index")
_LIST = re.compile(r"/gkmlpt/api/all/(\d+)")
_ARTICLE = re.compile(r"/gkmlpt/content/(\d+)/(\d+)/(m?post)_(\d+)\.html")
_SIBLING = re.compile(r"(/zwgk/\w+/)(?:index(?:_(\d+))?\.html|content/post_(\d+)\.html)?")
_FILE = re.compile(r"/attachment/0/(\d+)/(\d+)/(\d+)\.\w+")
_FIRST = 11900
_SIZE = 100
# What fills the list in a visitor's browser.
_SCRIPT = """<script>
(function () {
  function show(number) {
    var id = location.hash.slice(1).split('&')[0] || window._CONFIG.TREE[0].id;
    fetch('/gkmlpt/api/all/' + id + '?page=' + number + '&sid=' + window._CONFIG.SID)
      .then(function (answer) { return answer.json(); }).then(function (found) {
        document.getElementById('list').innerHTML = found.articles.map(function (one) {
          return '<li><a href="' + one.url + '">' + one.title + '</a></li>'; }).join('');
      });
  }
  window.onhashchange = function () { show(1); };
  show(1);
})();
</script>"""


@dataclass(frozen=True, slots=True)
class _Node:
    """A category of a tree; `column` None: it only holds others, or what nobody published."""

    number: int
    name: str
    column: Column | None = None
    children: tuple["_Node", ...] = ()


def pages(site: Site, request: Request) -> Answer | None:
    """Answer as this software does."""
    layout, path = Layout(site, lambda key: _address(site, key)), request.path
    if path in ("/", "/index.html"):
        return layout.home()
    entry, listed, article = _ENTRY.fullmatch(path), _LIST.fullmatch(path), _ARTICLE.fullmatch(path)
    if entry:
        return _entry(site, layout, entry[1])
    if listed:
        return _listed(site, request, int(listed[1]))
    if article:
        return _article(site, layout, int(article[2]), int(article[4]), mobile=article[3] == "mpost")
    key = key_at(site, lambda key: _address(site, key), path)
    if key is not None and site.column(key) is None:
        return layout.room(key)
    return _sibling(site, layout, path) if _SIBLING.fullmatch(path) else _file(site, path)


def _address(site: Site, key: str) -> str:
    """Where a room or column stands; those of reports on the platform, the others beside it."""
    kind, _, inner = key.partition("-")
    column = site.column(inner or key)
    if column is None:
        return _PATHS[key]
    if kind == "o" and inner:
        return f"/{_unit(column)}/jgzn/index.html"
    if column not in site.reports:
        return f"/zwgk/{key}/index.html"
    name = "mindex" if site.on("mobile") else "index"
    entry = f"/{_unit(column)}/gkmlpt/{name}" if column.place else f"/gkmlpt/{name}"
    return entry if inner else f"{entry}#{_category(site, column)}"


def _unit(column: Column) -> str:
    return column.place.slug if column.place else ""


def _category(site: Site, column: Column) -> int:
    return _FIRST + 10 * site.columns.index(column)


def _place(site: Site, slug: str | None) -> Place | None:
    return next((column.place for column in site.reports if column.place and column.place.slug == slug), None)


def _tree(site: Site, place: Place | None) -> tuple[_Node, ...]:
    """The categories of one unit: of a township, or (None) of the county."""
    reports = [column for column in site.reports if column.place == place]
    base = 100 + 100 * (1 + [column.place for column in site.reports].index(place) if place else 0)
    nodes = tuple(_Node(_category(site, column), column.name, column) for column in reports)
    beside = (_Node(base + 1, "政府信息公开指南"), _Node(base + 2, "政府信息公开制度"),
              _Node(base + 3, "法定主动公开内容", None, (_Node(base + 4, "机构职能"), _Node(base + 5, "规划计划"))))
    if site.on("nested"):
        nodes = (_Node(base + 6, "公开管理", None, nodes),)
    return (*beside, *nodes, _Node(base + 7, "依申请公开"))


def _written(site: Site, node: _Node, parent: int = 0) -> str:
    """A node as the script writes it: keys without quotes, values in single ones."""
    count = len(node.column.papers) if node.column else 0
    if count and site.on("post_count_high"):
        count += 3
    below = ", ".join(_written(site, child, node.number) for child in node.children)
    return (f"{{ id: {node.number}, name: '{node.name}', parent: {parent}, jump_url: '', post_count: {count}, "
            f"children: [{below}] }}")


def _sid(site: Site, place: Place | None) -> str:
    return str(755001 + [None, *(column.place for column in site.reports)].index(place))


def _entry(site: Site, layout: Layout, unit: str | None) -> Answer | None:
    """A unit's entry: the same page for every category, which stands behind the `#`."""
    place = _place(site, unit)
    if unit and place is None:
        return None
    tree = _tree(site, place)
    name = f"{site.county.name}{place.body}" if place else site.county.site_name
    config = f"""<script>window._CONFIG = {{
  SID: '{_sid(site, place)}', SITE: {{ name: '{name}' }}, PAGE: 'index',
  TREE: [ {", ".join(_written(site, node) for node in tree)} ]
}}</script>"""
    menu = "".join(f'<li><a href="javascript:;" data-id="{node.number}">{node.name}</a></li>' for node in tree)
    body = f'{config}<div id="gkmlpt"><ul class="tree">{menu}</ul><ul id="list"></ul></div>{_SCRIPT}'
    return layout.framed("政府信息公开平台", layout.crumbs(DISCLOSURE) + body, place)


def _listed(site: Site, request: Request, category: int) -> Answer | None:
    column = next((one for one in site.reports if _category(site, one) == category), None)
    if column is None or request.query.get("sid") != _sid(site, column.place):
        return data({"classify": None, "total": 0, "offset": 0, "articles": []}) if request.query.get("sid") else None
    size = site.per_page if site.on("short_pages") else _SIZE
    number = max(1, int(request.query.get("page") or 1))
    shown = column.papers[(number - 1) * size:number * size]
    count = len(column.papers) + (3 if site.on("post_count_high") else 0)
    return data({
        "classify": {"id": category, "name": column.name, "post_count": count}, "total": len(column.papers),
        "offset": (number - 1) * size, "articles": [_listed_article(site, request, column, paper) for paper in shown]})


def _listed_article(site: Site, request: Request, column: Column, paper: Paper) -> Mapping[str, object]:
    written, published = int(paper.appears.timestamp()) - 3 * 86400, int(paper.appears.timestamp())
    elsewhere = site.on("type_url") and paper.number % 2 == 1
    address = f"/zwgk/{column.key}/content/post_{paper.number}.html" if elsewhere else _post(site, column, paper)
    files = [{"name": upload.name, "type": upload.name.rpartition(".")[2], "url": _stored(paper, place)}
             for place, upload in enumerate(paper.uploads)]
    return {"id": paper.number, "title": paper.title, "url": request.home + address,
            "type": "url" if elsewhere else "normal", "publisher": source(site, paper), "document_number": "",
            "identifier": f"{token(8, paper.number)}/2026-{paper.number % 100000:05d}", "date": written,
            "create_time": written, "first_publish_time": published, "display_publish_time": published,
            "attachment": files}


def _post(site: Site, column: Column, paper: Paper) -> str:
    kind = "mpost" if site.on("mobile") else "post"
    return f"/gkmlpt/content/0/{_category(site, column)}/{kind}_{paper.number}.html"


def _stored(paper: Paper, place: int) -> str:
    kind = paper.uploads[place].name.rpartition(".")[2]
    return f"/attachment/0/{paper.number // 1000}/{paper.number}/{7000 + place}.{kind}"


def _article(site: Site, layout: Layout, category: int, number: int, *, mobile: bool) -> Answer | None:
    column = next((one for one in site.columns if _category(site, one) == category), None)
    paper = next((one for one in column.papers if one.number == number), None) if column else None
    if column is None or paper is None or (mobile and not site.on("mobile")):
        return None
    pairs = (*facts(site, paper), ("分类", column.name), ("成文日期", paper.claimed.isoformat()))
    text = "" if site.on("script_body") else f"<div class='article-content'>{paper.inner}</div>"
    content = json.dumps(paper.inner if site.on("script_body") else "", ensure_ascii=False).replace("</", "<\\/")
    inner = f"""<script>window._CONFIG = {{ SID: '{_sid(site, column.place)}', PAGE: 'post',
  DETAIL: {{ id: {paper.number}, title: {json.dumps(paper.title, ensure_ascii=False)}, content: {content} }} }}</script>
{head_table(pairs, "classify")}<h1 class="title">{html.escape(paper.title)}</h1><div id="app">{text}</div>
{_files(paper)}"""
    if site.on("script_body"):
        inner += "<script>document.getElementById('app').innerHTML = window._CONFIG.DETAIL.content;</script>"
    return layout.article(column, paper, inner)


def _files(paper: Paper) -> str:
    links = [(_stored(paper, place), upload.name) for place, upload in enumerate(paper.uploads)]
    return f'<div class="attachment">附件：{bullets(links, "files")}</div>' if links else ""


def _file(site: Site, path: str) -> Answer | None:
    match = _FILE.fullmatch(path)
    found = site.paper(int(match[2])) if match else None
    for place, upload in enumerate(found[1].uploads if found else ()):
        if found and path == _stored(found[1], place):
            return Answer(upload.body, upload.kind)
    return None


def _sibling(site: Site, layout: Layout, path: str) -> Answer | None:
    """Lists of the portal beside the platform, counted from one; and articles there."""
    match = _SIBLING.fullmatch(path)
    column = site.column(path.split("/")[2]) if match else None
    if column is None or match is None:
        return None
    if match[3]:
        paper = next((one for one in column.papers if one.number == int(match[3])), None)
        if paper is None:
            return None
        head = f"<h1>{html.escape(paper.title)}</h1><p>发布日期：{paper.claimed.isoformat()}</p>"
        return layout.article(column, paper, f'{head}<div class="zw">{paper.inner}</div>{_files(paper)}')
    number = int(match[2] or 1)
    if column in site.reports or not 1 <= number <= pages_of(site, column):
        return None
    rows = "".join(row(f"{match[1]}content/post_{paper.number}.html", paper)
                   for paper in on_page(site, column, number - 1))
    more = f'<a class="next" href="index_{number + 1}.html">下一页</a>' if number < pages_of(site, column) else ""
    return layout.listing(column, f'<ul class="news_list">{rows}</ul><div class="page">{more}</div>')


SOFTWARE = Software("gkmlpt", pages, SWITCHES, frozenset(SWITCHES))
