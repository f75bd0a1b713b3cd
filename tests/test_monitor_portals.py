"""`nianbao portal probe` and `add`: from an address to a registry entry, against a small portal on loopback."""

import json
import os
import subprocess
import sys

import pytest
import smallportal
from smallportal import COUNTY, NAME, UNITS

from archive import registry
from archive.home import Home

pytestmark = pytest.mark.slow

SETTINGS = "[crawl]\ndelay_seconds = 0.0\nallow_private_addresses = true\n"


@pytest.fixture
def home(tmp_path):
    found = Home(tmp_path / "home")
    found.portals.mkdir(parents=True)
    found.config.write_text(SETTINGS, encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def whole():
    """A portal with one column in which every township stands."""
    with smallportal.serving(smallportal.pages(UNITS)) as portal:
        yield portal


@pytest.fixture(scope="module")
def partly():
    """A portal in whose one column three townships stand."""
    with smallportal.serving(smallportal.pages(UNITS[:3])) as portal:
        yield portal


def nianbao(home, *words):
    program = "from monitor.cli import main; main(prog_name='nianbao')"
    return subprocess.run(
        [sys.executable, "-c", program, "--home", str(home.root), *words], capture_output=True, text=True, timeout=100,
        env=os.environ | {"NIANBAO_NOW": "2026-02-16T01:00:00Z"}, check=False)


def test_a_probe_prints_an_entry_that_the_registry_reads(home, whole):
    done = nianbao(home, "portal", "probe", whole.home)
    (home.portals / "x.toml").write_text(done.stdout, encoding="utf-8")
    entry = registry.read(home.portals / "x.toml")
    assert done.returncode == 0, done.stderr
    assert (entry.code, entry.home, entry.expect_townships) == (COUNTY, whole.home, len(UNITS))
    assert [(listing.url, listing.division_code) for listing in entry.listings] == [(f"{whole.home}nb/", None)]
    assert all(f"# {unit.code} {unit.name}: {whole.home}nb/" in done.stdout for unit in UNITS)


def test_a_probe_that_does_not_find_every_township_names_them_and_ends_with_1(home, partly):
    done = nianbao(home, "portal", "probe", partly.home, "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1
    assert told["not_found"] == [unit.code for unit in UNITS[3:]]
    assert (told["county"], told["verdict"]) == (COUNTY, "partial")
    assert {one["code"]: bool(one["listings"]) for one in told["townships"]} == {
        unit.code: unit in UNITS[:3] for unit in UNITS}


def test_a_listing_whose_second_page_fails_just_now_is_found_all_the_same(home):
    pages = smallportal.pages(UNITS)
    onward = '<div><a href="/nb/index_2.html">下一页</a></div>'.encode()
    answers = pages | {"/nb/": pages["/nb/"].replace(b"</ul>", b"</ul>" + onward),
                       "/nb/index_2.html": lambda handler: handler.give(b"<h1>403</h1>", status=403)}
    with smallportal.serving(answers) as portal:
        done = nianbao(home, "portal", "probe", portal.home, "--json")
        told = json.loads(done.stdout)
        assert [one["url"] for one in told["listings"]] == [f"{portal.home}nb/"]
    assert (done.returncode, told["verdict"], told["not_found"]) == (0, "partial", [])
    assert any("not whole just now" in note for note in told["notes"])


def test_a_page_of_another_county_is_refused(home, whole):
    done = nianbao(home, "portal", "probe", whole.home, "--county", "金乡县")
    assert (done.returncode, done.stdout) == (1, "")
    assert NAME in done.stderr


def test_a_page_that_does_not_say_whose_it_is_wants_the_county(home):
    with smallportal.serving({"/": smallportal.page("门户网站", "<p>欢迎。</p>" * 40)}) as portal:
        done = nianbao(home, "portal", "probe", portal.home)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--county" in done.stderr


def test_a_deeper_address_is_enough(home, whole):
    done = nianbao(home, "portal", "probe", f"{whole.home}nb/", "--json")
    assert json.loads(done.stdout)["home"] == whole.home


def test_an_added_entry_is_not_overwritten_and_keeps_what_a_person_wrote(home, whole):
    assert nianbao(home, "portal", "add", whole.home).returncode == 0
    path = home.portals / "huangchuan.toml"
    path.write_text(path.read_text(encoding="utf-8") + '[aliases]\n"老城街道" = "411526001"\n', encoding="utf-8")
    again = nianbao(home, "portal", "add", whole.home)
    assert again.returncode == 1
    assert "--replace" in again.stderr
    assert nianbao(home, "portal", "add", whole.home, "--replace").returncode == 0
    assert registry.read(path).aliases == {"老城街道": "411526001"}
    assert [one.name for one in home.portals.iterdir()] == ["huangchuan.toml"]
