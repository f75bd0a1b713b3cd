"""Counts that the prose of a report states: requests, carry-overs, disputes, fees, proposals, trainings."""

import re
from collections.abc import Iterator

from archive.report.counts import NUMBER, read_count, whole
from archive.report.model import Number
from archive.report.prose import clauses, sentences, squash, subsection

REQUESTS = r"依申请|申请公开|依需求|公开申请"    # the head of the subsection on requests
_N = rf"(?P<n>{NUMBER})"
_UNIT = r"(?:件次|件|份|宗|条|项|个|起|次|例|封)"
_NONE = r"(?:未|没有|尚未|从未|无|均未|暂未|暂无)"
_CAUSE = re.compile(r"(?:复议|诉讼)[^、和,]{0,4}申请|引起|引发|导致|产生的|因[^,]*(?:复议|诉讼)|投诉|收费|纠纷"
                    r"|败诉|逾期|超期|延期|不予公开|结转|上年|上一年")
_ASKED = r"(?:申请公开|公开申请|依申请|申请|诉求)"
_NOT_ITS_DISPUTE = (r"(?!(?:申请|信息|事项|公开)*(?:的|而|被)?(?:提起|引[起发]|产生|导致)?的?(?:行政)?"
                    r"(?:复议|诉讼|投诉|举报|纠纷)|公开)")
# nothing but the matter itself may follow: 未发生申请公开的延期答复 does not say that there were none
_MATTER = r"(?:政府信息|信息|的|事项|事宜|情况|案件|业务|件|行为)*(?=[,。;、(]|$)"
_NO_REQUEST = (
    re.compile(rf"{_NONE}(?:有)?(?:收到|接到|接获|接收|受理|收悉)[^。;]{{0,30}}?{_ASKED}{_NOT_ITS_DISPUTE}"),
    re.compile(rf"{_NONE}(?:有)?(?:发生|产生|出现|涉及|办理)[^。;,]{{0,16}}?{_ASKED}{_MATTER}"),
    re.compile(rf"(?:无|没有|暂无|未有)[^。;,]{{0,8}}?(?:依申请公开|申请公开|公开申请){_MATTER}"),
    re.compile(r"(?:无|没有|未有)(?:任何)?(?:公民|公众|群众|企业|法人|单位|个人|人)[^。;,]{0,20}?(?:提出|申请)[^。;,]{0,12}公开"),
    re.compile(r"(?:依申请公开|公开申请)[^。;,]{0,12}(?:数量|情况|事项|件数|信息)?(?::|为|是)[无零](?=[,。;(]|$)"),
    re.compile(r"依申请公开[^。;]{0,12}零报告|零申请"),
)
_REQUESTS = (
    re.compile(rf"(?:收到|受理|接收|接到|核收|新收"
               rf"|收悉)(?:了)?[^。;,\d]{{0,40}}?{_ASKED}[^。;,\d]{{0,16}}?{_N}{_UNIT}"),
    re.compile(rf"(?:收到|受理|接收|接到|核收|新收)(?:了|各类|的)?{_N}{_UNIT}[^。;,\d]{{0,20}}?{_ASKED}"),
    re.compile(rf"依申请公开[^。;,\d]{{0,16}}?(?:共|有|为|:){_N}{_UNIT}"),
    re.compile(rf"(?:^|[,;:])(?:[我本全](?:镇|乡|街道|单位|机关|年度?))*依申请公开(?:政府信息|信息|事项|申请|件)*{_N}{_UNIT}"),
    re.compile(rf"(?:收到|受理|接收|接到)[^。;,\d]{{0,30}}?申请(?:总数|件数|数量|数)(?:共|为|是|:)*{_N}{_UNIT}?(?=[,。;]|$)"),
    re.compile(rf"(?:收到|受理)(?:了)?(?:书面|网上|网络)?申请{_N}{_UNIT}?"),
)
# a count by one channel that goes on with that of the next is no total
_CHANNEL = r"(?:纸质|书面|信函|当面|邮寄|网上|网络|网站|线上|线下|现场|电子邮件|邮件|传真|口头)"
_BY_CHANNEL = re.compile(rf"{_CHANNEL}[^,。;:、]*$")
_NEXT_CHANNEL = re.compile(rf"[、,和]{_CHANNEL}[^。;,、\d]{{0,10}}\d+{_UNIT}")
_OTHER_YEAR = re.compile(r"(?:上(?:一)?年|去年|历年|以来)[^,。;:]*$")
_OTHER_THINGS = re.compile(r"上(?:一)?年|去年|同比|增加|减少|增长|下降"
                           r"|结转|复议|诉讼|答复|人大|政协|电话|咨询|热线|来信|来访|举报|求助|办件|证明")
