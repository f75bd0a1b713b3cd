"""The registry: what an entry may say, what is refused and how, and which portal a name means."""

import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive import divisions, registry
from archive.bundles import Listing
from archive.clock import parse_instant
from archive.errors import BadDivision, BadPortal, NoPortal
from archive.notices import Notice

SHIPPED = Path(registry.__file__).parent / "portals"
LEAST = 'code = "370828"\nhome = "http://www.jinxiang.gov.cn/"\n'
FULL = """
code = "411526"
home = "http://www.huangchuan.gov.cn/"
hosts = ["M.huangchuan.gov.cn", "127.0.0.1:8080"]
family = "henan-path"
since = 2019
delay_seconds = 5
requests = 3000
hours = "07:30-22:00"
legacy_tls = ["m.huangchuan.gov.cn"]

[[listing]]
family = "henan-path"
url = "http://www.huangchuan.gov.cn/zfxxgk/xz/"

[[listing]]
family = "henan-path"
url = "http://m.huangchuan.gov.cn/butaji/"
title = "卜塔集镇年报"
township = "卜塔集镇"
report_year = 2024

[expect]
townships = 22
listings = 23
reports = 60

[aliases]
"老城办事处" = "411526004"

[owes]
"黄湖农场" = true
"411526201" = false

[calendar]
due_local = "02-20"
notice = "潢政办〔2021〕1号"
"""


def write(folder, text, name="entry.toml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder, text):
    with pytest.raises(BadPortal) as refused:
        registry.read(write(folder, text))
    return refused.value


# What ships

def test_the_three_counties_ship_with_as_many_townships_as_they_expect():
    shipped = registry.load()
    assert not shipped.errors
    assert {one.slug: len(one.townships()) for one in shipped.portals.values()} == {
        "jinxiang": 13, "yanggu": 18, "huangchuan": 21}
    assert all(len(one.townships()) == one.expect_townships for one in shipped.portals.values())


def test_a_shipped_portal_answers_on_its_own_host_only():
    portal = registry.load().portals["370828"]
    assert portal.owns("http://www.jinxiang.gov.cn/col/col1/index.html")
    assert portal.owns("https://WWW.jinxiang.gov.cn:443/")     # the scheme's own port says nothing
    assert not portal.owns("http://www.jinxiang.gov.cn:8080/")
    assert not portal.owns("http://www.jinxiang.gov.cn.example.com/")
    assert not portal.owns("http://www.jinxiang.gov.cn@example.com/")
    assert not portal.owns("http://example.com\\@www.jinxiang.gov.cn/")    # a browser goes to example.com
    assert not portal.owns("http://[www.jinxiang.gov.cn/")


# What an entry says

def test_code_and_home_are_enough(tmp_path):
    portal = registry.read(write(tmp_path, LEAST, "mine.toml"))
    assert (portal.name, portal.slug, portal.since) == ("金乡县", "mine", 2021)
    assert portal.hosts == {"www.jinxiang.gov.cn"}
    assert len(portal.townships()) == 13


def test_every_key_is_read(tmp_path):
    portal = registry.read(write(tmp_path, FULL))
    assert portal.hosts == {"www.huangchuan.gov.cn", "m.huangchuan.gov.cn", "127.0.0.1:8080"}
    assert (portal.family, portal.since, portal.delay_seconds, portal.expect_townships) == ("henan-path", 2019, 5.0, 22)
    assert (portal.expect_listings, portal.expect_reports, portal.requests) == (23, 60, 3000)
    assert (str(portal.hours), portal.legacy_tls) == ("07:30-22:00", {"m.huangchuan.gov.cn"})
    assert portal.listings[1] == Listing(
        url="http://m.huangchuan.gov.cn/butaji/", family="henan-path", title="卜塔集镇年报",
        division_code=divisions.find_township("卜塔集镇", "411526").code, report_year=2024)
    assert portal.notices == (Notice("02-20", "潢政办〔2021〕1号"),)


@pytest.mark.parametrize(("hours", "instant", "open_then"), [
    ("07:30-22:00", "2026-01-20T00:00:00Z", True),       # 08:00 in Shanghai
    ("07:30-22:00", "2026-01-19T23:30:00Z", True),       # 07:30, the first minute
    ("07:30-22:00", "2026-01-20T14:00:00Z", False),      # 22:00
    ("07:30-22:00", "2026-01-20T18:00:00Z", False),      # 02:00 of the next day
    ("20:00-06:00", "2026-01-20T18:00:00Z", True),       # past midnight
    ("20:00-06:00", "2026-01-20T04:00:00Z", False)])
def test_a_portal_is_open_by_the_hours_of_shanghai(tmp_path, hours, instant, open_then):
    portal = registry.read(write(tmp_path, LEAST + f'hours = "{hours}"\n'))
    assert portal.open_at(parse_instant(instant)) is open_then


def test_a_portal_without_hours_is_always_open(tmp_path):
    assert registry.read(write(tmp_path, LEAST)).open_at(parse_instant("2026-01-20T18:00:00Z"))


def test_an_entry_decides_who_owes_against_the_kind(tmp_path):
    owing = {unit.name for unit in registry.read(write(tmp_path, FULL)).townships()}
    assert "黄湖农场" in owing
    assert divisions.township("411526201").name not in owing


def test_a_unit_founded_later_owes_from_its_first_report_year_on(tmp_path):
    portal = registry.read(write(tmp_path, FULL.replace('"黄湖农场" = true', '"黄湖农场" = 2023')))
    farm = divisions.find_township("黄湖农场", "411526").code
    assert (portal.owes[farm], portal.since_of) == (True, {farm: 2023})
    assert registry.read(write(tmp_path, registry.to_toml(portal))) == portal


def test_each_notice_may_speak_of_years_of_its_own(tmp_path):
    more = '[[calendar]]\ndue_local = "02-10"\nnotice = "y"\nyears = [2024, 2025]\n'
    portal = registry.read(write(tmp_path, FULL.replace("[calendar]", "[[calendar]]") + more))
    assert portal.notices == (Notice("02-20", "潢政办〔2021〕1号"), Notice("02-10", "y", (2024, 2025)))
    assert registry.read(write(tmp_path, registry.to_toml(portal))) == portal


def test_an_alias_leads_to_its_unit(tmp_path):
    portal = registry.read(write(tmp_path, FULL.replace("老城办事处", "小吕乡")))
    assert portal.find_township("小吕乡人民政府").code == "411526004"
    assert [unit.code for unit in portal.mentioned("小吕乡2019年年报")] == ["411526004"]


def test_a_printed_entry_is_read_as_the_same_portal(tmp_path):
    portal = registry.read(write(tmp_path, FULL))
    again = registry.read(write(tmp_path, registry.to_toml(portal)))
    assert again == portal
    assert tomllib.loads(registry.to_toml(portal))["owes"] == {"411526400": True, "411526201": False}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)  # one file, written anew
