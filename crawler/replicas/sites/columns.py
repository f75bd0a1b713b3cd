"""The columns of a site: those in which reports stand, with what stands among them, and the others."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from crawler.replicas.places import Place, seeded
from crawler.replicas.sites.model import Column, Paper
from crawler.replicas.sites.papers import Maker

NAME = "政府信息公开年报"
SWITCHES: Mapping[str, str] = {
    "decoys": "Townships' lists also hold 解读, 图解, the county's and a department's report.",
    "year_columns": "A shared list for each report year instead of one for all.",
    "old_column": "With year_columns: the newest reports were filed in the column of the year before.",
    "twice": "Reports stand under two addresses each.",
    "empty_column": "One township's list has no entry at all; its reports are not published.",
}
_DEPARTMENTS = ("人民政府", "财政局", "教育和体育局")
_LAW = ("现将本年度法治政府建设情况报告如下。", "一、主要举措。组织干部学法，规范执法程序。",
        "二、存在不足。执法力量仍然薄弱。")
_TEXT = ("有关情况已按程序审核，现予公布。", "如有疑问，可在工作时间向有关单位咨询，电话见本网站联系我们栏目。")
# key, name, titles of the columns that hold no report
_OTHERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("n1", "新闻动态", ("{C}召开{Y}年重点项目推进会", "{C}部署{Y}年安全生产工作", "{C}开展{Y}年消防演练")),
    ("n2", "政府信息公开指南", ("{C}政府信息公开指南（{Y}年版）",)),
    ("n3", "政府信息公开制度", ("{C}政府信息公开审查制度（{Y}年修订）", "{C}依申请公开办理制度（{Y}年修订）")),
    ("n4", "财政预决算", ("{C}{Y}年财政预算公开", "{C}{Y}年部门决算汇总说明")),
)


def own(maker: Maker) -> tuple[Column, ...]:
    """A column for each township."""
    return tuple(Column(f"a{number}", NAME, newest_first(_of_place(maker, place)), place)
                 for number, place in enumerate(maker.county.places, 1))


def shared(maker: Maker) -> tuple[Column, ...]:
    """One column for all bodies, or one for each year."""
    if "year_columns" not in maker.switches:
        everything = [paper for place in maker.county.places for paper in _doubled(maker, maker.reports(place))]
        return (Column("s1", NAME, newest_first((*everything, *_bodies(maker, maker.years)))),)
    return tuple(Column(f"s{year}", f"{year}年{NAME}", newest_first(_of_year(maker, year))) for year in
                 sorted(maker.years, reverse=True))


def others(maker: Maker) -> tuple[Column, ...]:
    """The columns without reports."""
    return tuple(
        Column(key, name, newest_first(
            maker.notice(title.format(C=maker.county.name, Y=year), year, 1 + 4 * number, _TEXT, key)
            for year in maker.years for number, title in enumerate(titles)))
        for key, name, titles in _OTHERS)


def newest_first(papers: Iterable[Paper]) -> tuple[Paper, ...]:
    """As lists show them."""
    return tuple(sorted(papers, key=lambda paper: (paper.appears, paper.number), reverse=True))


def _of_place(maker: Maker, place: Place) -> list[Paper]:
    if "empty_column" in maker.switches and place == maker.chosen:
        return []
    papers = _doubled(maker, maker.reports(place))
    if seeded(place.code, maker.seed, "busy").random() < 0.4:
        papers += [maker.notice(f"{maker.county.name}{place.name}{year}年法治政府建设年度报告", year + 1, 1, _LAW,
                                place.code) for year in maker.years]
    if "decoys" in maker.switches:
        newest = max(maker.years)
        papers += [maker.explained(place, newest, kind) for kind in ("图解", "解读")]
        papers += [replace(maker.body(name, newest), number=maker.number("body", name, newest, place.code))
                   for name in _DEPARTMENTS[:2]]
    return papers


def _of_year(maker: Maker, year: int) -> list[Paper]:
    """What the column of a report year holds."""
    newest, before = max(maker.years), max(maker.years) - 1
    held = {newest: (), before: (before, newest)}.get(year, (year,)) if "old_column" in maker.switches else (year,)
    return [paper for one in held for place in maker.county.places
            if (paper := maker.report(place, one)) is not None] + _bodies(maker, held)


def _bodies(maker: Maker, years: Iterable[int]) -> list[Paper]:
    return [maker.body(name, year) for name in _DEPARTMENTS for year in years]


def _doubled(maker: Maker, papers: list[Paper]) -> list[Paper]:
    """Each report once more under another address, as a republished article stands."""
    if "twice" not in maker.switches:
        return papers
    again = [Paper(maker.number("again", paper.number), paper.title, paper.appears, paper.claimed, paper.inner,
                   paper.place, paper.year) for paper in papers]
    return [*papers, *again]
