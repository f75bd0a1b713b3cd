"""Titles of pages across the country: every shape of title on every kind of page, with the answer by construction."""

import re
from collections import Counter
from itertools import cycle
from random import Random

import pytest

from archive import divisions
from archive.divisions import County, Township
from archive.documents import read_document
from archive.report.identity import read_identity
from archive.report.sections import find_sections
from archive.report.titles import issuer_part, tidy, title_year

JINXIANG = "370828"
PARTS = """<p>一、总体情况</p><p>（一）主动公开。按规定公开。</p><p>二、主动公开政府信息情况</p>
<p>三、收到和处理政府信息公开申请情况</p><p>四、政府信息公开行政复议、行政诉讼情况</p>
<p>五、存在的主要问题及改进情况</p><p>六、其他需要报告的事项</p><p>无</p>"""
WORDS = (
    "政府信息公开工作年度报告", "政府信息公开年度报告", "政府信息公开年度工作报告", "政府信息公开工作报告",
    "信息公开工作报告", "信息公开年报", "信息公开工作年度报告", "政务信息公开工作年度报告", "政务公开工作年度报告",
    "政府信息公开工作情况年度报告", "政府信息公开工作年报",
)
SHAPES = (
    "{who}{year}年{words}", "{who}{year}年度{words}", "{year}年{who}{words}", "{year}年度{who}{words}",
    "{who}{words}（{year}年）", "{who}{words} ({year}年度)", "{year}{who}{year}年度{words}",
    "（{year}年度）{who}{words}",
    "{who}关于{year}年{words}", "关于{who}{year}年{words}", "{who}：{year}年{words}", "《{who}{year}年{words}》",
    "{who}{year}年{words}（全文）", "{who}【{year}】年{words}", "{who}{year}{words}", "附件：{who}{year}年{words}",
)
PAGES = (
    "<title>{title}</title><h1>{title}</h1>{parts}",
    "<title>{title}</title>{parts}",                                                       # only the browser shows it
    "<title>{title}_{county}人民政府</title><p>正文</p>",
    "<title>{title} - 政府信息公开年报 - {county}人民政府门户网站</title>{parts}",
    "<meta name='ArticleTitle' content='{title}'><title>{county}人民政府门户网站</title><p>正文</p>",
    "<title>正文</title><p>{first}</p><p>{rest}</p>{parts}",                                # broken anywhere
    "<title>{county}人民政府</title><h1>{county}人民政府</h1><div>{title}</div>{parts}",
    "<title>{title}</title><div>首页 &gt; 乡镇信息公开 &gt; 政府信息公开年报</div><h1>{title}</h1><p>附件：下载</p>",
    "<title>{title}</title><h1>{title}</h1><p>发布机构：政务服务管理局</p>{parts}",
    "<title>{title}</title><h1>{title}</h1><p>发布机构：</p><p>发布日期：2024-01-20</p>{parts}",
    "<title>{title}</title><h1>{year}年度政府信息公开工作年度报告</h1><p>{title}</p>{parts}",
)


def identify(html, county=None):
    document = read_document(f"<html><head><meta charset='utf-8'></head><body>{html}</body></html>".encode())
    return read_identity(document, find_sections(document), url=None, county=county)


def shown(title, county=None, *, parts="<p>正文</p>"):
    return identify(f"<title>{title}</title><h1>{title}</h1>{parts}", county)


def is_odd(unit: Township, county: County) -> bool:
    """乡镇, 镇镇, 集镇, 苏木, nations, names like the county's, names of two signs and very long ones."""
    shape = re.search(r"乡镇$|镇镇$|集镇$|苏木|族|街道$", unit.name)
    return bool(shape) or unit.short in county.name or not 3 <= len(unit.name) <= 7


def drawn(chance: Random, count: int) -> list[tuple[County, Township]]:
    """Towns of all provinces, every second one with an odd name. 地区 sign under other names than the register's."""
    owing = [(county, unit) for county in divisions.counties() for unit in divisions.townships(county.code)
             if unit.owes_by_kind and unit.kind != "地区"]
    odd = [pair for pair in owing if is_odd(pair[1], pair[0])]
    return [chance.choice(odd if number % 2 else owing) for number in range(count)]


