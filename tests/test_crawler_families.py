"""What list pages of each family say: small saved shapes in, entries and next pages out."""

import pytest

from crawler import families, listings
from crawler.pages import Page, decode, find_date, identity

HENAN = ('<html><body><div class="con-box"><ul>{rows}</ul></div>'
         '<div id="pageDec" pagesize="2" pagecount="{count}"></div></body></html>')
CHANNEL = "http://www.yanggu.gov.cn/site_abc/channel_t_1_2/"
DOC = ('<li><a href="/site_abc/channel_t_1_2/doc_6960aaaaaaaaaaaaaaaaaaaa.html" title="T">T</a>'
       "<span>2026-01-09</span></li>")


@pytest.mark.parametrize(("url", "html", "name"), [
    (CHANNEL, DOC, "channel-doc"),
    ("http://h/a/", HENAN.format(rows="", count=1), "henan"),
    ("http://h/a/", "<p>x</p>", "generic"),
])
def test_the_family_is_told_by_the_page(url, html, name):
    assert families.detect(Page(url, html)).name == name


@pytest.mark.parametrize(("title", "offered"), [
    ("卜集镇2025年政府信息公开工作年度报告", True),
    ("卜集镇 2025 年政府 信息公开工作年度报告", True),
    ("2018年政府信息公开年报", True),
    ("胡集镇2020年政务信息公开工作报告", True),
    ("【图解】卜集镇2025年政府信息公开工作年度报告", True),     # a decoy: the parser decides
    ("关于召开会议的通知", False),
    ("政府信息公开指南", False),
])
def test_titles_of_reports_are_taken_generously(title, offered):
    page = Page("http://h/", f'<ul><li><a href="a.html">{title}</a></li></ul>')
    assert bool(listings.offers(page.links, in_column=False)) is offered


@pytest.mark.parametrize(("title", "other"), [
    ("金乡县统计局2025年政府信息公开工作年度报告", True),
    ("金乡县人民政府2025年政府信息公开工作年度报告", True),
    ("金乡县卜集镇人民政府2025年政府信息公开工作年度报告", False),
    ("金乡县金乡街道办事处2025年政府信息公开工作年度报告", False),
    ("政府信息公开工作年度报告", False),
])
def test_a_county_whose_name_holds_a_township_word_hides_no_department(title, other):
    assert listings.other_body(title, "金乡县") is other


@pytest.mark.parametrize(("text", "day"), [
    ("发布时间：2026-01-09 10:00", "2026-01-09"), ("2026年1月9日", "2026-01-09"), ("2026.01.13", "2026-01-13"),
    ("2021-03-2918:26", "2021-03-29"), ("2026-13-40", None),
    ("[2026/1/9]", "2026-01-09"), ("电话 0537-2026-0109", None)])
def test_dates_are_real_days(text, day):
    assert find_date(text)[0] == day


def test_one_document_has_one_identity():
    same = ["http://h.gov.cn/a.html", "https://h.gov.cn/a.html", "http://m.h.gov.cn/a.html?topSearch=1",
            "http://H.gov.cn/a.html#x"]
    assert len(set(map(identity, same))) == 1
    assert identity("http://h/a?area=1&fbtime=2024") != identity("http://h/a?area=1&fbtime=2025")


def test_a_page_labelled_gb2312_is_read_as_gb18030():
    assert "镕" in decode('<meta charset="gb2312">朱镕'.encode("gb18030"))
