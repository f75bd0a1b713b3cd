"""The statutory form's tables as they are printed: labels, merged cells, and which stored cell stands where.

Rows and columns are those of the tables `table2`, `table2_2019`, `table3` and `table4`; a cell's key is
`t2.regulations.issued` (table, row, column). The labels are the form's own, of the notices of 2019 and 2021.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

Number = int | float | None
Reading = Callable[[str], "Shown"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A number as a page shows it: its text, what stands in the document, and the codes of checks that it fails."""

    text: str
    title: str = ""
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a printed table; `key` for a number, else a label."""

    text: str
    key: str | None = None
    rowspan: int = 1
    colspan: int = 1
    title: str = ""
    failed: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A printed table: rows of cells, of which the first `head` are headings."""

    name: str
    title: str
    head: int
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of table 2 with headings of its own."""

    title: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, str], ...]


DECISIONS: Final = (("decisions", "本年处理决定数量"),)
TABLE2: Final = (
    Block(
        "第二十条第（一）项",
        (("issued", "本年制发件数"), ("repealed", "本年废止件数"), ("in_force", "现行有效件数")),
        (("regulations", "规章"), ("normative_documents", "行政规范性文件")),
    ),
    Block("第二十条第（五）项", DECISIONS, (("licensing", "行政许可"),)),
    Block("第二十条第（六）项", DECISIONS, (("penalty", "行政处罚"), ("coercion", "行政强制"))),
    Block(
        "第二十条第（八）项",
        (("amount_wan_yuan", "本年收费金额（单位：万元）"),),
        (("admin_fees", "行政事业性收费"),),
    ),
)
ITEMS: Final = (("prev_year_items", "上一年项目数量"), ("change", "本年增/减"), ("decisions", "处理决定数量"))
TABLE2_2019: Final = (
    Block(
        "第二十条第（一）项",
        (("produced", "本年新制作数量"), ("published", "本年新公开数量"), ("public_total", "对外公开总数量")),
        (("regulations", "规章"), ("normative_documents", "规范性文件")),
    ),
    Block("第二十条第（五）项", ITEMS, (("licensing", "行政许可"), ("other_services", "其他对外管理服务事项"))),
    Block("第二十条第（六）项", ITEMS, (("penalty", "行政处罚"), ("coercion", "行政强制"))),
    Block("第二十条第（八）项", ITEMS[:2], (("admin_fees", "行政事业性收费"),)),
    Block(
        "第二十条第（九）项",
        (("projects", "采购项目数量"), ("amount", "采购总金额")),
        (("procurement", "政府集中采购"),),
    ),
)

APPLICANTS: Final = (
    ("natural_person", "自然人"),
    ("business", "商业企业"),
    ("research", "科研机构"),
    ("public_interest", "社会公益组织"),
    ("legal_service", "法律服务机构"),
    ("other_org", "其他"),
    ("total", "总计"),
)
OUTCOMES: Final = "三、本年度办理结果"
# The rows of table 3: key, label, and the group label in front of it.
TABLE3: Final[tuple[tuple[str, str, str | None], ...]] = (
    ("new_received", "一、本年新收政府信息公开申请数量", None),
    ("carried_in", "二、上年结转政府信息公开申请数量", None),
    ("granted", "（一）予以公开", OUTCOMES),
    ("partial", "（二）部分公开（区分处理的，只计这一情形，不计其他情形）", OUTCOMES),
    ("refused_state_secret", "1.属于国家秘密", "（三）不予公开"),
    ("refused_other_law", "2.其他法律行政法规禁止公开", "（三）不予公开"),
    ("refused_security_stability", "3.危及“三安全一稳定”", "（三）不予公开"),
    ("refused_third_party", "4.保护第三方合法权益", "（三）不予公开"),
    ("refused_internal_affairs", "5.属于三类内部事务信息", "（三）不予公开"),
    ("refused_process_info", "6.属于四类过程性信息", "（三）不予公开"),
    ("refused_enforcement_file", "7.属于行政执法案卷", "（三）不予公开"),
    ("refused_admin_query", "8.属于行政查询事项", "（三）不予公开"),
    ("unable_not_held", "1.本机关不掌握相关政府信息", "（四）无法提供"),
    ("unable_needs_creation", "2.没有现成信息需要另行制作", "（四）无法提供"),
    ("unable_unclear", "3.补正后申请内容仍不明确", "（四）无法提供"),
    ("not_handled_petition", "1.信访举报投诉类申请", "（五）不予处理"),
    ("not_handled_repeat", "2.重复申请", "（五）不予处理"),
    ("not_handled_publication", "3.要求提供公开出版物", "（五）不予处理"),
    ("not_handled_excessive", "4.无正当理由大量反复申请", "（五）不予处理"),
    ("not_handled_reconfirm", "5.要求行政机关确认或重新出具已获取信息", "（五）不予处理"),
    ("other_all", "（六）其他处理", OUTCOMES),
    ("other_no_correction", "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请", "（六）其他处理"),
    ("other_fee_unpaid", "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请", "（六）其他处理"),
    ("other_other", "3.其他", "（六）其他处理"),
    ("total_handled", "（七）总计", OUTCOMES),
    ("carried_out", "四、结转下年度继续办理", None),
)
ONLY_2019: Final = frozenset({"other_all"})
ONLY_2021: Final = frozenset({"other_no_correction", "other_fee_unpaid", "other_other"})

RESULTS: Final = (
    ("upheld", "结果维持"),
    ("corrected", "结果纠正"),
    ("other", "其他结果"),
    ("pending", "尚未审结"),
    ("total", "总计"),
)
TABLE4: Final = (
    ("review", "行政复议"),
    ("litigation_direct", "未经复议直接起诉"),
    ("litigation_after_review", "复议后起诉"),
)


def tables(form: str | None, reading: Reading) -> tuple[Table, ...]:
    """The three tables of a form (`2019`, `2021`), filled by `reading`; none for the free form before 2019."""
    if form not in ("2019", "2021"):
        return ()
    blocks, stem = (TABLE2_2019, "t2_2019") if form == "2019" else (TABLE2, "t2")
    return (_table2(blocks, stem, reading), _table3(form, reading), _table4(reading))


def _number(key: str, reading: Reading, colspan: int = 1) -> Cell:
    shown = reading(key)
    return Cell(shown.text, key, colspan=colspan, title=shown.title, failed=shown.failed)


def _table2(blocks: tuple[Block, ...], stem: str, reading: Reading) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for block in blocks:
        wide = 6 // len(block.columns)
        rows.append((Cell(block.title, colspan=7),))
        rows.append((Cell("信息内容"), *(Cell(label, colspan=wide) for _, label in block.columns)))
        for row, label in block.rows:
            rows.append((Cell(label), *(_number(f"{stem}.{row}.{key}", reading, wide) for key, _ in block.columns)))
    return Table("t2", "二、主动公开政府信息情况", 0, tuple(rows))


def _table3(form: str, reading: Reading) -> Table:
    left_out = ONLY_2021 if form == "2019" else ONLY_2019
    listed = [row for row in TABLE3 if row[0] not in left_out]
    body = [_row3(number, listed, reading) for number in range(len(listed))]
    note = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"
    head = (
        (Cell(note, rowspan=3, colspan=3), Cell("申请人情况", colspan=7)),
        (Cell("自然人", rowspan=2), Cell("法人或其他组织", colspan=5), Cell("总计", rowspan=2)),
        tuple(Cell(label) for _, label in APPLICANTS[1:-1]),
    )
    return Table("t3", "三、收到和处理政府信息公开申请情况", 3, (*head, *body))


def _row3(number: int, listed: list[tuple[str, str, str | None]], reading: Reading) -> tuple[Cell, ...]:
    """One row of table 3 with the merged labels that begin in it."""
    key, label, group = listed[number]
    numbers = tuple(_number(f"t3.{key}.{column}", reading) for column, _ in APPLICANTS)
    if group is None:
        return (Cell(label, colspan=3), *numbers)
    merged: list[Cell] = []
    before = listed[number - 1][2]
    if before is None:
        merged.append(Cell(OUTCOMES, rowspan=sum(1 for row in listed if row[2] is not None)))
    if group == OUTCOMES:
        return (*merged, Cell(label, colspan=2), *numbers)
    if before != group:
        merged.append(Cell(group, rowspan=sum(1 for row in listed if row[2] == group)))
    return (*merged, Cell(label), *numbers)


def _table4(reading: Reading) -> Table:
    results = tuple(Cell(label) for _, label in RESULTS)
    head = (
        (Cell("行政复议", rowspan=2, colspan=5), Cell("行政诉讼", colspan=10)),
        tuple(Cell(label, colspan=5) for _, label in TABLE4[1:]),
        results * len(TABLE4),
    )
    numbers = tuple(_number(f"t4.{row}.{column}", reading) for row, _ in TABLE4 for column, _ in RESULTS)
    return Table("t4", "四、政府信息公开行政复议、行政诉讼情况", 3, (*head, numbers))


def _labels() -> Mapping[str, str]:
    known: dict[str, str] = {}
    for stem, blocks in (("t2", TABLE2), ("t2_2019", TABLE2_2019)):
        for block in blocks:
            for row, name in block.rows:
                known |= {f"{stem}.{row}.{column}": f"{name}：{label}" for column, label in block.columns}
    for row, name, group in TABLE3:
        whole = name if group in (None, OUTCOMES) else f"{group}{name}"
        known |= {f"t3.{row}.{column}": f"{whole}：{label}" for column, label in APPLICANTS}
    for row, name in TABLE4:
        known |= {f"t4.{row}.{column}": f"{name}：{label}" for column, label in RESULTS}
    return known


LABELS: Final = _labels()


def label(key: str) -> str:
    """What the form calls a cell (`一、本年新收政府信息公开申请数量：总计`); the key itself where it has no name."""
    return LABELS.get(key, key)