@given(title=st.text(min_size=1).filter(lambda text: text.isprintable()), notice=st.text(min_size=1, max_size=20))
def test_any_text_survives_printing(tmp_path, title, notice):
    portal = registry.read(write(tmp_path, FULL))
    listing = Listing(url=portal.listings[0].url, family="henan-path", title=title)
    changed = replace(portal, listings=(listing,), notices=(Notice("02-20", notice),))
    try:
        path = write(tmp_path, registry.to_toml(changed))
    except UnicodeEncodeError:
        return                                                   # half a character cannot be written at all
    assert registry.read(path) == changed


# What is refused

@pytest.mark.parametrize(("text", "place", "expected"), [
    ("", "code", "missing"),
    ('code = "370828"', "home", "missing"),
    (LEAST.replace("370828", "370899"), "code", "six digits"),
    (LEAST.replace('"370828"', "370828"), "code", "a text in quotes, not 370828"),
    (LEAST.replace("http://www.jinxiang.gov.cn/", "www.jinxiang.gov.cn"), "home", "http or https"),
    (LEAST.replace("http:", "ftp:"), "home", "http or https"),
    (LEAST.replace("www.", "user:pass@www."), "home", "http or https"),
    (LEAST.replace("gov.cn/", "gov.cn:port/"), "home", "http or https"),
    (LEAST + 'hosts = "m.jinxiang.gov.cn"', "hosts", "a list"),
    (LEAST + 'hosts = ["http://m.jinxiang.gov.cn/"]', "hosts", "a host name"),
    (LEAST + "hosts = [1]", "hosts", "a host name"),
    (LEAST + 'colour = "red"', "colour", "unknown key; expected one of aliases, calendar"),
    (LEAST + "since = 1999", "since", "from 2008 on"),
    (LEAST + "since = true", "since", "a whole number"),
    (LEAST + "delay_seconds = 0", "delay_seconds", "above 0"),
    (LEAST + "delay_seconds = nan", "delay_seconds", "above 0"),
    (LEAST + "listing = 1", "listing", "a list"),
    (LEAST + "listing = [1]", "listing", "[[listing]] tables"),
    (LEAST + '[[listing]]\nurl = "http://www.jinxiang.gov.cn/1"', "listing 1.family", "missing"),
    (LEAST + '[[listing]]\nfamily = "x"', "listing 1.url", "missing"),
    (LEAST + '[[listing]]\nfamily = "x"\nurl = "http://jinxiang.example/1"', "listing 1.url", "not among"),
    (LEAST + '[[listing]]\nfamily = "x"\nurl = "http://www.jinxiang.gov.cn/1"\npages = 3',
     "listing 1.pages", "unknown"),
    (LEAST + '[[listing]]\nfamily = "x"\nurl = "http://www.jinxiang.gov.cn/1"\ntownship = "卜塔集镇"',
     "listing 1.township", "a unit of 370828"),
    (LEAST + "[expect]\ntownships = 0", "expect.townships", "above 0"),
    (LEAST + "[expect]\ntownships = 13.5", "expect.townships", "a whole number"),
    (LEAST + "[expect]\nreports = 0", "expect.reports", "above 0"),
    (LEAST + '[expect]\nlistings = "all"', "expect.listings", "a whole number"),
    (LEAST + "[expect]\nat_least = 13", "expect.at_least", "unknown"),
    (LEAST + "requests = 0", "requests", "above 0"),
    (LEAST + "requests = 2.5", "requests", "a whole number"),
    (LEAST + 'hours = "7-22"', "hours", "as 07:30-22:00"),
    (LEAST + 'hours = "07:30-24:30"', "hours", "as 07:30-22:00"),
    (LEAST + 'hours = "08:00-08:00"', "hours", "as 07:30-22:00"),
    (LEAST + "hours = 7", "hours", "a text in quotes"),
    (LEAST + 'legacy_tls = ["xxgk.jinxiang.gov.cn"]', "legacy_tls", "hosts of the entry"),
    (LEAST + 'legacy_tls = ["https://www.jinxiang.gov.cn/"]', "legacy_tls", "a host name"),
    (LEAST + '[aliases]\n"小吕乡" = "411526004"', "aliases.小吕乡", "of a unit of 370828"),
    (LEAST + '[aliases]\n"小吕乡" = 370828111', "aliases.小吕乡", "a text in quotes"),
    (LEAST + '[owes]\n"黄湖农场" = true', "owes.黄湖农场", "a unit of 370828"),
    (LEAST + '[owes]\n"卜集镇" = "yes"', "owes.卜集镇", "true or false, or its first report year"),
    (LEAST + '[owes]\n"卜集镇" = 1999', "owes.卜集镇", "a report year from 2008 on"),
    (LEAST + '[calendar]\ndue_local = "02-20"', "calendar.notice", "missing"),
    (LEAST + '[calendar]\ndue_local = "20 February"\nnotice = "x"', "calendar.due_local", "02-20"),
    (LEAST + '[calendar]\ndue_local = "02-29"\nnotice = "x"', "calendar.due_local", "02-20"),   # not in every year
    (LEAST + '[calendar]\ndue_local = "04-20"\nnotice = "x"', "calendar.due_local", "03-31 at the latest"),
    (LEAST + 'calendar = "02-20"', "calendar", "a table"),
    (LEAST + '[calendar]\ndue_local = "02-20"\nnotice = "x"\nyears = [2018]', "calendar.years", "from 2019 on"),
    (LEAST + 2 * '[[calendar]]\ndue_local = "02-20"\nnotice = "x"\nyears = [2025]\n', "calendar",
     "more than one speaks of 2025"),
    (LEAST + 2 * '[[calendar]]\ndue_local = "02-20"\nnotice = "x"\n', "calendar", "more than one speaks of every year"),
    (LEAST + '[[calendar]]\ndue_local = "02-20"\nnotice = "x"\n[[calendar]]\nnotice = "x"', "calendar 2.due_local",
     "missing"),
    (LEAST + '[calendar]\ndue_local = "W07-1"\nnotice = "x"', "calendar.due_local", "02-20"),
    (LEAST + "since = \n", "file", "line 3"),
])
def test_a_refusal_names_file_place_and_what_was_expected(tmp_path, text, place, expected):
    refused = refusal(tmp_path, text)
    assert (refused.path.name, refused.place) == ("entry.toml", place)
    assert expected in refused.expected
    assert str(refused).startswith(f"{tmp_path / 'entry.toml'}: {place}: ")


