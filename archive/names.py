"""How units of county and township level are named, and how pages print those names (pure)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["镇", "乡", "街道", "民族乡", "苏木", "民族苏木", "地区", "农场", "林场", "团场", "园区", "办事处",
               "监狱", "企业", "管理机构", "其他"]

# 地区 counts with 街道: Beijing's register calls a 乡 or 镇 so where a 地区办事处 shares its house with its government.
OWING: frozenset[Kind] = frozenset({"镇", "乡", "街道", "民族乡", "苏木", "民族苏木", "地区"})

_NATIONS = (
    "蒙古", "回", "藏", "维吾尔", "苗", "彝", "壮", "布依", "朝鲜", "满", "侗", "瑶", "白", "土家", "哈尼",
    "哈萨克", "傣", "黎", "傈僳", "佤", "畲", "高山", "拉祜", "水", "东乡", "纳西", "景颇", "柯尔克孜", "土",
    "达斡尔", "仫佬", "羌", "布朗", "撒拉", "毛南", "仡佬", "锡伯", "阿昌", "普米", "塔吉克", "怒", "乌孜别克",
    "俄罗斯", "鄂温克", "德昂", "保安", "裕固", "京", "塔塔尔", "独龙", "鄂伦春", "赫哲", "门巴", "珞巴", "基诺", "各",
)
_LONGEST_FIRST = sorted(_NATIONS, key=len, reverse=True)
_NATION = "|".join(_LONGEST_FIRST)
# Where 民族 or 自治 follows, the register may leave 族 out (塔吉克自治县, 门巴民族乡), not for names of one character.
_BARE_NATION = "|".join(nation for nation in _LONGEST_FIRST if len(nation) > 1)

# Numbers from 400 on are for zones and farms; real units sit among them, and some only sound like it.
_BORROWED: tuple[tuple[Kind, str], ...] = (
    ("其他", r"直属乡镇$|特殊乡镇$|产业小镇$|社区街道$|地区$|团乡$|办事处乡$"),
    ("园区", r"(产业园|工业园|园区|开发区|保税区|风景区)(街道|乡|街道（.+）)$"),
)
_STATUTORY: tuple[tuple[Kind, str], ...] = (
    ("其他", r"委员会地区$|产业园地区$"),
    ("民族苏木", r"族苏木$"),
    ("苏木", r"苏木$"),
    ("民族乡", r"族乡$"),
    ("街道", r"街道$"),
    ("镇", r"镇$"),
    ("乡", r"乡$"),
    ("地区", r"地区$"),
)
_OTHER: tuple[tuple[Kind, str], ...] = (
    ("其他", r"直辖村级区划$|社区$"),
    ("团场", r"^兵团|\w团(直属)?$"),
    ("监狱", r"监狱|戒毒|劳教|劳改|看守所"),
    ("林场", r"林场|林业|林管|林区|林厂|苗圃"),
    ("农场", r"(?<![市机])场$|场（.+）$|农场|农垦|原种|良种|养殖|茶厂"),
    ("企业", r"公司|集团|厂$|矿$|煤矿|油田"),
    ("办事处", r"办事处$|路办$|区办$|[张新]\w*办$"),
    ("管理机构", r"(管委会|委员会|管理处|管理局|管理所|管理站|局|局直|指挥部|办公室|中心|学院|科所)$"),
    ("园区", r"[区园城谷港]$|[区园]（.+）$|开发|基地|组团|工业"),
)
_BY_LAW = tuple((kind, re.compile(pattern)) for kind, pattern in (*_STATUTORY, *_OTHER))
_ASSUMED = tuple((kind, re.compile(pattern)) for kind, pattern in (*_BORROWED, *_STATUTORY, *_OTHER))

# Township level: what may end a name that is more than a proper name.
_ENDING = re.compile(rf"(?:(?:(?:{_NATION})族|{_BARE_NATION})+(?:少数)?民族|民族|(?:(?:{_NATION})族)+)?"
                     r"(?P<base>苏木|乡|镇|街道|地区)$")
_NATION_ONLY = re.compile(r"民族(?:乡|苏木)$")  # 门巴民族乡 has no other name than the nation's
_COUNTY_ENDING = re.compile(rf"(?:(?:(?:{_NATION})族|{_BARE_NATION})*自治(?:县|旗)|县|市|区|旗|林区|特区)$")
_AREA_ENDING = re.compile(rf"(?:省|市|地区|盟|(?:(?:{_NATION})族|{_BARE_NATION})*自治(?:州|区))$")

ABBREVIATIONS = {
    "阜新蒙古族自治县": "阜蒙县", "喀喇沁左翼蒙古族自治县": "喀左县", "前郭尔罗斯蒙古族自治县": "前郭县",
    "杜尔伯特蒙古族自治县": "杜蒙县", "莫力达瓦达斡尔族自治旗": "莫旗", "达尔罕茂明安联合旗": "达茂旗",
    "科尔沁左翼中旗": "科左中旗", "科尔沁左翼后旗": "科左后旗", "科尔沁右翼前旗": "科右前旗",
    "科尔沁右翼中旗": "科右中旗", "察哈尔右翼前旗": "察右前旗", "察哈尔右翼中旗": "察右中旗",
    "察哈尔右翼后旗": "察右后旗", "阿拉善左旗": "阿左旗", "阿拉善右旗": "阿右旗", "乌拉特前旗": "乌前旗",
    "乌拉特中旗": "乌中旗", "乌拉特后旗": "乌后旗", "土默特左旗": "土左旗", "土默特右旗": "土右旗",
    "东乌珠穆沁旗": "东乌旗", "西乌珠穆沁旗": "西乌旗", "新巴尔虎左旗": "新左旗", "新巴尔虎右旗": "新右旗",
    "察布查尔锡伯自治县": "察县", "塔什库尔干塔吉克自治县": "塔县",
}

_SPACE = re.compile(r"[\s\u200b\u200c\ufeff]+")
_BRACKETS = str.maketrans("()", "（）")
_GOVERNMENT = re.compile(r"(?:人民)?政府(?:办公室|办公厅|门户网站|网站|网)?$")
_OFFICE = re.compile(r"(?:(?<=街道)|(?<=地区))办(?:事处|公室)?$")
_BARE_OFFICE = re.compile(r"办(?:事处)?$")


def kind_of(name: str, number: str) -> Kind:
    """What a unit of township level is, by its name in the register and the last three digits of its code."""
    kinds = _BY_LAW if number < "400" else _ASSUMED
    return next((kind for kind, pattern in kinds if pattern.search(name)), "其他")


def base_of(name: str) -> str:
    """What kind of unit a printed name ends with: 镇, 乡, 街道, 地区 or 苏木 (a 民族乡 is a 乡); empty for none."""
    found = _ENDING.search(name)
    return found["base"] if found else ""


def township_short(name: str) -> str:
    """The proper name: 卜集 of 卜集镇, 宝田 of 宝田侗族苗族乡. A name that would shrink below two characters stays."""
    for ending in (_ENDING, _NATION_ONLY, re.compile(rf"{base_of(name)}$")):
        short = ending.sub("", name)
        if len(short) > 1:
            return short
    return name


def county_short(name: str) -> str:
    """金乡 of 金乡县, 融水 of 融水苗族自治县; 赵县 and 鄂温克族自治旗 keep what makes them names."""
    short = _COUNTY_ENDING.sub("", name)
    return short if len(short) > 1 else re.sub(r"族?自治(县|旗)$", "", name)


@lru_cache(maxsize=4096)
def county_forms(name: str) -> tuple[str, ...]:
    """How pages write a county: its name, its abbreviation (阜蒙县), without its nation (秀山县), its short name."""
    short = county_short(name)
    forms = (name, ABBREVIATIONS.get(name, name), short + name[-1], short)
    return tuple(dict.fromkeys(form for form in forms if len(form) > 1))


def area_short(name: str) -> str:
    """A province or prefecture without its rank: 山东, 内蒙古, 延边."""
    return _AREA_ENDING.sub("", name) or name


def tidy(text: str) -> str:
    """A printed name without spaces and line breaks, its brackets full width."""
    return _SPACE.sub("", text).translate(_BRACKETS)


def without_office(text: str) -> str:
    """A name without the office behind it: 卜集镇 of 卜集镇人民政府, 鱼山街道 of 鱼山街道办事处 and of 鱼山办事处."""
    name = _OFFICE.sub("", _GOVERNMENT.sub("", text))
    return _BARE_OFFICE.sub("街道", name) if len(name) > len("办事处") else name


def printed(name: str) -> tuple[str, ...]:
    """The forms under which pages print a unit, its own name first; also its name before or after a change of rank."""
    short = township_short(name)
    if short == name:
        return (name,)
    others = ("街道", "办事处", "镇", "乡") if base_of(name) != "苏木" else ("镇", "乡")
    return tuple(dict.fromkeys((name, *(short + other for other in others))))


@dataclass(frozen=True, slots=True)
class Scanner:
    """Finds known strings in a text: leftmost first, the longest at each place."""

    lengths: dict[str, tuple[int, ...]]  # first character → lengths to try, longest first
    known: frozenset[str]

    def matches(self, text: str, start: int = 0) -> Iterator[tuple[int, int]]:
        """Spans of known strings, none within another."""
        while start < len(text):
            length = self.longest(text, start)
            if length:
                yield start, start + length
            start += length or 1

    def longest(self, text: str, start: int) -> int:
        """Length of the longest known string at a place, or 0."""
        for length in self.lengths.get(text[start], ()):
            if start + length <= len(text) and text[start:start + length] in self.known:
                return length
        return 0


def scanner(names: Iterable[str]) -> Scanner:
    """A scanner for these names."""
    known = frozenset(names)
    lengths: dict[str, set[int]] = {}
    for name in known:
        lengths.setdefault(name[0], set()).add(len(name))
    return Scanner({first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}, known)
