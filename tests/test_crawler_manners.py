"""Manners, measured on the portal's side: who asks, how often, and what is left alone."""

import time
from itertools import pairwise
from statistics import median

import pytest
import smallportal
from smallportal import COUNTY, UNITS

from archive.bundles import Known, Outcome, Verdict
from crawler.settings import user_agent

pytestmark = pytest.mark.slow

FIRST = UNITS[0]
REPORT = f"/r/{FIRST.code}.html"


def text(body):
    return lambda handler: handler.give(body.encode(), headers=(("Content-Type", "text/plain"),))


def refusing(status, *headers):
    return lambda handler: handler.give(b"<html><head><title>no</title></head></html>", status=status,
                                        headers=(*smallportal.HEADERS, *headers))


def at_first(refusal, body):
    """The first answer is a refusal, every later one the page."""
    left = [refusal]
    return lambda handler: left.pop()(handler) if left else handler.give(body)


def gaps(portal):
    times = [at for at, _ in portal.asked]
    return [after - before for before, after in pairwise(times)]


def outcomes(crawl):
    return {one.url.rpartition("/r/")[2].removesuffix(".html"): one.outcome for one in crawl.candidates}


def looked_at(crawl):
    return {look.division_code for look in crawl.looks if look.complete}


def test_requests_to_one_host_keep_their_distance(tmp_path):
    delay = 0.4
    with smallportal.serving(smallportal.pages()) as portal:
        _, crawl = portal.crawl(tmp_path, delay=delay)
        kept = gaps(portal)
    assert len(crawl.candidates) == 4
    assert len(kept) >= 6
    assert sum(kept) / len(kept) > 0.7 * delay
    assert median(kept) > 0.5 * delay


def test_a_slow_server_rests_as_long_as_it_worked(tmp_path):
    """The delay that is asked for is short; what the server takes for an answer counts twice."""
    slow = 0.4

    def slowly(body):
        def answer(handler):
            time.sleep(slow)
            handler.give(body)
        return answer

    with smallportal.serving({path: slowly(body) for path, body in smallportal.pages().items()}) as portal:
        portal.crawl(tmp_path, delay=0.05)
        kept = gaps(portal)[2:]
    assert len(kept) >= 4
    assert sum(kept) / len(kept) > 1.4 * slow


def test_a_crawl_delay_that_robots_txt_asks_for_is_kept(tmp_path):
    answers = smallportal.pages(UNITS[:2]) | {"/robots.txt": text("User-agent: *\nCrawl-delay: 0.5\n")}
    with smallportal.serving(answers) as portal:
        portal.crawl(tmp_path)
        after_robots = gaps(portal)[1:]
    assert min(after_robots) > 0.4


def test_a_host_that_names_a_time_is_asked_again_then_and_not_before(tmp_path):
    page = smallportal.pages()[REPORT]
    answers = smallportal.pages() | {REPORT: at_first(refusing(503, ("Retry-After", "2")), page)}
    with smallportal.serving(answers) as portal:
        _, crawl = portal.crawl(tmp_path)
        first, second = portal.times(REPORT)
    assert second - first > 1.9
    assert outcomes(crawl)[FIRST.code] is Outcome.REPORT


def test_a_host_that_asks_for_more_patience_than_a_crawl_has_is_left_for_another_day(tmp_path):
    answers = smallportal.pages() | {REPORT: refusing(429, ("Retry-After", "86400"))}
    with smallportal.serving(answers) as portal:
        _, crawl = portal.crawl(tmp_path)
        asked = len(portal.times(REPORT))
    assert asked == 1
    assert outcomes(crawl)[FIRST.code] is Outcome.STATUS
    assert looked_at(crawl) == {unit.code for unit in UNITS[1:4]}


@pytest.mark.parametrize("whom", ["*", "nianbao"])
def test_what_robots_txt_disallows_is_not_asked_for_and_stays_unknown(tmp_path, whom):
    answers = smallportal.pages() | {"/robots.txt": text(f"User-agent: {whom}\nDisallow: {REPORT}\n")}
    with smallportal.serving(answers) as portal:
        _, crawl = portal.crawl(tmp_path)
        asked = portal.times(REPORT)
    assert asked == []
    assert outcomes(crawl)[FIRST.code] is Outcome.DISALLOWED
    assert looked_at(crawl) == {unit.code for unit in UNITS[1:4]}


def test_a_host_that_refuses_three_times_in_a_row_is_left_alone(tmp_path):
    units = UNITS[:8]
    answers = smallportal.pages(units) | {f"/r/{unit.code}.html": refusing(403) for unit in units}
    with smallportal.serving(answers) as portal:
        _, crawl = portal.crawl(tmp_path)
        asked = [path for _, path in portal.asked if path.startswith("/r/")]
    assert len(asked) == 3                                # each once: asking again would not help
    assert set(outcomes(crawl).values()) == {Outcome.FIREWALL}
    assert not looked_at(crawl)
    assert crawl.verdict is Verdict.BLOCKED


def test_an_answer_between_two_refusals_is_no_reason_to_leave(tmp_path):
    answers = smallportal.pages(UNITS[:6])
    answers |= {f"/r/{unit.code}.html": refusing(403) for unit in UNITS[:6:2]}
    with smallportal.serving(answers) as portal:
        portal.crawl(tmp_path)
        asked = [path for _, path in portal.asked if path.startswith("/r/")]
    assert len(asked) == 6


def test_a_redirect_to_another_host_is_not_followed(tmp_path):
    with smallportal.serving({"/": smallportal.page("x", "")}) as other:
        answers = smallportal.pages() | {REPORT: refusing(302, ("Location", other.home))}
        with smallportal.serving(answers) as portal:
            _, crawl = portal.crawl(tmp_path)
        assert other.asked == []
    assert outcomes(crawl)[FIRST.code] is Outcome.FOREIGN
    assert looked_at(crawl) == {unit.code for unit in UNITS[1:4]}


@pytest.mark.parametrize("contact", [None, "office@example.org"])
def test_every_request_says_who_asks_and_whom_to_write_to(tmp_path, contact):
    told = Known(COUNTY, (2025,), delay_seconds=0.0, allow_private_addresses=True, contact=contact)
    with smallportal.serving(smallportal.pages()) as portal:
        portal.crawl(tmp_path, known=told)
        agents = set(portal.agents)
    assert agents == {user_agent(contact)}
    assert user_agent(contact).startswith("nianbao/")
    assert (contact or "archive)") in user_agent(contact)
