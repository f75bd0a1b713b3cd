"""`nianbao ingest` of what a person captured in an ordinary browser."""

import json

import pytest
from captures import BROWSER, Exchange, wacz, warc
from smallportal import COUNTY, UNITS, pages
from test_monitor_cli import nianbao

from archive.home import Home
from archive.ledger import open_ledger
from archive.verify import verify
from archive.volumes import Volumes

ADDRESS = "http://www.huangchuan.gov.cn"
AT = "2026-02-16T01:00:00Z"
NOW = "2026-03-01T01:00:00Z"


@pytest.fixture
def home(tmp_path):
    home = Home(tmp_path / "home")
    home.make()
    home.config.write_text(f'counties = ["{COUNTY}"]\n', encoding="utf-8")
    (home.portals / "huangchuan.toml").write_text(f'code = "{COUNTY}"\nhome = "{ADDRESS}/"\nsince = 2025\n',
                                                  encoding="utf-8")
    return home


def capture(folder, *, absent=(), at=AT, name="huangchuan.wacz"):
    """A WACZ of the small portal, where the reports of some units were never published."""
    site = pages([unit for unit in UNITS if unit not in absent])
    made = [Exchange(ADDRESS + path, at, body=body) for path, body in site.items()]
    return wacz(folder / name, {"data.warc.gz": warc(made, BROWSER)}, [f"{ADDRESS}/"])


def ingest(home, *arguments):
    return nianbao("--home", home.root, "ingest", *arguments, env={"NIANBAO_NOW": NOW})


def statuses(home, year=2025):
    ended = nianbao("--home", home.root, "status", "--year", year, "--json", env={"NIANBAO_NOW": NOW})
    assert ended.exit_code == 0, ended.stderr
    return {row["division_code"]: row for row in map(json.loads, ended.stdout.splitlines())}


def test_a_capture_is_crawled_taken_in_and_judged(home, tmp_path):
    file = capture(tmp_path, absent=UNITS[:1])
    ended = ingest(home, file, "--county", "潢川", "--by", "Li Na")
    assert ended.exit_code == 0, ended.stderr
    assert f"report year 2025: {len(UNITS)} of {len(UNITS)} townships looked at completely" in ended.stdout
    rows = statuses(home)
    missing = rows.pop(UNITS[0].code)
    assert (missing["status"], missing["confirmed"]) == ("missing", False)
    assert missing["last_look_without"] == AT
    assert {row["first_look_with"] for row in rows.values()} == {AT}
    with open_ledger(home) as db:
        assert db.execute('SELECT "by", started, ended FROM bundles').fetchall() == [("Li Na", AT, AT)]
        assert db.execute("SELECT DISTINCT at FROM captures").fetchall() == [(AT,)]
        assert [problem for problem in verify(db, Volumes(home.warc)) if problem.severity == "error"] == []
    assert not list(home.incoming.iterdir())
    assert file.exists()
    again = ingest(home, next(home.warc.glob("*.warc.gz")), "--county", COUNTY, "--by", "Li Na")
    assert f"report year 2025: {len(UNITS)} of {len(UNITS)} townships looked at completely" in again.stdout


def test_what_is_not_in_the_capture_is_named_and_accuses_nobody(home, tmp_path):
    url = f"{ADDRESS}/r/{UNITS[0].code}.html"
    site = [Exchange(ADDRESS + path, AT, body=body) for path, body in pages(UNITS).items()]
    file = tmp_path / "part.warc.gz"
    file.write_bytes(warc([one for one in site if one.url != url]))
    ended = ingest(home, file, "--county", COUNTY, "--by", "Li Na")
    assert ended.exit_code == 0, ended.stderr
    assert "1 addresses were needed and are not in the capture" in ended.stdout
    assert f"  {url}" in ended.stdout.splitlines()
    assert statuses(home)[UNITS[0].code]["status"] == "unknown"
    rest = tmp_path / "rest.warc.gz"
    rest.write_bytes(warc([one for one in site if one.url == url]))
    assert ingest(home, file, rest, "--county", COUNTY, "--by", "Li Na").exit_code == 0
    assert statuses(home)[UNITS[0].code]["status"] != "unknown"


@pytest.mark.parametrize(("arguments", "told"), [
    ((), "--county COUNTY --by NAME"),
    (("--county", COUNTY), "--by NAME"),
    (("--county", "370828", "--by", "Li Na"), "no capture of www.jinxiang.gov.cn"),
    (("--county", "阳谷", "--by", "Li Na", "--home-page", "http://h.cn/"), "is on none of its hosts"),
    (("--county", "开化", "--by", "Li Na"), "--home-page URL"),
])
def test_what_is_missing_from_the_call_is_said(home, tmp_path, arguments, told):
    ended = ingest(home, capture(tmp_path), *arguments)
    assert ended.exit_code in (1, 2)
    assert told in ended.stderr


def test_a_county_without_an_entry_gets_one_from_its_home_page(home, tmp_path):
    (home.portals / "huangchuan.toml").unlink()
    home.config.write_text("", encoding="utf-8")
    file = capture(tmp_path)
    ended = ingest(home, file, "--county", "330824", "--by", "Li Na", "--home-page", "http://www.kaihua.gov.cn/")
    assert ended.exit_code == 1
    assert "the hosts there are www.huangchuan.gov.cn" in ended.stderr
    assert (home.portals / "kaihua.toml").read_text(encoding="utf-8").splitlines() == [
        'code = "330824"', 'home = "http://www.kaihua.gov.cn/"']


def test_a_damaged_capture_is_refused_with_the_name_of_the_part(home, tmp_path):
    made = [Exchange(f"{ADDRESS}/", AT)]
    file = wacz(tmp_path / "bad.wacz", {"data.warc.gz": warc(made)},
                spoil=lambda parts: parts.__setitem__("archive/data.warc.gz", b"other"))
    ended = ingest(home, file, "--county", COUNTY, "--by", "Li Na")
    assert ended.exit_code == 1
    assert f"{file}: archive/data.warc.gz: 5 bytes; datapackage.json says" in ended.stderr
    assert not list(home.incoming.iterdir())
