"""Whose report of which year a document is, when it was published, and what only looks like a report."""

import json
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archive.documents import read_document
from archive.report.identity import read_identity
from archive.report.prose import squash
from archive.report.sections import find_sections
from archive.report.titles import is_report_title, issuer_part, likeness, tidy, title_year

ROUNDS = settings(max_examples=80, deadline=None)
TITLE = "金乡县卜集镇人民政府2023年政府信息公开工作年度报告"
JINXIANG = "370828"
PARTS = """
<p>一、总体情况</p><p>（一）主动公开。2023年，我镇主动公开信息21条。</p><p>二、主动公开政府信息情况</p>
<p>三、收到和处理政府信息公开申请情况</p><p>四、政府信息公开行政复议、行政诉讼情况</p>
<p>五、存在的主要问题及改进情况</p><p>六、其他需要报告的事项</p><p>无</p><p>2024年1月12日</p>"""
KINDS = {
    "township_report": "township_report", "subdistrict_report": "township_report", "county_report": "county_report",
    "department_report": "department_report", "other_report": "other_report", "decoy": "not_a_report",
    "list_page": "not_a_report",
}


def page(head=f"<h1>{TITLE}</h1>", *, title=TITLE, metas="", parts=PARTS):
    nav = "<div>首页 &gt; 政府信息公开年报</div>"
    top = f"<head><meta charset='utf-8'>{metas}<title>{title}</title></head>"
    return f"<html>{top}<body>{nav}{head}{parts}</body></html>"


def identify(html, *, url=None, county=None):
    document = read_document(html.encode())
    return read_identity(document, find_sections(document), url=url, county=county)


def kind_of(title):
    return identify(page(f"<h1>{title}</h1>", title=title, parts="<p>正文</p>"), county=JINXIANG)[0]


# Whose report

def test_a_report_says_whose_it_is():
    kind, identity, doubts = identify(page())
    assert kind == "township_report"
    assert (identity.title, identity.report_year) == (TITLE, 2023)
    assert (identity.county, identity.township, identity.division_code) == ("金乡县", "卜集镇", "370828111")
    assert doubts == ()


def test_the_portal_tells_the_county_where_the_page_does_not():
    short = "卜集镇2023年政府信息公开工作年度报告"
    identity = identify(page(f"<h1>{short}</h1>", title=short), county=JINXIANG)[1]
    assert (identity.county, identity.division_code) == ("金乡县", "370828111")


def test_a_page_that_names_another_county_is_that_countys_and_doubted():
    other = "鱼台县王鲁镇2023年政府信息公开工作年度报告"
    kind, identity, doubts = identify(page(f"<h1>{other}</h1>", title=other), county=JINXIANG)
    assert (kind, identity.county, identity.township) == ("township_report", "鱼台县", "王鲁镇")
    assert doubts


def test_the_text_names_a_county_that_the_title_leaves_out():
    short = "金斗营镇人民政府2023年政府信息公开工作年度报告"
    contact = "<p>机构名称：阳谷县金斗营镇人民政府党政办公室</p>"
    identity = identify(page(f"<h1>{short}</h1>", title=short, parts=PARTS + contact))[1]
    assert (identity.county, identity.issuer) == ("阳谷县", "阳谷县金斗营镇人民政府")


def test_the_preamble_names_a_body_that_the_title_leaves_out():
    head = "<h1>2023年度政府信息公开工作年度报告</h1><p>本报告由卜集镇人民政府根据《条例》编制。</p>"
    identity = identify(page(head, title="2023年度政府信息公开工作年度报告"), county=JINXIANG)[1]
    assert (identity.township, identity.report_year) == ("卜集镇", 2023)