_CARRIED_IN = re.compile(rf"上(?:一)?年度?(?:度)?(?:结转|转结|转接|转入|遗留)[^。;,\d]{{0,16}}?{_N}{_UNIT}")
_CARRIED_OUT = (
    re.compile(rf"(?:结转|转结|顺延|延续|转|延)(?:至|到|入)?(?:下|次)(?:一)?(?:年度?)[^。;,\d]{{0,16}}?{_N}{_UNIT}"),
    re.compile(rf"(?:结转|转结|顺延)(?:至|到)20\d\d年度?[^。;,\d]{{0,16}}?{_N}{_UNIT}"),
    re.compile(rf"{_N}{_UNIT}(?:申请)?[^。;,\d]{{0,14}}?(?:结转|转结|顺延|转|延)(?:至|到|入)?(?:下|次)(?:一)?年"),
)
_NO_CARRY = re.compile(rf"{_NONE}(?:有)?上(?:一)?年度?(?:结转|转结)|上(?:一)?年度?(?:结转"
                       rf"|转结)[^。;,\d]{{0,12}}(?:为)?(?:无|零)")
_NO_CARRY_OUT = re.compile(rf"{_NONE}(?:有)?[^。;,]{{0,6}}(?:结转|转结|转)(?:至|到|入)?下(?:一)?年")
_TOLD = re.compile(r"信息公开|公开|依申请")
_LOST = re.compile(r"纠错|纠正|败诉|撤销")     # none that was lost is not none at all
_OTHER_DISPUTES = re.compile(r"无关|不涉及[^,。;]{0,10}公开|非(?:因)?政府信息公开|(?:历年|以来)")
_REVIEW = (
    re.compile(rf"(?:行政)?复议[^。;,、\d]{{0,14}}?{_N}{_UNIT}"),
    re.compile(rf"(?:有|发生|收到){_N}{_UNIT}[^。;,\d]{{0,18}}行政复议"),
)
_LITIGATION = (
    re.compile(rf"诉讼[^。;,、\d]{{0,14}}?{_N}{_UNIT}"),
    re.compile(rf"(?:有|发生|收到){_N}{_UNIT}[^。;,\d]{{0,18}}行政诉讼"),
)
_BOTH = re.compile(rf"复议(?:案件)?[、和及与或以]+(?:及)?(?:提起)?(?:行政)?诉讼(?:案件)?"
                   rf"[^。;,、\d]{{0,14}}?(?P<each>各)?(?:为|有)?{_N}{_UNIT}")
_INSTANCES = re.compile("一审|二审|再审")   # of one case, maybe
_NOT_COME = r"[^。;,\d]{0,24}?(?:未发生|没有发生|未出现|未产生|为零|为无)"
_NO_REVIEW = re.compile(rf"{_NONE}(?!被复议|被纠)[^。;]{{0,40}}?复议|复议{_NOT_COME}")
_NO_LITIGATION = re.compile(rf"{_NONE}(?!被复议|被纠)[^。;]{{0,50}}?诉讼|诉讼{_NOT_COME}")
FEE_WORDS = re.compile(r"处理费|收费|收取[^。;]{0,12}费|费用")
_NO_FEE = re.compile(rf"(?:{_NONE}|不|免|零|不予|不曾|暂不)[^。;,]{{0,24}}?(?:收取|收费|收到|产生|发生|费用)"
                     rf"|未[^。;]{{0,6}}收"
                     r"|(?:处理费|收费|收取|金额)[^。;,\d]{0,16}(?:为|是|:)[0零](?:万?元)?(?=[,。;]|$)"
                     r"|收取[^。;,\d]{0,16}0万元"
                     r"|(?:收费|收取)[^。;,]{0,20}(?::|为|是)无|无[^。;,]{0,16}(?:收费|费)")
