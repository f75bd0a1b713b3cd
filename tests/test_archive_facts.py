"""What the prose of a report says in numbers: read where it is said once and clearly, else not at all."""

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.documents import read_document
from archive.documents.model import Paragraph, Place
from archive.report import narrative
from archive.report.active import read_active
from archive.report.contacts import read_contacts
from archive.report.counts import NUMBER, Count, read_count, read_numeral
from archive.report.facts import read_facts
from archive.report.identity import read_identity
from archive.report.prose import of_year, read_prose, squash, subsections
from archive.report.sections import find_sections

ROUNDS = settings(max_examples=80, deadline=None)
REPORT = """青禾县白石镇人民政府2023年政府信息公开工作
年度报告
本报告由白石镇人民政府按照《中华人民共和国政府信息公开条例》（以下简称《条例》）和《中华人民共和国
政府信息公开工作年度报告格式》（国办公开办函〔2021〕30号）编制。所列数据的统计期限自 2023 年 1 月 1 日起
至 2023 年 12 月 31 日止。电子版可在县政府网站（http://www.example.gov.cn/bsz/）下载。如有疑问，请与白石镇
党政办公室联系（地址：青禾县白石镇解放路8号，邮编：250000，电话：0531-1234567，电子邮箱：bsz@example.gov.cn）。
一、总体情况
2023年，白石镇认真做好政务公开。
（一）主动公开情况
全年主动公开政府信息共 2 1 条，其中政策文件 5
条、财政信息 6 条、工作动态 10 条。
（二）依申请公开情况
收到政府信息公开申请**3**件，上年结转1件，结转下年度2件。因政府信息公开引起的行政复议1件，无行政诉讼。
（三）监督保障
组织政务公开培训2次。
二、主动公开政府信息情况
三、收到和处理政府信息公开申请情况
四、政府信息公开行政复议、行政诉讼情况
五、存在的主要问题及改进情况
学习不够，将加强学习。
六、其他需要报告的事项
（一）收取信息处理费情况
2023年未收取信息处理费。
（二）建议提案
承办人大代表建议4件、政协提案1件，均已办结。
主办单位：青禾县人民政府 联系电话：0531-7654321
"""


def facts(text):
    document = read_document(text.encode())
    sections = find_sections(document)
    return read_facts(sections, read_identity(document, sections, url=None, county=None)[1])


def lines(text):
    return "\n".join(squash(line) for line in text.split("\n"))


def general(text):
    return lines(f"（一）主动公开情况\n{text}\n（二）依申请公开情况\n按规定办理。")


def on_requests(text):
    return lines(f"（一）主动公开情况\n公开信息12条。\n（二）依申请公开情况\n{text}")


def test_a_report_is_read_from_end_to_end():
    assert facts(REPORT) == {
        "legal_basis": "《中华人民共和国政府信息公开条例》、"
                       "《中华人民共和国政府信息公开工作年度报告格式》(国办公开办函〔2021〕30号)",
        "portal_url": "http://www.example.gov.cn/bsz/",
        "contact_office": "白石镇党政办公室",
        "contact_phone": "0531-1234567",              # not the one in the site's own lines
        "contact_email": "bsz@example.gov.cn",
        "contact_address": "青禾县白石镇解放路8号",
        "postcode": "250000",
        "active_disclosure_count": 21,
        "active_disclosure_approximate": False,
        "active_disclosure_breakdown": [["政策文件", 5], ["财政信息", 6], ["工作动态", 10]],
        "requests_received": 3,
        "narrative_carried_in": 1,
        "narrative_carried_out": 2,
        "narrative_review_count": 1,
        "narrative_litigation_count": 0,
        "processing_fee_yuan": 0,
        "npc_proposals_count": 4,
        "cppcc_proposals_count": 1,
        "training_count": 2,
    }


def test_a_text_that_says_nothing_yields_nothing():
    found = facts("一、总体情况\n做好政务公开工作。\n六、其他需要报告的事项\n无")
    assert {key for key, value in found.items() if value not in (None, [], False)} == set()


