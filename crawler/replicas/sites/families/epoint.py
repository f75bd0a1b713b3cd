"""Epoint EWB: one page for every category, which asks a service for its list in JSON.

    /dynamic/zwgk/govInfoPub.html?categorynum=003006&deptcode=<code>    a list of one body; the same page for all
    /js/webBuilderCommon.js (or ajaxReq.js)                             the site's siteGuid
    /EWB-FRONT/rest/lightfrontaction/getgovinfolist                     POST of JSON; pageIndex from 0
    /zwgk/003006/20260109/<guid>.html                                   an article
"""

import html
import json
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

from crawler.replicas.pages import local, shortened
from crawler.replicas.places import token
from crawler.replicas.sites.hubs import (
    DISCLOSURE,
    HOME,
    OPEN,
    TOWNS,
    Layout,
    facts,
    head_table,
    key_at,
    source,
)
from crawler.replicas.sites.model import Column, Paper, Site, Software
from crawler.replicas.web import Answer, Request, data

SWITCHES: Mapping[str, str] = {
    "old_body": "The service wants everything inside `params` beside an empty token; another body gets an error, or "
                "nothing at all where the value is `empty`.",
    "prefix": "The service stands below /EWB_YK_Mid/ instead of /EWB-FRONT/.",
    "ajax_req": "The siteGuid stands in /js/ajaxReq.js.",
    "iframe": "The list stands in a frame of a static page of the same host.",
    "dateless": "Entries carry no date.",
}
_PATHS = {HOME: "/", OPEN: "/zwgk/moreinfo.html", DISCLOSURE: "/zwgk/003/secondPage.html",
          TOWNS: "/zwgk/004/secondPage.html"}
_DYNAMIC = "/dynamic/zwgk/govInfoPub.html"
_ANNUAL = "003006"
_STATIC = re.compile(r"/zwgk/nb/(\w+)\.html")
_ARTICLE = re.compile(r"/zwgk/\d+/\d{8}/([0-9a-f-]{36})\.html")
# The page's own script; `%(body)s` makes what is sent out of the plain parameters.
_SCRIPT = """<script src="/js/%(file)s"></script>
<div class="ewb-list"><ul class="ewb-info-items" id="infolist"></ul><div id="pager"></div></div>
<script>
(function () {
  var query = new URLSearchParams(location.search);
  function show(pageIndex) {
    var params = {deptcode: query.get('deptcode') || '', categorynum: query.get('categorynum') || '',
                  pageIndex: pageIndex, pageSize: %(size)s, siteGuid: siteInfo.siteGuid};
    fetch('%(service)s', {method: 'POST', headers: {'Content-Type': 'application/json;charset=utf-8'},
                          body: JSON.stringify(%(body)s)})
      .then(function (answer) { return answer.json(); }).then(function (found) {
        document.getElementById('infolist').innerHTML = found.custom.data.map(function (one) {
          return '<li class="ewb-info-item"><a href="' + one.infourl + '" title="' + one.realtitle + '">' + one.title +
            '</a><span>' + (one.infodate || '') + '</span></li>'; }).join('');
        var more = (pageIndex + 1) * %(size)s < found.custom.total, pager = document.getElementById('pager');
        pager.innerHTML = more ? '<a class="next" href="javascript:;">下一页</a>' : '';
        if (more) { pager.firstChild.onclick = function () { show(pageIndex + 1); }; }
      });
  }
  show(0);
})();
</script>"""


def pages(site: Site, request: Request) -> Answer | None:
    """Answer as this software does."""
    layout, path = Layout(site, lambda key: _address(site, key)), request.path
    if path in ("/", "/index.html"):
        return layout.home()
    if path == f"/js/{_script_file(site)}":
        return Answer(f"var siteInfo = {{siteGuid: '{_guid(site)}', pageSize: 15}};".encode(), "text/javascript")
    if path == _service(site):
        return _listed(site, request) if request.method == "POST" else None
    if path == _DYNAMIC:
        return _dynamic(site, layout)
    framed, article = _STATIC.fullmatch(path), _ARTICLE.fullmatch(path)
    if framed:
        return _framed(site, layout, framed[1])
    if article:
        return _article(site, layout, path)
    key = key_at(site, lambda key: _address(site, key), path)
    column = site.column(key) if key else None
    if column is not None:
        rows = "".join(f'<li><a href="{_link(site, column, paper)}">{html.escape(paper.title)}</a>'
                       f"<span>{paper.claimed.isoformat()}</span></li>" for paper in column.papers)
        return layout.listing(column, f'<ul class="ewb-info-items">{rows}</ul>')
    return layout.room(key) if key else _file(site, unquote(path))


def _guid(site: Site) -> str:
    name = token(32, "siteGuid", site.county.code)
    return "-".join((name[:8], name[8:12], name[12:16], name[16:20], name[20:]))


def _script_file(site: Site) -> str:
    return "ajaxReq.js" if site.on("ajax_req") else "webBuilderCommon.js"


def _service(site: Site) -> str:
    return f"/{'EWB_YK_Mid' if site.on('prefix') else 'EWB-FRONT'}/rest/lightfrontaction/getgovinfolist"


