"""A, C, P and X: what a report says against what last year's of the same body said, and whose column it stands in."""

from collections.abc import Iterator

from archive.report.checking import NOT_APPLICABLE, PASS, UNKNOWN, Outcome, fail, worst
from archive.report.checks_sums import COLUMN_NAMES, COLUMNS
from archive.report.form import form
from archive.report.model import Number
from archive.report.years import Pair, reorganised

_STOCKS = {"t2.regulations": "规章", "t2.normative_documents": "行政规范性文件"}
_ITEMS_2019 = {
    "licensing": "行政许可", "other_services": "其他对外管理服务事项", "penalty": "行政处罚", "coercion": "行政强制",
    "admin_fees": "行政事业性收费",
}
_DISPUTES = {"review": "行政复议", "litigation_direct": "未经复议直接起诉", "litigation_after_review": "复议后起诉"}
_REQUESTS = ("t3.new_received.total", "t3.carried_in.total")
_HANDLED = "t3.total_handled.total"
_FACTS = {"active_disclosure_count": "主动公开政府信息数量", "requests_received": "正文所述收到申请数量"}
_JUMP, _LEAST_JUMP = 5, 20


def issuer_of_column(pair: Pair) -> Outcome:
    """The report in a body's column is that body's."""
    if pair.column is None:
        return NOT_APPLICABLE
    code, name = pair.column
    if pair.now.code is None:
        return UNKNOWN
    if pair.now.code == code:
        return PASS
    message = f"编制机关“{pair.now.issuer or pair.now.township}”与栏目单位“{name}”不符"
    return fail(message, attribution=pair.now.told, places=["title", f"column {name}"])


def stock_follows(pair: Pair) -> Outcome:
    """What is in force is last year's stock plus what was issued, less what was repealed."""
    return worst(_stock(pair, row) for row in _STOCKS) if _form_2021(pair) else NOT_APPLICABLE


def _form_2021(pair: Pair) -> bool:
    years = [pair.now, *([pair.last] if pair.last else [])]
    return all("t2.normative_documents.in_force" in year.cells for year in years)


def _stock(pair: Pair, row: str) -> Outcome:
    flow = (f"{row}.issued", f"{row}.repealed", f"{row}.in_force")
    issued, repealed = (pair.now.cells.get(key) for key in flow[:2])
    stock = pair.both(flow[2], flow[2])
    if stock is None or issued is None or repealed is None:
        return UNKNOWN
    now, last = stock
    if now == last + issued - repealed:
        return PASS
    return _contradiction(pair, f"{_STOCKS[row]}现行有效件数不衔接：{last}＋{issued}－{repealed}≠{now}", flow, flow[2:])


def enough_to_repeal(pair: Pair) -> Outcome:
    """No more is repealed than was in force and issued."""
    return worst(_repealed(pair, row) for row in _STOCKS) if _form_2021(pair) else NOT_APPLICABLE


def _repealed(pair: Pair, row: str) -> Outcome:
    found = pair.both(f"{row}.repealed", f"{row}.in_force")
    issued = pair.now.cells.get(f"{row}.issued")
    if found is None or issued is None:
        return UNKNOWN
    repealed, last = found
    if repealed <= last + issued:
        return PASS
    message = f"{_STOCKS[row]}本年废止{repealed}件，多于上年有效{last}件加本年制发{issued}件"
    return _contradiction(pair, message, (f"{row}.repealed", f"{row}.issued"), (f"{row}.in_force",))


def items_follow(pair: Pair) -> Outcome:
    """In the 2019 form, last year's number of items is the one of a year ago with its change."""
    keys = [f"t2_2019.{row}.prev_year_items" for row in _ITEMS_2019]
    years = [pair.now, *([pair.last] if pair.last else [])]
    if not all(any(key in year.cells for key in keys) for year in years):
        return NOT_APPLICABLE
    return worst(_items(pair, row) for row in _ITEMS_2019)


def _items(pair: Pair, row: str) -> Outcome:
    items, change = f"t2_2019.{row}.prev_year_items", f"t2_2019.{row}.change"
    found, moved = pair.both(items, items), pair.last.cells.get(change) if pair.last else None
    if found is None or moved is None:
        return UNKNOWN
    now, last = found
    if now == last + moved:
        return PASS
    message = f"{_ITEMS_2019[row]}“上一年项目数量”不衔接：{last}＋（{moved}）≠{now}"
    return _contradiction(pair, message, (items,), (items, change))


def carried_over(pair: Pair) -> Outcome:
    """In every column what was carried out last year is carried in this year."""
    return worst(_carried(pair, column) for column in COLUMNS)


def _carried(pair: Pair, column: str) -> Outcome:
    into, out = f"t3.carried_in.{column}", f"t3.carried_out.{column}"
    found = pair.both(into, out)
    if found is None or pair.last is None:
        return UNKNOWN
    now, last = found
    if now == last:
        return PASS
    message = f"“{COLUMN_NAMES[column]}”列：{pair.now.year}年上年结转{now}件，{pair.last.year}年结转下年度{last}件"
    outcome = _contradiction(pair, message, (into,), (out,))
    if not reorganised(pair.now):
        return outcome
    # the cases of a body that was merged or split may have gone elsewhere
    return fail(message, severity="info", attribution="unknown", cells=outcome.cells, places=outcome.places)


