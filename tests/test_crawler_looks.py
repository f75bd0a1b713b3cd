"""Which looks are complete: nothing by default, and nothing on the strength of what did not answer."""

from dataclasses import replace
from pathlib import Path

import pytest

from archive.bundles import Candidate, Listing, ListingPage, Offer, Outcome, Verdict
from archive.registry import Portal
from crawler.looks import Evidence, looks, of_failure, verdict
from crawler.pages import identity

PORTAL = Portal("411526", "潢川县", "huangchuan", "http://h/", frozenset({"h"}), Path("huangchuan.toml"))
UNITS = PORTAL.townships()
YEARS = (2024, 2025)


def own(unit, **changes):
    offer = Offer(f"http://h/{unit.code}/1.html", f"{unit.name}2024年政府信息公开工作年度报告")
    page = ListingPage(f"http://h/{unit.code}/", Outcome.LISTING, None, (offer,))
    return replace(Listing(page.url, "henan", None, unit.code, complete=True, pages=(page,)), **changes)


def shared(*titles, **changes):
    offers = tuple(Offer(f"http://h/{title}", title) for title in titles)
    page = ListingPage("http://h/all/", Outcome.LISTING, None, offers)
    return replace(Listing(page.url, "henan", complete=True, pages=(page,)), **changes)


def made(listings, candidates=()):
    return {(look.division_code, look.report_year): look
            for look in looks(Evidence(PORTAL, YEARS, tuple(listings), tuple(candidates)))}


def test_without_a_listing_nothing_was_looked_at():
    found = made([])
    assert len(found) == len(UNITS) * len(YEARS)
    assert {(look.complete, look.reason) for look in found.values()} == {(False, "no listing found")}


def test_a_whole_listing_of_its_own_is_a_complete_look_at_one_township():
    found = made([own(UNITS[0])])
    assert {key for key, look in found.items() if look.complete} == {(UNITS[0].code, year) for year in YEARS}


def test_a_shared_column_that_did_not_answer_leaves_everybody_unknown():
    found = made([*map(own, UNITS), shared(complete=False, reason="error/timeout")])
    assert not any(look.complete for look in found.values())


def test_one_years_own_listing_says_nothing_of_another_year():
    found = made([own(UNITS[0], report_year=2024)])
    assert [look.complete for key, look in found.items() if key[0] == UNITS[0].code] == [True, False]


def test_a_shared_column_covers_whom_it_names_and_everybody_once_it_names_half():
    few = made([shared(f"{UNITS[0].name}2024年政府信息公开工作年度报告")])
    many = made([shared(*(f"{unit.name}2024年政府信息公开工作年度报告" for unit in UNITS[:11]))])
    assert sum(look.complete for look in few.values()) == len(YEARS)
    assert all(look.complete for look in many.values())


@pytest.mark.parametrize(("outcome", "listed", "complete"), [
    (Outcome.REPORT, True, True), (Outcome.HELD, True, True), (Outcome.NOT_MODIFIED, True, True),
    (Outcome.TIMEOUT, True, False), (Outcome.CHALLENGE, True, False), (Outcome.GONE, True, False),
    (Outcome.FOREIGN, True, False), (Outcome.GONE, False, True), (Outcome.EMPTY, False, True),
    (Outcome.REPORT, False, True), (Outcome.TIMEOUT, False, False), (Outcome.SHELL, False, False)])
def test_what_could_not_be_settled_leaves_the_look_open(outcome, listed, complete):
    title = f"{UNITS[0].name}2025年政府信息公开工作年度报告"
    candidate = Candidate("http://h/1.html", title, outcome, None, "http://h/", listed, UNITS[0].code)
    found = made([own(UNITS[0]), own(UNITS[1])], [candidate])
    assert found[UNITS[0].code, 2025].complete is complete
    assert found[UNITS[0].code, 2024].complete         # the title names its year
    assert found[UNITS[1].code, 2025].complete


@pytest.mark.parametrize(("outcome", "complete"), [(Outcome.REPORT, False), (Outcome.NOT_MODIFIED, False),
                                                   (Outcome.GONE, True)])
def test_a_list_that_is_suddenly_empty_says_nothing_while_its_reports_still_stand(outcome, complete):
    empty = own(UNITS[0], pages=(ListingPage(f"http://h/{UNITS[0].code}/", Outcome.LISTING, None, ()),))
    title = f"{UNITS[0].name}2024年政府信息公开工作年度报告"
    dropped = Candidate("http://h/1.html", title, outcome, None, empty.url, False, UNITS[0].code)
    found = made([empty, own(UNITS[1])], [dropped])
    assert found[UNITS[0].code, 2025].complete is complete
    assert found[UNITS[1].code, 2025].complete


def test_a_listed_link_to_a_report_that_was_read_before_is_dead_and_leaves_nothing_open():
    dead = Candidate("http://h/1.html", f"{UNITS[0].name}2025年政府信息公开工作年度报告", Outcome.GONE, None, "http://h/",
                     division_code=UNITS[0].code)
    evidence = Evidence(PORTAL, YEARS, tuple(map(own, UNITS)), (dead,), frozenset({identity(dead.url)}))
    assert all(look.complete for look in looks(evidence))


@pytest.mark.parametrize("title", ["政府信息公开指南", f"潢川县{UNITS[0].name}政府信息公开制度"])
def test_what_calls_itself_something_else_puts_nobody_in_doubt(title):
    guide = Candidate("http://h/2.html", title, Outcome.FIREWALL, None, "http://h/", True, UNITS[0].code)
    assert made([own(UNITS[0])], [guide])[UNITS[0].code, 2025].complete