_FEE = re.compile(rf"(?:收取|收费|处理费)[^。;,\d]{{0,20}}?(?P<n>{NUMBER})元")
_FEE_HEAD = re.compile(r"[(一二三四五六七八九十\d)、.]*(?:依据|按照)?[^,。]{0,16}(?:收取|收费)[^,。]{0,12}情况[:。]?")
_FEE_WAN = re.compile(r"[\d.]万元")
_HANDLED = re.compile(r"收到|承办|办理|办结|交办|答复|受理|接收|接到")
_PIECE = "(?:件|条|份|项|个)"
_NPC = re.compile(rf"人大[^。;,、\d]{{0,12}}(?:建议|议案|意见)(?:案|件)?[^。;,、\d和及与]{{0,6}}{_N}{_PIECE}"
                  rf"|(?P<n2>{NUMBER}){_PIECE}(?:[省市县区镇]|各级)*人大(?:代表)?(?:建议|议案|意见)")
_CPPCC = re.compile(rf"政协[^。;,、\d]{{0,10}}(?:提案|建议)[^。;,、\d和及与]{{0,6}}{_N}{_PIECE}"
                    rf"|(?P<n2>{NUMBER}){_PIECE}(?:[省市县区镇]|各级)*政协(?:委员)?(?:提案|建议)")
_FUSED = re.compile(rf"(?:建议|议案)(?:案|件)?(?:和|及|、|与"
                    rf"|以及)[^。;,\d]{{0,8}}提案[^。;,、\d]{{0,6}}?(?P<each>各)?{_N}(?:件|条|份|项|个)")
_TRAINING = (
    re.compile(rf"(?:组织|开展|举办|举行|召开|参加)(?:了|相关|全镇|全乡|各级)*[^。;,、\d]{{0,20}}?培训(?:会议|会"
               rf"|班|活动|讲座)?(?:共|共计|累计)?{_N}(?:余)?(?:场次|次|期|场)"),
    re.compile(rf"(?:组织|开展|举办|举行|召开|参加)(?:了|相关)?(?:共|共计|累计)?{_N}(?:余)?(?:场次|次|期"
               rf"|场)[^。;,、\d]{{0,16}}?培训"),
)
_PLANNED = re.compile(r"下一步|计划|今后|明年|不少于|至少|将(?:组织|开展|举办|继续|进一步)|每(?:年|季度|月|半年)")
# what a training was on, where it was not on disclosure
_OTHER_TRAINING = re.compile(r"^(?!.*公开).*(?:消防|安全|党|应急|防汛|防火|法治|普法|农业|种植|养殖|技能|就业|创业|卫生"
                             r"|医保|反诈|森林|急救|环保|财务|统计|信访|网格|双减|教师|民兵|妇女|团员|干部)")
_CITED = re.compile(r"《[^《》\n]{2,60}》(?:\([^()\n]{4,40}\))?")
_BASIS = re.compile(r"条例|年度报告格式|办法|规定")
_SHORT_NAME = re.compile(r"\((?:以下|下)简?称?[^()]*\)")


def preamble(opening: str, title: str | None) -> str:
    """What stands before the first part without the lines above the report's title."""
    lines = opening.split("\n")
    half = squash(title or "")
    heads = [index for index, line in enumerate(lines) if half and (half in line or (len(line) > 5 and line in half))]
    return "\n".join(lines[heads[-1]:]) if heads else opening


