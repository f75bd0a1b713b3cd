"""S: are the six parts there, in order, in the form in force, and are the tables tables."""

import re

from archive.documents.model import Grid, Paragraph, Picture
from archive.report.checking import ALL, NOT_APPLICABLE, PASS, TYPED, UNKNOWN, Case, Outcome, fail, fail_at, worst
from archive.report.form import Part, form, plain
from archive.report.places import in_words

_TABLES = {"s2": ("t2", "t2_2019"), "s3": ("t3",), "s4": ("t4",)}
_TABLE_NAMES = {"t2": "表二", "t2_2019": "表二", "t3": "表三", "t4": "表四"}
# a heading that says it in other words is not recognised, which is not the same as missing
_LIKE = {
    "s1": r"总体|概述|概况|基本情况|工作情况",
    "s2": r"主动公开",
    "s3": r"申请",
    "s4": r"复议|诉讼",
    "s5": r"问题|不足|改进|整改|困难",
    "s6": r"其他|其它|报告的?事项|说明",
}
_HEAD = re.compile(r"\s*(?:[(（]?[一二三四五六七八九十\d]{1,2}[)）]?[、.．，,]?)?.{2,30}")
_LABELS = {"s2": "制发件数|行政许可|信息内容", "s3": "信访举报|科研机构|本年新收", "s4": "结果维持|复议后起诉|尚未审结"}
_LEFT_IN = re.compile(r"\((?:具体网址|网址|具体地址|填写[^()]{0,20}|文字描述|示例)\)"
                      r"|[X×]{2,}(?:镇|乡|街道|县|市|区|年|人民政府|办事处|局)|该部分以表格形式报告|(?<![\u4e00-\u9fff])表格如下|\[具体[^\[\]]{1,8}\]|共?[X×]{2,}(?:条|件|份)")
_MIN_GENERAL, _MIN_PROBLEMS = 50, 30
_FREE_TEXT = 600


def parts_present(case: Case) -> Outcome:
    """Every one of the six parts stands under its heading."""
    if not case.whole:
        return UNKNOWN
    return worst(_part_present(case, part) for part in form().parts)


def _part_present(case: Case, part: Part) -> Outcome:
    if part.key in case.parts:
        return PASS
    message = f"未见“{part.label}”部分的标题"
    if any(table in case.known.tables.rows_found for table in _TABLES.get(part.key, ())):
        cells = [key for key in case.known.tables.sources if key.split(".")[0] in _TABLES[part.key]]
        return fail(f"{message}，但其表格存在", severity="warning", attribution="unknown", cells=cells[:1])
    return UNKNOWN if _resembles(case, part.key) else fail(message, attribution=case.told)


def _resembles(case: Case, key: str) -> bool:
    """Whether a short line could be the heading in other words."""
    lines = (block.text for section in case.known.sections for block in section.blocks if isinstance(block, Paragraph))
    heads = (line for line in lines if _HEAD.fullmatch(line) and not re.search("[。；;]", line))
    return any(re.search(_LIKE[key], line) for line in heads)


def order(case: Case) -> Outcome:
    """The parts come in their order, none of them twice, no numeral twice."""
    filled = {section.key for section in case.known.sections if section.blocks}
    # an empty heading whose part stands elsewhere is an entry of a table of contents
    found = [section for section in case.known.sections
             if section.key != "s0" and (section.blocks or section.key not in filled)]
    if not case.whole:
        return UNKNOWN
    keys = [section.key for section in found]
    numbers = [section.number for section in found if section.number]
    if keys == sorted(set(keys)) and len(numbers) == len(set(numbers)):
        return PASS
    shown = "、".join(section.heading or section.key for section in found)
    certain = case.known.document.method in TYPED
    return fail(f"各部分的顺序或编号不对：{shown}", attribution=case.told if certain else "unknown",
                places=case.headings(*keys))


def wording(case: Case) -> Outcome:
    """Each heading is worded as in the uniform format."""
    labels = {part.key: plain(part.label) for part in form().parts}
    return worst(_worded(case, section.key, section.heading, labels[section.key])
                 for section in case.known.sections if section.key != "s0" and section.heading)


