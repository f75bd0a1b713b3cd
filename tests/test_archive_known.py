"""What a crawl is told beforehand: listings, what is held with its validators, and what is due."""

from dataclasses import replace
from datetime import timedelta

import pytest
from bundles import Answer, bundle_id, listing, make_bundle, record_id, report

from archive import bundles
from archive.bundles import Attachment, Claim, Listing, ListingPage, Offer, Outcome, Verdict, Wanted
from archive.clock import parse_instant
from archive.home import Home
from archive.ingest import ingest
from archive.known import Recheck, known
from archive.ledger import open_ledger
from archive.registry import load
from archive.volumes import Volumes

COUNTY, TOWNSHIP = "370828", "370828111"
NOW = parse_instant("2026-01-20T01:00:00Z")
HOST = "http://www.jinxiang.gov.cn"
LIST, NEXT, PAGE, FILE = f"{HOST}/col1/", f"{HOST}/col1/2", f"{HOST}/art_1.html", f"{HOST}/1.pdf"
OFFER = Offer(PAGE, "报告", "2026-01-15", "[2026-01-15]")
CLAIM = Claim("2026-01-15", "meta PubDate", "2026-01-15")
PORTAL = load().portals[COUNTY]


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def db(home):
    with open_ledger(home) as ledger:
        yield ledger


@pytest.fixture
def crawl(tmp_path, home, db):
    def take(pages, day=0, **fields):
        folder = make_bundle(tmp_path / "bundles", COUNTY, NOW + timedelta(days=day), pages, **fields)
        ingest(db, Volumes(home.warc), folder, now=NOW)
        return folder.name
    return take


@pytest.fixture
def first(crawl):
    """A first crawl: a listing of two pages, a report with its file."""
    pages = (ListingPage(LIST, Outcome.LISTING, None, (OFFER,), (NEXT,)), ListingPage(NEXT, Outcome.LISTING, None))
    return crawl(
        {LIST: Answer(b"list", headers=(("ETag", '"l"'),)), NEXT: b"list 2",
         PAGE: Answer(b"report", headers=(("Last-Modified", "Thu, 15 Jan 2026 01:00:00 GMT"),)), FILE: b"%PDF-"},
        listings=[Listing(LIST, "hanweb", "年报", TOWNSHIP, None, True, None, pages)],
        candidates=[report(PAGE, title="报告", listing=LIST, division_code=TOWNSHIP, claims=(CLAIM,),
                           attachments=(Attachment(FILE, "表.pdf", Outcome.FILE, None),))],
    )


def ask(db, day=1, **options):
    return known(db, PORTAL, now=NOW + timedelta(days=day), **options)


def held(db, day=1):
    return {item.url: item for item in ask(db, day).held}


def test_before_the_first_crawl_only_county_years_and_pace_are_known(db):
    assert ask(db, delay_seconds=1.5, allow_private=True, contact="office@example.org") == bundles.Known(
        COUNTY, tuple(range(PORTAL.since, 2026)), delay_seconds=1.5, allow_private_addresses=True,
        contact="office@example.org")


def test_the_newest_crawl_that_walked_to_the_end_is_told(crawl, db):
    assert ask(db).discovered is None
    for day, counters in enumerate(['{"walked": 1}', '{"walked": 1}', '{"requests": 9}']):
        db.execute("UPDATE bundles SET counters = ? WHERE id = ?", [counters, crawl({}, day=day)])
    assert ask(db).discovered == "2026-01-21T01:00:00Z"


def test_report_years_end_with_the_year_before_the_local_one(db):
    newyear = parse_instant("2025-12-31T16:00:00Z")   # midnight in Shanghai
    assert known(db, PORTAL, now=newyear).years[-1] == 2025
    assert known(db, PORTAL, now=newyear - timedelta(seconds=1)).years[-1] == 2024


def test_listings_that_were_whole_are_told_without_their_pages(db, first):
    assert ask(db).listings == (Listing(LIST, "hanweb", "年报", TOWNSHIP),)


