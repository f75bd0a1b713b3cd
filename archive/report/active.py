"""How many pieces of information a report says were disclosed, and of what kinds."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from archive.report.counts import NUMBER, Count, whole
from archive.report.prose import sentences, subsection

_LISTED = 3                            # so many items make a sentence of its own the list of what was counted before
UNIT = r"(?:余)?(?:条次|件次|条|件|份|篇|则|余次)"
# The noun is the whole of it; a narrower one (财政信息) would be a part.
_WHOLE = (r"(?:了|的|各级|各类|各项|各种|相关|有关|全部|本级|镇级|乡级|本镇|我镇|全镇|本乡|我乡|全乡|街道"
          r"|政府|政务|政策|公开|公共|工作|动态|类|有效|新增|和变更){0,6}")
_TAIL = r"(?:的|工作|情况|总数量|总数|数量|条数|总量|总计|合计|共计|累计|总共|数|量|共有|共|达到|达|为|有|是|:){0,6}"
_KINDS = rf"(?:{NUMBER}(?:大类|个类别|类|个方面|个领域)(?:共计|共|,)*)?"    # 六类194条
_N = rf"{_TAIL}{_KINDS}(?P<n>{NUMBER})"
_TIERS = tuple(re.compile(pattern) for pattern in (
    rf"主动公开{_WHOLE}(?:信息|内容){{0,2}}{_N}{UNIT}",
    rf"(?:信息主动公开|主动公开)(?:共计|共|累计)*(?:了|的)?(?P<n>{NUMBER}){UNIT}{_WHOLE}信息",
    rf"(?:公开|发布|更新|推送|上传|录入){_WHOLE}信息{_N}{UNIT}",
    rf"(?:公开|发布|更新)(?:了|的)?(?P<n>{NUMBER}){UNIT}{_WHOLE}信息",
    rf"信息(?:公开)?(?:总数量|总数|数量|条数|数){_N}{UNIT}",
    rf"公开(?:总数量|总数|数量|条数){_N}{UNIT}",
    # the measure word lost: only where nothing else can follow
    rf"信息(?:公开)?(?:的)?(?:总数量|总数|数量|条数)(?:共计|共|达到|达|为|是|:)*(?P<n>{NUMBER})(?=[,。;(]|其中|利用|通过|$)",
))
_ROUGHLY = re.compile("以上|左右|上下|之多")
_NEVER = re.compile(r"删除|撤销|撤下|历年|以来|同比|比上年|较上年|比去年|较去年|增加|增长|下降|减少|点击|浏览"
                    r"|阅读|访问|粉丝"
                    r"|村务|党务|三务|12345|热线|(?:去年|上一?年度?)(?:全年)?(?:共|累计)?主动")
_CHANNEL = re.compile(r"微信|公众号|微博|抖音|快手|视频号|短视频|客户端|头条|媒体|报刊|广播|电视|短信|公示栏"
                      r"|公开栏|宣传栏|横幅"
                      r"|电子屏|显示屏|大喇叭|APP", re.I)
_BROAD = re.compile(r"网站|门户|等(?:渠道|方式|形式|平台|途径|载体|多种|各类|媒体)|多种")
_ITEM = re.compile(rf"(?P<label>[^\d,、;。:]{{2,24}}?)(?::|共|共计|为|各)?(?P<n>{NUMBER})(?:条次|条|件|份|篇|则"
                   rf"|项|个)次?")
_PIECES = re.compile(r"[,、;:。]|(?<=[条件份篇则])(?:和|及|以及|与)")
_SHARE = re.compile(r"(?:约)?占.{0,12}%")
_LEAD = re.compile(r"^(?:\(?\d{1,2}[.)](?!\d)|其中|主要|分别|具体|一是|包括|包含|涉及|为|是|有|如下|[:,，])+")
CHANNEL_LABEL = re.compile(r"网|微信|公众号|微博|平台|客户端|媒体|公开栏|公示栏|宣传栏|电子屏|显示屏|渠道|抖音"
                           r"|方式|通过")


@dataclass(frozen=True, slots=True)
class Active:
    """The total and its parts as [label, count], in printed order; `partial` where the list begins with 其中 or so."""

    count: int | None = None
    approximate: bool = False
    breakdown: tuple[tuple[str, int], ...] = ()
    partial: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    count: Count
    end: int                      # offset behind the number's unit
    total: bool                   # whether the sentence says that it is all


def read_active(general: str) -> Active:
    """Reads the subsection on proactive disclosure, or the whole first part where it has none."""
    text = subsection(general, "主动公开") or general
    for tier in _TIERS:
        found = tuple(_candidates(tier, text))
        if found:
            return _chosen(found, text)
    return Active()


def _candidates(tier: re.Pattern[str], text: str) -> Iterator[_Found]:
    for start, sentence in sentences(text):
        for match in tier.finditer(sentence):
            clause = _clause(sentence, match)
            before = sentence[:match.start()]
            if _NEVER.search(clause) or re.search(r"其中[^;]*$", before) or _is_channel(clause):
                continue
            count = whole(match["n"])
            if count:
                rough = bool(count.approximate or _ROUGHLY.match(sentence, match.end()))
                total = bool(re.search(r"共|总|合计|累计|全年", clause))
                yield _Found(replace(count, approximate=rough), start + match.end(), total)


def _clause(sentence: str, match: re.Match[str]) -> str:
    """What stands between the commas around a match."""
    start = max(sentence.rfind(mark, 0, match.start()) for mark in ",:;") + 1
    return sentence[start:match.end()]


def _is_channel(clause: str) -> bool:
    return bool(_CHANNEL.search(clause)) and not _BROAD.search(clause)


def _chosen(found: tuple[_Found, ...], text: str) -> Active:
    """The one total; where sentences disagree the one that says it is all, else none."""
    for group in (found, tuple(one for one in found if one.total)):
        if len({one.count.value for one in group}) == 1:
            count = int(group[0].count.value)
            breakdown, partial = _breakdown(text, group[0].end, count)
            return Active(count, group[0].count.approximate, breakdown, partial)
    return Active()


def _breakdown(text: str, end: int, total: int) -> tuple[tuple[tuple[str, int], ...], bool]:
    """The list that follows a total: after 其中 or a colon in its own sentence, or as all of the next one."""
    own, _, rest = text[end:].partition("。")
    if "\n" in own:
        own, rest = own.split("\n", 1)
    if own.strip(",;:、 "):
        return _own_list(own) if re.match(r"[,;:(、]?(?:其中|主要|分别|具体|包括|包含|涉及)|[:(]", own) else ((), False)
    items, closed = _items(re.split(r"[。\n]", rest.lstrip("\n"), maxsplit=1)[0])
    whose = len(items) >= _LISTED or sum(count for _, count in items) == total
    return (items if closed and whose else ()), False


def _own_list(own: str) -> tuple[tuple[tuple[str, int], ...], bool]:
    items, closed = _items(own)
    return items, not closed or bool(re.match(r"[,;:(、]*(?:其中|主要|包括|包含|涉及)", own)) or "等" in own


def _items(sentence: str) -> tuple[tuple[tuple[str, int], ...], bool]:
    """The leading pieces that are a label and a number, and whether they are all of the sentence."""
    items: list[tuple[str, int]] = []
    for piece in _PIECES.split(sentence):
        bare = _LEAD.sub("", piece.strip("() "))
        if _SHARE.fullmatch(bare):
            continue
        match = _ITEM.fullmatch(bare) if not _NEVER.search(bare) else None
        count = whole(match["n"]) if match else None
        if bare and (match is None or count is None):
            return (tuple(items) if len(items) > 1 else ()), False
        if match and count:
            items.append((match["label"], int(count.value)))
    return (tuple(items) if len(items) > 1 else ()), True
