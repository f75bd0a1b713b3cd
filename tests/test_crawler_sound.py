"""A report stands on the portal where no known column holds it: it is found, or nobody says that it is missing."""

import asyncio
from types import SimpleNamespace

import pytest
import smallportal
from smallportal import COUNTY, NAME, UNITS, page, report_title

from archive.bundles import Known, Outcome, Verdict, Wanted
from archive.registry import Portal
from crawler import discovery
from crawler.context import Stumble
from crawler.items import Capture
from crawler.looks import Evidence, looks, verdict
from crawler.walk import Survey

pytestmark = pytest.mark.slow
ONE = UNITS[3]
REPORT = "/new/1.html"
TEXT = "<p>本报告依据条例编制。</p>" * 20


def links(*pairs):
    return "<ul>" + "".join(f'<li><a href="{url}">{name}</a></li>' for url, name in pairs) + "</ul>"


def column(*rows, name="政府信息公开年报"):
    entries = "".join(f'<li><a href="{url}">{title}</a> {day}</li>' for url, title, day in rows)
    return page(name, f"<ul>{entries}</ul>", column=name)


def portal(**pages):
    """Each township has a site with a column of its own, in which the report of one is not; `site` is that one's."""
    answers = {"/": page(f"{NAME}人民政府", links(("/xz/", "乡镇街道"))),
               "/xz/": page("乡镇街道", links(*((f"/t/{unit.code}/", unit.name) for unit in UNITS))),
               REPORT: page(report_title(ONE), TEXT), "/new/": column((REPORT, report_title(ONE), "2026-01-10"))}
    for unit in UNITS:
        year, day = (2024, "2025-01-10") if unit is ONE else (2025, "2026-01-10")
        title, at = report_title(unit).replace("2025", str(year)), f"/r/{unit.code}.html"
        answers |= {f"/t/{unit.code}/": page(unit.name, links((f"/t/{unit.code}/nb/", "政府信息公开年报"))),
                    f"/t/{unit.code}/nb/": column((at, title, day)), at: page(title, TEXT)}
    answers[f"/t/{ONE.code}/"] = page(ONE.name, links((f"/t/{ONE.code}/nb/", "政府信息公开年报"), *pages["site"]))
    return answers | pages.get("more", {})


def look(tmp_path, answers):
    """The look at the one township, and whether its report was asked for."""
    known = Known(COUNTY, (2025,), delay_seconds=0.0, allow_private_addresses=True, wanted=(Wanted(ONE.code, 2025),))
    with smallportal.serving(answers) as served:
        _, crawl = served.crawl(tmp_path, known=known)
        asked = [path for _, path in served.asked]
    found = next(one for one in crawl.looks if one.division_code == ONE.code)
    assert sum(one.complete for one in crawl.looks) >= len(UNITS) - 1
    return found, REPORT in asked


def test_a_newer_column_deep_in_a_townships_site_is_found_where_its_report_is_due(tmp_path):
    deep = {"/zw/": page("政务公开", links(("/new/", "年度报告")))}
    found, asked = look(tmp_path, portal(site=[("/zw/", "政务公开")], more=deep))
    assert (found.complete, asked) == (True, True)


def test_a_report_that_stands_in_no_column_is_found_on_the_page_that_shows_it(tmp_path):
    found, asked = look(tmp_path, portal(site=[(REPORT, report_title(ONE))]))
    assert (found.complete, asked) == (True, True)


def test_a_townships_column_on_somebody_elses_host_is_not_seen(tmp_path):
    answers = portal(site=[])
    answers[f"/t/{ONE.code}/"] = page(ONE.name, links(("http://xxgk.example.gov.cn/nb/", "政府信息公开年报")))
    found, _ = look(tmp_path, answers)
    assert not found.complete


def test_a_column_that_refuses_beside_one_that_answers_leaves_its_township_unknown(tmp_path):
    refusing = {"/new/": lambda handler: handler.give(b"<html>no</html>", status=403)}
    found, _ = look(tmp_path, portal(site=[("/new/", "年度报告")], more=refusing))
    assert not found.complete


class Endless:
    """Answers every address with a page of ten more that promise as much."""

    def __init__(self, counters, name):
        self.counters, self.name, self.number = counters, name, 0

    async def get(self, url, *, referer=None, held=None):
        self.counters["requests"] = self.counters.get("requests", 0) + 1
        self.number += 10
        more = links(*((f"/{one}/", f"{self.name}{one}") for one in range(self.number, self.number + 10)))
        return Capture(url, url, smallportal.DAY, body=page("x", more), content_type="text/html", status=200)


@pytest.mark.parametrize("name", ["政务公开", "政府信息公开年报"])
def test_a_walk_whose_budget_ended_before_it_found_anything_is_no_changed_portal(name):
    counters = {}
    portal = Portal(COUNTY, NAME, "x", "http://h/", frozenset({"h"}), None)
    context = SimpleNamespace(portal=portal, counters=counters, known=SimpleNamespace(years=(2025,)),
                              stumbling=lambda url: Stumble(url, []))
    survey = Survey(context, Endless(counters, name), ("http://h/a/",))
    asyncio.run(survey.walk(Capture("http://h/", "http://h/", smallportal.DAY, Outcome.NOT_CAPTURED)))
    evidence = Evidence(portal, (2025,), tuple(survey.missed), ())
    made = looks(evidence)
    assert counters["requests"] == discovery.budget(len(UNITS)) - discovery.RESERVE
    assert not any(one.complete for one in made)
    ended, reason = verdict(evidence, made, (), None)
    assert ended is Verdict.PARTIAL
    assert "requests were spent" in survey.missed[0].reason
    assert reason.startswith("21 looks of 21 townships incomplete: http://h/")