def test_a_listing_page_is_held_with_its_validator_its_offers_and_where_it_leads(db, first):
    page = held(db)[LIST]
    assert (page.role, page.etag, page.record, page.due) == ("listing", '"l"', record_id(first, LIST), False)
    assert (page.offers, page.next, page.division_code) == ((OFFER,), (NEXT,), TOWNSHIP)


def test_a_report_is_held_with_what_the_listing_and_the_page_said(db, first):
    item = held(db)[PAGE]
    assert (item.role, item.title, item.listing, item.division_code) == ("report", "报告", LIST, TOWNSHIP)
    assert (item.last_modified, item.record) == ("Thu, 15 Jan 2026 01:00:00 GMT", record_id(first, PAGE))
    assert (item.claims, item.attachments) == ((CLAIM,), (FILE,))
    assert (held(db)[FILE].role, held(db)[FILE].title) == ("file", "表.pdf")


def test_what_is_known_survives_being_written_and_read(tmp_path, db, first):
    bundles.write(tmp_path / "known.json", ask(db))
    assert bundles.read_known(tmp_path / "known.json") == ask(db)


PICTURE = f"urn:fullPage:{LIST}"


def pictured(picture):
    """A listing of one page whose picture is this record."""
    page = ListingPage(LIST, Outcome.LISTING, None, screenshot=picture)
    return [Listing(LIST, "hanweb", "年报", TOWNSHIP, None, True, None, (page,))]


def test_a_listing_page_is_told_with_its_picture_while_its_bytes_stay_the_same(crawl, db):
    picture = record_id(bundle_id(COUNTY, NOW), PICTURE)
    png = Answer(b"\x89PNG", kind="resource", headers=(("Content-Type", "image/png"),))
    crawl({LIST: b"list", PICTURE: png}, listings=pictured(picture))
    assert held(db)[LIST].screenshot == picture
    crawl({LIST: b"list"}, day=1, listings=pictured(picture))     # named again, stored once
    assert held(db)[LIST].screenshot == picture
    crawl({LIST: b"another list"}, day=2, listings=pictured(None))
    assert held(db)[LIST].screenshot is None


def test_a_picture_that_nobody_stored_is_not_told(crawl, db):
    crawl({LIST: b"list"}, listings=pictured("<urn:uuid:0b7a4d0e-0000-4000-8000-000000000000>"))
    assert held(db)[LIST].screenshot is None
    assert ask(db).listings != ()                                 # the look itself stands


def test_who_is_missed_is_told_as_the_caller_says(db):
    missed = (Wanted(TOWNSHIP, 2025),)
    assert known(db, PORTAL, now=NOW, wanted=missed).wanted == missed


RECHECKS = [
    # fetched on 20 January; asked n days later, in which month
    (1, False), (6, False),
    (7, True),                        # seven days in season
    (100, True),                      # 30 April
    (102, True),                      # 2 May: more than sixty days
]


@pytest.mark.parametrize(("day", "due"), RECHECKS)
def test_a_report_is_due_some_days_after_it_was_fetched(db, first, day, due):
    assert held(db, day)[PAGE].due is held(db, day)[FILE].due is due


def test_off_season_a_report_rests_longer():
    fetched = "2026-06-01T01:00:00Z"
    days = {day: Recheck().due(fetched, parse_instant(fetched) + timedelta(days=day)) for day in (8, 59, 60)}
    assert days == {8: False, 59: False, 60: True}


def test_a_304_counts_as_a_fetch_and_keeps_body_validators_and_files(db, first, crawl):
    before = held(db)[PAGE]
    again = Answer(status=304, headers=(), revisit=(record_id(first, PAGE), before.sha256))
    crawl({PAGE: again}, day=8, candidates=[report(PAGE, outcome=Outcome.NOT_MODIFIED, title="报告", listing=LIST,
                                                   division_code=TOWNSHIP, claims=(CLAIM,))])
    after = held(db, 9)[PAGE]
    assert after == replace(before, fetched="2026-01-28T01:00:00Z")


