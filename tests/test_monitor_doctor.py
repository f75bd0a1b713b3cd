"""What is wrong with an installation: each in a plain sentence with what to do, and exit 1."""

import json
import os
import subprocess
import sys
from datetime import timedelta
from email.utils import format_datetime

import pytest
from bundles import Answer, make_bundle
from test_monitor_cli import nianbao
from test_monitor_run import COUNTY, crawled_at, work

from archive import clock, divisions, locks
from archive.bundles import Look, Verdict
from archive.clock import parse_instant
from archive.home import Home
from archive.ledger import open_ledger
from monitor import doctor, holdings, machine, run, verified
from monitor.doctor import Sign
from monitor.work import open_work

NOW = "2026-02-10T01:00:00Z"
UNITS = [unit.code for unit in divisions.townships(COUNTY)]


@pytest.fixture
def home(tmp_path):
    """A home that watches one county."""
    home = Home(tmp_path / "home")
    home.make()
    home.config.write_text(f'counties = ["{COUNTY}"]', encoding="utf-8")
    return home


@pytest.fixture
def sound(monkeypatch):
    """A machine on which nothing is amiss: what is told here is the home's doing."""
    monkeypatch.setattr(doctor, "machine", lambda _home: iter(()))


def examined(home, now=NOW, **environ):
    return doctor.examine(home, {"NIANBAO_NOW": now} | environ)


def said(signs, check, level="wrong"):
    return [sign.message for sign in signs if (sign.check, sign.level) == (check, level)]


def taken_in(home, county, instant, *, verdict=Verdict.COMPLETE, ahead=0, units=UNITS):
    """A crawl whose portal's clock is some seconds ahead of ours."""
    date = format_datetime(parse_instant(instant) + timedelta(seconds=ahead), usegmt=True)
    page = Answer(b"<html>x</html>", headers=(("Content-Type", "text/html"), ("Date", date)))
    complete = verdict is Verdict.COMPLETE
    looks = [Look(code, 2025, complete) for code in units] if county == COUNTY else []
    make_bundle(home.incoming, county, instant, {"http://127.0.0.1/": page}, looks=looks, verdict=verdict)
    at = work(home, instant)
    with open_ledger(home) as db:
        run.ingest_waiting(db, at, run.Done())
        run.settle(db, at)


def test_the_command_says_what_is_wrong_first_what_to_do_and_ends_with_one(home, monkeypatch):
    monkeypatch.setattr(machine, "BROWSER", [sys.executable, "-c", ""])       # the next test starts the real one
    crawled_at(home, "2026-02-09T01:00:00Z", verdict="blocked")
    done = nianbao("--home", home.root, "doctor", env={"NIANBAO_NOW": NOW})
    assert done.exit_code == 1
    first, remedy = done.output.splitlines()[:2]
    assert first.startswith("WRONG looks: 金乡县 (370828): no complete look at 13 of 13 townships for report year 2025")
    assert "nianbao ingest FILE --county 370828 --by NAME" in remedy
    assert done.output.splitlines()[-1].endswith("are wrong")
    rows = [json.loads(line) for line in
            nianbao("--home", home.root, "doctor", "--json", env={"NIANBAO_NOW": NOW}).output.splitlines()]
    assert {"level", "check", "message", "remedy"} == set(rows[0])
    assert {"sqlite", "disk", "browser", "ocr", "fonts", "looks"} <= {row["check"] for row in rows}


def test_this_machine_is_as_setup_leaves_it(home):
    assert [sign for sign in machine.machine(home) if sign.level == "wrong"] == []


def test_an_old_sqlite_is_named_with_what_it_means_and_is_no_failure(monkeypatch):
    monkeypatch.setattr(machine.sqlite3, "sqlite_version_info", (3, 40, 1))
    sign = machine._sqlite()
    assert sign.level == "note"
    assert "one writer" in sign.message
    monkeypatch.setattr(machine.sqlite3, "sqlite_version_info", (3, 51, 3))
    assert machine._sqlite().level == "fine"


def test_a_disk_too_full_for_a_copy_of_the_ledger_is_wrong(home, monkeypatch):
    usage = machine.shutil.disk_usage(home.root)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _place: usage._replace(free=900_000_000))
    assert machine._room(home).level == "wrong"


