"""Y: years and days in the text that cannot be this report's."""

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from archive.report.checking import NOT_APPLICABLE, PASS, UNKNOWN, Case, Outcome, Said, fail, fail_at
from archive.report.counts import NUMBER
from archive.report.dates import iso
from archive.report.titles import title_year

_NARRATIVE = ("s0", "s1", "s5", "s6")
_HEADED = re.compile(r"(?:^|(?<=[,。;:)\n]))(?P<y>20\d\d)年度?[,、]?(?P<who>{who})")
_OWN = r"我镇|我乡|我街道|我办|我局|本单位|全镇|全乡|全街道|本机关|本镇|本乡|本街道|镇政府|乡政府"
_FACT = re.compile(r"收取|收费|处理费|(?:收到|受理)[^。;]{0,20}申请|(?:收到|承办|办理)[^。;]{0,12}(?:建议|提案)"
                   r"|公开[^。;]{0,20}\d+(?:条|件|份)|统计期")
_EXCUSED = re.compile(r"以来|相比|决算|预算|要点|结转|比\d|较\d|上年|同期|历年|规划|印发|通过验收|整改")
# the opening names the report that it is: 现公布卜集镇2022年政府信息公开工作年度报告
_ANNOUNCED = re.compile(r"(?:现(?:予以|将|向社会|特此)*(?:公布|发布|公开)|现编制|特编制|编制(?:了|完成))"
                        r"[^。;,]{0,30}?(?P<y>20\d\d)年度?(?:政府|政务)?信息公开(?:工作)?(?:年度(?:工作)?报告|年报)")
_RESULT = re.compile(rf"主动公开[^。;,]{{0,16}}{NUMBER}(?:条|件|份)|(?:收到|受理)[^。;,]{{0,20}}申请"
                     r"|(?:未|没有)(?:收到|收取)|(?:共|累计)收取")
_PLAN = re.compile(r"将|下一步|下步|计划|拟|继续|打算|力争|进一步|要|预计|准备|截至|截止|现")
_LONG_YEAR = re.compile(r"(?<!\d)20\d{3,6}年(?=\d{1,2}月|度|[,，]|[\u4e00-\u9fff])")
_DAY = re.compile(r"(?<!\d)(?P<y>20\d\d)年(?P<m>\d{1,2})月(?P<d>\d{1,2})日")
_DATE = re.compile(f"{_LONG_YEAR.pattern}|{re.sub('[?]P<[ymd]>', '', _DAY.pattern)}")
_PART_YEAR = re.compile(r"(?<!\d)1(?:月)?[-—~至到]1[01]月|前三季度|截[至止](?:20\d\d年)?1[01]月(?!\d*[日])")


def _heading_years(case: Case) -> Iterator[tuple[int, Said]]:
    """Years that head a statement about the body's own work, with the statement and where it stands."""
    identity = case.known.identity
    names = [name for name in (identity.issuer, identity.township) if name]
    pattern = re.compile(_HEADED.pattern.replace("{who}", "|".join([*map(re.escape, names), _OWN])))
    for said in case.sentences(*_NARRATIVE):
        for match in pattern.finditer(said.text):
            yield int(match["y"]), replace(said, text=said.text[match.start():])


def stale(case: Case) -> Outcome:
    """No statement of this year's work carries an earlier year."""
    if case.year is None:
        return UNKNOWN
    for year, said in _heading_years(case):
        own = f"{case.year}年" in said.text
        if year < case.year and not own and _FACT.search(said.text) and not _EXCUSED.search(said.text):
            return fail_at(f"{case.year}年度的报告里有“{_short(said.text)}”，像是往年的文字", said, case)
    for said in case.find_all(_ANNOUNCED, "s0"):
        match = _ANNOUNCED.fullmatch(said.text)
        if match and int(match["y"]) < case.year:
            return fail_at(f"{case.year}年度的报告里有“{_short(said.text)}”，是往年的报告名", said, case)
    return PASS


def column_year(case: Case) -> Outcome:
    """The title's year is the one that the portal's own parameter names."""
    asked = parse_qs(urlsplit(case.known.url).query).get("fbtime", [""])[0] if case.known.url else ""
    if not re.fullmatch(r"20\d\d", asked):
        return NOT_APPLICABLE
    title = case.known.identity.title
    year = title_year(title) if title else None
    if year is None:
        return UNKNOWN
    if int(asked) == year:
        return PASS
    return fail(f"标题是{year}年度，栏目是{asked}年度", places=["title", f"address parameter fbtime={asked}"])


def possible(case: Case) -> Outcome:
    """Every date exists."""
    for said in case.find_all(_DATE, *_NARRATIVE):
        day = _DAY.fullmatch(said.text)
        if day is None or iso(day["y"], day["m"], day["d"]) is None:
            # what another form lost on the way may have been a right date
            return fail_at(f"日期有误：{said.text}", said, case, doubted=not said.typed)
    return PASS


def later(case: Case) -> Outcome:
    """No result carries a year after the report year."""
    if case.year is None:
        return UNKNOWN
    for year, said in _heading_years(case):
        clause = re.split(r"[;]", said.text)[0]
        if year > case.year and _RESULT.search(clause) and not _PLAN.search(clause) and f"{case.year}年" not in clause:
            return fail_at(f"{case.year}年度的报告里有“{_short(said.text)}”", said, case)
    return PASS


def part_of_year(case: Case) -> Outcome:
    """No figure covers only part of the year."""
    said = case.find(_PART_YEAR, *_NARRATIVE)
    return fail_at(f"有数据只统计到“{said.text}”", said, case) if said else PASS


def _short(statement: str) -> str:
    return statement if len(statement) <= 30 else f"{statement[:30]}…"
