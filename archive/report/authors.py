"""Whom a report names as its author outside its title: issuer line, preamble, contact, signature, breadcrumb."""

import re
from collections.abc import Iterator, Sequence

from archive.report.titles import simplified

_ISSUER_LINE = re.compile(
    r"(?:发布机构|发布单位|公开机构|公开主体|编制机关|编制单位|所属机构|发文机关|发文机构|制发机关|公开责任部门|信息来源|来源)[:\s]*"
    r"(?P<name>[\u4e00-\u9fff()]{2,40}?)(?=发布|公开|成文|日期|时间|浏览|点击|作者|索引|文号|[^\u4e00-\u9fff()]|$)")
_PREAMBLE = re.compile(
    r"(?:由|与|请与)(?P<name>[\u4e00-\u9fff]{2,30}?(?:人民政府|政府|街道办事处|办公室|委员会|局|委|中心))(?:办公室)?"
    r"(?:按照|根据|依据|依照|编制|联系|负责)")
_TOWN = r"[\u4e00-\u9fff]{1,24}?(?:[镇乡]|苏木|街道)(?:人民政府|政府(?!信息)|办事处)?"
_OFFICE = r"(?:党政综合办公室|党政办公室|党政综合办|党政办|综合办公室|办公室)?"
_AUTHORS = tuple(re.compile(pattern, re.M) for pattern in (
    rf"(?:由|与|向|致电|联系(?:单位|机构)?[:]?|机构名称[:])(?P<name>{_TOWN}){_OFFICE}"
    r"(?:按照|根据|依据|依照|组织|负责)?(?:编制|联系|咨询|反映|[(,;。]|$)",
    rf"(?:^|[,。;:])(?:现将|现|特编制|编制|将)?(?P<name>{_TOWN})(?:根据|按照|依据|依照|编制|特编制|(?:现|特此)?(?:公布|发布|向社会)"
    r"|20\d\d年度?(?:政府|政务)?信息公开)",
    rf"^(?P<name>{_TOWN})$",
))
_CRUMB = re.compile(r"[>›»/→]")
_TOWN_ONLY = re.compile(r"[\u4e00-\u9fff]{1,12}(?:[镇乡]|苏木|街道)(?:人民政府|办事处)?")
_ABOUT_TOWNS = re.compile(r"^(?:各|全|本|我|该|所有|其他|辖区)|各(?:乡|镇|街道)|乡镇$|[镇乡]街道$")


def issuer_line(lines: Sequence[str]) -> str | None:
    """The body of the page's own line 发布机构 or 来源."""
    match = _ISSUER_LINE.search("\n".join(lines))
    return match["name"] if match else None


def preamble_name(context: str) -> str | None:
    """The body by which, or with which to ask, as a sentence says it."""
    match = _PREAMBLE.search(context)
    return match["name"] if match else None


def towns_named(text: str) -> Iterator[str]:
    """Townships that a squashed text names as its authors: who compiled it, whom to ask, who signed."""
    plain = simplified(text)
    for pattern in _AUTHORS:
        for match in pattern.finditer(plain):
            if not _ABOUT_TOWNS.search(match["name"]):
                yield match["name"]


def towns_above(lines: Sequence[str]) -> Iterator[str]:
    """Townships in the breadcrumbs above a report."""
    for line in lines:
        steps = _CRUMB.split(line)
        if len(steps) > 2:
            yield from (step for step in steps if _TOWN_ONLY.fullmatch(step) and not _ABOUT_TOWNS.search(step))