def test_a_browser_that_does_not_start_is_told_with_its_own_words(home, monkeypatch):
    for said, told in (
        ("browser: BrowserType.launch: spawn /usr/bin/chromium EACCES\nCall log:\n  - finished cleanup\n", "EACCES"),
        ("browser: it was closed\n<launched> pid=7\n[pid=7][err] libnss3.so: cannot open\nCall log:\n", "libnss3.so"),
        ("Traceback:\n  File\nModuleNotFoundError: No module named 'playwright'\n", "No module named"),
    ):
        monkeypatch.setattr(machine, "BROWSER", [sys.executable, "-c", f"import sys; sys.exit({said!r})"])
        assert machine._browser().level == "wrong"
        assert told in machine._browser().message


@pytest.mark.usefixtures("sound")
def test_a_healthy_home_has_nothing_wrong(home):
    taken_in(home, COUNTY, "2026-02-09T01:00:00Z")
    signs = examined(home)
    assert [sign for sign in signs if sign.level == "wrong"] == []
    assert list(doctor.lines(signs))[-1] == "nothing is wrong"


@pytest.mark.usefixtures("sound")
def test_townships_that_nobody_saw_for_days_are_wrong_also_where_the_others_were_seen(home):
    taken_in(home, COUNTY, "2026-02-01T01:00:00Z")
    taken_in(home, COUNTY, "2026-02-09T01:00:00Z", units=UNITS[:10])
    (message,) = said(examined(home), "looks")
    assert "no complete look at 3 of 13 townships" in message
    assert said(examined(home, "2026-06-20T01:00:00Z"), "looks")[0].count("13 of 13") == 1
    assert said(examined(home, "2026-02-03T00:00:00Z"), "looks") == []


@pytest.mark.usefixtures("sound")
def test_settings_that_cannot_be_read_are_one_sign_and_the_rest_is_looked_at_all_the_same(home):
    home.config.write_text("counties = 3", encoding="utf-8")
    (home.portals / "bad.toml").write_text('code = "000000"', encoding="utf-8")
    signs = examined(home)
    assert "counties: expected a list of codes" in said(signs, "settings")[0]
    assert "bad.toml" in said(signs, "portals")[0]


@pytest.mark.usefixtures("sound")
def test_a_county_without_an_entry_is_wrong_and_hides_no_other(home):
    home.config.write_text(f'counties = ["999999", "{COUNTY}"]', encoding="utf-8")
    signs = examined(home)
    assert "999999" in said(signs, "portals")[0]
    assert said(signs, "portals", "fine") == ["counties that are watched: 1"]


@pytest.mark.usefixtures("sound")
def test_private_addresses_and_a_missing_contact_are_worth_a_note(home):
    home.config.write_text("[crawl]\nallow_private_addresses = true", encoding="utf-8")
    assert len(said(examined(home), "settings", "note")) == 2


