"""The statutory form of 2021: labels, cell keys, and the three tables as they are laid out with merged cells."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Number = int | float
Cells = Mapping[str, Number]

COLUMNS = ("natural_person", "business", "research", "public_interest", "legal_service", "other_org", "total")
GROUPS: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    (
        "（三）不予公开",
        (
            ("refused_state_secret", "1.属于国家秘密"),
            ("refused_other_law", "2.其他法律行政法规禁止公开"),
            ("refused_security_stability", "3.危及“三安全一稳定”"),
            ("refused_third_party", "4.保护第三方合法权益"),
            ("refused_internal_affairs", "5.属于三类内部事务信息"),
            ("refused_process_info", "6.属于四类过程性信息"),
            ("refused_enforcement_file", "7.属于行政执法案卷"),
            ("refused_admin_query", "8.属于行政查询事项"),
        ),
    ),
    (
        "（四）无法提供",
        (
            ("unable_not_held", "1.本机关不掌握相关政府信息"),
            ("unable_needs_creation", "2.没有现成信息需要另行制作"),
            ("unable_unclear", "3.补正后申请内容仍不明确"),
        ),
    ),
    (
        "（五）不予处理",
        (
            ("not_handled_petition", "1.信访举报投诉类申请"),
            ("not_handled_repeat", "2.重复申请"),
            ("not_handled_publication", "3.要求提供公开出版物"),
            ("not_handled_excessive", "4.无正当理由大量反复申请"),
            ("not_handled_reconfirm", "5.要求行政机关确认或重新出具已获取信息"),
        ),
    ),
    (
        "（六）其他处理",
        (
            ("other_no_correction", "1.申请人无正当理由逾期不补正、行政机关不再处理其政府信息公开申请"),
            ("other_fee_unpaid", "2.申请人逾期未按收费通知要求缴纳费用、行政机关不再处理其政府信息公开申请"),
            ("other_other", "3.其他"),
        ),
    ),
)
OUTCOMES = ("granted", "partial", *(row for _, rows in GROUPS for row, _ in rows))
ROWS = ("new_received", "carried_in", *OUTCOMES, "total_handled", "carried_out")
DISPUTES = ("review", "litigation_direct", "litigation_after_review")
ENDINGS = (
    ("upheld", "结果维持"),
    ("corrected", "结果纠正"),
    ("other", "其他结果"),
    ("pending", "尚未审结"),
    ("total", "总计"),
)
DOCUMENTS = (("regulations", "规章"), ("normative_documents", "行政规范性文件"))
FLOWS = (("issued", "本年制发件数"), ("repealed", "本年废止件数"), ("in_force", "现行有效件数"))


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a laid-out table; `value` marks the ones that carry figures."""

    text: str
    rowspan: int = 1
    colspan: int = 1
    value: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table as laid out: covered positions are left out of their rows, as in HTML."""

    name: str
    width: int
    rows: tuple[tuple[Cell, ...], ...]


def empty_cells() -> dict[str, Number]:
    """Every cell of the form, all zero."""
    keys = [f"t2.{row}.{flow}" for row, _ in DOCUMENTS for flow, _ in FLOWS]
    keys += ["t2.licensing.decisions", "t2.penalty.decisions", "t2.coercion.decisions", "t2.admin_fees.amount_wan_yuan"]
    keys += [f"t3.{row}.{column}" for row in ROWS for column in COLUMNS]
    keys += [f"t4.{block}.{ending}" for block in DISPUTES for ending, _ in ENDINGS]
    return dict.fromkeys(keys, 0)


def tables(cells: Cells) -> tuple[Table, Table, Table]:
    """The three tables with these figures, in the order of the form."""
    return disclosure_table(cells), request_table(cells), dispute_table(cells)


def disclosure_table(cells: Cells) -> Table:
    """Table 2: four blocks of article 20, four columns wide."""
    rows = [
        (Cell("第二十条第（一）项", colspan=4),),
        (Cell("信息内容"), *(Cell(label) for _, label in FLOWS)),
        *((Cell(label), *(_value(cells, f"t2.{row}.{flow}") for flow, _ in FLOWS)) for row, label in DOCUMENTS),
        *_decisions("（五）", cells, ("licensing", "行政许可")),
        *_decisions("（六）", cells, ("penalty", "行政处罚"), ("coercion", "行政强制")),
        (Cell("第二十条第（八）项", colspan=4),),
        (Cell("信息内容"), Cell("本年收费金额（单位：万元）", colspan=3)),
        (Cell("行政事业性收费"), _value(cells, "t2.admin_fees.amount_wan_yuan", colspan=3)),
    ]
    return Table("t2", 4, tuple(rows))


def _decisions(item: str, cells: Cells, *lines: tuple[str, str]) -> Iterator[tuple[Cell, ...]]:
    yield (Cell(f"第二十条第{item}项", colspan=4),)
    yield Cell("信息内容"), Cell("本年处理决定数量", colspan=3)
    for row, label in lines:
        yield Cell(label), _value(cells, f"t2.{row}.decisions", colspan=3)


def request_table(cells: Cells) -> Table:
    """Table 3: 25 rows of figures, ten columns wide (three of labels)."""
    rows = [
        (
            Cell("（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）", 3, 3),
            Cell("申请人情况", colspan=7),
        ),
        (Cell("自然人", rowspan=2), Cell("法人或其他组织", colspan=5), Cell("总计", rowspan=2)),
        tuple(Cell(label) for label in ("商业企业", "科研机构", "社会公益组织", "法律服务机构", "其他")),
        (Cell("一、本年新收政府信息公开申请数量", colspan=3), *_row(cells, "new_received")),
        (Cell("二、上年结转政府信息公开申请数量", colspan=3), *_row(cells, "carried_in")),
        (Cell("三、本年度办理结果", rowspan=22), Cell("（一）予以公开", colspan=2), *_row(cells, "granted")),
        (Cell("（二）部分公开（区分处理的，只计这一情形，不计其他情形）", colspan=2), *_row(cells, "partial")),
        *(row for group, lines in GROUPS for row in _group(cells, group, lines)),
        (Cell("（七）总计", colspan=2), *_row(cells, "total_handled")),
        (Cell("四、结转下年度继续办理", colspan=3), *_row(cells, "carried_out")),
    ]
    return Table("t3", 10, tuple(rows))


def _group(cells: Cells, group: str, lines: tuple[tuple[str, str], ...]) -> Iterator[tuple[Cell, ...]]:
    for number, (row, label) in enumerate(lines):
        head = (Cell(group, rowspan=len(lines)),) if number == 0 else ()
        yield *head, Cell(label), *_row(cells, row)


def dispute_table(cells: Cells) -> Table:
    """Table 4: one row of fifteen figures under three rows of heads."""
    endings = tuple(label for _, label in ENDINGS)
    rows = [
        (Cell("行政复议", colspan=5), Cell("行政诉讼", colspan=10)),
        (
            *(Cell(label, rowspan=2) for label in endings),
            Cell("未经复议直接起诉", colspan=5),
            Cell("复议后起诉", colspan=5),
        ),
        tuple(Cell(label) for label in endings * 2),
        tuple(_value(cells, f"t4.{block}.{ending}") for block in DISPUTES for ending, _ in ENDINGS),
    ]
    return Table("t4", 15, tuple(rows))


def _row(cells: Cells, row: str) -> tuple[Cell, ...]:
    return tuple(_value(cells, f"t3.{row}.{column}") for column in COLUMNS)


def _value(cells: Cells, key: str, colspan: int = 1) -> Cell:
    return Cell(f"{cells[key]:g}", colspan=colspan, value=True)