def test_a_report_from_before_the_tables_says_things_in_parts_of_its_own():
    found = facts("""白石镇2016年政府信息公开工作年度报告
一、概述
2016年，我镇扎实推进政府信息公开。
二、主动公开政府信息情况
2016年，我镇共主动公开政府信息126条，其中工作动态80条，公告公示46条。历年累计主动公开1031条。
三、依申请公开政府信息情况
2016年，我镇收到政府信息公开申请2件，均已答复。
四、政府信息公开的收费及减免情况
无。
五、因政府信息公开申请行政复议、提起行政诉讼情况
2016年，我镇未发生因政府信息公开申请行政复议、提起行政诉讼的情况。
六、存在的主要问题及改进措施
将加强培训。
""")
    assert (found["active_disclosure_count"], found["requests_received"]) == (126, 2)
    assert found["active_disclosure_breakdown"] == [["工作动态", 80], ["公告公示", 46]]
    none = ("processing_fee_yuan", "narrative_review_count", "narrative_litigation_count")
    assert [found[key] for key in none] == [0, 0, 0]


# Proactive disclosure

@pytest.mark.parametrize(("text", "count"), [
    ("我镇主动公开政府信息48条。", 48),
    ("共公开53条政务信息。", 53),
    ("公开了566条政府信息。", 566),
    ("通过县政府网站公开信息35条，微信公众号发布信息210条。", 35),            # a channel is no total
    ("在政府门户网站、微信公众号等平台主动公开信息1,204条。", 1204),
    ("主动公开政府信息数为194条，点击量达115772人次。", 194),
    ("历年累计主动公开政府信息4390条。2023年主动公开政府信息66条。", 66),
    ("主动公开政府信息７.09万条。", 70900),
    ("主动公开政府信息382条，较上年增加45条。", 382),
    ("新增主动公开政府信息26条。", 26),
    ("主动公开政府信息情况：48条", 48),
    ("办理12345热线工单530件，公开信息20条。", 20),
    ("微信公众号发布信息320条，微博发布40条。", None),
    ("删除信息1215条。", None),
    ("主动公开规章13件，行政规范性文件60件。", None),                        # kinds without a total
    ("主动公开政府信息六类194条。", 194),
    ("主动公开政府信息30条。年底统计，主动公开政府信息31条。", None),          # says two things
    ("按照要求及时公开各类信息。", None),
    ("主动公开数量为48条。", 48),
    ("政府信息公开总数量达304，全部可以查阅。", 304),                         # the measure word is lost
    ("公开政府信息30余次。", 30),
    ("全年信息公开数量增长三成。", None),
])
def test_the_number_of_disclosures_is_the_total_or_unknown(text, count):
    assert read_active(general(text)).count == count


@pytest.mark.parametrize("text", ["四十余条", "约40条", "40余条", "40多条", "近40条", "超40条", "40条以上", "40条左右"])
def test_a_rough_number_is_said_to_be_rough(text):
    active = read_active(general(f"主动公开政府信息{text}。"))
    assert (active.count, active.approximate) == (40, True)


@pytest.mark.parametrize(("text", "parts"), [
    ("主动公开信息9条，其中政策文件4条；财政信息5条。", (("政策文件", 4), ("财政信息", 5))),
    ("主动公开信息9条。政策文件4条、财政信息5条。", (("政策文件", 4), ("财政信息", 5))),
    ("发布政务信息9条；其中：机构概况4条、领导信息5条。", (("机构概况", 4), ("领导信息", 5))),
    ("主动公开信息9条，分别为政策文件4条和财政信息5条。", (("政策文件", 4), ("财政信息", 5))),
    ("主动公开信息9条，其中政策文件4条，占44%；财政信息5条，占56%。", (("政策文件", 4), ("财政信息", 5))),
    ("主动公开信息9条，其中政策文件4条、财政信息5条，较上年增加3条。", (("政策文件", 4), ("财政信息", 5))),
    ("主动公开信息9条，发布政策解读4条，回应关切5次。", ()),
    ("主动公开信息9条。召开会议2次，培训3次。", ()),
])
def test_the_parts_of_a_total_are_listed_as_printed(text, parts):
    assert read_active(general(text)).breakdown == parts


