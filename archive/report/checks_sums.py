"""B and C: tables 3 and 4 add up as their forms print it."""

from collections.abc import Iterator
from functools import cache

from archive.report.checking import PASS, UNKNOWN, Case, Outcome, fail, worst
from archive.report.checks_cells import counted, counts_of
from archive.report.form import form
from archive.report.model import Number
from archive.report.narrative import fee_sentences

COLUMNS = ("natural_person", "business", "research", "public_interest", "legal_service", "other_org", "total")
COLUMN_NAMES = {
    "natural_person": "自然人", "business": "商业企业", "research": "科研机构", "public_interest": "社会公益组织",
    "legal_service": "法律服务机构", "other_org": "其他", "total": "总计",
}
_BALANCE = ("new_received", "carried_in", "total_handled", "carried_out")
_OTHERS = (("other_no_correction", "other_fee_unpaid", "other_other"), ("other_all",))
_DISPUTES = {"review": "行政复议", "litigation_direct": "未经复议直接起诉", "litigation_after_review": "复议后起诉"}
_RESULTS = ("upheld", "corrected", "other", "pending")

Values = dict[str, Number | None]


@cache
def _key(row: str, column: str) -> str:
    return f"t3.{row}.{column}"


def _rows(case: Case) -> tuple[str, ...]:
    """The rows of table 3 in the form that the document uses."""
    cells = case.known.tables.cells
    return tuple(row.key for row in form().table("t3").rows if _key(row.key, "total") in cells)


def _names() -> dict[str, str]:
    return {row.key: row.labels[0] for row in form().table("t3").rows}


def _outcomes(case: Case) -> tuple[str, ...]:
    """The rows that add up to the total handled; of （六） those of the form that is printed."""
    rows = [row for row in _rows(case) if row not in _BALANCE]
    sources = case.known.tables.sources
    printed = [group for group in _OTHERS if any(_key(row, column) in sources for row in group for column in COLUMNS)]
    if len(printed) == 1:
        rows = [row for row in rows if not row.startswith("other_") or row in printed[0]]
    return tuple(rows)


# Whether a row stands one column off

def _rotations(values: tuple[Number, ...]) -> Iterator[tuple[Number, ...]]:
    yield values[1:] + values[:1]
    yield values[-1:] + values[:-1]


def _adds_up(values: tuple[Number, ...]) -> bool:
    return sum(values[:-1]) == values[-1]


def _shifted(case: Case) -> dict[str, tuple[Number, ...]]:
    """Rows that add up, and let every column add up, once their values are moved by one column.

    Where the columns cannot tell, such a row is doubtful and counts as shifted too.
    """
    moved: dict[str, tuple[Number, ...]] = {}
    for row in _rows(case):
        values = case.values(_key(row, column) for column in COLUMNS)
        if values and not _adds_up(values):
            right = [turned for turned in _rotations(values) if _adds_up(turned)]
            moved |= {row: right[0]} if right else {}
    if not moved:
        return {}
    values_now = dict(case.known.tables.cells)
    for row, turned in moved.items():
        values_now |= {_key(row, column): value for column, value in zip(COLUMNS, turned, strict=True)}
    contradicted = any(test(case, values_now, column) is False for column in COLUMNS for test in (_balances, _sums_up))
    return {} if contradicted else moved


def _balances(_case: Case, values: Values, column: str) -> bool | None:
    found = [values.get(_key(row, column)) for row in _BALANCE]
    if None in found:
        return None
    received, carried_in, handled, carried_out = (value for value in found if value is not None)
    return received + carried_in == handled + carried_out


def _sums_up(case: Case, values: Values, column: str) -> bool | None:
    found = [values.get(_key(row, column)) for row in _outcomes(case)]
    total = values.get(_key("total_handled", column))
    if None in found or total is None:
        return None
    return sum(value for value in found if value is not None) == total


# B

def row_totals(case: Case) -> Outcome:
    """In every row the applicants add up to the total."""
    shifted = _shifted(case)
    rows = _rows(case)
    return worst(UNKNOWN if row in shifted else _row_total(case, row) for row in rows) if rows else UNKNOWN


def _row_total(case: Case, row: str) -> Outcome:
    keys = tuple(_key(row, column) for column in COLUMNS)
    values = case.values(keys)
    if values is None:
        return UNKNOWN
    if _adds_up(values):
        return PASS
    message = f"“{_names()[row]}”各类申请人合计{sum(values[:-1])}，总计填{values[-1]}"
    return fail(message, cells=keys, attribution=case.of_cells(keys))


def balance(case: Case) -> Outcome:
    """In every column 一 plus 二 equals （七）总计 plus 四."""
    if not _rows(case) or set(_shifted(case)) & set(_BALANCE):
        return UNKNOWN
    return worst(_balance(case, column) for column in COLUMNS)


