"""Y: years and days in the text that cannot be this report's."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from archive.report.checking import NOT_APPLICABLE, PASS, UNKNOWN, Case, Outcome, fail
from archive.report.counts import NUMBER
from archive.report.dates import iso
from archive.report.prose import sentences

_NARRATIVE = ("s0", "s1", "s5", "s6")
_HEADED = re.compile(r"(?:^|(?<=[,。;:)\n]))(?P<y>20\d\d)年度?[,、]?(?P<who>{who})")
_OWN = r"我镇|我乡|我街道|我办|我局|本单位|全镇|全乡|全街道|本机关|本镇|本乡|本街道|镇政府|乡政府"
_FACT = re.compile(r"收取|收费|处理费|(?:收到|受理)[^。;]{0,20}申请|(?:收到|承办|办理)[^。;]{0,12}(?:建议|提案)"
                   r"|公开[^。;]{0,20}\d+(?:条|件|份)|统计期")
_EXCUSED = re.compile(r"以来|相比|决算|预算|要点|结转|比\d|较\d|上年|同期|历年|规划|印发|通过验收|整改")
_RESULT = re.compile(rf"主动公开[^。;,]{{0,16}}{NUMBER}(?:条|件|份)|(?:收到|受理)[^。;,]{{0,20}}申请"
                     r"|(?:未|没有)(?:收到|收取)|(?:共|累计)收取")
_PLAN = re.compile(r"将|下一步|下步|计划|拟|继续|打算|力争|进一步|要|预计|准备|截至|截止|现")
_LONG_YEAR = re.compile(r"(?<!\d)20\d{3,6}年(?=\d{1,2}月|度|[,，]|[\u4e00-\u9fff])")
_DAY = re.compile(r"(?<!\d)(?P<y>20\d\d)年(?P<m>\d{1,2})月(?P<d>\d{1,2})日")
_PART_YEAR = re.compile(r"(?<!\d)1(?:月)?[-—~至到]1[01]月|前三季度|截[至止](?:20\d\d年)?1[01]月(?!\d*[日])")


def _heading_years(case: Case) -> Iterator[tuple[int, str, str | None]]:
    """Years that head a statement about the body's own work, with the statement and where it stands."""
    identity = case.known.identity
    names = [name for name in (identity.issuer, identity.township) if name]
    pattern = re.compile(_HEADED.pattern.replace("{who}", "|".join([*map(re.escape, names), _OWN])))
    for key in _NARRATIVE:
        prose = case.prose.get(key)
        for start, sentence in sentences(prose.text if prose else ""):
            for match in pattern.finditer(sentence):
                yield int(match["y"]), sentence[match.start():], prose.where(start + match.start()) if prose else None


def stale(case: Case) -> Outcome:
    """No statement of this year's work carries an earlier year."""
    if case.year is None:
        return UNKNOWN
    for year, statement, place in _heading_years(case):
        own = f"{case.year}年" in statement
        if year < case.year and not own and _FACT.search(statement) and not _EXCUSED.search(statement):
            message = f"{case.year}年度的报告里有“{_short(statement)}”，像是往年的文字"
            return fail(message, attribution=case.told, places=[place])
    return PASS


def column_year(case: Case) -> Outcome:
    """The title's year is the one that the portal's own parameter names."""
    asked = parse_qs(urlsplit(case.known.url).query).get("fbtime", [""])[0] if case.known.url else ""
    if not re.fullmatch(r"20\d\d", asked):
        return NOT_APPLICABLE
    if case.year is None:
        return UNKNOWN
    return PASS if int(asked) == case.year else fail(f"标题是{case.year}年度，栏目是{asked}年度")


def possible(case: Case) -> Outcome:
    """Every date exists."""
    for key in _NARRATIVE:
        prose = case.prose.get(key)
        for match in (*_LONG_YEAR.finditer(prose.text), *_DAY.finditer(prose.text)) if prose else ():
            groups = match.groupdict()
            if "m" not in groups or iso(groups["y"], groups["m"], groups["d"]) is None:
                certain = case.known.document.method in ("html", "docx")
                return fail(f"日期有误：{match.group()}", attribution=case.told if certain else "unknown",
                            places=[prose.where(match.start()) if prose else None])
    return PASS


def later(case: Case) -> Outcome:
    """No result carries a year after the report year."""
    if case.year is None:
        return UNKNOWN
    for year, statement, place in _heading_years(case):
        clause = re.split(r"[;]", statement)[0]
        if year > case.year and _RESULT.search(clause) and not _PLAN.search(clause) and f"{case.year}年" not in clause:
            return fail(f"{case.year}年度的报告里有“{_short(statement)}”", attribution=case.told, places=[place])
    return PASS


def part_of_year(case: Case) -> Outcome:
    """No figure covers only part of the year."""
    found = case.find(_PART_YEAR, *_NARRATIVE)
    if found is None:
        return PASS
    return fail(f"有数据只统计到“{found[0].group()}”", attribution=case.told, places=[found[1]])


def _short(statement: str) -> str:
    return statement if len(statement) <= 30 else f"{statement[:30]}…"
