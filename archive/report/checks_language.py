"""Q: the language of the prose. Slips that change no figure; asked for by a switch."""

import re

from archive.report.checking import PASS, Case, Outcome, fail_at
from archive.report.counts import read_numeral

_NARRATIVE = ("s0", "s1", "s5", "s6")
_DOUBLED = re.compile(r"(?P<word>(?!一)[\u4e00-\u9fff]{2,6})(?P=word)|(?P<one>[是在和及与被])(?P=one)|的的(?!确|士)")
_BROKEN = re.compile(r"、等|、[。,;]|[,;、]{2,}|(?<!。)。。(?!。)|[,、;]。")
# 二, 三 … at the head of a sentence without 是, and counting nothing
_NO_COPULA = re.compile(r"(?<=[。;])[二三四五](?![是者要、.)十百千万级次个年月季方大项条位名类件份批场所种期届层])"
                        r"[\u4e00-\u9fff]{2}")
_LISTED = re.compile(r"一是[^\n]*")
_OUTDATED = re.compile(r"三需要|自身生产、生活、科研等特殊需要|(?:国务院令)?第?492号|公共企事业单位[^。]{0,40}计划生育")
_NEW_DECREE = re.compile(r"711号|修[订正]")
_ANNOUNCED = re.compile(r"(?:以下|如下|下列)(?P<n>[二两三四五六七八九])(?:个|大|点)?(?:方面|问题|点|项)?"
                        r"[^。\n]{0,12}[:。]")
_MARKS = ("{}是", "({})", "{}、", "第{},")
_NEAR = 80                             # characters behind the announcement in which the first point begins
_POINTS = "一二三四五六七八九"


def slips(case: Case) -> Outcome:
    """Nothing is typed twice, and no list is broken by its punctuation."""
    for said in case.sentences(*_NARRATIVE):
        for pattern in (_DOUBLED, _BROKEN):
            match = pattern.search(said.text)
            if match:
                return fail_at(f"文字疑误：{_around(said.text, match)}", said, case)
    for said in case.find_all(_LISTED, *_NARRATIVE):
        match = _NO_COPULA.search(said.text)
        if match:
            return fail_at(f"文字疑误，缺“是”字：{_around(said.text, match)}", said, case)
    return PASS


def _around(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - 6):match.end() + 6]


def outdated(case: Case) -> Outcome:
    """No wording of the Regulations of 2007 is left."""
    said = case.find(_OUTDATED, *_NARRATIVE)
    if said is None or ("492" in said.text and _NEW_DECREE.search(case.all_text)):
        return PASS
    return fail_at(f"沿用旧条例表述：{said.text}", said, case)


def points_complete(case: Case) -> Outcome:
    """Where the text announces a number of points, so many follow."""
    for key in _NARRATIVE:
        found = [match for match in _ANNOUNCED.finditer(case.text(key)) if not _complete(case.text(key), match)]
        if found:
            said = case.saying(key, that=lambda text: bool(_ANNOUNCED.search(text)))
            return fail_at(f"所列要点数与“{found[0]['n']}个方面”不符", said, case)
    return PASS


def _complete(text: str, announced: re.Match[str]) -> bool:
    """Whether as many points follow as were announced; True where they are not numbered."""
    number, rest = read_numeral(announced["n"]) or 0, text[announced.end():]
    mark = next((mark for mark in _MARKS if mark.format("一") in rest[:_NEAR]), None)
    return mark is None or all(mark.format(point) in rest for point in _POINTS[:number])
