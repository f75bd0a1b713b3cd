"""A season of one county, day by day: what is judged, found and told."""

import pytest
from bundles import instant
from seasons import Season, again, shown

from archive.bundles import Outcome
from monitor import digest, findings, mail, status

D = {"jan20": "2026-01-20T01:00:00Z", "feb1": "2026-02-01T01:00:00Z", "feb2": "2026-02-02T01:00:00Z",
     "feb16": "2026-02-16T01:00:00Z", "apr1": "2026-04-01T01:00:00Z", "apr2": "2026-04-02T01:00:00Z"}

ON_TIME, LATE, NEVER, CHANGED, BACKDATED, UNDATED, WITHDRAWN = (
    "370828101", "370828103", "370828109", "370828107", "370828104", "370828110", "370828102")
CODES = (ON_TIME, LATE, NEVER, CHANGED, BACKDATED, UNDATED, WITHDRAWN)


def play(season):
    """Crawl, judge and tell on each of the six days; gives statuses, open findings and the digest of each."""
    first = [shown(ON_TIME), shown(CHANGED), shown(WITHDRAWN)]
    held = [again(ON_TIME), again(CHANGED), again(WITHDRAWN)]
    feb16 = [again(ON_TIME), shown(CHANGED, figure=31), again(WITHDRAWN), shown(LATE, on="2026-02-05"),
             shown(BACKDATED, on="2026-01-30"), shown(UNDATED, on=None)]
    rest = [again(ON_TIME), again(CHANGED), again(LATE), again(BACKDATED), again(UNDATED)]
    gone = again(WITHDRAWN, Outcome.GONE, listed=False)
    met = {"jan20": first, "feb1": held, "feb2": held, "feb16": feb16, "apr1": [*rest, gone], "apr2": [*rest, gone]}
    for day, items in met.items():
        season.crawl(D[day], *items)
        judged = season.judged(D[day])
        made = digest.make(season.db, season.registry, season.settings, as_of=instant(D[day]))
        mail.enqueue(season.db, season.home, made, season.settings, now=instant(D[day]))
        yield day, judged, season.open(), made


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    season = Season(tmp_path_factory.mktemp("season"), CODES)
    days = {day: (judged, found, made) for day, judged, found, made in play(season)}
    yield season, days
    season.db.close()


def statuses(days, code):
    return [days[day][0][code].status.value for day in D]


EXPECTED = {
    ON_TIME: ["on_time"] * 6,
    LATE: ["pending", "missing", "missing", "late", "late", "late"],
    NEVER: ["pending", "missing", "missing", "missing", "missing", "missing"],
    CHANGED: ["on_time"] * 6,
    BACKDATED: ["pending", "missing", "missing", "late", "late", "late"],
    UNDATED: ["pending", "missing", "missing", "late", "late", "late"],  # two looks without it decide, date or none
    WITHDRAWN: ["on_time"] * 5 + ["withdrawn"],
}


@pytest.mark.parametrize("code", CODES)
def test_each_day_gives_each_township_its_one_status(played, code):
    _, days = played
    assert statuses(days, code) == EXPECTED[code]


def test_nobody_is_accused_before_a_second_look_agrees(played):
    _, days = played
    assert not days["feb1"][0][NEVER].confirmed
    assert days["feb2"][0][NEVER].confirmed
    assert [one.duty.township for one in days["feb1"][2].missing] == []
    assert NEVER in [one.duty.township for one in days["feb1"][2].to_confirm]
    assert NEVER in [one.duty.township for one in days["feb2"][2].new_missing]


def test_the_outer_date_is_passed_only_when_a_look_after_it_says_so(played):
    _, days = played
    assert [days[day][0][NEVER].past for day in D] == [None, "local", "local", "local", "outer", "outer"]
    assert days["feb16"][1][NEVER] == {"T04"}
    assert days["apr1"][1][NEVER] == {"T05"}


