"""When a crawl walks from the home page although it knows listings: new columns are opened beside the old ones."""

from dataclasses import replace
from datetime import timedelta

import pytest
import smallportal
from smallportal import COUNTY, DAY, UNITS

from archive.bundles import WALKED, Known, Listing, Wanted
from archive.clock import iso

pytestmark = pytest.mark.slow


@pytest.fixture
def answers():
    """Every township stands in the first column; a second one was opened and linked later."""
    answers = smallportal.pages(UNITS)
    title = f"{UNITS[0].name}2025年政府信息公开工作年度报告"
    answers["/more/"] = smallportal.page(
        "年报", f'<ul><li><a href="/r/late.html">{title}</a> 2026-02-10</li></ul>', column="乡镇政府信息公开年报")
    answers["/r/late.html"] = smallportal.page(title, "<p>本报告依据条例编制。</p>" * 20)
    links = '<ul><li><a href="/nb/">政府信息公开年报</a></li><li><a href="/more/">乡镇政府信息公开年报</a></li></ul>'
    answers["/"] = smallportal.page(f"{smallportal.NAME}人民政府", links)
    return answers


def knowing(portal, *, days):
    """What is told to a crawl that knows the first column; so many days ago one walked to the end (None: never)."""
    walked = None if days is None else iso(DAY - timedelta(days=days))
    return Known(COUNTY, (2025,), delay_seconds=0.0, allow_private_addresses=True, discovered=walked,
                 listings=(Listing(f"{portal.home}nb/", "generic"),))


@pytest.mark.parametrize(("days", "walks"), [(1, False), (30, False), (31, True), (None, True)])
def test_a_new_column_is_noticed_within_a_month(tmp_path, answers, days, walks):
    with smallportal.serving(answers) as portal:
        _, crawl = portal.crawl(tmp_path, known=knowing(portal, days=days))
        asked = [path for _, path in portal.asked]
    assert ("/more/" in asked) is walks
    assert ("/r/late.html" in asked) is walks
    assert asked.count("/nb/") == 1 + walks
    assert crawl.counters.get(WALKED, 0) == walks
    assert all(look.complete for look in crawl.looks)


@pytest.mark.parametrize(("days", "walks"), [(2, False), (4, True)])
def test_a_new_column_is_looked_for_within_days_where_a_report_is_missed(tmp_path, answers, days, walks):
    answers["/nb/"] = answers["/nb/"].replace(f"{UNITS[0].name}2025年".encode(), f"{UNITS[0].name}2024年".encode())
    with smallportal.serving(answers) as portal:
        told = replace(knowing(portal, days=days), wanted=(Wanted(UNITS[0].code, 2025),))
        portal.crawl(tmp_path, known=told)
        asked = [path for _, path in portal.asked]
    assert ("/r/late.html" in asked) is walks


def test_a_walk_that_found_a_column_and_could_not_read_it_is_not_over(tmp_path, answers):
    answers["/more/"] = answers["/more/"].replace(b"</ul>", '</ul><a href="/more/2.html">下一页</a>'.encode())
    answers["/more/2.html"] = lambda handler: handler.give(b"<html>no</html>", status=403)
    with smallportal.serving(answers) as portal:
        _, crawl = portal.crawl(tmp_path, known=knowing(portal, days=None))
    assert WALKED not in crawl.counters
    assert not any(look.complete for look in crawl.looks)