@pytest.mark.parametrize(("printed", "township"), [
    ("龙游县湖镇镇人民政府", "湖镇镇"),                  # 镇镇
    ("阿克陶县阿克陶镇人民政府", "阿克陶镇"),              # named like its county
    ("深圳市福田区福田街道办事处", "福田街道"),
    ("南京市鼓楼区人民政府华侨路街道办事处", "华侨路街道"),
    ("会同县宝田侗族苗族乡人民政府", "宝田侗族苗族乡"),
    ("科尔沁右翼中旗哈日诺尔苏木人民政府", "哈日诺尔苏木"),
    ("金乡县人民政府鱼山街道办事处", "鱼山街道"),
    ("北京市大兴区亦庄镇", "亦庄镇"),                      # the register calls it 亦庄地区
    ("潁東區老廟鎮人民政府", "老庙镇"),                    # a copy in traditional characters
])
def test_a_township_is_found_under_the_name_that_is_printed(printed, township):
    title = f"{printed}2023年政府信息公开工作年度报告"
    kind, identity, _ = identify(page(f"<h1>{title}</h1>", title=title, parts=""))
    assert (kind, identity.township) == ("township_report", township)


def test_a_farm_is_known_to_the_table_but_is_no_township():
    title = "蒋湖农场2023年政府信息公开工作年度报告"
    kind, identity, _ = identify(page(f"<h1>{title}</h1>", title=title, parts=""), county="429006")
    assert (kind, identity.township) == ("other_report", None)
    assert identity.division_code.startswith("429006")


@pytest.mark.parametrize(("title", "kind"), [
    ("金乡县人民政府2023年政府信息公开工作年度报告", "county_report"),
    ("金乡县2023年政府信息公开工作年度报告", "county_report"),
    ("金乡县人民政府办公室2023年政府信息公开工作年度报告", "department_report"),
    ("金乡县教育和体育局2023年政府信息公开工作年度报告", "department_report"),
    ("国家税务总局金乡县税务局2023年政府信息公开工作年度报告", "department_report"),
    ("卜集镇财政所2023年政府信息公开工作年度报告", "department_report"),
    ("济宁市2023年政府信息公开工作年度报告", "other_report"),
    ("江西省农业农村厅2023年政府信息公开工作年度报告", "other_report"),
    ("金乡经济开发区管委会2023年政府信息公开工作年度报告", "other_report"),
    ("卜集镇党政办公室2023年政府信息公开工作年度报告", "township_report"),
    ("【文字解读】卜集镇2023年政府信息公开工作年度报告", "not_a_report"),
    ("图解：卜集镇2023年政府信息公开工作年度报告", "not_a_report"),
    ("关于发布卜集镇2023年政府信息公开工作年度报告的通知", "not_a_report"),
    ("卜集镇2023年政府信息公开工作年度报告公布情况", "not_a_report"),
    ("卜集镇政府信息公开工作年度报告制度", "not_a_report"),
    ("卜集镇2023年法治政府建设年度报告", "not_a_report"),
    ("卜集镇2023年度政府信息公开情况统计表", "not_a_report"),
    ("2023年政府信息公开工作年度报告格式", "not_a_report"),
    ("卜集镇政府信息公开指南", "not_a_report"),
    ("卜集镇召开政务公开工作会议", "not_a_report"),
    ("政府信息公开年报", "not_a_report"),                 # the name of a column
])
def test_a_title_tells_what_a_page_is(title, kind):
    assert kind_of(title) == kind


def test_a_list_of_reports_is_no_report():
    names = ("卜集镇", "胡集镇", "鸡黍镇", "羊山镇")
    links = "".join(f"<li><a href='/{name}'>金乡县{name}2023年政府信息公开工作年度报告</a></li>" for name in names)
    listing = page(f"<ul>{links}</ul>", title="政府信息公开年报_金乡县人民政府", parts="")
    assert identify(listing)[0] == "not_a_report"
    kind, identity, _ = identify(page(parts=PARTS + f"<p>相关信息</p><ul>{links}</ul>"))
    assert (kind, identity.township) == ("township_report", "卜集镇")


def test_a_link_to_a_report_makes_no_report_of_an_article():
    link = f"<div><h3>政府信息公开年报</h3><a href='/1'>{TITLE}</a></div>"
    meeting = "卜集镇召开政务公开工作推进会"
    assert identify(page(f"<h1>{meeting}</h1>{link}", title=meeting, parts="<p>近日，……</p>"))[0] == "not_a_report"