def named(chance: Random, county: County, unit: Township) -> str:
    """The township as a page may print it, its county in front."""
    above = county.prefecture if county.prefecture != county.province else county.province
    offices = ("", "办事处", "办") if unit.name.endswith("街道") else ("", "人民政府", "政府", "党政办公室")
    return chance.choice(("", above)) + county.name + unit.name + chance.choice(offices)


def test_every_shape_of_title_on_every_page_tells_whose_report_of_which_year():
    chance, score, wrong = Random(20), Counter(), []
    shapes, pages, words = cycle(SHAPES), cycle(PAGES), cycle(WORDS)
    for county, unit in drawn(chance, 700):
        who, year = named(chance, county, unit), chance.randint(2018, 2025)
        title = next(shapes).format(who=who, year=year, words=next(words))
        cut = chance.randrange(4, len(title) - 2)
        html = next(pages).format(title=title, county=county.name, year=year, parts=PARTS,
                                  first=title[:cut], rest=title[cut:])
        kind, identity, _ = identify(html, chance.choice((None, county.code)))
        found = (kind, identity.township, identity.division_code, identity.county, identity.report_year)
        meant = ("township_report", unit.name, unit.code, county.name, year)
        for got, expected in zip(found, meant, strict=True):
            score["right" if got == expected else "null" if got is None else "wrong"] += 1
            if got not in (expected, None):
                wrong.append((title, html[:80], found, meant))
    print(dict(score), *wrong, sep="\n")
    assert wrong == []
    assert score["null"] <= 12                       # where several counties of one name have such a town


@pytest.mark.parametrize("title", [
    "【文字解读】{who}2023年政府信息公开工作年度报告", "图解：{who}2023年政府信息公开工作年度报告",
    "一图读懂{who}2023年政府信息公开工作年度报告", "{who}2023年政府信息公开工作年度报告（图解）",
    "音频：{who}2023年政府信息公开工作年度报告", "视频解读：{who}2023年政府信息公开工作年度报告",
    "{who}2023年政府信息公开工作年度报告公布情况", "{who}2023年政府信息公开工作年度报告报送通知",
    "关于报送{who}2023年政府信息公开工作年度报告的函", "{who}2023年政府信息公开工作年度报告的公告",
    "{who}关于做好2023年政府信息公开工作年度报告编制工作的通知", "{who}政府信息公开工作年度报告制度",
    "{who}召开2023年政府信息公开工作年度报告编制部署会", "{who}2023年法治政府建设年度报告",
    "{who}2023年度“三公”经费决算公开", "{who}政府信息公开指南", "{who}政府信息主动公开基本目录",
    "{who}2023年政务公开工作要点", "{who}2023年政府工作报告", "{who}2023年度政府网站工作年度报表",
    "政府信息公开年报", "政府信息公开工作年度报告", "2023年政府信息公开工作年度报告模板",
])
@pytest.mark.parametrize("who", ["卜集镇", "金乡县卜集镇人民政府", "金乡县"])
def test_what_only_speaks_of_a_report_is_none(title, who):
    assert shown(title.format(who=who), JINXIANG)[0] == "not_a_report"


@pytest.mark.parametrize(("who", "kind"), [
    ("金乡县教育和体育局", "department_report"), ("济宁市金乡县财政局", "department_report"),
    ("金乡县国有资产监督管理委员会", "department_report"), ("金乡县人民政府研究室", "department_report"),
    ("金乡县人民政府办公室", "department_report"), ("卜集镇中心卫生院", "department_report"),
    ("金乡县", "county_report"), ("山东省金乡县人民政府", "county_report"),
    ("济宁市", "other_report"), ("山东省人民政府办公厅", "other_report"), ("金乡经济开发区管理委员会", "other_report"),
])
@pytest.mark.parametrize("shape", ["{who}2023年政府信息公开工作年度报告", "2023年{who}政府信息公开工作年度报告",
                                   "{who}政府信息公开工作年度报告（2023年）"])