def test_a_file_that_is_not_utf8_or_not_there_is_refused(tmp_path):
    path = tmp_path / "gbk.toml"
    path.write_bytes('code = "370828" # 金乡县'.encode("gb18030"))
    with pytest.raises(BadPortal, match="expected UTF-8"):
        registry.read(path)
    with pytest.raises(BadPortal, match="No such file"):
        registry.read(tmp_path / "none.toml")


# Folders

def test_ones_own_entry_takes_the_place_of_the_shipped_one(tmp_path):
    write(tmp_path, LEAST.replace("www.jinxiang.gov.cn", "127.0.0.1:8001"), "mine.toml")
    portals = registry.load(tmp_path).portals
    assert portals["370828"].hosts == {"127.0.0.1:8001"}
    assert len(portals) == 3


def test_a_bad_file_is_reported_and_hides_no_other(tmp_path):
    write(tmp_path, "code = ", "broken.toml")
    write(tmp_path, LEAST.replace("370828", "370827"), "yutai.toml")
    loaded = registry.load(tmp_path)
    assert {"370827", "370828"} < set(loaded.portals)
    assert [error.path.name for error in loaded.errors] == ["broken.toml"]


def test_two_files_of_one_county_in_one_folder_are_reported(tmp_path):
    for name in ("a.toml", "b.toml"):
        write(tmp_path, LEAST, name)
    loaded = registry.load(tmp_path)
    assert loaded.portals["370828"].slug == "a"
    assert str(loaded.errors[0]).endswith("b.toml: code: 370828 is a.toml's already")