def legal_basis(*texts: str) -> str | None:
    """The regulations and notices that a report says it follows, joined with 、, as printed."""
    found: dict[str, None] = {}
    for text in texts[:1]:
        for match in _CITED.finditer(text):
            cited = _SHORT_NAME.sub("", match.group())
            if _BASIS.search(cited) and cited != "《条例》":
                found[cited] = None
    return "、".join(found) or None


def _on_requests(general: str) -> str:
    """The subsection on requests; without one, the sentences that speak of disclosure."""
    told = subsection(general, REQUESTS)
    if told is not None:
        return told
    return "\n".join(sentence for _, sentence in sentences(general) if _TOLD.search(sentence))


def requests(general: str) -> int | None:
    """Requests received in the year as the prose says; None where it does not, or says two things."""
    text = _on_requests(general)
    said = {*_positive(text), *(0 for _ in _none(text))}
    return said.pop() if len(said) == 1 else None


def _positive(text: str) -> Iterator[int]:
    for _, sentence in sentences(text):
        for pattern in _REQUESTS:
            counts = [count for match in pattern.finditer(sentence) if not _is_part(sentence, match)
                      and (count := whole(match["n"])) and not count.approximate]
            if counts:
                yield from (int(count.value) for count in counts)
                break


def _is_part(sentence: str, match: re.Match[str]) -> bool:
    """Whether a number counts something else, another year, or one of several channels."""
    elsewhere = _OTHER_THINGS.search(match.group()) or _OTHER_YEAR.search(sentence[:match.start()])
    split = _NEXT_CHANNEL.match(sentence, match.end()) and _BY_CHANNEL.search(sentence[:match.end()])
    return bool(elsewhere or split)


def _none(text: str) -> Iterator[None]:
    for _, sentence in sentences(text):
        for pattern in _NO_REQUEST:
            match = pattern.search(sentence)
            if match and not any(_CAUSE.search(text) for text in (match.group(), _clause_of(sentence, match))):
                yield None


def _clause_of(sentence: str, match: re.Match[str]) -> str:
    """The clause in which a match ends, up to the next comma."""
    start = max(sentence.rfind(mark, 0, match.end()) for mark in ",:;") + 1
    return re.split(r"[,:;。]", sentence[start:] if start < match.end() else sentence[match.start():])[0]


def carried(general: str) -> tuple[int | None, int | None]:
    """Requests carried in from the year before and out to the next."""
    text = _on_requests(general)
    return _one((_CARRIED_IN,), (_NO_CARRY,), text), _one(_CARRIED_OUT, (_NO_CARRY_OUT,), text)


def _one(patterns: tuple[re.Pattern[str], ...], none: tuple[re.Pattern[str], ...], text: str) -> int | None:
    """The only number that the patterns find; 0 where the text says none; None where it says two things."""
    counts = {int(count.value) for pattern in patterns for match in pattern.finditer(text)
              if (count := whole(match["n"])) and not count.approximate}
    counts |= {0 for pattern in none if pattern.search(text)}
    return counts.pop() if len(counts) == 1 else None


def disputes(*texts: str) -> tuple[int | None, int | None]:
    """Reconsiderations and law suits over disclosure; other disputes are not meant."""
    said = [sentence for text in texts for _, sentence in sentences(text)
            if _TOLD.search(sentence) and re.search("复议|诉讼", sentence) and not _OTHER_DISPUTES.search(sentence)]
    return _dispute(said, _REVIEW, _NO_REVIEW), _dispute(said, _LITIGATION, _NO_LITIGATION)