@pytest.mark.parametrize("title", [TITLE, "政府信息公开工作年度报告"])
def test_the_links_above_a_title_are_no_part_of_it(title):
    links = "<ul><li>政府信息公开</li><li>乡镇信息公开</li><li>财政公开</li></ul>"
    _, identity, _ = identify(page(f"{links}<h1>{title}</h1>", title=title))
    assert identity.title == title


def test_a_title_broken_within_a_name_is_joined():
    _, identity, _ = identify(page("<p>金乡县卜集</p><p>镇人民政府2023年政府信息公开工作年度报告</p>", title="正文"))
    assert identity.title == "金乡县卜集镇人民政府2023年政府信息公开工作年度报告"


def test_the_headings_of_a_menu_do_not_speak_for_the_page():
    menu = "<div><h2>政府信息公开指南</h2><h2>政府信息公开制度</h2><h2>政府信息公开年报</h2></div>"
    kind, identity, _ = identify(page(f"{menu}<h1>{TITLE}</h1>", title="金乡县人民政府"))
    assert (kind, identity.township) == ("township_report", "卜集镇")
    kind, _, _ = identify(page(f"{menu}<h1>【文字解读】{TITLE}</h1>", title="金乡县人民政府"))
    assert kind == "not_a_report"


def test_a_page_that_only_links_its_report_is_one_by_its_title():
    body = "<p>附件：<a href='/a.docx'>年度报告</a></p>"
    assert identify(page(title=TITLE, parts=body))[0] == "township_report"
    under_the_site = page(f"<div class='title'>{TITLE}</div>", title="金乡县人民政府门户网站", parts=body)
    assert identify(under_the_site)[0] == "township_report"


def test_a_blank_form_is_no_report():
    parts = PARTS.replace("2023年，我镇主动公开信息21条。", "（文字描述）").replace("2024年1月12日", "")
    form = "政府信息公开工作年度报告格式模板"
    assert identify(page(f"<p>{form}</p>", title="", parts=parts))[0] == "not_a_report"


# Titles

@pytest.mark.parametrize("printed", [
    f"{TITLE}_金乡县人民政府", f"{TITLE} - 政府信息公开年报 - 金乡县人民政府", f"{TITLE}.docx",
    f" {TITLE[:6]} {TITLE[6:]}\u3000", f"标题：{TITLE}",
])
def test_the_name_of_the_site_is_no_part_of_the_title(printed):
    assert tidy(printed) == TITLE


@pytest.mark.parametrize("lines", [
    ("金乡县卜集镇人民政府", "2023年政府信息公开工作年度报告"),
    ("金乡县卜集镇人民政府2023年政府信", "息公开工作年度报", "告"),
    ("金乡县卜集镇人民政府 2023 年政府信息公开工作", "年度报告"),
])
def test_a_title_broken_over_lines_is_joined(lines):
    head = "".join(f"<p>{line}</p>" for line in lines)
    assert identify(page(head, title="乡镇信息公开"))[1].title == TITLE


def test_of_two_titles_the_fuller_one_is_taken():
    short = "卜集镇2023年政府信息公开工作年度报告"
    assert identify(page(f"<h1>{short}</h1><p>{TITLE}</p>", title=short))[1].title == TITLE


@pytest.mark.parametrize(("title", "year", "issuer"), [
    ("2025湖口县大垅乡2025年度政府信息公开工作年度报告", 2025, "湖口县大垅乡"),
    ("宝坻区大钟庄镇政府信息公开工作年度报告(2019年)", 2019, "宝坻区大钟庄镇"),
    ("2018年诸暨市牌头镇人民政府信息公开年报", 2018, "诸暨市牌头镇人民政府"),
    ("卜集镇二〇二三年政府信息公开工作年度报告", 2023, "卜集镇"),
    ("卜集镇2023年政府信息公开年度工作报告", 2023, "卜集镇"),
    ("卜集镇2023年政务信息公开工作年度报告", 2023, "卜集镇"),
    ("卜集镇２０２３年信息公开工作报告", 2023, "卜集镇"),
    ("巴彦扎拉嘎乡政府信息公开工作年度报告", None, "巴彦扎拉嘎乡"),
    ("2024年发布的2023年政府信息公开工作年度报告", None, "发布"),      # two years: it does not say which
])
def test_a_title_gives_its_year_and_its_body(title, year, issuer):
    assert is_report_title(title)
    assert likeness(title) == "report"
    assert (title_year(title), issuer_part(title)) == (year, issuer)