_WAYS = (
    "我镇主动公开政府信息{n}条", "全镇共主动公开各类政务信息{n}条", "2023年累计公开政府信息{n}条",
    "政府信息主动公开共{n}条", "主动公开政府信息的情况：{n}条", "通过县政府网站公开信息{n}条",
    "共公开{n}条政务信息", "推送各类政务信息{n}条", "街道办事处主动公开信息数为{n}条",
    "截至2023年12月31日，全乡主动公开政府信息共计{n}件", "主动公开政府信息总量达{n}篇",
    "通过政府网站、公开栏等渠道主动公开政府信息{n}条次",
)
_NUMBERS = (("48", 48), ("1,204", 1204), ("３ ０ ５", 305), ("四十八", 48), ("0", 0), ("7.09万", 70900), ("两百", 200))
_BESIDE = (
    ("", "。"),
    ("历年累计主动公开政府信息4390条。", "。"),
    ("上年主动公开政府信息77条。", "。"),
    ("2022年主动公开政府信息77条；", "。"),
    ("微信公众号发布信息320条，", "。"),
    ("办理12345热线工单530件。", "。"),
    ("", "，较上年增加45条。"),
    ("", "，点击量达115772人次。"),
    ("", "，其中政策文件10条，财政信息12条。"),
    ("", "，涉及31个领域。"),
    ("", "。村务公开信息600条，删除信息1215条。"),
)


@pytest.mark.parametrize("way", _WAYS)
def test_every_wording_of_a_total_gives_its_number_among_others(way):
    for (printed, number), (before, after) in product(_NUMBERS, _BESIDE):
        text = of_year(general(f"2023年，{before}{way.format(n=printed)}{after}"), 2023)
        assert read_active(text).count in (number, None), text
        if not before.startswith("2022"):
            assert read_active(text).count == number, text


def test_what_is_told_of_another_year_is_left_out():
    text = "2023年收到申请3件，2022年收到申请9件。2024年将组织培训4次。截至2024年1月5日，均已办结。"
    assert of_year(squash(text), 2023) == "2023年收到申请3件,。。截至2024年1月5日,均已办结。"
    assert of_year(squash("2022年收到申请9件。"), 2023) == "2022年收到申请9件。"        # a stale copy, maybe


# Requests

@pytest.mark.parametrize(("text", "count"), [
    ("未收到政府信息公开申请。", 0),
    ("我镇无依申请公开事项。", 0),
    ("没有接到公民、法人和其他组织提出的政府信息公开申请，未发生行政复议、诉讼。", 0),
    ("依申请公开数量：无", 0),
    ("依申请公开零报告。", 0),
    ("未收到书面申请，未收到网上申请。", 0),
    ("共收到政府信息公开申请0件。", 0),
    ("本年度未产生依申请公开事项。", 0),
    ("收到5件政府信息公开申请，全部按时答复。", 5),
    ("共收到依申请公开1宗。", 1),
    ("收到申请一次。", 1),
    ("共受理公民申请公开政府信息五件。", 5),
    ("新收政府信息公开申请2件，上年结转政府信息公开申请1件。", 2),
    ("共收到信息公开申请12件，其中网上申请10件，信函申请2件。", 12),
    ("收到依申请公开4条，未收到行政复议申请。", 4),
    ("网站收到申请3件，收到书面申请36件。", None),                            # no total is given
    ("未发生因依申请公开引起的行政复议、行政诉讼。", None),
    ("没有不予公开的申请，未出现逾期答复申请的情况。", None),
    ("接到群众咨询申请事项电话30次。", None),
    ("收到申请2件。年内未收到政府信息公开申请。", None),                       # says two things
    ("依申请公开3件，均已办结。", 3),
    ("收到政府信息公开申请数为0。", 0),
    ("全年没有公民、法人和其他组织向我镇申请公开政府信息。", 0),
    ("受理政府信息公开申请4件，答复9件（含上年结转5件）。", 4),
    ("收到政府信息公开申请12件，较上年减少9件。", 12),
    ("未收到有关政府信息公开申请的行政复议和行政诉讼。", None),
    ("未发生针对政府信息公开申请的行政复议。", None),
    ("答复依申请公开9件。", None),
    ("上年度收到依申请公开4件。", None),
])
def test_requests_are_counted_or_unknown(text, count):
    assert narrative.requests(on_requests(text)) == count