def test_other_bodies_are_no_townships(shape, who, kind):
    found, identity, _ = shown(shape.format(who=who), JINXIANG, parts=PARTS)
    assert (found, identity.township, identity.report_year) == (kind, None, 2023)


@pytest.mark.parametrize(("title", "county", "town"), [
    ("南山区西丽办事处2020年政府信息公开工作年度报告", "南山区", "西丽街道"),           # the other 南山区 has no 西丽
    ("市中区全福街道办事处2023年政府信息公开工作年度报告", "市中区", "全福街道"),        # in a text 市中区 is no name
    ("朝阳区南磨房地区2022年政府信息公开工作年度报告", "朝阳区", "南磨房地区"),
    ("2023年度尾镇政府信息公开工作年度报告", "仙游县", "度尾镇"),                     # the year ends before 度
    ("杭州市临安区於潜镇2023年政府信息公开工作年度报告", "临安区", "於潜镇"),
    ("敍永縣合樂苗族鄉2023年政府信息公開工作年度報告", "叙永县", "合乐苗族乡"),
])
def test_names_that_look_like_something_else_are_known(title, county, town):
    kind, identity, _ = shown(title)
    assert (kind, identity.county, identity.township) == ("township_report", county, town)


def test_of_two_counties_of_one_name_with_such_a_town_none_is_chosen():
    kind, identity, _ = shown("西安区先锋街道2023年政府信息公开工作年度报告")
    assert (kind, identity.township, identity.county, identity.division_code) == (
        "township_report", "先锋街道", None, None)


def test_the_sites_name_tells_which_county_a_town_is_in():
    title = "杨柳镇2021年政府信息公开工作年度报告"
    assert shown(title)[1].county is None
    assert identify(f"<title>{title}_宣城市宣州区人民政府</title><h1>{title}</h1><p>正文</p>")[1].county == "宣州区"


@pytest.mark.parametrize("cut", range(3, 34))
def test_a_title_is_put_together_wherever_a_line_breaks_it(cut):
    title = "舒兰市北城街道办事处2021年政府信息公开工作年度报告（全文）"[:31] if cut > 30 else (
        "舒兰市北城街道办事处2021年政府信息公开工作年度报告")
    lines = f"<p>{title[:cut]}</p><p>{title[cut:]}</p>"
    kind, identity, _ = identify(f"<title>正文</title>{lines}{PARTS}", "220283")
    assert (kind, identity.township, identity.report_year) == ("township_report", "北城街道", 2021)


def test_a_year_in_brackets_may_stand_on_a_line_of_its_own():
    lines = "<p>金乡县卜集镇政府信息公开工作年度报告</p><p>（2023年）</p>"
    assert identify(f"<title>正文</title>{lines}{PARTS}")[1].report_year == 2023


@pytest.mark.parametrize(("printed", "body", "year"), [
    ("卜集镇政府信息公开2023年年度报告", "卜集镇", 2023),
    ("卜集镇政府信息公开工作2023年度报告", "卜集镇", 2023),
    ("卜集镇2023年度政府信息主动公开工作年度报告", "卜集镇", 2023),
    ("卜集镇2023年政府公开信息工作年度报告", "卜集镇", 2023),
    ("卜集镇2023年政府信息公开工作年度报告（PDF版）", "卜集镇", 2023),
    ("卜集镇2023年政府信息公开工作年度报告（2024年1月发布）", "卜集镇", 2023),
    ("卜集镇2023年政府信息公开工作年度报告 金乡县人民政府", "卜集镇", 2023),
    ("1.卜集镇2023年政府信息公开工作年度报告。", "卜集镇", 2023),
    ("2023年1月-12月卜集镇政府信息公开工作年度报告", "卜集镇", 2023),
    ("武威市人民政府关于报送武威市2020年度政府信息公开工作年度报告的函", "武威市人民政府", 2020),
    ("关于公布卜集镇2023年政府信息公开工作年度报告的公告", "卜集镇", 2023),
])
def test_a_title_is_taken_apart(printed, body, year):
    title = tidy(printed)
    assert (issuer_part(title), title_year(title)) == (body, year)


