"""Whose report it is: from a printed body to its kind, its county and its place in the division table."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from archive import divisions
from archive.divisions import County, Township
from archive.errors import BadDivision
from archive.names import area_short
from archive.report.model import Kind
from archive.report.titles import OFFICE, simplified

_GOVERNMENT = r"(?:人民政府|政府)"
_TOWNSHIP = re.compile(rf"(?P<name>.*(?:[镇乡]|苏木|街道))(?P<office>{_GOVERNMENT}|街道办事处|办事处|办)?$")
_DISTRICT_OFFICE = re.compile(rf"(?P<county>.*[市区县]){_GOVERNMENT}(?P<name>[\u4e00-\u9fff]{{2,10}})办事处$")
_ZONE = re.compile(r"(?:场|开发区|高新区|管委会|(?<!监督)管理委员会|园区|新区|景区|名胜区|示范区|产业园|工业园|保税区"
                   r"|管理区|度假区"
                   r"|办事处|集团|公司)$")
_HIGH = re.compile(r"厅$|^(?:国家|国务院|中央|省|自治区|全国)")
_DEPARTMENT = re.compile(r"(?:局|委|办公室|办|中心|队|院|所|站|会|社|处|室|部|署|大学|学校|银行|馆)$")
_COUNTY_LIKE = re.compile(r"(?:县|旗|自治县|自治旗)$")
_PLACE = re.compile(r"^.{1,12}?(?:特别行政区|自治区|自治州|自治县|自治旗|地区|新区|省|市|盟|州|县|旗|区)(?=.{2,})")


@dataclass(frozen=True, slots=True)
class Issuer:
    """A body that the text names: `name` as printed without an office's office; `unit` its place in the table."""

    kind: Kind
    name: str
    county: County | None = None
    township: str | None = None
    unit: Township | None = None


def read_issuer(printed: str, county: County | None) -> Issuer:
    """The body that a title or a line names. `county` is the one it belongs to unless the text names another."""
    name = simplified(printed)
    core = OFFICE.sub("", name) if _TOWNSHIP.search(OFFICE.sub("", name)) else name
    district = _DISTRICT_OFFICE.match(core)
    having = _having(core, county)
    local = county_in(core) or (having[0] if len(having) == 1 else county)
    unit = _unit(core, local)
    if unit is not None and not unit.owes_by_kind:
        return Issuer("other_report", name, divisions.county(unit.county), None, unit)
    if unit is not None or _TOWNSHIP.fullmatch(core) or (district and local) or len(having) > 1:
        return _township(core, name, local, unit)
    return Issuer(_kind(core), name, local)


def _township(core: str, name: str, county: County | None, unit: Township | None) -> Issuer:
    if unit is not None:
        # the register's 地区 is a 镇 or 乡 that shares its house with a 地区办事处, and signs as such
        shown = _short(core, county) if unit.kind == "地区" and not core.endswith("地区") else unit.name
        return Issuer("township_report", name, divisions.county(unit.county), shown, unit)
    return Issuer("township_report", name, county, _short(core, county))


def county_in(text: str) -> County | None:
    """The one county that a text names in full, with what stands above it."""
    found = divisions.mentioned_counties(text)
    return found[0] if len(found) == 1 else None


def _having(core: str, county: County | None) -> list[County]:
    """Of several counties that a name may mean (南山区) the portal's own, else those that have such a township."""
    district = re.match(r"[\u4e00-\u9fff]{1,2}区", core)            # 市中区, 城区: in a text they are no names
    named = divisions.mentioned_counties(core) or (divisions.counties_called(district.group()) if district else ())
    asked = [county] if county in named else named
    return [one for one in asked if one and (unit := _unit(core, one)) and unit.county == one.code]


def _unit(core: str, county: County | None) -> Township | None:
    """The unit at the end of a body's name: in its county, else the only one of the country."""
    if not (_TOWNSHIP.fullmatch(core) or _ZONE.search(core) or re.search("地区(?:办事处)?$", core)) or core in _areas():
        return None
    if county is None:
        return _only_one(core)
    try:
        return divisions.find_township(core, county.code)
    except BadDivision:
        named = divisions.mentioned_townships(core, county.code)
        return named[-1] if named else None