@pytest.mark.parametrize("outcome", [Outcome.GONE, Outcome.TIMEOUT, Outcome.EMPTY, Outcome.CHALLENGE, Outcome.SOFT_404])
def test_a_held_report_whose_last_answer_was_not_good_is_due_at_once(db, first, crawl, outcome):
    crawl({}, day=1, candidates=[report(PAGE, outcome=outcome, listed=False)])
    item = held(db, 1)[PAGE]
    assert (item.due, item.title, item.listing) == (True, "报告", LIST)


def test_a_report_that_was_held_in_between_is_due_by_its_last_fetch(db, first, crawl):
    crawl({}, day=5, candidates=[report(PAGE, outcome=Outcome.HELD)])
    assert [held(db, day)[PAGE].due for day in (6, 7)] == [False, True]


@pytest.mark.parametrize(("outcome", "due"), [(Outcome.TIMEOUT, True), (Outcome.GONE, False), (Outcome.FOREIGN, False)])
def test_a_report_is_asked_for_again_while_one_of_its_files_is_in_doubt(db, crawl, outcome, due):
    crawl({PAGE: b"report"}, candidates=[report(PAGE, attachments=(Attachment(FILE, None, outcome, None),))])
    assert held(db)[PAGE].due is due
    assert FILE not in held(db)


def test_a_listing_that_failed_is_remembered_until_it_says_that_it_is_gone(db, first, crawl):
    crawl({}, day=1, verdict=Verdict.PARTIAL, listings=[_page(Outcome.TIMEOUT)])
    assert [one.url for one in ask(db).listings] == [LIST]
    crawl({LIST: Answer(status=404)}, day=2, verdict=Verdict.LAYOUT_CHANGED, listings=[_page(Outcome.GONE)])
    assert ask(db, 3).listings == ()
    assert LIST not in held(db, 3)


def _page(outcome):
    return replace(listing(LIST), division_code=TOWNSHIP, complete=False, reason="…",
                   pages=(ListingPage(LIST, outcome, None),))


def test_a_page_of_a_listing_that_was_not_seen_whole_is_asked_for_without_conditions(db, first, crawl):
    short = Listing(LIST, "hanweb", "年报", TOWNSHIP, None, False, "2 entries seen, 3 announced",
                    (ListingPage(LIST, Outcome.LISTING, None, (OFFER,)),))
    crawl({LIST: Answer(b"another list", headers=(("ETag", '"m"'),))}, day=1, listings=[short], verdict=Verdict.PARTIAL)
    held = {one.url: one for one in known(db, PORTAL, now=NOW).held}
    assert held[LIST].etag == '"l"'


def test_listings_of_a_later_complete_crawl_take_the_place_of_the_old_ones(db, first, crawl):
    crawl({f"{HOST}/new/": b"list"}, day=1, listings=[listing(f"{HOST}/new/")])
    assert [one.url for one in ask(db, 2).listings] == [f"{HOST}/new/"]


def test_pages_read_by_different_crawlers_are_asked_for_without_conditions(db, first, crawl):
    assert ask(db).crawler == "nianbao-crawler/test"
    crawl({f"{HOST}/col2/": b"list"}, day=1, verdict=Verdict.PARTIAL, crawler="nianbao-crawler/next",
          listings=[listing(f"{HOST}/col2/")])
    assert ask(db, 2).crawler is None


def test_a_salvaged_crawl_adds_nothing_to_what_is_held(db, first, crawl):
    before = ask(db, 2)
    crawl({PAGE: b"half a crawl later"}, day=1, aborted=True)
    assert ask(db, 2) == before


def test_another_county_s_crawls_are_not_told(db, first):
    other = load().portals["371521"]
    assert known(db, other, now=NOW).held == ()