def _balance(case: Case, column: str) -> Outcome:
    keys = tuple(_key(row, column) for row in _BALANCE)
    values = case.values(keys)
    if values is None:
        return UNKNOWN
    received, carried_in, handled, carried_out = values
    if received + carried_in == handled + carried_out:
        return PASS
    left, right = received + carried_in, handled + carried_out
    message = f"“{COLUMN_NAMES[column]}”列：新收加结转共{left}，办理加结转下年共{right}"
    return fail(message, cells=keys, attribution=case.of_cells(keys))


def outcomes_sum(case: Case) -> Outcome:
    """In every column the outcomes add up to （七）总计."""
    if not _rows(case) or set(_shifted(case)) & {*_outcomes(case), "total_handled"}:
        return UNKNOWN
    return worst(_outcome_sum(case, column) for column in COLUMNS)


def _outcome_sum(case: Case, column: str) -> Outcome:
    keys = tuple(_key(row, column) for row in (*_outcomes(case), "total_handled"))
    values = case.values(keys)
    if values is None:
        return UNKNOWN
    if sum(values[:-1]) == values[-1]:
        return PASS
    message = f"“{COLUMN_NAMES[column]}”列：各项办理结果合计{sum(values[:-1])}，（七）总计填{values[-1]}"
    return fail(message, cells=keys, attribution=case.of_cells(keys))


def table3_counts(case: Case) -> Outcome:
    """Every cell of table 3 is a whole number from 0."""
    return counted(case, counts_of(case, "t3")) if _rows(case) else UNKNOWN


def something_done(case: Case) -> Outcome:
    """Where there were requests, something was handled or carried over."""
    values = case.values(_key(row, "total") for row in _BALANCE)
    if values is None:
        return UNKNOWN
    received, carried_in, handled, carried_out = values
    if received + carried_in > 0 and handled == carried_out == 0:
        keys = [_key(row, "total") for row in _BALANCE]
        message = f"收到和结转申请共{received + carried_in}件，却没有办理结果"
        return fail(message, cells=keys, attribution=case.of_cells(keys))
    return PASS


def parts_of_total(case: Case) -> Outcome:
    """No cell is larger than the total of its row or column, where the sums themselves cannot be tested."""
    if not _rows(case):
        return UNKNOWN
    shifted = _shifted(case)
    pairs = [(_key(row, column), _key(row, "total")) for row in _rows(case) if row not in shifted
             and _row_total(case, row).result == "not_assessable" for column in COLUMNS[:-1]]
    pairs += [(_key(row, column), _key("total_handled", column)) for column in COLUMNS
              if not shifted and _outcome_sum(case, column).result == "not_assessable" for row in _outcomes(case)]
    return worst(_at_most(case, part, total) for part, total in pairs) if pairs else PASS


def _at_most(case: Case, part: str, total: str) -> Outcome:
    values = case.values((part, total))
    if values is None:
        return UNKNOWN
    if values[0] <= values[1]:
        return PASS
    message = f"{part}填{values[0]}，大于总计{values[1]}"
    return fail(message, cells=(part, total), attribution=case.of_cells((part, total)))


def unpaid_explained(case: Case) -> Outcome:
    """Where requests ended because fees were not paid, the last part speaks of fees."""
    value = case.cell("t3.other_fee_unpaid.total")
    if value is None:
        return UNKNOWN
    if not value or fee_sentences(case.text("s6"), case.text("s1")):
        return PASS
    key = "t3.other_fee_unpaid.total"
    return fail(f"有{value}件逾期未缴费，却没有说明收费情况", cells=[key],
                attribution=case.of_cells([key]) if case.told == "publisher" else "unknown")


def rows_in_place(case: Case) -> Outcome:
    """No row of values stands one column off (a check on the reading, before B01)."""
    shifted = _shifted(case)
    if not _rows(case):
        return UNKNOWN
    return worst(fail(f"“{_names()[row]}”一行的数疑似错了一列", attribution="unknown",
                      cells=[_key(row, column) for column in COLUMNS]) for row in shifted) if shifted else PASS


# C

def _dispute(case: Case, block: str) -> Outcome:
    keys = tuple(f"t4.{block}.{result}" for result in (*_RESULTS, "total"))
    values = case.values(keys)
    if values is None:
        return UNKNOWN
    if _adds_up(values):
        return PASS
    message = f"{_DISPUTES[block]}：四项结果合计{sum(values[:-1])}，总计填{values[-1]}"
    return fail(message, cells=keys, attribution=case.of_cells(keys))


def reviews(case: Case) -> Outcome:
    """The results of reconsideration add up to their total."""
    return _dispute(case, "review")


def direct_suits(case: Case) -> Outcome:
    """The results of suits without reconsideration add up to their total."""
    return _dispute(case, "litigation_direct")


def later_suits(case: Case) -> Outcome:
    """The results of suits after reconsideration add up to their total."""
    return _dispute(case, "litigation_after_review")


def table4_counts(case: Case) -> Outcome:
    """Every cell of table 4 is a whole number from 0."""
    keys = counts_of(case, "t4")
    return counted(case, keys) if keys else UNKNOWN