def test_an_unsettled_entry_without_a_name_concerns_everybody():
    candidate = Candidate("http://h/1.html", "政府信息公开工作年度报告", Outcome.TIMEOUT, None, "http://h/all/")
    assert not any(look.complete for look in made([*map(own, UNITS)], [candidate]).values())


def test_a_crawl_is_complete_only_with_as_many_townships_as_expected():
    evidence = Evidence(replace(PORTAL, expect_townships=22), YEARS, tuple(map(own, UNITS)), ())
    found = looks(evidence)
    assert verdict(evidence, found, (), None)[0] is Verdict.PARTIAL
    assert verdict(replace(evidence, portal=PORTAL), found, (), None) == (Verdict.COMPLETE, None)
    assert verdict(replace(evidence, portal=PORTAL), found, ("http://h/old/",), None)[0] is Verdict.LAYOUT_CHANGED


@pytest.mark.parametrize(("least", "reason"), [
    ({"expect_listings": 22}, "21 listings read, 22 expected"), ({"expect_reports": 2}, "1 reports shown, 2 expected"),
    ({"expect_listings": 21, "expect_reports": 1}, None)])
def test_less_than_a_healthy_crawl_finds_is_our_failure(least, reason):
    offer = Offer("http://h/1.html", "报告")
    page = ListingPage("http://h/a/", Outcome.LISTING, None, (offer, replace(offer, url="https://h/1.html")))
    columns = [own(unit, pages=(page,)) for unit in UNITS]
    evidence = Evidence(replace(PORTAL, **least), YEARS, tuple(columns), ())
    assert verdict(evidence, looks(evidence), (), None)[1] == reason


def test_a_column_called_after_a_year_says_nothing_of_another_year_but_for_what_it_shows():
    named = [f"{unit.name}2024年政府信息公开工作年度报告" for unit in UNITS]
    filed_there = [*named, f"{UNITS[0].name}2025年政府信息公开工作年度报告"]
    alone = made([shared(*named, title="2024年政府信息公开年报")])
    with_later = made([shared(*filed_there, title="2024年政府信息公开年报")])
    assert {key[1] for key, look in alone.items() if look.complete} == {2024}
    assert {key[1] for key, look in with_later.items() if look.complete} == {2024, 2025}


def test_an_index_of_bodies_is_no_place_where_a_report_stands():
    index = shared(*(unit.name for unit in UNITS), family="hanweb-xxgk")
    assert not any(look.complete for look in made([index]).values())


@pytest.mark.parametrize(("outcome", "expected"), [
    (Outcome.CHALLENGE, Verdict.BLOCKED), (Outcome.DISALLOWED, Verdict.BLOCKED), (Outcome.TIMEOUT, Verdict.UNREACHABLE),
    (Outcome.STATUS, Verdict.UNREACHABLE), (Outcome.TRUNCATED, Verdict.UNREACHABLE),
    (Outcome.NOT_CAPTURED, Verdict.PARTIAL), (Outcome.NOT_ASKED, Verdict.PARTIAL),
    (Outcome.CLOSED, Verdict.UNREACHABLE), (Outcome.GONE, Verdict.LAYOUT_CHANGED)])
def test_the_first_failure_names_the_verdict(outcome, expected):
    assert of_failure(outcome) is expected


def showing(unit, *years, **changes):
    """The unit's own column with reports of these years."""
    offers = tuple(
        Offer(f"http://h/{unit.code}/{year}", f"{unit.name}{year}年政府信息公开工作年度报告") for year in years)
    return own(unit, pages=(ListingPage(f"http://h/{unit.code}/", Outcome.LISTING, None, offers),), **changes)


@pytest.mark.parametrize(("newest", "complete"), [(2025, True), (2023, True), (2022, False)])
def test_a_column_that_nobody_wrote_in_for_years_proves_nothing_of_what_came_later(newest, complete):
    look = made([showing(UNITS[0], newest - 1, newest)])[UNITS[0].code, 2025]
    assert look.complete is complete
    assert complete or "another column may have taken its place" in look.reason


@pytest.mark.parametrize(("newest", "complete"), [(2025, True), (2024, True), (2023, False)])
def test_a_column_of_all_that_nobody_wrote_in_last_year_is_dead(newest, complete):
    found = made([shared(*(f"{unit.name}{newest}年政府信息公开工作年度报告" for unit in UNITS))])
    assert found[UNITS[0].code, 2025].complete is complete


def test_the_day_beside_a_title_without_a_year_tells_whether_a_column_lives():
    offers = (Offer("http://h/1", "政府信息公开年报", "2025-01-20"),)
    page = ListingPage("http://h/1/", Outcome.LISTING, None, offers)
    stale = replace(page, offers=(replace(offers[0], on="2021-01-20"),))
    assert made([own(UNITS[0], pages=(page,))])[UNITS[0].code, 2025].complete
    assert not made([own(UNITS[0], pages=(stale,))])[UNITS[0].code, 2025].complete


def test_an_empty_column_says_something_only_beside_columns_that_are_used():
    empty = own(UNITS[0], pages=(ListingPage("http://h/0/", Outcome.LISTING, None),))
    assert not made([empty])[UNITS[0].code, 2025].complete
    assert not made([empty, showing(UNITS[1], 2019)])[UNITS[0].code, 2025].complete
    assert made([empty, showing(UNITS[1], 2024)])[UNITS[0].code, 2025].complete


def test_the_countys_own_reports_stand_in_no_place_of_a_year_whose_column_was_not_found():
    countys = shared("潢川县2025年政府信息公开工作年度报告")
    found = made([showing(UNITS[0], 2024, title="2024年政府信息公开年报"), countys])
    assert found[UNITS[0].code, 2024].complete
    assert found[UNITS[0].code, 2025].reason == "no column found for 2025 beside those of other years"