# The year, where the title has none

def test_the_body_gives_the_year_that_the_title_leaves_out():
    title = "卜集镇政府信息公开工作年度报告"
    assert identify(page(f"<h1>{title}</h1>", title=title), county=JINXIANG)[1].report_year == 2023


def test_a_body_that_contradicts_itself_gives_no_year():
    title = "卜集镇政府信息公开工作年度报告"
    period = "<p>本报告统计期限自2022年1月1日起至2022年12月31日止。</p>"
    text = PARTS.replace("我镇", "我镇2023年")
    assert identify(page(f"<h1>{title}</h1>{period}", title=title, parts=text), county=JINXIANG)[1].report_year is None


def test_the_portals_parameter_is_asked_last_and_a_folder_never():
    title = "卜集镇政府信息公开工作年度报告"
    html = page(f"<h1>{title}</h1>", title=title, parts="<p>正文</p>")
    url = "http://www.example.gov.cn/module/xxgk/xxgkAnnualReport.jsp?area=1&fbtime=2022"
    assert identify(html, url=url, county=JINXIANG)[1].report_year == 2022
    folder = "http://www.example.gov.cn/2019/202201/t20220112.html"
    assert identify(html, url=folder, county=JINXIANG)[1].report_year is None


# The period

@pytest.mark.parametrize(("text", "period"), [
    ("统计期限自2023年1月1日起至2023年12月31日止", ("2023-01-01", "2023-12-31")),
    ("统计期限为2023年1月1日至12月31日", ("2023-01-01", "2023-12-31")),
    ("统计期限自 2 0 2 3 年 1 月 1 日起至 2023 年 12 月 31 日止", ("2023-01-01", "2023-12-31")),
    ("所列数据的统计期限自20231月1日起至202312月31日止", ("2023-01-01", "2023-12-31")),
    ("所列数据的统计期限自202311日至1231日", ("2023-01-01", "2023-12-31")),  # 年 and 月 lost
    ("所列数据的统计期限自2023年日至12日", (None, None)),                      # torn beyond the pattern
    ("统计期限自2023年1月1日起至202020年12月31日止", (None, None)),
    ("统计期限自2022年1月1日起至2022年12月31日止", ("2022-01-01", "2022-12-31")),
    ("活动时间自2023年3月1日至2023年4月1日", (None, None)),
])
def test_the_period_is_read_or_not_at_all(text, period):
    identity = identify(page(f"<h1>{TITLE}</h1><p>本报告{text}。</p>"))[1]
    assert (identity.period_start, identity.period_end) == period


# The day of publication

HEAD = f"<h1>{TITLE}</h1>"


