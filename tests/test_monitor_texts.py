"""What people read: whole in both languages, and without a word that accuses too strongly."""

import re
import string
from datetime import date
from pathlib import Path

import pytest

from archive.report.rules import TITLES
from monitor.reasons import words
from monitor.texts import Text, catalogue, say

HAN = re.compile(r"[一-鿿]")
ROOMS = Path(__file__).parent.parent
# A township between the two dates broke no law, and nobody is called anything that only a supervisor may say.
TOO_STRONG = re.compile(r"违法|违规|违反|违纪|造假|倒签|弄虚|失职|渎职|瞒报|拒不|处分|问责|unlawful|illegal|violat|"
                        r"breach|offen[cs]e|negligen|fraud|guilty|misconduct|fails? to |delinquen", re.IGNORECASE)


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_a_sentence_says_the_same_in_both_languages(key):
    english, chinese = catalogue()[key]["en"], catalogue()[key]["zh"]
    blanks = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (english, chinese)]
    assert blanks[0] == blanks[1] or key in ("check", "said")
    assert not HAN.search(english)


def test_no_sentence_accuses_of_more_than_a_date():
    """Also the pages and sheets of the archive; the comment that forbids the word may name it."""
    rooms = ("monitor/*.toml", "monitor/*.html", "monitor/templates/*", "archive/web/*.py", "archive/web/*.toml",
             "archive/web/templates/*", "archive/exports/*", "archive/report/rules.py", "archive/report/yearly.py")
    places = [place for pattern in rooms for place in ROOMS.glob(pattern)]
    for place in places:
        if place.is_file():
            lines = place.read_text(encoding="utf-8").splitlines()
            assert not [line for line in lines if not line.startswith("#") and TOO_STRONG.search(line)], place


@pytest.mark.parametrize(("key", "english", "chinese"), [
    ("T02", "published on 5 February 2026, later than 31 January 2026 (local practice)",
     "2026年2月5日公布，晚于2026年1月31日（地方通行时限）"),
    ("T03", "published on 5 February 2026, later than 31 January 2026 (by reference to article 49 of the Regulations)",
     "2026年2月5日公布，晚于2026年1月31日（参照《条例》第四十九条）")])
def test_a_late_report_is_later_than_a_date_and_what_the_date_rests_on_is_said(key, english, chinese):
    text = Text(key, date(2026, 1, 31), first=date(2026, 2, 5))
    assert (say(text, "en"), say(text, "zh")) == (english, chinese)


@pytest.mark.parametrize(("reason", "english", "chinese"), [
    ("http status 503", "status 503", "返回状态码503"),
    ("home page: error/status, robots.txt: status 503, server nginx; not crawled for now",
     "home page: robots.txt: status 503, server nginx; not crawled for now",
     "首页：robots.txt：返回状态码503，服务器nginx；暂不采集"),
    ("http://a.cn/list.html: error/timeout", "http://a.cn/list.html: did not answer in time",
     "http://a.cn/list.html：访问超时"),
    ("12 looks of 13 townships incomplete: http://a.cn/: blocked/challenge",
     "12 looks of 13 townships were not complete: http://a.cn/: answered with a challenge for browsers",
     "13个乡镇的12次查看不完整：http://a.cn/：返回浏览器验证页面"),
    ("closed, open 07:30-22:00 by its entry", "closed at this hour, open 07:30-22:00",
     "当时未开放（开放时间07:30-22:00）"),
    ("blocked", "refused", "被拒绝"),
    ("http://a.cn/shell/gone.html", "http://a.cn/shell/gone.html", "http://a.cn/shell/gone.html"),
    ("something that nobody wrote down", "something that nobody wrote down", "something that nobody wrote down")])
def test_a_crawl_s_reason_is_put_in_words(reason, english, chinese):
    assert (words(reason, "en"), words(reason, "zh")) == (english, chinese)


def test_a_failed_check_is_named_in_english_and_told_in_chinese():
    text = Text("check", detail="新收：各申请人之和3≠总计2", name=TITLES["B01"])
    assert say(text, "en") == "Table 3: row total: 新收：各申请人之和3≠总计2"
    assert say(text, "zh") == "新收：各申请人之和3≠总计2"
