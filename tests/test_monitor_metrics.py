"""What a home is like in numbers, read by a Prometheus parser; what `verify` last saw is remembered."""

import json
import re
from datetime import UTC, datetime
from math import inf

import pytest
from bundles import listing, make_bundle
from prometheus_client.parser import text_string_to_metric_families
from test_monitor_cli import nianbao
from test_monitor_run import COUNTY, crawled_at, work

from archive import divisions
from archive.bundles import Look, Verdict
from archive.home import Home
from archive.ledger import open_ledger
from monitor import run, verified
from monitor.health import FAILING, QUIET, Health
from monitor.metrics import exposition

UNITS = [unit.code for unit in divisions.townships(COUNTY)]
PAGE = {"http://127.0.0.1/nb/": b"<html>\xe5\xb9\xb4\xe6\x8a\xa5</html>"}


@pytest.fixture
def home(tmp_path):
    """A home that watches one county."""
    home = Home(tmp_path / "home")
    home.make()
    home.config.write_text(f'counties = ["{COUNTY}"]', encoding="utf-8")
    return home


def read(told):
    """The metrics as Prometheus understands them: (name, its labels' values) → number."""
    return {(sample.name.removeprefix("nianbao_"), *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(told.decode()) for sample in family.samples}


def taken_in(home, instant, verdict=Verdict.COMPLETE, **more):
    looks = [Look(UNITS[0], 2025, verdict is Verdict.COMPLETE)]
    make_bundle(home.incoming, COUNTY, instant, PAGE, [listing("http://127.0.0.1/nb/")], looks, verdict=verdict, **more)
    at = work(home, instant)
    with open_ledger(home) as db:
        run.ingest_waiting(db, at, run.Done())
        run.settle(db, at)


def test_a_new_home_tells_of_the_machine_alone(home):
    told = read(exposition(work(home)))
    assert told["disk_free_bytes",] > 0
    assert not any(name == "duties" for name, *_ in told)


def test_the_last_crawl_is_told_with_its_verdict_and_age_and_the_last_complete_look_with_its_own(home):
    taken_in(home, "2026-01-20T01:00:00Z")
    taken_in(home, "2026-01-21T01:00:00Z", Verdict.BLOCKED)
    told = read(exposition(work(home, "2026-01-21T02:00:00Z")))
    assert told["crawl_age_seconds", COUNTY, "blocked"] == 3600
    assert ("crawl_age_seconds", COUNTY, "complete") not in told
    assert told["complete_look_age_seconds", COUNTY] == 25 * 3600
    assert told["duties", "2025", "pending"] == 13
    assert told["counties_watched",] == 1


def test_findings_mails_and_bundles_that_wait_are_counted(home):
    crawled_at(home, "2026-02-02T01:00:00Z", verdict="unreachable")
    with open_ledger(home) as db:
        run.settle(db, work(home, "2026-02-02T01:00:00Z"))
        db.execute("INSERT INTO digests VALUES ('d', 'x', 'x', '{}')")
        for number, error in enumerate(("refused", None)):
            db.table("outbox").insert({"key": f"{number}", "digest": "d", "recipient": "a@b.c", "subject": "s",
                                       "message_id": "m", "file": "f", "made": "2026-02-01T01:00:00Z",
                                       "error": error})
    (home.incoming / "waits").mkdir()
    told = read(exposition(work(home, "2026-02-02T01:00:00Z")))
    assert sum(number for (name, *_), number in told.items() if name == "findings_open") > 0
    assert (told["outbox_waiting",], told["outbox_failed",], told["bundles_waiting",]) == (2, 1, 1)
    assert told["outbox_age_seconds",] == 86400


def test_a_volume_is_unverified_until_it_was_read_to_its_end_and_again_when_it_has_grown(home):
    taken_in(home, "2026-01-20T01:00:00Z")
    assert read(exposition(work(home)))["volumes_unverified",] == 1
    now = {"NIANBAO_NOW": "2026-01-20T02:00:00Z"}
    assert nianbao("--home", home.root, "verify", env=now).exit_code == 0
    told = read(exposition(work(home, "2026-01-20T03:00:00Z")))
    assert (told["volumes_unverified",], told["verify_age_seconds",], told["verify_errors",]) == (0, 3600, 0)
    taken_in(home, "2026-01-21T01:00:00Z", seed="again")
    assert read(exposition(work(home)))["volumes_unverified",] == 1


def test_a_verify_that_found_something_is_remembered_with_its_errors(home):
    taken_in(home, "2026-01-20T01:00:00Z")
    (volume,) = home.warc.glob("*.gz")
    volume.write_bytes(volume.read_bytes()[:-3] + b"xyz")
    assert nianbao("--home", home.root, "verify").exit_code == 1
    assert read(exposition(work(home)))["verify_errors",] > 0


@pytest.mark.parametrize("text", ["", "{", "[]", '{"at": "yesterday", "errors": 0, "volumes": {}}'])
def test_what_is_remembered_of_verify_may_be_damaged(home, text):
    home.verified.write_text(text, encoding="utf-8")
    assert verified.last(home) is None


def test_a_scheduler_that_hangs_is_not_healthy_and_one_whose_round_failed_says_so():
    at = datetime(2026, 1, 20, 1, tzinfo=UTC)
    health = Health(at)
    health.ended(at, ("judge: disk full",))
    answer = health.answer(at)
    assert (answer.status, json.loads(answer.body)["status"]) == (200, "failing")
    health._alive -= QUIET.total_seconds() + 1
    answer = health.answer(at)
    assert (answer.status, json.loads(answer.body)["status"]) == (503, "stuck")


def test_a_scheduler_all_of_whose_rounds_failed_for_a_day_is_not_healthy():
    at = datetime(2026, 1, 20, 1, tzinfo=UTC)
    health = Health(at)
    health._good -= FAILING.total_seconds() + 1
    health.ended(at, ("judge: disk full",))
    answer = health.answer(at)
    assert (answer.status, json.loads(answer.body)["status"]) == (503, "failing")
    health.ended(at, ())
    assert (health.answer(at).status, health.good_age < 60) == (200, True)


def test_a_watched_county_that_nobody_has_seen_is_infinitely_old(home):
    open_ledger(home).close()
    assert read(exposition(work(home)))["complete_look_age_seconds", COUNTY] == inf


def test_names_are_as_prometheus_wants_them(home):
    taken_in(home, "2026-01-20T01:00:00Z")
    for family in text_string_to_metric_families(exposition(work(home), Health(datetime.now(UTC))).decode()):
        assert re.fullmatch(r"nianbao_[a-z]+(_[a-z]+)*", family.name)
        assert not family.name.endswith(("_total", "_count", "_sum", "_bucket", "_info_info"))     # these are no gauges
        assert family.documentation.endswith(".")
        assert family.name.endswith("_seconds") is ("_age_" in family.name)