def _worded(case: Case, key: str, heading: str, expected: str) -> Outcome:
    words = re.sub(r"^(?:第?[一二三四五六七八九十]+(?:部分|章)?|\(\w{1,3}\)|\d{1,2})", "", plain(heading))
    if expected in (words, plain(heading)):
        return PASS
    return fail(f"标题写作“{heading.strip()}”，与统一格式的用语不同", attribution=case.told, places=case.headings(key))


def substance(case: Case) -> Outcome:
    """The narrative parts say something."""
    return worst([_long_enough(case, "s1", _MIN_GENERAL), _long_enough(case, "s5", _MIN_PROBLEMS)])


def _long_enough(case: Case, key: str, least: int) -> Outcome:
    if key not in case.parts:
        return UNKNOWN
    label = next(part.label for part in form().parts if part.key == key)
    length = len(re.sub(r"\W", "", case.text(key)))
    if length >= least:
        return PASS
    return fail(f"“{label}”部分几乎没有内容（{length}字）", attribution=case.told, places=case.headings(key))


def tables_present(case: Case) -> Outcome:
    """The parts 二 to 四 hold their statutory tables."""
    if not case.parts & set(_TABLES):
        return UNKNOWN
    outcomes = [_table_present(case, key) for key in _TABLES if key in case.parts]
    absent = [one.message or "" for one in outcomes if one.result == "fail"]
    if absent:
        places = [place for one in outcomes if one.result == "fail" for place in one.places]
        return fail(f"{'、'.join(absent)}未见法定表格，可能以图片或附件发布", attribution="unknown", places=places)
    return worst(outcomes)


def _table_present(case: Case, key: str) -> Outcome:
    if any(table in case.known.tables.rows_found for table in _TABLES[key]):
        return PASS
    if key in case.known.tables.pictures:
        return NOT_APPLICABLE
    if re.search(_LABELS[key], plain(_everything(case, key))):
        return UNKNOWN
    return fail(next(f"“{part.label}”" for part in form().parts if part.key == key), places=case.headings(key))


def _everything(case: Case, key: str) -> str:
    """All that stands under a heading, tables too."""
    texts = [block.text if isinstance(block, Paragraph) else "".join(cell.text for cell in block.cells)
             for section in case.known.sections if section.key == key
             for block in section.blocks if isinstance(block, Paragraph | Grid)]
    return "".join(texts)


def rows_complete(case: Case) -> Outcome:
    """A table that is there has all its rows."""
    tables = case.known.tables
    if not tables.rows_found:
        return UNKNOWN
    return worst(_cut(case, table, tables.missing_rows.get(table, ()), found)
                 for table, found in tables.rows_found.items())


def _cut(case: Case, table: str, missing: tuple[str, ...], found: int) -> Outcome:
    if not missing or not found:
        return PASS
    names = {row.key: row.labels[0] for row in form().table(table).rows}
    shown = "、".join(names.get(key, key) for key in missing[:6]) + ("等" if len(missing) > 6 else "")
    edges = _edges(case, table, missing)
    pages = {case.known.tables.sources[cell].page for cell in edges}
    # rows that end on one page and go on upon the next were lost between them, on our side
    torn = len(edges) > 1 and len(pages) > 1
    return fail(f"{_TABLE_NAMES[table]}缺{len(missing)}行：{shown}", cells=edges,
                places=() if edges else case.headings(form().table(table).section),
                attribution="extractor" if torn else "unknown")


def _edges(case: Case, table: str, missing: tuple[str, ...]) -> tuple[str, ...]:
    """The first cells of the rows that stand before and after the missing ones."""
    rows = form().table(table).rows
    gaps = [index for index, row in enumerate(rows) if row.key in missing]
    before = (cell for row in reversed(rows[:gaps[0]]) for cell in row.cells)
    after = (cell for row in rows[gaps[-1] + 1:] for cell in row.cells)
    found = (next((cell for cell in cells if cell in case.known.tables.sources), None) for cells in (before, after))
    return tuple(cell for cell in found if cell)


