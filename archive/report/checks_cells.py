"""A: table 2."""

import re
from collections.abc import Iterable

from archive.report.checking import NOT_APPLICABLE, PASS, UNKNOWN, Case, Outcome, fail, fail_at, worst
from archive.report.counts import NUMBER, whole
from archive.report.form import form

_RULES = ("t2.regulations.issued", "t2.regulations.repealed", "t2.regulations.in_force")
_FEE = "t2.admin_fees.amount_wan_yuan"
_MAX_FEE = 10_000                      # 万元; no township charges 100 million yuan
_STOCKS = ("t2.regulations", "t2.normative_documents")
_STOCKS_2019 = ("t2_2019.regulations", "t2_2019.normative_documents")
_DOCUMENTS = rf"(?:行政)?规范性文件(?:共|共计|数量|为|有|:)*(?P<n>{NUMBER})(?:件|份|个)"
_TOLD = {
    "issued": re.compile(rf"(?:制发|制定|新制发|印发|出台)(?:了)?{_DOCUMENTS}"),
    "repealed": re.compile(rf"废止(?:了)?{_DOCUMENTS}"),
    "in_force": re.compile(rf"现行有效(?:的)?{_DOCUMENTS}"),
}


def no_rules(case: Case) -> Outcome:
    """A township has no power to make rules."""
    if case.known.kind != "township_report":
        return NOT_APPLICABLE
    for key in _RULES:
        value = case.cell(key)
        if value:
            message = f"乡镇没有规章制定权，表二“规章”却填了{value}件"
            return fail(message, cells=[key], attribution=case.of_cells([key]))
    return PASS if case.values(_RULES) else UNKNOWN


def counts_of(case: Case, table: str) -> tuple[str, ...]:
    """The cells of a table that hold counts of things."""
    keys = [key for row in form().table(table).rows
            for key, column in zip(row.cells, row.columns, strict=True) if column.type == "integer"]
    return tuple(key for key in keys if key in case.known.tables.cells)


def counted(case: Case, keys: Iterable[str]) -> Outcome:
    """Whether cells hold counts: whole numbers from 0."""
    return worst(_counted(case, key) for key in keys)


def _counted(case: Case, key: str) -> Outcome:
    value = case.cell(key)
    if value is None:
        return UNKNOWN
    if isinstance(value, int) and value >= 0:
        return PASS
    return fail(f"{key}应为非负整数，填的是{value}", cells=[key], attribution=case.of_cells([key]))


def table2_counts(case: Case) -> Outcome:
    """Counts in table 2 are whole numbers from 0, the amount of fees is not negative."""
    found = counted(case, (*counts_of(case, "t2"), *counts_of(case, "t2_2019")))
    fee = case.cell(_FEE)
    if fee is not None and fee < 0:
        return worst([found, fail(f"收费金额为负：{fee}", cells=[_FEE], attribution=case.of_cells([_FEE]))])
    return found


def fee_unit(case: Case) -> Outcome:
    """The amount of fees is in units of 10,000 yuan."""
    value, source = case.cell(_FEE), case.known.tables.sources.get(_FEE)
    if value is None or source is None:
        return UNKNOWN
    in_yuan = value > 0 and "元" in source.raw and "万元" not in source.raw
    if in_yuan or (value > _MAX_FEE and case.known.kind == "township_report"):
        message = f"行政事业性收费金额的单位可能不对：{source.raw.strip()}"
        return fail(message, cells=[_FEE], attribution=case.of_cells([_FEE]))
    return PASS


def still_in_force(case: Case) -> Outcome:
    """What was issued and not repealed is in force."""
    return worst(_in_force(case, row) for row in _STOCKS)


def _in_force(case: Case, row: str) -> Outcome:
    keys = (f"{row}.issued", f"{row}.repealed", f"{row}.in_force")
    values = case.values(keys)
    if values is None:
        return UNKNOWN
    issued, repealed, in_force = values
    if in_force >= issued - repealed:
        return PASS
    message = f"现行有效{in_force}件，少于制发{issued}件减废止{repealed}件"
    return fail(message, cells=keys, attribution=case.of_cells(keys))


def documents_told(case: Case) -> Outcome:
    """The prose counts normative documents as table 2 does."""
    return worst(_document_told(case, column, pattern) for column, pattern in _TOLD.items())


def _document_told(case: Case, column: str, pattern: re.Pattern[str]) -> Outcome:
    found = [(count.value, said) for said in case.sentences("s1") for match in pattern.finditer(said.text)
             if (count := whole(match["n"])) and not count.approximate]
    key = f"t2.normative_documents.{column}"
    value = case.cell(key)
    if len({number for number, _ in found}) != 1 or value is None:
        return UNKNOWN
    told, said = found[0]
    if told == value:
        return PASS
    # which documents a sentence counts is not always plain
    return fail_at(f"正文说规范性文件{told}件，表二填{value}件", said, case, cells=[key], doubted=True)


def public_stock(case: Case) -> Outcome:
    """In the 2019 form, all that is public is at least what was newly published."""
    if not any(key.startswith("t2_2019.") for key in case.known.tables.cells):
        return NOT_APPLICABLE
    return worst(_public(case, row) for row in _STOCKS_2019)


def _public(case: Case, row: str) -> Outcome:
    keys = (f"{row}.public_total", f"{row}.published")
    values = case.values(keys)
    if values is None:
        return UNKNOWN
    if values[0] >= values[1]:
        return PASS
    return fail(f"对外公开总数{values[0]}少于本年新公开{values[1]}", cells=keys, attribution=case.of_cells(keys))
