"""Hanweb JCMS's disclosure module: shells by organisation, tables by POST, one annual report page for each year.

    /col/col60001/index.html?vc_xxgkarea=<area>&number=A0000001   an organisation's disclosure, a shell
    /module/xxgk/tree.jsp?standardXxgk=1&area=<area>&divid=div4   the tree of organisations, in a frame
    /module/xxgk/search.jsp                                       POST: documents of an area and catalogue, as a table
    /module/xxgk/xxgkAnnualReport.jsp?area=<area>&fbtime=<year>   an organisation's report of one report year

Where every township has its own, reports stand at their annual report pages, or with `table` in a table as other
documents do; where they are shared, in one table of the county's own area.
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass

from archive.clock import local_day
from crawler.replicas.pages import anchor, bullets, column_metas, frame, local
from crawler.replicas.places import Place, credit_code
from crawler.replicas.sites.hanweb import Hanweb, downloads, files
from crawler.replicas.sites.hubs import DISCLOSURE, rooms
from crawler.replicas.sites.model import Column, Paper, Site, Software
from crawler.replicas.web import Answer, Request, page

SWITCHES: Mapping[str, str] = {
    "table": "Townships' reports stand in a table of their own area instead of at annual report pages.",
    "foreign_columns": "Tables also hold documents of other columns.",
    "old_areas": "Areas are old organisation codes (00400000-8).",
    "slug_areas": "Areas are slugs.",
    "escaped": "Ampersands in addresses of scripts are written &amp;.",
    "year_select": "A township's years stand in a select that jumps, not in links.",
    "only_tree": "Townships are named in the tree's frame only, whose links a script writes.",
    "short_shell": "An annual report page without a report is nearly empty instead of a frame.",
}
_CATALOGUE = "A0000001"
_REPORT_COLUMN, _DISCLOSURE_COLUMN = 60009, 60001


@dataclass(frozen=True)
class Platform(Hanweb):
    """Addresses of the disclosure module."""

    def number(self, key: str) -> int:
        """All organisations' reports stand in one column; those of shared lists each in their own."""
        shared = [column.key for column in self.site.reports if column.place is None]
        if key in {column.key for column in self.site.reports}:
            return _REPORT_COLUMN + (shared.index(key) if key in shared else 0)
        return super().number(key)

    def address(self, key: str) -> str:
        """Where a room or column stands."""
        column = self.site.column(key)
        if column is not None and column in self.site.reports:
            if self.annual:
                return annual(self.area(column.place), str(self.years[0]))
            return _shell(self.number(key), self.area(column.place), self.catalogue(column))
        place = rooms(self.site)[key].place if key in rooms(self.site) else None
        if place is not None:
            return _shell(_DISCLOSURE_COLUMN, self.area(place), _CATALOGUE if key.startswith("t-") else "A0000002")
        return super().address(key)

    @property
    def annual(self) -> bool:
        """Reports stand at annual report pages."""
        return self.site.shape == "own" and not self.site.on("table")

    @property
    def years(self) -> tuple[int, ...]:
        """The report years that the module offers, the newest first."""
        papers = (paper for column in self.site.columns for paper in column.papers)
        newest = max((local_day(paper.appears).year for paper in papers), default=2026)
        return tuple(range(newest - 1, newest - 6, -1))

    def area(self, place: Place | None) -> str:
        """The code of an organisation; the county's own for None."""
        if self.site.on("slug_areas"):
            return place.slug if place else self.site.county.slug
        code = credit_code(self.site.county.code, int(place.code[6:]) if place else 0)
        return f"{code[8:16]}-{code[16]}" if self.site.on("old_areas") else code

    def catalogue(self, column: Column) -> str:
        """The catalogue number of a column of reports."""
        return f"A{self.number(column.key) - 60000:07d}"

    def at(self, area: str, number: str = "") -> Column | None:
        """The column of reports of an area, the one with this catalogue number where it has several."""
        found = [column for column in self.site.reports if self.area(column.place) == area]
        return next((column for column in found if self.catalogue(column) == number), next(iter(found), None))


def annual(area: str, year: str) -> str:
    """The address of an annual report page."""
    return f"/module/xxgk/xxgkAnnualReport.jsp?area={area}&fbtime={year}"