def cells_filled(case: Case) -> Outcome:
    """No cell of a table is left blank."""
    tables = case.known.tables
    if not tables.rows_found:
        return UNKNOWN
    blank = tuple(key for key, source in tables.sources.items() if tables.cells.get(key) is None
                  and (source.state in ("blank", "dash") or source.raw.strip() == "无"))
    empty = tuple(table for table, found in tables.rows_found.items() if not found)
    if not blank and not empty:
        return PASS
    told = [f"{_TABLE_NAMES[table]}只有表头，没有填数" for table in empty]
    told += [f"有{len(blank)}个空白单元格"] if blank else []
    forced = not empty and all(key in tables.derived for key in blank)
    seen = case.known.document.method in TYPED | {"pdf"} and not empty
    return fail("，".join(told), severity="info" if forced else None, cells=blank,
                attribution=case.of_cells(blank) if seen else "unknown",
                places=case.headings(*(form().table(table).section for table in empty)))


def form_in_force(case: Case) -> Outcome:
    """A report for 2021 or later does not use the tables of the 2019 trial form."""
    if case.year is None or not case.known.tables.rows_found:
        return UNKNOWN
    if "t2_2019" not in case.known.tables.rows_found:
        return PASS
    cells = [key for key in case.known.tables.sources if key.startswith("t2_2019.")]
    return fail(f"{case.year}年度的报告仍用2019年试行表格", attribution=case.told, cells=cells[:1],
                places=() if cells else case.headings("s2"))


def uniform_form(case: Case) -> Outcome:
    """A report for 2019 or later follows the uniform form at all."""
    if case.known.tables.rows_found or case.parts & {"s2", "s3", "s4"}:
        return PASS
    text = case.all_text
    elsewhere = bool(case.known.tables.pictures) or re.search(r"附件|下载|附表|\.(?:docx?|pdf|xlsx?)", text)
    if case.year is None or elsewhere or len(text) < _FREE_TEXT or case.known.document.warnings or case.parts:
        return UNKNOWN
    return fail(f"{case.year}年度的报告没有采用统一格式，也没有法定表格",
                attribution="publisher" if case.known.document.method in TYPED else "unknown", places=["whole text"])


def title_style(case: Case) -> Outcome:
    """The title names county, government and year in the usual way."""
    identity = case.known.identity
    if identity.title is None or case.year is None:
        return UNKNOWN
    body = r".{2,40}"
    if identity.township and identity.county:
        office = "办事处" if identity.township.endswith("街道") else "人民政府"
        body = rf".*{re.escape(identity.county)}(?:人民政府)?{re.escape(identity.township)}{office}"
    usual = re.fullmatch(rf"{body}{case.year}年度?政府信息公开工作年度报告", identity.title)
    return PASS if usual else fail(f"标题不是通行写法：{identity.title}", attribution=case.told, places=["title"])


def template_left(case: Case) -> Outcome:
    """No instruction or placeholder of a template is left in the text."""
    said = case.find(_LEFT_IN, *ALL)
    return fail_at(f"留有模板文字“{said.text}”", said, case) if said else PASS


def pictured(case: Case) -> Outcome:
    """The tables are text, not pictures."""
    return worst(_pictured(case, key) for key in _TABLES if key in case.parts) if case.parts & set(_TABLES) else UNKNOWN


def _pictured(case: Case, key: str) -> Outcome:
    tables, own = case.known.tables, case.known.document.method
    unread = key in tables.pictures and not any(table in tables.rows_found for table in _TABLES[key])
    # a scan is a picture from end to end; a table that is one among text can be read off it, not searched
    if not unread and not (own != "ocr" and key in case.read_off):
        return PASS
    label = next(part.label for part in form().parts if part.key == key)
    return fail(f"“{label}”的表格是图片，不能检索和核对", places=_pictures(case, key) or case.headings(key))


def _pictures(case: Case, key: str) -> tuple[str, ...]:
    """Where the pictures of a part stand."""
    places = (block.place for section in case.known.sections if section.key == key
              for block in section.blocks if isinstance(block, Picture))
    return tuple(word for place in places if (word := in_words(place.at, place.page, place.box, place.part)))
