"""What the judge names as evidence is enough for whoever reads only that."""

from dataclasses import replace
from datetime import UTC, date, datetime

from monitor.deadlines import Duty
from monitor.judge import judge
from monitor.links import Misfiled
from monitor.observe import Observations, Publication, Seen, Visit

DUTY = Duty("370828111", "卜集镇", "370828", "金乡县", 2025, date(2026, 1, 31), date(2026, 3, 31), "rule")
PAGE = "http://www.jinxiang.gov.cn/1.html"


def look(month, day, *, present=False, misfiled=()):
    when = datetime(2026, month, day, 1, tzinfo=UTC)
    seen = (Seen(1, when, True, f"page {month}-{day}"),) if present else ()
    return Visit(f"b{month:02}{day:02}", when, True, None, seen, captures=(f"list {month}-{day}",), misfiled=misfiled)


def judged(*visits, claimed=None, source="line 发布时间"):
    book = Publication(1, PAGE, "ab" * 32, claimed, source if claimed else None, (visits[-1].started,))
    books = (book,) if visits[-1].present else ()
    return judge(DUTY, Observations(visits, books), datetime(2026, 4, 20, tzinfo=UTC))


def test_a_missing_report_names_the_listings_of_its_first_and_last_look():
    assert judged(look(2, 1), look(2, 2), look(4, 1)).evidence == ("list 2-1", "list 4-1")


def test_a_report_behind_the_outer_date_names_two_looks_behind_that_date():
    one = judged(look(2, 1), look(4, 1), look(4, 2), look(4, 3), look(4, 9, present=True))
    assert (one.status, one.past) == ("late", "outer")
    assert one.evidence == ("page 4-9", "list 2-1", "list 4-1", "list 4-3")


def test_a_day_that_only_the_list_says_is_shown_by_the_list():
    one = judged(look(1, 20), look(2, 16, present=True), claimed=date(2026, 2, 5), source="listing")
    assert one.evidence == ("page 2-16", "list 2-16")


def test_a_day_that_the_page_says_later_is_shown_by_its_latest_page():
    one = judged(look(2, 10, present=True), look(2, 16, present=True), claimed=date(2026, 2, 5))
    assert one.evidence == ("page 2-10", "page 2-16")


def test_a_link_in_its_name_is_shown_with_where_it_leads():
    link = Misfiled("http://www.jinxiang.gov.cn/2.html", "卜集镇2025年年度报告", "370828110", 2025, certain=True,
                    capture="another's page")
    one = judged(look(2, 1, misfiled=(link,)), look(2, 2), look(2, 3, misfiled=(link,)))
    assert one.status == "missing"
    assert one.evidence == ("list 2-1", "another's page", "list 2-3")
    assert one.misfiled == (replace(link, listings=("list 2-1", "list 2-3")),)