def test_flags_say_what_else_happened(played):
    _, days = played
    flags = {code: [flag.value for flag in one.flags] for code, one in days["apr1"][0].items()}
    assert flags == {ON_TIME: [], LATE: [], NEVER: [], CHANGED: ["changed"], BACKDATED: ["backdated"], UNDATED: [],
                     WITHDRAWN: ["vanished"]}


def test_every_finding_of_the_season_is_open_at_its_end(played):
    _, days = played
    assert days["apr2"][1] == {
        LATE: {"T02"}, NEVER: {"T05"}, CHANGED: {"T10"}, BACKDATED: {"T09"}, UNDATED: {"T02"}, WITHDRAWN: {"L05"}}


def test_the_change_names_both_versions_as_evidence(played):
    season, _ = played
    (row,) = [row for row in findings.rows(season.db) if row["code"] == "T10"]
    assert len(set(row["evidence"])) == 2
    assert "2026年2月16日" in row["message"]
    known = {found[0] for found in season.db.execute("SELECT id FROM captures")}
    assert set(row["evidence"]) <= known


def test_a_digest_tells_each_thing_once(played):
    _, days = played
    news = {day: days[day][2] for day in D}
    assert [day for day in D if NEVER in {one.duty.township for one in news[day].new_missing}] == ["feb2", "apr1"]
    assert [day for day in D if any(one.code == "T10" for one in news[day].new_findings)] == ["feb16"]
    assert [day for day in D if any(one.code == "T09" for one in news[day].new_findings)] == ["feb16"]
    assert [day for day in D if news[day].new_withdrawn] == ["apr2"]
    righted = {day: {one.place.township_name for one in news[day].righted} for day in D}
    assert {day: names for day, names in righted.items() if names} == {"feb16": {"霄云镇", "鸡黍镇", "化雨镇"}}


def test_what_was_judged_in_the_past_can_be_asked_again(played):
    season, days = played
    asked = status.judge_all(season.db, season.registry, season.settings, as_of=instant(D["feb2"]))
    was = [one for one in asked if one.duty.township in CODES]
    assert {one.duty.township: one.status for one in was} == {c: j.status for c, j in days["feb2"][0].items()}
    stored = season.db.execute("SELECT DISTINCT judged FROM duties").fetchall()
    assert stored == [(D["apr2"],)]  # and the ledger keeps what was judged last


def test_the_table_of_duties_says_what_the_rows_say(played):
    season, _ = played
    stored = {row["township"]: row for row in season.db.query("SELECT * FROM duties WHERE report_year = 2025")}
    assert stored[NEVER]["status"] == "missing"
    assert stored[NEVER]["confirmed"] == 1
    assert stored[BACKDATED]["claimed_on"] == "2026-01-30"
    assert stored[BACKDATED]["first_look_with"] > stored[BACKDATED]["last_look_without"] == D["feb2"]


def test_a_county_that_is_down_accuses_nobody(tmp_path):
    season = Season(tmp_path, (ON_TIME, NEVER))
    season.crawl(D["jan20"], shown(ON_TIME))
    season.judged(D["jan20"])
    season.down(D["feb1"])
    judged = season.judged(D["feb1"])
    assert judged[ON_TIME].status == "on_time"
    assert judged[NEVER].status == "unknown"
    assert judged[NEVER].reason == "the last look, on 1 February 2026, was not complete: status 503"
    assert season.open() == {None: {"T06"}}  # one cause, one finding, and not the publisher's
    assert {row["attribution"] for row in findings.rows(season.db)} == {"unknown"}
    made = digest.make(season.db, season.registry, season.settings, as_of=instant(D["feb1"]))
    (unchecked,) = [one for one in made.unchecked if "马庙镇" in one.townships]
    assert unchecked.since == instant(D["jan20"])
    season.crawl(D["feb2"], again(ON_TIME), shown(NEVER, on="2026-01-28"))
    assert season.judged(D["feb2"])[NEVER].status == "on_time"
    assert season.open() == {}
    season.db.close()