def _category(site: Site, column: Column) -> str:
    """A shared list has a category of its own where there are several of them."""
    shared = [one for one in site.reports if one.place is None]
    return _ANNUAL + (f"{shared.index(column) + 1:03d}" if column in shared and len(shared) > 1 else "")


def _department(column: Column) -> str:
    return f"xz{column.place.code[-3:]}" if column.place else ""


def _query(site: Site, column: Column) -> str:
    department = f"&deptcode={_department(column)}" if column.place else ""
    return f"{_DYNAMIC}?categorynum={_category(site, column)}{department}"


def _address(site: Site, key: str) -> str:
    """Where a room or column stands."""
    kind, _, inner = key.partition("-")
    column = site.column(inner or key)
    if column is None:
        return _PATHS[key]
    slug = column.place.slug if column.place else column.key
    if inner:
        return f"/zwgk/004/{slug}/{'jgzn' if kind == 'o' else 'subPage'}.html"
    if column not in site.reports:
        return f"/zwgk/{column.key}/secondPage.html"
    return f"/zwgk/nb/{column.key}.html" if site.on("iframe") else _query(site, column)


def _dynamic(site: Site, layout: Layout) -> Answer:
    """The page of every category and body: what it shows depends on its own address."""
    wrapped = "{token: '', params: params}" if site.on("old_body") else "params"
    script = _SCRIPT % {"file": _script_file(site), "service": _service(site), "body": wrapped, "size": site.per_page}
    return layout.framed("政府信息公开", f"{layout.crumbs(DISCLOSURE)}{script}")


def _framed(site: Site, layout: Layout, key: str) -> Answer | None:
    column = site.column(key)
    if column is None or column not in site.reports or not site.on("iframe"):
        return None
    source_ = html.escape(_query(site, column))
    return layout.listing(column, f'<iframe src="{source_}" width="100%" height="800" frameborder="0"></iframe>')


def _listed(site: Site, request: Request) -> Answer:
    asked = _asked(site, request)
    if asked is None:
        if site.switches.get("old_body") == "empty":
            return data({"custom": {"total": 0, "data": []}, "status": {"code": 1, "text": ""}})
        return data({"status": {"code": 0, "text": "参数错误"}})
    column = next((one for one in site.reports if _category(site, one) == asked.get("categorynum")
                   and _department(one) == (asked.get("deptcode") or "")), None)
    if column is None or asked.get("siteGuid") != _guid(site):
        return data({"custom": {"total": 0, "data": []}, "status": {"code": 1, "text": ""}})
    number, size = int(str(asked.get("pageIndex") or 0)), int(str(asked.get("pageSize") or 15))
    shown = column.papers[number * size:(number + 1) * size]
    rows = [_entry(site, column, paper) for paper in shown]
    return data({"custom": {"total": len(column.papers), "data": rows}, "status": {"code": 1, "text": ""}})


def _asked(site: Site, request: Request) -> Mapping[str, object] | None:
    """The parameters, where the body has the form that this installation wants."""
    try:
        body = json.loads(request.body)
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    inner = body.get("params")
    if site.on("old_body"):
        return inner if isinstance(inner, dict) else None
    return body if "categorynum" in body else None


def _entry(site: Site, column: Column, paper: Paper) -> Mapping[str, str]:
    dated = {} if site.on("dateless") else {"infodate": paper.claimed.isoformat()}
    return {"infourl": _link(site, column, paper), "realtitle": paper.title, "title": shortened(paper.title),
            "infoid": _infoid(paper), **dated}


def _infoid(paper: Paper) -> str:
    name = token(32, "info", paper.number)
    return "-".join((name[:8], name[8:12], name[12:16], name[16:20], name[20:]))


def _link(site: Site, column: Column, paper: Paper) -> str:
    category = _category(site, column) if column in site.reports else f"00{site.columns.index(column) + 10}"
    return f"/zwgk/{category}/{local(paper.appears, '%Y%m%d')}/{_infoid(paper)}.html"


def _article(site: Site, layout: Layout, path: str) -> Answer | None:
    found = next(((column, paper) for column in site.columns for paper in column.papers
                  if _link(site, column, paper) == path), None)
    if found is None:
        return None
    column, paper = found
    files = "".join(f'<p><a href="{_stored(paper, upload.name)}">{html.escape(upload.name)}</a></p>'
                    for upload in paper.uploads)
    inner = f"""{head_table(facts(site, paper), "ewb-table")}<h3 class="article-title">{html.escape(paper.title)}</h3>
<p class="info-sources">【信息时间：{paper.claimed.isoformat()}】 发布日期：{paper.claimed.isoformat()}
来源：{source(site, paper)} 阅读次数：<span id="infoViewCount">18</span></p>
<div class="article-content" id="content">{paper.inner}</div><div class="ewb-file">{files}</div>"""
    return layout.article(column, paper, inner)


def _stored(paper: Paper, name: str) -> str:
    return f"/uploadfile/{local(paper.appears, '%Y%m%d')}/{_infoid(paper)}/{quote(name)}"


def _file(site: Site, path: str) -> Answer | None:
    for column in site.columns:
        for paper in column.papers:
            for upload in paper.uploads:
                if path == unquote(_stored(paper, upload.name)):
                    return Answer(upload.body, upload.kind)
    return None


SOFTWARE = Software("epoint", pages, SWITCHES, frozenset(SWITCHES))
