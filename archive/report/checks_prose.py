"""D: the prose agrees with the tables and with itself."""

import re
from collections.abc import Callable

from archive.report import narrative
from archive.report.active import CHANNEL_LABEL, Active, read_active
from archive.report.checking import NOT_APPLICABLE, PASS, UNKNOWN, Case, Outcome, Said, fail, fail_at, worst
from archive.report.counts import NUMBER, whole
from archive.report.model import Number, Severity
from archive.report.narrative import REQUESTS
from archive.report.prose import subsection

_NEW, _IN, _OUT = "t3.new_received.total", "t3.carried_in.total", "t3.carried_out.total"
_HANDLED = "t3.total_handled.total"
_TELLING = ("s1", "s4", "s6")
_CHARGES = "t2.admin_fees.amount_wan_yuan"
_SUITS = ("t4.litigation_direct.total", "t4.litigation_after_review.total")
# What an outcome is called: how the prose says it, and the rows of table 3 that it is made of.
_GROUPS = {
    "予以公开": (r"(?<![不分、及和或])(?:予以|同意)公开", ("granted",)),
    "部分公开": (r"(?<![、及和或])部分公开", ("partial",)),
    "不予公开": (r"(?<![、及和或])不予公开", (
        "refused_state_secret", "refused_other_law", "refused_security_stability", "refused_third_party",
        "refused_internal_affairs", "refused_process_info", "refused_enforcement_file", "refused_admin_query")),
    "无法提供": (r"(?<![、及和或])无法提供", ("unable_not_held", "unable_needs_creation", "unable_unclear")),
    "不予处理": (r"(?<![、及和或])不予处理", (
        "not_handled_petition", "not_handled_repeat", "not_handled_publication", "not_handled_excessive",
        "not_handled_reconfirm")),
}
_NUMBER_AFTER = rf"(?:答复)?(?:的)?(?:有|共|为|:)*(?P<n>{NUMBER})(?:件|份|条|宗|项)"
_PRESUMED = re.compile(r"收到的?[^。;,]{0,24}申请[^。;]{0,12}(?:均|都)?(?:未|没有|不)(?:收取|收费)")
_ALL_DONE = re.compile(r"(?:全部|均已|已全部|所有[^。;,]{0,10}均[^。;,]{0,6})(?:按[^。;,]{0,8})?(?:办结"
                       r"|办理完[成毕]|答复完毕)"
                       r"|(?<!按期)(?<!按时)(?<!及时)(?<!限内)(?:办结|答复)率(?:达到|达|为)*100%")
_NPC_ITEM = re.compile(r"人大|代表建议|建议(?:和|及|、)?(?:议案|提案|办理|总体)")
_CPPCC_ITEM = re.compile(r"政协|提案")
_HEAD = re.compile(r"(?:由|以)(?P<head>[^,。;、()]{2,24}?)(?:同志)?(?:任|为|担任)(?:领导小组)?组长")
_OTHER_GROUP = re.compile(r"(?:保密|审查|应急|法治|网络|信访|档案|督查|督导|考核|创建|改革|营商)"
                          r"[^。,;]{0,12}(?:领导)?小组")
_ROLES = ("副书记", "书记", "副镇长", "副乡长", "副主任", "镇长", "乡长", "主任", "宣传委员", "主要领导", "主要负责人",
          "分管领导", "副局长", "局长")
_SAME_ROLE = {"主要负责人": "主要领导"}
_NUMBER_LOST = re.compile(r"(?:主动公开|公开|发布|更新)(?:各类|政府|政务)*信息(?:共计|共|累计|总计)?条(?=[,。;])"
                          r"|收到[^,。;\d]{0,16}申请(?:共计|共)?件(?=[,。;])|(?:结转"
                          r"|转)[^,。;\d]{0,8}年度(?:共)?件(?=[,。;])")


def received(case: Case) -> Outcome:
    """The prose counts the requests received as table 3 does, with or without those carried in."""
    told, new, carried = case.fact("requests_received"), case.cell(_NEW), case.cell(_IN)
    if told is None or new is None:
        return UNKNOWN
    if told == new or (told and new and carried is not None and told == new + carried):
        return PASS
    if not told or not new:
        return NOT_APPLICABLE          # D02 says it better
    if carried is None:
        return UNKNOWN
    said = _saying(case, narrative.requests, told)
    mixed: Severity | None = "warning" if said is None or re.search(r"答复|办结|结转", said.text) else None
    return fail_at(f"正文说收到申请{told}件，表三本年新收{new}件", said, case, severity=mixed, cells=[_NEW])


def _saying(case: Case, read: Callable[[str], object], told: object) -> Said | None:
    """Where the prose says a number, as it was read there; a sentence may lean on the heading above it."""
    found = case.saying(*_TELLING, that=lambda text: read(text) == told)
    return found or case.saying("s1", that=lambda text: read(f"依申请公开:{text}") == told)


