"""The running text of a report, with what it says in numbers."""

from dataclasses import dataclass
from random import Random

from archive import divisions
from archive.divisions import County, Township
from benchmarks.reports.labels import HEADINGS
from benchmarks.reports.model import Line, Number

TOPICS = ("政策文件", "公告公示", "财政信息", "会议公开", "工作动态", "惠民政策", "应急管理", "乡村振兴", "规划总结")
_DIGITS = "零一二三四五六七八九"
_TITLES = (
    "{C}{T}{Y}年政府信息公开工作年度报告",
    "{C}{T}人民政府{Y}年政府信息公开工作年度报告",
    "{T}{Y}年政府信息公开工作年度报告",
    "{C}{T}人民政府{Y}年度政府信息公开工作年度报告",
    "{Y}年{C}{T}政府信息公开工作年度报告",
    "{C}{T}{Y}年政府信息公开年度报告",
    "{C}{T}政府信息公开工作年度报告（{Y}年）",
    "{T}人民政府{Y}年政府信息公开工作年度报告",
)
_ACTIVE = (
    "{Y}年，我{K}主动公开政府信息{n}条",
    "全年共主动公开政府信息{n}条",
    "我{K}主动公开政府信息共{n}条",
    "本年度主动公开政府信息共计{n}条",
    "累计主动公开政府信息{n}条",
    "{Y}年新增主动公开政府信息{n}条",
    "我{K}主动公开信息数为{n}条",
    "{T}通过县政府网站公开信息{n}条",
    "全年共公开{n}条政务信息",
    "主动公开政府信息 {n} 条",
    "政府信息主动公开共{n}条",
    "我{K}共发布政府信息{n}条",
)
_NONE = (
    "{Y}年，我{K}未收到政府信息公开申请。",
    "全年没有收到公民、法人和其他组织的政府信息公开申请。",
    "本年度未接到依申请公开政府信息的申请。",
    "{Y}年度{T}未收到依申请公开事项。",
    "{Y}年无依申请公开情况。",
)
_SOME = (
    "{Y}年，我{K}共收到政府信息公开申请{n}件，均已按时答复。",
    "全年受理政府信息公开申请{n}件，全部依法办理。",
    "本年度新收政府信息公开申请{n}件。",
    "{Y}年收到依申请公开{n}件，按规定登记办理。",
)
_CALM = (
    "全年未发生因政府信息公开引发的行政复议、行政诉讼。",
    "没有因政府信息公开被申请行政复议、提起行政诉讼的情况。",
    "{Y}年未发生政府信息公开行政复议和行政诉讼。",
)
_MANAGED = "严格执行信息发布审核制度，坚持先审查、后公开，对过期内容及时清理。"
_PLATFORM = (
    "依托县政府网站集中公开信息，便民服务大厅设立查阅点，关注热线12345转办的事项。",
    "用好村务公开栏和政务新媒体，公众号全年粉丝1335人，线上线下内容一致。",
)
_PROBLEMS = (
    "一是公开的形式还不够多样；二是业务培训有待加强。下一步将丰富公开形式，加强学习，提高工作质量。",
    "工作人员变动较快，对条例的掌握程度不一。今后将定期组织学习，做到专人负责。",
)
_FEES = ("{Y}年，我{K}未收取政府信息公开信息处理费。", "本年度未收取信息处理费。", "{Y}年度没有收取信息处理费的情况。")


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose report of which year."""

    county: County
    township: Township
    year: int

    def fill(self, sentence: str, **values: object) -> str:
        kind = {"镇": "镇", "乡": "乡"}.get(self.township.name[-1], "街道")
        return sentence.format(C=self.county.name, T=self.township.name, Y=self.year, K=kind, **values)


@dataclass(frozen=True, slots=True)
class Prose:
    """The lines before, between and after the tables, and the facts in them (absent where not said)."""

    title: str
    before: tuple[Line, ...]
    headings: tuple[Line, Line, Line]
    after: tuple[Line, ...]
    facts: dict[str, object]


def issuer(chance: Random, year: int) -> Issuer:
    """A real township or town of the national list."""
    while True:
        county = chance.choice(divisions.counties())
        names = [one for one in divisions.townships(county.code) if one.name[-1] in "镇乡"]
        if names and county.name[-1] in "县市区":
            return Issuer(county, chance.choice(names), year)


def compose(chance: Random, whose: Issuer, values: dict[str, Number], quirks: frozenset[str]) -> Prose:
    """Title, preamble and the six parts around the tables."""
    facts: dict[str, object] = {}
    title = whose.fill(chance.choice(_TITLES))
    heads = [Line(chance.choice(ways) if "label variants" in quirks else ways[0], 1) for ways in HEADINGS]
    general = [
        Line("（一）主动公开", 2),
        Line(_active(chance, whose, facts)),
        Line("（二）依申请公开", 2),
        Line(_requests(chance, whose, values, facts)),
        Line("（三）政府信息管理", 2),
        Line(_MANAGED),
        Line("（四）政府信息公开平台建设", 2),
        Line(chance.choice(_PLATFORM)),
        Line("（五）监督保障", 2),
        Line(_trainings(chance, facts)),
    ]
    before = (*_preamble(whose, quirks), heads[0], *general)
    closing = (
        Line("（一）收取信息处理费的情况", 2),
        Line(_fee(chance, whose, facts)),
        Line("（二）人大代表建议和政协提案办理结果公开情况", 2),
        Line(_proposals(chance, whose, facts)),
        Line("（三）其他有关文件专门要求报告的事项", 2),
        Line("无。"),
    )
    after = (heads[4], Line(chance.choice(_PROBLEMS)), heads[5], *closing)
    return Prose(title, before, (heads[1], heads[2], heads[3]), after, facts)


def _preamble(whose: Issuer, quirks: frozenset[str]) -> tuple[Line, ...]:
    said = whose.year - 1 if "wrong year in text" in quirks else whose.year
    return (
        Line(
            whose.fill(
                "根据《中华人民共和国政府信息公开条例》（国务院令第711号）和《中华人民共和国政府信息公开工作年度报告格式》"
                "（国办公开办函〔2021〕30号）要求，现公布{C}{T}{S}年政府信息公开工作年度报告。",
                S=said,
            )
        ),
        Line(
            whose.fill(
                "本报告所列数据的统计期限自{Y}年1月1日起至{Y}年12月31日止。如有疑问，请与{T}人民政府联系"
                "（地址：{C}{T}驻地，邮编：250000，电话：0531-1234567）。"
            )
        ),
    )


def _active(chance: Random, whose: Issuer, facts: dict[str, object]) -> str:
    count = chance.choice((chance.randint(3, 40), chance.randint(3, 300), chance.randint(300, 5000)))
    sentence = whose.fill(chance.choice(_ACTIVE), n=count)
    facts["active_disclosure_count"] = count
    facts["active_disclosure_breakdown"] = []
    if chance.random() < 0.5:
        return f"{sentence}。公开内容经审核后发布。"
    labels = chance.sample(TOPICS, chance.randint(2, min(5, count)))
    cuts = sorted(chance.sample(range(1, count), len(labels) - 1))
    parts = [after - before for before, after in zip([0, *cuts], [*cuts, count], strict=True)]
    facts["active_disclosure_breakdown"] = [list(pair) for pair in zip(labels, parts, strict=True)]
    listed = "、".join(f"{label}{part}条" for label, part in zip(labels, parts, strict=True))
    return f"{sentence}，其中{listed}。"


def _requests(chance: Random, whose: Issuer, values: dict[str, Number], facts: dict[str, object]) -> str:
    received = int(values["t3.new_received.total"])
    facts["requests_received"] = received
    facts |= {"narrative_review_count": 0, "narrative_litigation_count": 0}
    sentence = chance.choice(_SOME if received else _NONE)
    return whose.fill(sentence, n=received) + whose.fill(chance.choice(_CALM))


def _trainings(chance: Random, facts: dict[str, object]) -> str:
    count = chance.randint(0, 9)
    facts["training_count"] = count or None
    said = f"全年组织政务公开培训{chance.choice((str(count), _DIGITS[count]))}次，" if count else ""
    return f"{said}将政务公开纳入年度考核，接受社会评议，没有责任追究的情形。"


def _fee(chance: Random, whose: Issuer, facts: dict[str, object]) -> str:
    if chance.random() < 0.1:
        facts["processing_fee_yuan"] = amount = chance.randint(1, 40) * 10
        return whose.fill("{Y}年，我{K}收取信息处理费{n}元。", n=amount)
    facts["processing_fee_yuan"] = 0
    return whose.fill(chance.choice(_FEES))


def _proposals(chance: Random, whose: Issuer, facts: dict[str, object]) -> str:
    npc, cppcc = chance.randint(0, 9), chance.randint(0, 9)
    if not (npc and cppcc):
        facts |= {"npc_proposals_count": 0, "cppcc_proposals_count": 0}
        return whose.fill("{Y}年，我{K}未收到人大代表建议和政协提案。")
    facts |= {"npc_proposals_count": npc, "cppcc_proposals_count": cppcc}
    return whose.fill("{Y}年，我{K}承办人大代表建议{a}件、政协提案{b}件，均已办结并公开。", a=npc, b=cppcc)