def test_a_page_that_is_called_a_report_may_link_to_others():
    title = "金乡县卜集镇2023年政府信息公开工作年度报告"
    links = "".join(f"<li>金乡县{name}2023年政府信息公开工作年度报告</li>" for name in ("胡集镇", "鸡黍镇", "羊山镇"))
    assert shown(title, parts=f"<p>附件：下载</p><ul>{links}</ul>")[1].township == "卜集镇"
    assert identify(f"<title>政府信息公开年报</title><ul>{links}</ul>")[0] == "not_a_report"


@pytest.mark.parametrize(("text", "year"), [
    ("2023年，我镇公开信息30条。<p>五、存在的主要问题及改进情况</p>2024年，我镇将加强学习，2024年再上台阶。", 2023),
    ("根据2019年修订的条例和2021年的通知编制。2023年度，我镇公开信息30条。", 2023),
    ("2024年，我镇将继续努力。2023年，全镇公开信息30条。", 2023),
    ("我镇公开信息30条。", None),
    ("2022年，我镇公开信息30条。2023年，我镇收到申请3件。", None),
])
def test_what_a_town_did_tells_the_year_and_plans_do_not(text, year):
    title = "卜集镇政府信息公开工作年度报告"
    parts = f"<p>一、总体情况</p><p>{text}</p><p>二、主动公开政府信息情况</p>"
    assert shown(title, JINXIANG, parts=parts)[1].report_year == year


def test_the_year_in_a_breadcrumb_is_not_the_reports():
    crumb = "<div>首页 &gt; 2024年 &gt; 2024年政府信息公开年报</div>"
    text = PARTS.replace("按规定公开", "2023年，我镇公开信息30条")
    html = f"<title>正文</title>{crumb}<h1>卜集镇政府信息公开工作年度报告</h1>{text}"
    assert identify(html, JINXIANG)[1].report_year == 2023


# A title that names nobody

@pytest.mark.parametrize("head", [
    "<p>发布机构：金乡县卜集镇人民政府</p>",
    "<p>信息来源：卜集镇党政办</p>",
    "<p>发布机构：金乡县人民政府</p><p>本报告由卜集镇人民政府编制。</p>",
    "<p>来源：金乡县融媒体中心</p><p>如有疑问，请与卜集镇人民政府党政办公室联系（电话：3175001）。</p>",
    "<p>发布机构：</p><p>卜集镇人民政府根据《条例》编制本报告。</p>",
    "<p>根据条例规定，现将卜集镇人民政府2023年政府信息公开工作年度报告公布如下。</p>",
    "<p>发布机构：机关</p><p>按照要求，卜集镇现公布2023年度政府信息公开工作年度报告。</p>",
    "<div>当前位置：首页 &gt; 乡镇信息公开 &gt; 卜集镇 &gt; 政府信息公开年报</div>",
    "<table><tr><td>公开主体：</td><td>金乡县卜集镇人民政府</td></tr></table>",
])
def test_the_page_tells_whose_report_it_is_where_the_title_does_not(head):
    title = "2023年度政府信息公开工作年度报告"
    kind, identity, _ = shown(title, JINXIANG, parts=head + PARTS)
    assert (kind, identity.township, identity.report_year) == ("township_report", "卜集镇", 2023)


def test_a_signature_tells_whose_report_it_is():
    signed = PARTS + "<p>金乡县卜集镇人民政府</p><p>2024年1月12日</p>"
    assert shown("2023年度政府信息公开工作年度报告", parts=signed)[1].division_code == "370828111"


def test_two_towns_that_a_page_names_are_nobodys_report():
    head = "<p>发布机构：金乡县人民政府</p><p>本报告由卜集镇人民政府编制。</p><p>请与胡集镇人民政府联系。</p>"
    kind, identity, _ = shown("2023年度政府信息公开工作年度报告", JINXIANG, parts=head + PARTS)
    assert (kind, identity.township) == ("county_report", None)