def none_received(case: Case) -> Outcome:
    """Prose and table 3 agree on whether there were requests at all."""
    told, new = case.fact("requests_received"), case.cell(_NEW)
    if told is None or new is None:
        return UNKNOWN
    if bool(told) == bool(new) or (told and not new and told == case.cell(_IN)):
        return PASS
    said = _saying(case, narrative.requests, told)
    words = f"收到申请{told}件" if told else "没有收到申请"
    return fail_at(f"正文说{words}，表三本年新收{new}件", said, case, cells=[_NEW])


def _equal(case: Case, fact: str, read: Callable[[str], object], cells: tuple[str, ...], message: str) -> Outcome:
    """Whether the prose and the sum of cells say the same number. `message` has places for {told} and {cell}."""
    told, values = case.fact(fact), case.values(cells)
    if told is None or values is None:
        return UNKNOWN
    total = sum(values)
    if told == total:
        return PASS
    return fail_at(message.format(told=told, cell=total), _saying(case, read, told), case, cells=cells)


def carried_in(case: Case) -> Outcome:
    """The prose counts what was carried in as table 3 does."""
    return _equal(case, "narrative_carried_in", lambda text: narrative.carried(text)[0], (_IN,),
                  "正文说上年结转{told}件，表三填{cell}件")


def carried_out(case: Case) -> Outcome:
    """The prose counts what is carried out as table 3 does."""
    return _equal(case, "narrative_carried_out", lambda text: narrative.carried(text)[1], (_OUT,),
                  "正文说结转下年度{told}件，表三填{cell}件")


def reviews(case: Case) -> Outcome:
    """The prose counts reconsiderations as table 4 does."""
    return _equal(case, "narrative_review_count", lambda text: narrative.disputes(text)[0], ("t4.review.total",),
                  "正文说行政复议{told}件，表四填{cell}件")


def suits(case: Case) -> Outcome:
    """The prose counts law suits as table 4 does."""
    return _equal(case, "narrative_litigation_count", lambda text: narrative.disputes(text)[1], _SUITS,
                  "正文说行政诉讼{told}件，表四共{cell}件")


def outcomes(case: Case) -> Outcome:
    """The prose counts the outcomes as table 3 does."""
    text = subsection(case.text("s1"), REQUESTS) or case.text("s1")
    return worst(_outcome(case, text, name, *_GROUPS[name]) for name in _GROUPS)


def _outcome(case: Case, text: str, name: str, pattern: str, rows: tuple[str, ...]) -> Outcome:
    found = [(count.value, match.group()) for match in re.finditer(pattern + _NUMBER_AFTER, text)
             if (count := whole(match["n"])) and not count.approximate]
    keys = tuple(f"t3.{row}.total" for row in rows)
    values = case.values(keys)
    if len({number for number, _ in found}) != 1 or values is None:
        return UNKNOWN
    told, words = found[0]
    if told == sum(values):
        return PASS
    said = case.saying("s1", that=lambda sentence: words in sentence)
    # whether a sentence counts this year's requests alone is not always plain
    return fail_at(f"正文说{name}{told}件，表三填{sum(values)}件", said, case, cells=keys, doubted=True)


def breakdown_sum(case: Case) -> Outcome:
    """The kinds of what was disclosed add up to the total."""
    active = read_active(case.text("s1"))
    if active.count is None or not active.breakdown or active.approximate:
        return UNKNOWN
    if any(CHANNEL_LABEL.search(label) for label, _ in active.breakdown):
        return NOT_APPLICABLE
    total = sum(count for _, count in active.breakdown)
    if total == active.count:
        return PASS
    message = f"正文说主动公开{active.count}条，分项合计{total}条"
    severity: Severity | None = "info" if active.partial and total < active.count else None
    return fail_at(message, _disclosed(case, active), case, severity=severity)


def _disclosed(case: Case, active: Active) -> Said | None:
    """Where the prose says how much was disclosed."""
    return case.saying("s1", that=lambda text: read_active(text).count == active.count)


def breakdown_parts(case: Case) -> Outcome:
    """No kind or channel is larger than the total that it is a part of."""
    active = read_active(case.text("s1"))
    if active.count is None or not active.breakdown or active.approximate:
        return UNKNOWN
    if not active.partial:
        return NOT_APPLICABLE          # a list of its own need not be parts of the total
    label, count = max(active.breakdown, key=lambda item: item[1])
    message = f"分项“{label}”{count}条，大于总数{active.count}条"
    return PASS if count <= active.count else fail_at(message, _disclosed(case, active), case)