def test_a_folder_that_is_not_there_is_reported(tmp_path):
    loaded = registry.load(tmp_path / "none")
    assert len(loaded.portals) == 3
    assert "expected a folder" in str(loaded.errors[0])


# Names

@pytest.mark.parametrize("text", ["370828", "jinxiang", "金乡", "金乡县", "山东省济宁市金乡县人民政府", " 金乡县 "])
def test_a_portal_is_found_by_code_slug_or_name(text):
    assert registry.load().resolve(text).code == "370828"


def test_a_county_without_an_entry_is_refused_with_those_that_have_one():
    with pytest.raises(NoPortal, match=r"'鱼台县' has no registry entry; there are: 金乡县 \(370828, jinxiang\), 阳"):
        registry.load().resolve("鱼台县")


def test_an_ambiguous_name_is_refused_when_both_are_registered(tmp_path):
    for code, slug in (("110105", "chaoyang-beijing"), ("220104", "chaoyang-changchun")):
        write(tmp_path, f'code = "{code}"\nhome = "http://{slug}.example/"\n', f"{slug}.toml")
    both = registry.load(tmp_path)
    with pytest.raises(BadDivision) as refused:
        both.resolve("朝阳区")
    assert refused.value.candidates == ("朝阳区 (110105, chaoyang-beijing)", "朝阳区 (220104, chaoyang-changchun)")
    (tmp_path / "chaoyang-beijing.toml").unlink()
    assert registry.load(tmp_path).resolve("朝阳区").code == "220104"


def test_the_shipped_entries_are_read_from_wherever_they_lie(tmp_path):
    for path in SHIPPED.glob("*.toml"):
        shutil.copy(path, tmp_path)
    assert registry.load(tmp_path).portals.keys() == registry.load().portals.keys()
