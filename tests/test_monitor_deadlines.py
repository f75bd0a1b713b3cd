"""Who owes which report by when."""

from datetime import UTC, date, datetime

import pytest

from archive import registry
from archive.notices import Notice
from monitor.deadlines import due_dates, duties, watched_years
from monitor.settings import Calendar

PLAIN = '\ncode = "370828"\nhome = "http://www.jinxiang.gov.cn/"\n'
NOTICE = '[calendar]\ndue_local = "02-20"\nnotice = "县政办〔2025〕9号"\n'


def portal(folder, more=""):
    path = folder / "jinxiang.toml"
    path.write_text(PLAIN + more)
    return registry.read(path)


def first(duties_):
    return duties_[0]


@pytest.mark.parametrize(("year", "local", "outer"), [
    (2025, date(2026, 1, 31), date(2026, 3, 31)),  # a Saturday: no text moves it
    (2019, date(2020, 1, 31), date(2020, 3, 31)),  # the first year under the Regulations of 2019
    (2018, None, date(2019, 3, 31)),
])
def test_dates_follow_the_report_year(tmp_path, year, local, outer):
    duty = first(duties(portal(tmp_path), Calendar(), [year]))
    assert (duty.due_local, duty.due_outer, duty.due) == (local, outer, local or outer)


def test_every_township_that_owes_has_one_duty_a_year(tmp_path):
    found = duties(portal(tmp_path), Calendar(), [2024, 2025])
    assert len(found) == 26
    assert len({duty.key for duty in found}) == 26


def test_the_rule_says_what_each_date_rests_on_and_never_speaks_of_a_breach(tmp_path):
    rule = first(duties(portal(tmp_path), Calendar(), [2025])).rule
    assert rule == ("31 January 2026: local practice for townships; 31 March 2026: outer date by reference to"
                    " article 49 of the Regulations (decree 711), which does not name townships")
    old = first(duties(portal(tmp_path), Calendar(), [2018])).rule
    assert "article 31 of the Regulations of 2007" in old
    assert not any(word in rule + old for word in ("breach", "unlawful", "illegal", "violat"))


def test_a_county_may_name_another_day_by_its_notice(tmp_path):
    duty = first(duties(portal(tmp_path, NOTICE), Calendar(), [2025]))
    assert (duty.due_local, duty.notice) == (date(2026, 2, 20), "县政办〔2025〕9号")
    assert "the county's notice (县政办〔2025〕9号)" in duty.rule
    assert first(duties(portal(tmp_path, NOTICE), Calendar(), [2018])).due_local is None


def test_the_home_s_own_day_goes_before_the_registry_s(tmp_path):
    calendar = Calendar(counties={"370828": (Notice("02-10", "会议纪要"),)})
    assert first(duties(portal(tmp_path, NOTICE), calendar, [2025])).due_local == date(2026, 2, 10)


def test_a_notice_that_names_its_years_moves_the_date_of_no_other(tmp_path):
    """Last year's notice says nothing about this year, and one for all years gives way to one for a year."""
    notices = (Notice("02-20", "怀政公开办〔2022〕1号", (2021,)), Notice("02-10", "怀政公开办〔2023〕2号"))
    calendar = Calendar(counties={"370828": notices})
    days = {year: due_dates(portal(tmp_path), calendar, year)[0] for year in (2018, 2021, 2022)}
    assert (days[2021].day, days[2021].notice) == (date(2022, 2, 20), "怀政公开办〔2022〕1号")
    assert (days[2022].day, days[2022].notice) == (date(2023, 2, 10), "怀政公开办〔2023〕2号")
    assert (days[2018].day, days[2018].rule) == (date(2019, 3, 31), "old")
    only = Calendar(counties={"370828": notices[:1]})
    duty = first(duties(portal(tmp_path), only, [2021]))
    assert (duty.notice, duty.following.day, duty.following.notice) == (notices[0].notice, date(2023, 1, 31), None)


def test_each_date_says_how_it_was_computed(tmp_path):
    assert [one.computed for one in first(duties(portal(tmp_path), Calendar(), [2025])).dates] == [
        "2026-01-31 = 2025 + 1, 01-31 (nianbao.toml, calendar.due_local)",
        "2026-03-31 = 2025 + 1, 03-31 (Regulations of 2019, article 49, second paragraph)"]
    (local, _) = first(duties(portal(tmp_path, NOTICE), Calendar(), [2025])).dates
    assert local.computed == "2026-02-20 = 2025 + 1, 02-20 (jinxiang.toml, calendar.due_local)"
    (only,) = first(duties(portal(tmp_path, NOTICE), Calendar(), [2018])).dates
    assert only.computed == "2019-03-31 = 2018 + 1, 03-31 (Regulations of 2007, article 31)"


def test_a_unit_founded_later_owes_nothing_for_the_years_before(tmp_path):
    found = duties(portal(tmp_path, '[owes]\n"卜集镇" = 2023\n'), Calendar(), [2021, 2022, 2023], {"370828111": {2021}})
    assert [duty.report_year for duty in found if duty.township_name == "卜集镇"] == [2021, 2023]
    assert {duty.report_year for duty in found if duty.township_name == "马庙镇"} == {2021, 2022, 2023}


def test_an_earlier_report_that_was_seen_makes_a_duty_of_its_own(tmp_path):
    found = duties(portal(tmp_path), Calendar(), [2021], {"370828111": {2016, 2021}})
    assert [duty.report_year for duty in found if duty.township == "370828111"] == [2016, 2021]
    assert {duty.report_year for duty in found if duty.township != "370828111"} == {2021}


def test_a_year_is_owed_from_its_end_on_in_asia_shanghai():
    assert list(watched_years(2024, datetime(2025, 12, 31, 15, 59, tzinfo=UTC))) == [2024]
    assert list(watched_years(2024, datetime(2025, 12, 31, 16, 0, tzinfo=UTC))) == [2024, 2025]