@pytest.mark.parametrize(("text", "carried"), [
    ("上年结转2件，结转下年度1件。", (2, 1)),
    ("答复30件（含上年度结转申请4件，另有3件顺延到下年度答复）。", (4, 3)),
    ("无上年结转申请，无结转下年度申请。", (0, 0)),
    ("结转至2024年1件。", (None, 1)),
    ("按时答复。", (None, None)),
])
def test_what_was_carried_over_is_read(text, carried):
    assert narrative.carried(on_requests(text)) == carried


@pytest.mark.parametrize(("text", "counts"), [
    ("政府信息公开行政复议2件，行政诉讼1件。", (2, 1)),
    ("未发生因政府信息公开引起的行政复议、行政诉讼。", (0, 0)),
    ("因政府信息公开被申请行政复议0件、提起行政诉讼0件。", (0, 0)),
    ("因政府信息公开被申请行政复议、提起行政诉讼的情况均未发生。", (0, 0)),
    ("信息公开行政复议、行政诉讼共3件。", (None, None)),                       # how many of each?
    ("全年办理行政复议3件。", (None, None)),                                   # not about disclosure
    ("政府信息公开行政复议与行政诉讼各1件。", (1, 1)),
    ("政府信息公开行政诉讼一审1件、二审1件。", (None, None)),                   # of one case, maybe
])
def test_disputes_over_disclosure_are_counted(text, counts):
    assert narrative.disputes(lines(text)) == counts


# The last part

@pytest.mark.parametrize(("text", "fee"), [
    ("未收取任何费用。", 0),
    ("（一）收取信息处理费情况：无。", 0),
    ("2023年收取信息处理费0元。", 0),
    ("全年收取政府信息公开信息处理费3940元。", 3940),
    ("信息处理费收取金额为0。", 0),
    ("（一）收取信息处理费情况\n无。\n（二）建议提案情况\n承办2件。", 0),
    ("本年度政府信息公开处理费为零。", 0),
    ("发出收费通知2件，总金额300元，实际收取总金额200元。", 200),
    ("按照规定收取信息处理费。", None),
    ("收取信息处理费0.5万元。", None),                                         # not in yuan
    ("无", None),
])
def test_the_processing_fee_is_read_in_yuan(text, fee):
    assert narrative.processing_fee(lines(text), "") == fee


@pytest.mark.parametrize(("text", "counts"), [
    ("承办县人大代表建议3件、政协提案2件，办结率100%。", (3, 2)),
    ("未收到人大代表、政协委员建议提案。", (0, 0)),
    ("办理人大代表建议、政协提案各2件。", (2, 2)),
    ("收到人大代表建议1件，未收到政协委员提案。", (1, 0)),
    ("办理人大代表建议和政协提案共5件。", (None, None)),
    ("公开人大代表建议办理结果2条。", (None, None)),                           # published, not received
    ("共办理3件人大代表建议和2件政协提案。", (3, 2)),
])
def test_proposals_are_counted_by_house(text, counts):
    assert narrative.proposals("", lines(text)) == counts


@pytest.mark.parametrize(("text", "count"), [
    ("组织政务公开专项培训2次。", 2),
    ("举办政务公开业务培训班一期。", 1),
    ("全年开展3次政务公开专题培训。", 3),
    ("组织消防培训3次。", None),
    ("组织消防培训3次，召开政务公开会议2次。", None),
    ("组织业务培训2次，提升信息公开水平。", 2),
    ("下一步，将组织政务公开培训4次。", None),
    ("政务公开培训2条。", None),                                               # items published in that column
    ("组织政务公开培训3次。年底共开展政务公开培训4次。", None),
])
def test_trainings_are_those_on_disclosure(text, count):
    assert narrative.trainings(lines(text))[0] == count


# Contacts

@pytest.mark.parametrize(("printed", "phone"), [
    ("联系电话：0537-3175001", "0537-3175001"),
    ("电话：（0537）3175001", "0537-3175001"),
    ("联系电话：0537—3175001", "0537-3175001"),
    ("联系电话：3175001", "3175001"),
    ("电话/传真：0537-3175001", "0537-3175001"),
    ("联系电话（传真）：0537-3175001", "0537-3175001"),
    ("联系电话：13800000000", "13800000000"),
    ("12345热线", None),
    ("联系电话：0537-31750", None),
])
def test_a_telephone_number_is_read_behind_its_label(printed, phone):
    assert read_contacts(lines(f"如有疑问请联系（{printed}）。")).phone == phone


