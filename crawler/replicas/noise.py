"""What else stands on a portal: notices, rules, reports of another kind, news. None of it is a township's report."""

import functools
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from archive.clock import SHANGHAI
from crawler.replicas.figures import YEARS
from crawler.replicas.places import JINXIANG, PLACES, County, county_of, seeded
from crawler.replicas.prose import title_of
from crawler.replicas.truth import script


@dataclass(frozen=True, slots=True)
class Note:
    """An ordinary article. `key` is unique on its portal."""

    key: str
    title: str
    at: datetime
    source: str
    paragraphs: tuple[str, ...] = ()
    department: str | None = None     # whose report it is, where it is one
    year: int = 0


@functools.cache
def of_township(code: str) -> tuple[Note, ...]:
    """What stands among a township's own disclosure, newest first; busy ones need a second listing page."""
    place, county = PLACES[code], county_of(code)
    busy = seeded(code, "busy").random() < 0.34
    notes = [
        Note(f"{code}-rules", f"{place.name}政府信息公开工作制度", _at(code, "rules", 2021, 3), place.name, _RULES),
        *(_rule_of_law(code, year) for year in (YEARS if busy else YEARS[-1:])),
        *(_call(code, year) for year in (YEARS if busy else ())),
    ]
    explained = script()["explained"].get(code)
    if explained:
        title = f"【图文解读】{county.name}{place.body}{script()['report_year']}年政府信息公开工作年度报告"
        notes.append(Note(f"{code}-explained", title, explained.astimezone(UTC), place.name, _EXPLAINED))
    return tuple(sorted(notes, key=lambda note: note.at, reverse=True))


@functools.cache
def of_county(county: County, column: str) -> tuple[Note, ...]:
    """A column of the county itself: news, budget, guide, or its departments' reports. Newest first."""
    if column == "departments":
        return _departments(county)
    titles = _COLUMNS[column]
    notes = (
        Note(
            f"{county.code}-{column}-{year}-{number}",
            title.format(C=county.name, Y=year),
            _at(county.code, f"{column}{number}", year, 1 + (5 * number) % 11),
            county.site_name,
            (_COLUMN_TEXT,),
        )
        for year in YEARS
        for number, title in enumerate(titles)
    )
    return tuple(sorted(notes, key=lambda note: note.at, reverse=True))


def _departments(county: County) -> tuple[Note, ...]:
    """The reports of the county and its departments: the same form, but no township's."""
    notes = []
    for name in _DEPARTMENTS if county is JINXIANG else _DEPARTMENTS[:5]:  # one list must be long enough for windows
        issuer = county.department(name)
        for year in YEARS:
            at = _at(issuer.key, "report", year + 1, 1)
            title = title_of(issuer, year)
            notes.append(Note(f"{issuer.key}-{year}", title, at, issuer.full, department=name, year=year))
    return tuple(sorted(notes, key=lambda note: note.at, reverse=True))


def _rule_of_law(code: str, year: int) -> Note:
    place, county = PLACES[code], county_of(code)
    title = f"{county.name}{place.name}{year}年法治政府建设年度报告"
    return Note(f"{code}-law-{year}", title, _at(code, "law", year + 1, 1), place.name, _RULE_OF_LAW)


def _call(code: str, year: int) -> Note:
    title = f"关于做好{year}年政府信息公开工作年度报告编制和公布工作的通知"
    return Note(f"{code}-call-{year}", title, _at(code, "call", year, 12), PLACES[code].name, _CALL)


def _at(key: str, what: str, year: int, month: int) -> datetime:
    chance = seeded(key, what, year)
    day = datetime(year, month, chance.randint(2, 19), tzinfo=SHANGHAI)
    return (day + timedelta(minutes=chance.randint(510, 1050))).astimezone(UTC)


_DEPARTMENTS = (
    "人民政府",
    "财政局",
    "教育和体育局",
    "民政局",
    "自然资源和规划局",
    "农业农村局",
    "水利局",
    "卫生健康局",
    "审计局",
    "统计局",
)
_RULES = (
    "为了规范信息公开工作，结合实际制定本制度。",
    "各站所负责提供本站所产生的信息，党政办公室负责审核和发布，重要信息须经分管负责人签字。",
    "信息公开遵循公正、公平、合法、便民的要求，涉及个人隐私的内容不予公开。",
)
_RULE_OF_LAW = (
    "现将本年度法治政府建设情况报告如下。",
    "一、主要举措。组织干部学法，落实重大决策合法性审查，规范执法程序，开展普法进村活动。",
    "二、存在不足。执法力量仍然薄弱，普法形式不够多样。",
    "三、下一步安排。继续完善审查机制，加强执法人员培训，办好群众身边的法律服务。",
)
_CALL = (
    "各站所、各村（社区）：",
    "年度报告编制工作即将开始，请按照分工提供有关数据和文字材料，做到数据真实、文字简洁。",
    "材料经负责人审核后报党政办公室汇总，逾期未报的将予以提醒。",
)
_EXPLAINED = (
    "为方便群众了解年度报告的内容，现将有关情况作图文说明。",
    "年度报告是什么？它是行政机关每年向社会说明信息公开工作情况的文书，包括文字和表格。",
    "在哪里看？可在县政府网站的信息公开栏目查看。",
)
_COLUMN_TEXT = "有关情况已按程序审核，现予公布。如有疑问，可在工作时间向有关单位咨询。"
_COLUMNS = {
    "news": (
        "{C}召开{Y}年重点项目推进会",
        "{C}部署{Y}年安全生产工作",
        "{C}春季农业生产有序展开（{Y}年）",
        "{C}开展{Y}年消防演练",
    ),
    "budget": ("{C}{Y}年财政预算公开", "{C}{Y}年部门预算汇总说明"),
    "guide": ("{C}政府信息公开指南（{Y}年版）",),
    "system": ("{C}政府信息公开审查制度（{Y}年修订）",),
}
