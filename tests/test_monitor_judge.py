"""One duty's status, case by case and as laws that hold for whatever was seen."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.clock import end_of_day, local_day
from monitor.deadlines import Duty
from monitor.judge import GAP, Flag, Status, judge, spaced
from monitor.observe import NOTHING, Observations, Publication, Seen, Visit

DUTY = Duty("370828111", "卜集镇", "370828", "金乡县", 2025, date(2026, 1, 31), date(2026, 3, 31), "rule")
OLD = replace(DUTY, report_year=2018, due_local=None, due_outer=date(2019, 3, 31))
HOUR = timedelta(hours=1)


def at(month, day, hour=1):
    return datetime(2026, month, day, hour, tzinfo=UTC)


def look(when, *, present=False, complete=True, gone=False, doubt=None, listed=True, publication=1):
    seen = Seen(publication, when, listed, f"report {when:%m-%d %H}")
    return Visit(f"b{when:%m%d%H%M}", when, complete, None if complete else "http status 503",
                 (seen,) if present else (), (seen,) if gone else (), doubt, (f"listing {when:%m-%d %H}",))


def held(claimed=None, *, number=1, versions=1):
    return Publication(number, f"http://www.jinxiang.gov.cn/{number}.html", "ab" * 32, claimed,
                       "line 发布时间" if claimed else None, tuple(at(2, 1 + n) for n in range(versions)))


def of(*visits, claimed=None, as_of=None, duty=DUTY, publications=None):
    seen = any(visit.present for visit in visits)
    books = publications or ((held(claimed),) if seen else ())
    return judge(duty, Observations(tuple(visits), books), as_of or at(4, 2))


W, A = {"present": True}, {}  # with it, and absent

CASES = [
    ("nothing was looked at before the due date", [], None, at(1, 20), "pending", None, False),
    ("the due date itself is not past", [(at(1, 31), A)], None, at(1, 31, 15), "pending", None, False),
    ("the day in Asia/Shanghai counts", [(at(1, 31, 16), A)], None, at(1, 31, 16), "missing", "local", False),
    ("one look accuses, unconfirmed", [(at(2, 1), A)], None, at(2, 1), "missing", "local", False),
    ("two looks a day apart confirm", [(at(2, 1), A), (at(2, 2), A)], None, at(2, 2), "missing", "local", True),
    ("two looks 19 hours apart do not", [(at(2, 1), A), (at(2, 1, 20), A)], None, at(2, 2), "missing", "local", False),
    ("many close looks confirm once they span a gap", [(at(2, 1, h), A) for h in (1, 9, 17, 21)], None, at(2, 2),
     "missing", "local", True),
    ("a look before the due date says nothing", [(at(1, 20), A)], None, at(2, 1), "unknown", "local", False),
    ("nobody ever looked", [], None, at(4, 1), "unknown", "outer", False),
    ("the outer date is passed by a look after it", [(at(2, 1), A), (at(4, 1), A)], None, at(4, 1), "missing", "outer",
     True),
    ("not by the calendar alone", [(at(2, 1), A), (at(2, 2), A)], None, at(4, 1), "missing", "local", True),
    ("seen on the due date", [(at(1, 31), W)], None, at(2, 5), "on_time", None, True),
    ("seen in time whatever it claims", [(at(1, 31), W)], date(2026, 2, 9), at(2, 5), "on_time", None, True),
    ("claims the due date", [(at(2, 5), W)], date(2026, 1, 31), at(2, 5), "on_time", None, True),
    ("claims the day after", [(at(2, 5), W)], date(2026, 2, 1), at(2, 5), "late", "local", True),
    ("claims a day after the outer date", [(at(4, 2), W)], date(2026, 4, 1), at(4, 2), "late", "outer", True),
    ("one look without it does not outweigh its claim", [(at(2, 1), A), (at(2, 5), W)], date(2026, 1, 30), at(2, 5),
     "on_time", None, True),
    ("two looks without it do", [(at(2, 1), A), (at(2, 2), A), (at(2, 5), W)], date(2026, 1, 30), at(2, 5), "late",
     "local", True),
    ("no date and one look without it", [(at(2, 1), A), (at(2, 5), W)], None, at(2, 5), "late", "local", False),
    ("no date and no look since the due date", [(at(1, 20), A), (at(2, 5), W)], None, at(2, 5), "undated", None, False),
    ("gone once: the status stays", [(at(1, 20), W), (at(2, 1), A)], None, at(2, 1), "on_time", None, True),
    ("gone twice", [(at(1, 20), W), (at(2, 1), A), (at(2, 2), A)], None, at(2, 2), "withdrawn", "local", True),
    ("gone twice within a few hours", [(at(1, 20), W), (at(2, 1), A), (at(2, 1, 5), A)], None, at(2, 2), "on_time",
     None, True),
    ("gone and back", [(at(1, 20), W), (at(2, 1), A), (at(2, 2), A), (at(2, 3), W)], None, at(2, 3), "on_time", None,
     True),
]


@pytest.mark.parametrize(("visits", "claimed", "as_of", "status", "past", "confirmed"),
                         [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_decisions_in_order(visits, claimed, as_of, status, past, confirmed):
    judged = of(*(look(when, **what) for when, what in visits), claimed=claimed, as_of=as_of)
    assert (judged.status.value, judged.past, judged.confirmed) == (status, past, confirmed)


def test_report_years_up_to_2018_know_only_the_outer_date():
    assert judge(OLD, NOTHING, datetime(2019, 2, 15, tzinfo=UTC)).status is Status.PENDING
    claimed = judge(OLD, Observations((look(at(1, 5), present=True),), (held(date(2019, 3, 31)),)), at(1, 6))
    assert (claimed.status, claimed.past) == (Status.ON_TIME, None)
    late = judge(OLD, Observations((look(at(1, 5), present=True),), (held(date(2019, 4, 1)),)), at(1, 6))
    assert (late.status, late.past) == (Status.LATE, "outer")


def test_a_claim_that_two_looks_contradict_is_flagged_with_both_as_evidence():
    judged = of(look(at(2, 1)), look(at(2, 2)), look(at(2, 10), present=True), claimed=date(2026, 1, 30))
    assert judged.flags == (Flag.BACKDATED,)
    assert judged.evidence == ("report 02-10 01", "listing 02-01 01", "listing 02-02 01")
    assert (judged.last_look_without, judged.first_look_with) == (at(2, 2), at(2, 10))


def test_a_dead_link_that_is_still_listed_is_gone_and_says_so():
    dead = {"gone": True, "listed": True}
    judged = of(look(at(1, 20), present=True), look(at(2, 1), **dead), as_of=at(2, 1))
    assert judged.flags == (Flag.DEAD_LINK, Flag.VANISHED)
    judged = of(look(at(1, 20), present=True), look(at(2, 1), **dead), look(at(2, 2), **dead), as_of=at(2, 2))
    assert judged.status is Status.WITHDRAWN
    assert Flag.DEAD_LINK in judged.flags


def test_a_second_copy_with_a_later_date_makes_nothing_late():
    copies = (held(date(2026, 1, 20), number=1), held(date(2026, 6, 1), number=2))
    judged = of(look(at(2, 5), present=True), look(at(6, 2), present=True, publication=2), as_of=at(6, 2),
                publications=copies)
    assert (judged.status, judged.claimed_on) == (Status.ON_TIME, date(2026, 1, 20))
    assert judged.url == copies[1].url  # the one that stands there now
    assert judged.urls == tuple(one.url for one in copies)


def test_a_listed_link_that_nobody_could_read_takes_the_accusation_back():
    accused = [look(at(2, 1)), look(at(2, 2))]
    unread = look(at(2, 3), doubt="http://www.jinxiang.gov.cn/9.html: error/timeout")
    judged = of(*accused, unread, as_of=at(2, 3))
    assert judged.status is Status.UNKNOWN
    assert judged.reason.endswith("could not be read: http://www.jinxiang.gov.cn/9.html: did not answer in time")
    assert of(*accused, unread, look(at(2, 4)), as_of=at(2, 4)).confirmed is False  # and the looks count anew


def test_a_day_within_the_report_year_is_flagged():
    judged = of(look(at(1, 20), present=True), claimed=date(2025, 12, 31))
    assert judged.flags == (Flag.DATED_EARLY,)


@pytest.mark.parametrize(("visits", "as_of", "reason"), [
    ([], at(2, 1), "never looked at: no crawl has looked for this report year"),
    ([look(at(1, 20))], at(2, 1), "not looked at since the due date; the last complete look was on 20 January 2026"),
    ([look(at(1, 20)), look(at(2, 1), complete=False)], at(2, 1),
     "the last look, on 1 February 2026, was not complete: status 503"),
])
def test_unknown_says_why(visits, as_of, reason):
    assert of(*visits, as_of=as_of).reason == reason


# Laws

instants = st.integers(0, 24 * 120).map(lambda hours: datetime(2026, 1, 5, tzinfo=UTC) + HOUR * hours)
visits = st.lists(
    st.builds(look, instants, present=st.booleans(), complete=st.booleans(), gone=st.booleans(),
              doubt=st.sampled_from([None, None, None, "a link"]), listed=st.booleans()),
    max_size=9, unique_by=lambda visit: visit.started)
unseen = st.lists(st.builds(look, instants, complete=st.booleans()), max_size=9, unique_by=lambda visit: visit.started)
claims = st.none() | st.dates(date(2025, 12, 1), date(2026, 5, 1))


def judged(found, claimed, as_of):
    books = (held(claimed),) if any(visit.present and visit.started <= as_of for visit in found) else ()
    return judge(DUTY, Observations(tuple(found), books), as_of)


@given(visits, claims, instants)
def test_nobody_is_missing_or_withdrawn_without_a_complete_look(found, claimed, as_of):
    status = judged(found, claimed, as_of).status
    complete = [visit for visit in found if visit.started <= as_of and visit.complete and not visit.present]
    if status is Status.MISSING:
        assert any(local_day(visit.started) > DUTY.due for visit in complete)
    if status is Status.WITHDRAWN:
        assert len(spaced(sorted(complete, key=lambda visit: visit.started), GAP)) >= 2


@given(visits, claims, instants, st.lists(instants, max_size=4))
def test_blocked_looks_change_no_accusation(found, claimed, as_of, blocked):
    more = [*found, *(look(when, complete=False) for when in blocked)]
    before, after = judged(found, claimed, as_of), judged(more, claimed, as_of)
    assert (before.status, before.past, before.confirmed) == (after.status, after.past, after.confirmed)
    assert before.flags == after.flags


@given(visits, claims, instants, st.randoms())
def test_the_order_of_rows_is_irrelevant(found, claimed, as_of, random):
    shuffled = random.sample(found, len(found))
    assert judged(found, claimed, as_of) == judged(shuffled, claimed, as_of)


@given(visits, claims, instants)
def test_nothing_later_than_as_of_is_seen(found, claimed, as_of):
    known = [visit for visit in found if visit.started <= as_of]
    assert judged(found, claimed, as_of) == judged(known, claimed, as_of)


@given(visits, claims, instants)
def test_confirmed_means_two_looks_far_enough_apart(found, claimed, as_of):
    result = judged(found, claimed, as_of)
    if result.confirmed and result.status in (Status.MISSING, Status.WITHDRAWN):
        without = sorted(visit.started for visit in found if visit.without and visit.started <= as_of)
        assert without[-1] - without[0] >= timedelta(hours=20)


@given(unseen, instants, instants)
def test_a_missing_report_stays_missing_until_something_is_seen(found, one, other):
    earlier, later = judged(found, None, min(one, other)), judged(found, None, max(one, other))
    if earlier.status is Status.MISSING:
        assert later.status is Status.MISSING
        assert later.confirmed >= earlier.confirmed


@given(visits, claims, instants)
def test_a_status_that_says_seen_rests_on_a_sighting_and_no_other_does(found, claimed, as_of):
    result = judged(found, claimed, as_of)
    seen = any(visit.present and visit.started <= as_of for visit in found)
    assert seen == (result.status in (Status.ON_TIME, Status.LATE, Status.UNDATED, Status.WITHDRAWN))
    assert (result.reason is not None) == (result.status in (Status.UNKNOWN, Status.UNDATED))
    if as_of <= end_of_day(DUTY.due) and not seen:
        assert result.status is Status.PENDING