def test_contacts_on_lines_of_their_own_are_kept_apart():
    found = read_contacts(lines("机构名称：白石镇党政办公室\n联系电话：0531-1234567\n"
                                "联系地址：白石镇解放路8号\n邮政编码：250000"))
    assert (found.office, found.phone, found.address, found.postcode) == (
        "白石镇党政办公室", "0531-1234567", "白石镇解放路8号", "250000")


@pytest.mark.parametrize(("printed", "address"), [
    ("地址：白石镇解放路8号，邮编：250000", "白石镇解放路8号"),
    ("办公地址：白石镇解放路8号 办公电话：0531-1234567", "白石镇解放路8号"),
    ("地址：白石镇解放路8号（镇政府院内）；电话：0531-1234567", "白石镇解放路8号(镇政府院内)"),
])
def test_an_address_ends_where_the_next_thing_begins(printed, address):
    assert read_contacts(lines(f"如有疑问请联系（{printed}）。")).address == address


# Laws

_HAN = "零一二三四五六七八九"


def in_han(number):
    """A number below ten thousand as Chinese numerals."""
    text, gap = "", False
    for rank, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, rank)
        if digit:
            text += ("零" if gap and text else "") + _HAN[digit] + name
            gap = False
        else:
            gap = bool(text)
    return text or "零"


@ROUNDS
@given(st.integers(0, 9999))
def test_chinese_numerals_mean_their_numbers(number):
    assert read_numeral(in_han(number)) == number
    assert read_numeral("".join(_HAN[int(digit)] for digit in str(number))) == number


@ROUNDS
@given(st.integers(0, 99_999_999), st.sampled_from(["plain", "wide", "commas", "spaced", "bold"]))
def test_a_number_survives_its_spelling(number, spelling):
    plain = str(number)
    printed = {
        "plain": plain,
        "wide": plain.translate(str.maketrans("0123456789", "０１２３４５６７８９")),
        "commas": f"{number:,}",
        "spaced": " ".join(plain),
        "bold": f"**{plain}**",
    }[spelling]
    assert read_active(general(f"2023年，全年主动公开政府信息共 {printed} 条。")).count == number
    assert narrative.requests(on_requests(f"收到政府信息公开申请 {printed} 件。")) == number


@ROUNDS
@given(st.integers(1, 9999))
def test_ten_thousands_are_multiplied(number):
    assert read_count(f"{number / 100:.2f}万") == Count(number * 100)
    assert read_count(f"{number}万余") == Count(number * 10_000, approximate=True)


@ROUNDS
@given(st.integers(1, 999))
def test_an_ordinal_is_no_count(number):
    assert re.search(rf"{NUMBER}条", f"第{in_han(number)}条") is None
    assert re.search(rf"{NUMBER}条", f"第{number}条") is None


def test_subsections_are_cut_at_one_kind_of_numeral():
    text = lines("（一）主动公开。12条。\n1.学习\n（二）依申请公开。无。\n1.学习")
    assert [head[:4] for head, _ in subsections(text)] == ["主动公开", "依申请公"]
    assert subsections("没有小标题") == []


def test_prose_in_traditional_characters_says_the_same():
    general = "（二）依申請公開。本年度收到政府資訊公開申請3件，上年結轉1件，結轉下年度2件。"
    assert narrative.requests(squash(general)) == 3
    assert narrative.carried(squash(general)) == (1, 2)
    assert squash("卜集鎮答覆申請，覆蓋各村") == "卜集镇答复申请,覆盖各村"
    assert squash("著名的乾隆年间的鎮志") == "著名的乾隆年间的鎮志"          # one sign alone may be a name's


def test_a_line_too_short_to_be_known_for_traditional_is_known_in_its_paragraph():
    lines = ("全年組織政務公", "開培訓三次，將政務公開納入年度考覈。")
    prose = read_prose([Paragraph(line, Place(f"line {number}")) for number, line in enumerate(lines, start=1)])
    assert narrative.trainings(prose.text)[0] == 3
    assert [prose.where(prose.text.index(word)) for word in ("组织", "考核")] == ["line 1", "line 2"]