def pages(site: Site, request: Request) -> Answer | None:
    """Answer as this software does."""
    software, path, asked = Platform(site), request.path, request.query
    if path in ("/", "/index.html"):
        return software.layout.home()
    if path == "/module/xxgk/tree.jsp":
        return _tree(software)
    if path == "/module/xxgk/search.jsp":
        return _table(software, asked) if request.method == "POST" else None
    if path == "/module/xxgk/xxgkAnnualReport.jsp":
        return _annual(software, asked.get("area", ""), asked.get("fbtime", ""))
    if "vc_xxgkarea" in asked and path.startswith("/col/col600"):
        return _organisation(software, asked.get("vc_xxgkarea", ""), asked.get("number", ""))
    key = software.key(path)
    column = site.column(key) if key else None
    if column is not None:
        listed = "".join(software.record(column, paper) for paper in column.papers)
        return software.layout.listing(column, f'<ul class="list">{listed}</ul>')
    return _room(software, key) if key else software.article(path) or files(site, request)


def _shell(column: int, area: str, number: str) -> str:
    return f"/col/col{column}/index.html?vc_xxgkarea={area}&number={number}"


def _room(software: Platform, key: str) -> Answer | None:
    """A room; the disclosure entry holds the tree of organisations in a frame."""
    answer = software.layout.room(key)
    if answer is None or not (key == DISCLOSURE or key == "towns"):
        return answer
    text = answer.body.decode()
    if software.site.on("only_tree") and key == DISCLOSURE and "towns" in rooms(software.site):
        text = text.replace(anchor(software.address("towns"), "乡镇街道"), "")
    return page(text.replace('<div class="footer">', _tree_frame(software) + '<div class="footer">', 1))


def _tree_frame(software: Platform) -> str:
    address = f"/module/xxgk/tree.jsp?standardXxgk=1&area={software.area(None)}&divid=div4"
    return f'<iframe src="{html.escape(address)}" width="240" height="600" frameborder="0"></iframe>'


def _tree(software: Platform) -> Answer:
    """The organisations, as links or as the nodes of a script."""
    places = [column.place for column in software.site.reports if column.place is not None]
    shells = [(_shell(_DISCLOSURE_COLUMN, software.area(place), _CATALOGUE), place.name) for place in places]
    if software.site.on("only_tree"):
        nodes = "\n".join(f"d.add({place}, 0, '{name}', '{_escaped(software, address)}');"
                          for place, (address, name) in enumerate(shells, 1))
        inner = f"<script>var d = new dTree('d');\nd.add(0, -1, '镇街');\n{nodes}\ndocument.write(d);</script>"
    else:
        inner = "<p>镇街</p>" + bullets(shells)
    return page(f'<html><head><base target="_parent"></head><body><div id="div4">{inner}</div></body></html>')


def _escaped(software: Platform, address: str) -> str:
    return address.replace("&", "&amp;") if software.site.on("escaped") else address


def _organisation(software: Platform, area: str, number: str) -> Answer | None:
    """An organisation's disclosure: a shell with its catalogue, and a table that a script asks for."""
    column = software.at(area, number)
    if column is None:
        return None
    reports = number == software.catalogue(column)
    key = column.key if column.place is None or reports else f"t-{column.key}"
    whose = column.place.name if column.place else software.site.county.name
    name = column.name if reports else "机构职能" if number == "A0000002" else f"{whose}政府信息公开"
    catalogue = [] if column.place is None else [
        (_shell(_DISCLOSURE_COLUMN, area, "A0000002"), "机构职能"),
        (_shell(_DISCLOSURE_COLUMN, area, "A0000003"), "法定主动公开内容"),
        (software.address(column.key), "政府信息公开年报")]
    body = f"<h2>{whose}</h2>{bullets(catalogue, 'tree')}"
    if number == _CATALOGUE and software.annual:
        body += f"<h3>政府信息公开年报</h3>{_years(software, area)}"
    if reports or number == _CATALOGUE:
        body += _search_script(software, area, number, software.number(column.key) if reports else _DISCLOSURE_COLUMN)
    title = f"{name}-{whose}-{software.site.county.site_name}"
    text = frame(software.site.county, title, software.layout.crumbs(key) + body + _tree_frame(software),
                 metas=column_metas(name), menu=software.menu)
    return page(text)