def fees_told(case: Case) -> Outcome:
    """The report says whether fees for handling requests were charged."""
    if case.year is not None and case.year < 2021:
        return NOT_APPLICABLE
    if case.fact("processing_fee_yuan") is not None or narrative.fee_sentences(case.text("s6"), case.text("s1")):
        return PASS
    if not case.whole or "s6" not in case.parts or narrative.FEE_WORDS.search(case.text("s1", "s5", "s6")):
        return UNKNOWN
    return fail("没有说明信息处理费的收取情况", severity=None if case.cell(_HANDLED) else "info", attribution=case.told)


def proposals(case: Case) -> Outcome:
    """Where no proposals came in, no answers to proposals were disclosed."""
    npc, cppcc = case.fact("npc_proposals_count"), case.fact("cppcc_proposals_count")
    if npc is None and cppcc is None:
        return UNKNOWN
    items = {label: count for label, count in case.fact("active_disclosure_breakdown") or ()
             if (npc == 0 and _NPC_ITEM.search(label)) or (cppcc == 0 and _CPPCC_ITEM.search(label))}
    if not any(items.values()):
        return PASS
    said = case.saying("s1", that=lambda text: any(label in text for label in items))
    return fail_at(f"正文说没有收到建议提案，主动公开里却有其办理结果{sum(items.values())}条", said, case)


def fee_without_requests(case: Case) -> Outcome:
    """No fee was charged where there was no request."""
    fee, values = case.fact("processing_fee_yuan"), case.values((_NEW, _IN))
    if fee is None or values is None:
        return UNKNOWN
    if not fee or any(values):
        return PASS
    return fail_at(f"没有申请，却收取信息处理费{fee}元", _charged(case, fee), case, cells=(_NEW, _IN))


def _charged(case: Case, fee: Number) -> Said | None:
    """Where the prose says what was charged."""
    return case.saying("s6", "s1", that=lambda text: narrative.processing_fee(text, "") == fee)


def fee_confused(case: Case) -> Outcome:
    """The fee for handling requests is not the administrative charges of table 2."""
    fee, charges = case.fact("processing_fee_yuan"), case.cell(_CHARGES)
    if fee is None or charges is None:
        return UNKNOWN
    if not fee or round(fee) not in (round(charges * 10_000), charges):
        return PASS
    message = f"信息处理费{fee}元与表二行政事业性收费{charges}万元相同"
    return fail_at(message, _charged(case, fee), case, cells=[_CHARGES])


def requests_presumed(case: Case) -> Outcome:
    """The fee statement does not speak of requests that were not received."""
    told = case.fact("requests_received")
    if told is None or "s6" not in case.parts:
        return UNKNOWN
    found = case.find(_PRESUMED, "s6")
    if told or found is None:
        return PASS
    return fail_at(f"没有收到申请，却说“{found.text}”", found, case)


def all_done(case: Case) -> Outcome:
    """Where all requests are said to be closed, none is carried over."""
    text = subsection(case.text("s1"), REQUESTS) or ""
    match, out = _ALL_DONE.search(text), case.cell(_OUT)
    if out is None:
        return UNKNOWN
    if match is None or not out or case.fact("narrative_carried_out") is not None:
        return PASS
    said = case.saying("s1", that=lambda sentence: match.group() in sentence)
    return fail_at(f"正文说“{match.group()}”，表三结转下年度{out}件", said, case, cells=[_OUT])


def one_head(case: Case) -> Outcome:
    """The leading group has one head."""
    heads = [(role, said) for said in case.sentences("s1", "s5", "s6")
             if "公开" in said.text and not _OTHER_GROUP.search(said.text)
             for match in _HEAD.finditer(said.text) if (role := _role(match["head"]))]
    named = dict(reversed(heads))
    if not named:
        return NOT_APPLICABLE
    if len(named) == 1:
        return PASS
    return fail(f"领导小组组长前后不同：{'、'.join(reversed(named))}", attribution=case.told,
                places=[said.place for said in reversed(named.values())])


def _role(head: str) -> str | None:
    role = next((role for role in _ROLES if head.endswith(role)), None)
    return _SAME_ROLE.get(role, role) if role else None


def one_training_count(case: Case) -> Outcome:
    """Trainings are counted the same everywhere."""
    # what others held and the body attended is another count
    said = [one for one in case.sentences("s1", "s6") if "参加" not in one.text and narrative.trainings(one.text)[1]]
    counts = list(dict.fromkeys(count for one in said for count in narrative.trainings(one.text)[1]))
    if not counts:
        return NOT_APPLICABLE
    if len(counts) == 1:
        return PASS
    return fail(f"培训次数前后不同：{'、'.join(map(str, counts))}", attribution=case.told,
                places=[one.place for one in said])


def numbers_there(case: Case) -> Outcome:
    """No sentence that counts has lost its number."""
    said = case.find(_NUMBER_LOST, "s1")
    # a number may also have been lost on the way to us
    return fail_at(f"表述缺少数字：“{said.text}”", said, case, doubted=not said.typed) if said else PASS