def _dispute(said: list[str], patterns: tuple[re.Pattern[str], ...], none: re.Pattern[str]) -> int | None:
    counts: set[int] = set()
    for sentence in said:
        both = _BOTH.search(sentence)
        # one number for both kinds says how many of each only when it is 0
        number = whole(both["n"]) if both else None
        if number is not None:
            counts |= {int(number.value)} if both and (both["each"] or number.value == 0) else {-1}
            continue
        counts |= {int(count.value) for pattern in patterns for match in pattern.finditer(sentence)
                   if (count := whole(match["n"])) and not count.approximate}
        if counts - {0} and _INSTANCES.search(sentence):
            return None
        if none.search(sentence) and not _LOST.search(sentence):
            counts.add(0)
    return counts.pop() if len(counts) == 1 and counts != {-1} else None


def processing_fee(closing: str, general: str) -> Number | None:
    """What was charged for handling requests, in yuan."""
    told = (subsection(closing, "处理费|收费") or "").rstrip("。\n").split("\n")
    if len(told) == 2 and told[1] == "无":
        return 0
    amounts: set[Number] = set()
    for sentence in fee_sentences(closing, general):
        match = _FEE.search(sentence)
        count = read_count(match["n"]) if match else None
        if count and not count.approximate and not (match and _FEE_WAN.search(match.group())):
            amounts.add(count.value)
        elif (match is None or count is None or not count.value) and _NO_FEE.search(sentence):
            amounts.add(0)
    return amounts.pop() if len(amounts) == 1 else None


def fee_sentences(closing: str, general: str) -> list[str]:
    """What the last part says about fees, or else the part on requests. Laws that are only named do not count."""
    for text in (closing, subsection(general, REQUESTS) or ""):
        plain = re.sub(r"《[^《》]*》", "", text)
        found = [sentence for _, sentence in sentences(plain) if FEE_WORDS.search(sentence)
                 and (_NO_FEE.search(sentence) or not _FEE_HEAD.fullmatch(sentence))]
        if found:
            return found
    return []


def proposals(general: str, closing: str) -> tuple[int | None, int | None]:
    """Proposals of people's congress deputies and of the consultative conference that the body had to answer."""
    npc: set[int] = set()
    cppcc: set[int] = set()
    for text in (closing, general):
        for _, sentence in sentences(text):
            handled = bool(_HANDLED.search(sentence))
            for clause in clauses(sentence):
                if "办理结果" in clause and not re.match(rf".*{_NONE}收到", clause):
                    continue
                _count_proposals(clause, handled, npc, cppcc)
    return _only(npc), _only(cppcc)


def _only(counts: set[int]) -> int | None:
    return next(iter(counts)) if len(counts) == 1 else None


def _count_proposals(clause: str, handled: bool, npc: set[int], cppcc: set[int]) -> None:
    nothing = re.match(rf".*?{_NONE}(?:有)?(?:(?:收到|接到|承办|办理|接收|涉及)|(?=人大|政协))(?P<what>.*)", clause)
    fused = _FUSED.search(clause)
    if fused and not nothing:
        count = whole(fused["n"])
        if count and not count.approximate and (fused["each"] or count.value == 0):
            npc.add(int(count.value))
            cppcc.add(int(count.value))
        return
    for found, pattern, name, word in ((npc, _NPC, "人大", "建议|议案"), (cppcc, _CPPCC, "政协", "提案|建议")):
        if nothing and name in nothing["what"] and re.search(word, nothing["what"]):
            found.add(0)
        elif not nothing and handled:
            found |= {int(count.value) for match in pattern.finditer(clause)
                      if (count := whole(match["n"] or match["n2"])) and not count.approximate}


def trainings(*texts: str) -> tuple[int | None, tuple[int, ...]]:
    """How many trainings on disclosure were held, and every count that the text gives for them."""
    counts: list[int] = []
    for text in texts:
        for _, sentence in sentences(text):
            if "公开" not in sentence or _PLANNED.search(sentence):
                continue
            for pattern in _TRAINING:
                counts += [int(count.value) for match in pattern.finditer(sentence)
                           if (count := whole(match["n"])) and not count.approximate
                           and not _OTHER_TRAINING.search(match.group())]
    distinct = tuple(dict.fromkeys(counts))
    return (distinct[0] if len(distinct) == 1 else None), distinct