@pytest.mark.usefixtures("sound")
def test_whoever_serves_or_writes_is_named(home):
    assert len(said(examined(home), "scheduler", "note")) == 1
    script = ("import sys\nfrom pathlib import Path\nfrom archive.locks import hold\n"
              "kept = hold(Path(sys.argv[1])); print(flush=True); input()")
    other = subprocess.Popen([sys.executable, "-c", script, home.lock], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    other.stdout.readline()
    with locks.hold(home.serving):
        signs = examined(home)
    other.communicate(b"\n")
    assert f"process {os.getpid()} serves" in said(signs, "scheduler", "fine")[0]
    assert said(signs, "ledger", "note")[0] == f"process {other.pid} is writing to the ledger"


@pytest.mark.usefixtures("sound")
def test_a_second_scheduler_whose_lock_was_removed_is_found_all_the_same(home):
    script = ("import sys\nfrom pathlib import Path\nfrom archive.locks import hold\n"
              "kept = hold(Path(sys.argv[1])); print(flush=True); input()")
    other = subprocess.Popen([sys.executable, "-c", script, home.serving], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
    other.stdout.readline()
    home.serving.unlink()
    with locks.hold(home.serving):
        (message,) = said(examined(home), "scheduler")
    other.communicate(b"\n")
    assert f"a second scheduler runs, process {other.pid}," in message


@pytest.mark.usefixtures("sound")
@pytest.mark.parametrize(("ahead", "level"), [(5, "fine"), (-5, "fine"), (7200, "wrong"), (-600, "wrong")])
def test_the_clock_is_held_against_those_of_several_portals_without_asking_anybody(home, ahead, level):
    for county in ("370828", "371521", "411526"):
        taken_in(home, county, "2026-02-09T01:00:00Z", ahead=ahead)
    (message,) = said(examined(home), "clock", level)
    assert ("2 h 0 min behind" in message) is (ahead == 7200)


@pytest.mark.usefixtures("sound")
def test_one_portal_whose_clock_is_wrong_accuses_nobody(home):
    taken_in(home, COUNTY, "2026-02-09T01:00:00Z", ahead=7200)
    signs = examined(home)
    assert said(signs, "clock") == []
    assert said(signs, "clock", "note")[-1] == "this machine's clock was 2 h 0 min behind that of 1 portal"


@pytest.mark.usefixtures("sound")
def test_a_crawl_of_tomorrow_shows_a_clock_that_was_wrong(home):
    crawled_at(home, "2027-02-09T01:00:00Z")
    assert "began later than now" in said(examined(home), "clock")[0]


@pytest.mark.usefixtures("sound")
def test_mail_that_does_not_leave_is_wrong(home):
    mail = '[mail]\nsender = "a@example.org"\n[[mail.recipient]]\naddress = "b@example.org"\n'
    home.config.write_text(mail, encoding="utf-8")
    with open_ledger(home) as db:
        run.tell(db, open_work(home, {"NIANBAO_NOW": NOW}))
    assert "no [mail] host" in said(examined(home), "mail")[0]
    home.config.write_text(mail.replace("[mail]\n", '[mail]\nhost = "127.0.0.1"\n'), encoding="utf-8")
    assert said(examined(home), "mail") == []
    with open_ledger(home) as db:
        db.execute("UPDATE outbox SET error = 'SMTPAuthenticationError: 535'")
    assert "535" in said(examined(home), "mail")[0]


@pytest.mark.usefixtures("sound")
def test_volumes_that_nobody_re_read_are_a_note_and_errors_are_wrong(home):
    taken_in(home, COUNTY, "2026-02-09T01:00:00Z")
    assert said(examined(home), "volumes", "note") == ["the archive was not re-read yet"]
    verified.remember(home, {"nianbao-00001.warc.gz": 1}, 3, at=parse_instant(NOW))
    assert said(examined(home), "volumes") == ["3 errors were found on 2026-02-10"]
    verified.remember(home, {"nianbao-00001.warc.gz": 1}, 0, at=parse_instant(NOW))
    assert said(examined(home), "volumes", "fine") == ["0 of 1 volumes were re-read to their end"]
    next(home.warc.glob("*.gz")).unlink()
    assert "not there: nianbao-00001.warc.gz" in said(examined(home), "volumes")[0]


@pytest.mark.usefixtures("sound")
def test_a_bundle_that_was_refused_and_an_old_snapshot_are_told(home):
    taken_in(home, COUNTY, "2026-02-09T01:00:00Z")
    (home.incoming / "no-bundle").mkdir()
    for path, day in ((home.incoming / "no-bundle", 9), (home.public, 1)):
        then = parse_instant(f"2026-02-0{day}T01:00:00Z").timestamp()
        os.utime(path, (then, then))
    signs = examined(home)
    assert "no-bundle" in said(signs, "incoming")[0]
    assert "older than the judgement" in said(signs, "snapshot")[0]


@pytest.mark.usefixtures("sound")
def test_a_ledger_that_is_none_is_told_and_not_a_traceback(home):
    home.ledger.write_bytes(b"no database" * 100)
    assert "file is not a database" in said(examined(home), "ledger")[0]


def test_a_long_list_is_cut_short_for_people():
    signs = [Sign("wrong", "looks", f"county {number}", "do") for number in range(40)]
    told = list(doctor.lines(signs))
    assert told[-2:] == ["WRONG looks: and 30 more; --json shows all", "40 of 40 things are wrong"]


def test_every_verdict_has_a_remedy():
    assert set(holdings.REMEDIES) == set(Verdict)


def test_stale_means_less_in_season_than_off_it():
    assert holdings.STALE_IN_SEASON < holdings.STALE
    assert parse_instant(NOW).month in clock.SEASON