def _only_one(core: str) -> Township | None:
    """The only unit of the country that is called so. A county in front that the table lacks speaks against it."""
    name = re.sub(rf"(?<=[镇乡木道])(?:{_GOVERNMENT})$|(?:(?<=街道)|(?<=地区))办(?:事处)?$", "", core)
    found = [unit for unit in divisions.township_candidates(name) if name.endswith(unit.name)]
    if len(found) != 1:
        return None
    before = name.removesuffix(found[0].name)
    for above in _above(divisions.county(found[0].county)):
        before = before.removeprefix(above)
    return None if before else found[0]


def _short(core: str, county: County | None) -> str:
    """The township's own name without what stands above it: 底张街道 of 西咸新区底张街道办事处."""
    match = _TOWNSHIP.fullmatch(core) or _DISTRICT_OFFICE.match(core)
    name = match["name"] if match else core
    name = name if re.search(r"(?:[镇乡]|苏木|街道)$", name) else re.sub("(?:办事处)?$", "街道", name, count=1)
    name = re.sub(rf"^.+?[市县区旗省盟州]{_GOVERNMENT}(?=.{{2,}})", "", name)
    for above in _above(county):
        if name.startswith(above) and len(name) > len(above) + 1:
            name = name[len(above):]
    if county is None:
        known = divisions.township_candidates(name)
        if known and name.endswith(known[-1].name):
            return known[-1].name
    while (place := _PLACE.match(name)) and _is_place(place.group()):
        name = name[place.end():]
    return name


def _above(county: County | None) -> tuple[str, ...]:
    if county is None:
        return ()
    return (county.province, area_short(county.province), county.prefecture, area_short(county.prefecture), county.name)


def _is_place(name: str) -> bool:
    """A county, or what is above one; 城区 and 东市 begin names of townships too."""
    return bool(divisions.counties_called(name)) or name in _areas() or name.endswith("新区")


@cache
def _areas() -> frozenset[str]:
    return frozenset(area for one in divisions.counties() for area in (one.province, one.prefecture))


def _kind(core: str) -> Kind:
    name = re.sub(rf"{_GOVERNMENT}$", "", core)
    if _is_county(name):
        return "county_report"
    if _ZONE.search(core) or (_HIGH.search(core) and county_in(core) is None) or _of_province(core):
        return "other_report"
    return "department_report" if _DEPARTMENT.search(core) else "other_report"


def _is_county(name: str) -> bool:
    return any(name.endswith(one.name) for one in divisions.counties_called(name)) or bool(_COUNTY_LIKE.search(name))


def _of_province(core: str) -> bool:
    """An office of a province itself: 上海市教育委员会, but not 上海市普陀区教育局."""
    provinces = {one.province for one in divisions.counties()}
    province = next((name for name in provinces if core.startswith(name)), None)
    return province is not None and not divisions.mentioned_counties(core) and not _PLACE.match(core[len(province):])


def fullest(township: str, county: County | None, texts: Iterable[str]) -> str | None:
    """The fullest printed form of a township: with its county, with its government; the first of equals."""
    higher = f"{_optional(county.province)}{_optional(county.prefecture)}{county.name}" if county else ""
    above = rf"(?P<above>{higher}(?:人民政府)?)?" if county else ""
    street = re.escape(re.sub(r"街道$", "", township))
    named = rf"(?:{re.escape(township)}|{street}(?=街道?办事处))(?P<office>街道办事处|办事处|人民政府|政府)?"
    best: tuple[int, str] | None = None
    for match in (match for text in texts for match in re.finditer(above + named, text)):
        groups = match.groupdict()
        rank = 2 * bool(groups.get("above")) + bool(groups["office"])
        if best is None or rank > best[0]:
            best = (rank, match.group())
    return best[1] if best else None


def _optional(area: str) -> str:
    """A pattern for an area's name, in full or short, or nothing."""
    return f"(?:{area}|{area_short(area)})?"