@pytest.mark.parametrize(("metas", "head", "day", "source"), [
    ('<meta name="PubDate" content="2024-01-15 09:30">', HEAD, "2024-01-15", "meta PubDate"),
    ('<meta name="pubdate" content="2024-01-15 09:30:22">', HEAD, "2024-01-15", "meta PubDate"),
    ('<meta name="PUBDATE" content="2024/01/15">', HEAD, "2024-01-15", "meta PubDate"),
    ('<meta name="PubDate" content="2024年1月5日">', HEAD, "2024-01-05", "meta PubDate"),
    ('<meta name="PubDate" content="">', HEAD + "<p>发布时间：2024-01-16 08:00 来源：卜集镇</p>",
     "2024-01-16", "line 发布时间"),
    ("", HEAD + "<p>发布时间 ： 2024-01-16 08:00</p>", "2024-01-16", "line 发布时间"),
    ("", HEAD + "<p>发布日期：</p><p>2024-01-16</p>", "2024-01-16", "line 发布日期"),
    ("", "<p>发布时间：2024-01-16</p>" + HEAD, "2024-01-16", "line 发布时间"),
    ("", HEAD + "<p>来源:时间:2024-01-07浏览量:</p>", "2024-01-07", "line 时间"),
    ("", HEAD + "<p>来源：卜集镇人民政府日期：2024-01-17</p>", "2024-01-17", "line 日期"),
    ("", HEAD + "<p>发布时间：</p><p>更新时间：2024-01-15</p>", "2024-01-15", "line 更新时间"),
    ("", HEAD + "<table><tr><td>成文日期</td><td>2024-01-10</td>"
     "<td>公开日期：</td><td>2024年01月20日</td></tr></table>", "2024-01-20", "head table 公开日期"),
    ("", HEAD + "<p>2024年01月25日 (点击: )</p>", "2024-01-25", "line below the title"),
    ("", HEAD + "<p>2024-01-2918:26</p>", "2024-01-29", "line below the title"),
])
def test_the_day_of_publication_is_read_where_a_page_says_it(metas, head, day, source):
    identity = identify(page(head, metas=metas))[1]
    assert (identity.published_on, identity.published_from) == (day, source)


@pytest.mark.parametrize("head", [
    HEAD,                                                                  # only the signature has a date
    "<p>2019年12月3日 星期二</p>" + HEAD,                                    # a page clock
    HEAD + "<p>成文日期：2024-01-10</p>",
    HEAD + "<p>归档时间：2024-02-01 生效日期：2024-01-01</p>",
    "<p>当前时间：2024-05-01</p>" + HEAD,
    HEAD + "<p>发布时间：2024-13-41</p>",
])
def test_other_days_are_not_the_day_of_publication(head):
    identity = identify(page(head), url="http://www.example.gov.cn/202401/t20240112_1.html")[1]
    assert (identity.published_on, identity.published_from) == (None, None)


# Laws

@ROUNDS
@given(st.integers(2008, 2035), st.sampled_from(["年", "年度"]), st.sampled_from(["", " ", "\u3000", "\n"]))
def test_the_year_of_a_title_survives_its_spelling(year, suffix, space):
    wide = str(year).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    for digits in (str(year), wide):
        assert title_year(tidy(f"卜集镇{space}{digits}{space}{suffix}政府信息公开工作年度报告")) == year


@ROUNDS
@example("A´")
@given(st.text(max_size=200))
def test_any_text_can_be_squashed(text):
    squashed = squash(text)
    assert squash(squashed) == squashed or not squashed.isprintable()


# Titles of public pages

@pytest.fixture(scope="module")
def titles():
    """Labelled titles of public pages, where the machine has them; none are part of the project."""
    folder = Path(os.environ.get("NIANBAO_CASES") or Path(__file__).resolve().parents[2] / "shared" / "cases")
    path = folder / "titles.jsonl"
    if not path.exists():
        print(f"no labelled titles at {path}: nothing was scored")
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_labelled_titles_are_read_right(titles):
    score, wrong = Counter(), []
    for row in titles:
        issuer = f"<p>发布机构：{row['issuer']}</p>" if row["issuer"] else ""
        html = page(f"<h1>{row['title']}</h1>{issuer}", title=row["title"], parts="<p>正文</p>")
        kind, identity, _ = identify(html, url=row["url"])
        expected = KINDS[row["kind"]]
        score[f"kind {kind == expected}"] += 1
        if kind != expected:
            wrong.append((row["title"], kind, expected))
        if "not_a_report" in (kind, expected):
            continue
        for name in ("township", "report_year"):
            value = getattr(identity, name)
            score[f"{name} {'null' if value is None and row[name] else value == row[name]}"] += 1
            if value is not None and value != row[name]:
                wrong.append((row["title"], name, value, row[name]))
    print(dict(score))
    assert wrong == []