def _years(software: Platform, area: str) -> str:
    if not software.site.on("year_select"):
        return bullets(((annual(area, str(year)), f"{year}年") for year in software.years), "nianbao")
    options = "".join(f'<option value="{html.escape(annual(area, str(year)))}">{year}年</option>'
                      for year in software.years)
    return f'<select onchange="location.href=this.value">{options}</select>'


def _search_script(software: Platform, area: str, number: str, column: int) -> str:
    """What fills the table in a visitor's browser, and turns its pages."""
    form = (f"infotypeId={number}&jdid=9&area={area}&divid=div{column}&vc_title=&vc_number=&vc_filenumber=&vc_all=&"
            "texttype=&fbtime=-1&sortfield=,createdatetime:0,orderid:0&standardXxgk=1&isAllList=1&unit=&keyWord=&"
            f"requestUrl=%2Fcol%2Fcol{column}%2Findex.html&currpage=")
    return f"""<div id="div{column}" class="list">正在加载...</div>
<script>function turn(number) {{
  fetch('/module/xxgk/search.jsp', {{method: 'POST', body: '{_escaped(software, form)}'.replace(/&amp;/g, '&') + number,
    headers: {{'Content-Type': 'application/x-www-form-urlencoded'}}}}).then(answer => answer.text())
    .then(text => {{ document.getElementById('div{column}').innerHTML = text; }});
}}
turn(1);</script>"""


def _table(software: Platform, asked: Mapping[str, str]) -> Answer:
    """One page of an area's documents: its reports, or with another catalogue number what else there is."""
    site, number = software.site, asked.get("infotypeId", "")
    column, current = software.at(asked.get("area", ""), number), int(asked.get("currpage") or 1)
    reports = column is not None and number == software.catalogue(column)
    shown = column.papers if column is not None and reports else site.others[-1].papers
    rows = [(column or site.others[-1], paper)
            for paper in shown[(current - 1) * site.per_page:current * site.per_page]] if column else []
    if not reports:
        rows = [(site.others[-1], paper) for _, paper in rows]
    if reports and site.on("foreign_columns"):
        rows.insert(len(rows) // 2, (site.others[1], site.others[1].papers[0]))
    drawn = "".join(_row(software, number, *row) for number, row in enumerate(rows))
    count = max(1, -(-len(shown) // site.per_page))
    onward = f'<a href="javascript:turn({current + 1})">下一页</a>' if current < count else "下一页"
    return page(f'<table class="tr_main" width="100%">{drawn}</table>'
                f'<div class="pages">第{current}页 共{count}页 {onward}</div>')


def _row(software: Platform, number: int, column: Column, paper: Paper) -> str:
    link = anchor(software.link(column, paper), paper.title, paper.title, "bt_link")
    return (f'<tr class="tr_main_value_{"even" if number % 2 else "odd"}"><td>{number + 1}</td><td>{link}</td>'
            f"<td>{paper.claimed.isoformat()}</td></tr>")


def _annual(software: Platform, area: str, year: str) -> Answer:
    """An organisation's report of one year; where there is none, the same page without one."""
    column = software.at(area) if software.annual else None
    found = [paper for paper in column.papers if paper.place == column.place and str(paper.year) == year
             ] if column else []
    if not found and software.site.on("short_shell"):
        return page("<html><head><title>政府信息公开年报</title></head><body><div id='zoom'></div></body></html>")
    body = _report(found[0]) if found else '<div class="article"><div class="title"></div><div id="zoom"></div></div>'
    return page(frame(software.site.county, "政府信息公开年报", body, menu=software.menu))


def _report(paper: Paper) -> str:
    when = f"{paper.claimed.isoformat()} {local(paper.appears, '%H:%M:%S')}"
    return (f'<div class="article"><div class="title">{html.escape(paper.title)}</div><div class="info">'
            f'<span>发布时间：{when}</span><span id="voice">点击收听年报语音朗读</span></div>'
            f'<div id="zoom">{paper.inner}{downloads(paper)}</div></div>')


SOFTWARE = Software("xxgk", pages, SWITCHES, frozenset(SWITCHES))