def later_suits(pair: Pair) -> Outcome:
    """There are no more suits after reconsideration than reconsiderations in two years."""
    total = "t4.review.total"
    reviews, suits = pair.both(total, total), pair.now.cells.get("t4.litigation_after_review.total")
    if reviews is None or suits is None:
        return UNKNOWN
    if suits <= sum(reviews):
        return PASS
    message = f"复议后起诉{suits}件，多于两年的行政复议{sum(reviews)}件"
    return _contradiction(pair, message, ("t4.litigation_after_review.total", total), (total,))


def disputes_explained(pair: Pair) -> Outcome:
    """Where there are disputes, there were requests this year or last."""
    keys = tuple(f"t4.{block}.total" for block in _DISPUTES)
    disputes = [pair.now.cells.get(key) for key in keys]
    requests = [year.cells.get(key) for year in (pair.now, pair.last) if year for key in _REQUESTS]
    if any(disputes) and len(requests) == 2 * len(_REQUESTS) and all(value == 0 for value in requests):
        shown = tuple(key for key in keys if pair.now.cells.get(key))
        return _contradiction(pair, "两年都没有申请，却有行政复议或诉讼", (*shown, *_REQUESTS), _REQUESTS)
    known = None not in disputes and (not any(disputes) or any(requests) or None not in requests)
    return PASS if known and (not any(disputes) or any(requests)) else UNKNOWN


def pending_reappear(pair: Pair) -> Outcome:
    """What was pending last year is among this year's disputes."""
    return worst(_pending(pair, block) for block in _DISPUTES)


def _pending(pair: Pair, block: str) -> Outcome:
    total, pending = f"t4.{block}.total", f"t4.{block}.pending"
    found = pair.both(total, pending)
    if found is None:
        return UNKNOWN
    now, last = found
    if last <= now:
        return PASS
    return _contradiction(pair, f"{_DISPUTES[block]}上年尚未审结{last}件，本年总计只有{now}件", (total,), (pending,))


def requests_differ(pair: Pair) -> Outcome:
    """Table 3 is not last year's over again, where anything was handled."""
    keys = [key for row in form().table("t3").rows for key in row.cells if key in pair.now.cells]
    pairs = [pair.both(key, key) for key in keys]
    if any(found is not None and found[0] != found[1] for found in pairs) or pair.now.cells.get(_HANDLED) == 0:
        return PASS
    if not pairs or None in pairs:
        return UNKNOWN
    shown = [key for key in keys if pair.now.cells.get(key)]
    # a few requests may well be answered alike two years running: somebody has to look
    return fail("表三与上一年完全相同", attribution="unknown", cells=shown, places=pair.where(shown, shown))


def no_jumps(pair: Pair) -> Outcome:
    """No figure is more than five times what it was, or less than a fifth."""
    if pair.last is None:
        return UNKNOWN
    jumps = [fail(f"{label}较上年变化较大：{last}→{now}", attribution=pair.whose(cells, cells), cells=cells,
                  places=pair.where(cells, cells))
             for label, now, last, cells in _figures(pair) if _is_jump(now, last)]
    return worst(jumps) if jumps else PASS


def _figures(pair: Pair) -> Iterator[tuple[str, Number, Number, tuple[str, ...]]]:
    """What both years say: label, this year's number, last year's, and the cells."""
    rough = any(year and year.facts.get("active_disclosure_approximate") for year in (pair.now, pair.last))
    for key, label in _FACTS.items():
        now, last = pair.now.facts.get(key), pair.last.facts.get(key) if pair.last else None
        if isinstance(now, int) and isinstance(last, int) and not (rough and key.startswith("active")):
            yield label, now, last, ()
    for table in form().tables:
        for row in table.rows:
            cells = list(zip(row.cells, row.columns, strict=True))
            for key, column in cells if table.key.startswith("t2") else cells[-1:]:
                found = pair.both(key, key)
                if found is not None:
                    yield f"“{row.labels[0]}”{column.labels[0]}", *found, (key,)


def _is_jump(now: Number, last: Number) -> bool:
    return abs(now - last) >= _LEAST_JUMP and (now > _JUMP * last or now * _JUMP < last)


def same_phone(pair: Pair) -> Outcome:
    """The telephone number is last year's."""
    now, last = pair.now.facts.get("contact_phone"), pair.last.facts.get("contact_phone") if pair.last else None
    if not now or not last or pair.last is None:
        return UNKNOWN
    same = _digits(now) == _digits(last)
    return PASS if same else fail(f"联系电话较{pair.last.year}年变化：{last}→{now}", attribution=pair.now.told)


def _digits(phone: str) -> str:
    return "".join(filter(str.isdigit, phone))[-7:]


def _contradiction(pair: Pair, message: str, now: tuple[str, ...], last: tuple[str, ...]) -> Outcome:
    """A finding's cells are the report's own; last year's are told by their places."""
    return fail(message, attribution=pair.whose(now, last), cells=now, places=pair.where(now, last))
