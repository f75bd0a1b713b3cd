"""A digest as a letter: its charts, its numbers, and how it stays small and in order."""

import io
import re
import time
from dataclasses import replace
from datetime import date

import lxml.html
import pytest
from bundles import instant
from PIL import Image
from seasons import Season, again, shown

from monitor import charts, digest, letter, mail
from monitor.figures import curve, lowest_first, share_on_time
from monitor.judge import Flag, Status
from monitor.news import published_on
from monitor.wording import percent

JAN20, FEB1, FEB2 = (f"2026-{day}T01:00:00Z" for day in ("01-20", "02-01", "02-02"))
BUJI, MAMIAO = "370828111", "370828109"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The digest of 2 February: one report in time, one confirmed missing."""
    season = Season(tmp_path_factory.mktemp("season"), (BUJI, MAMIAO))
    for at in (JAN20, FEB1, FEB2):
        season.crawl(at, shown(BUJI) if at == JAN20 else again(BUJI))
        season.judged(at)
        last = digest.make(season.db, season.registry, season.settings, as_of=instant(at))
        mail.enqueue(season.db, season.home, last, season.settings, now=instant(at))
    yield last
    season.db.close()


def year_before(made, *days):
    """Duties of the report year before, published on these days."""
    (one,) = [one for one in made.duties if one.published]
    return tuple(replace(one, duty=replace(one.duty, report_year=2024), claimed_on=day, first_look_with=made.as_of)
                 for day in days)


def counties(made, number):
    """So many counties, the first ones with the most on time."""
    return tuple(replace(made.counties[0], code=f"{370000 + each}", name=f"第{each}县", to_confirm=0,
                         counts=dict.fromkeys(Status, 0) | {Status.ON_TIME: number - each, Status.LATE: each,
                                                            Status.MISSING: each % 3})
                 for each in range(number))


def test_what_a_busy_person_needs_stands_first(made):
    text = letter.render(made, "zh").text
    order = ["** 今日需联系：1个未公布 **\n金乡县  马庙镇  晚于1月31日2天\n", "== 新增：未公布", "== 未能查看",
             "== 下一时间点", "== 2025年度总览", "下一期简报将于"]
    assert [text.index(each) for each in order] == sorted(text.index(each) for each in order)
    assert "未公布: 1 | 逾期公布: 0" in text


def test_nobody_is_to_be_called_twice(made):
    told = replace(made, new_missing=())
    written = letter.render(told, "en")
    assert "** To call today **\nNobody: no township is newly found without its report.\n" in written.text
    assert "Told in an earlier digest and still so: 1, listed below." in written.text
    assert re.search(r"== Not published ==\n[^=]+\n马庙镇  2 days after 31 January 2026 \(local practice\); last",
                     written.text)


def test_reports_are_counted_by_day_against_the_year_before(made):
    found = curve(replace(made, last_year=year_before(made, date(2025, 1, 10), date(2025, 1, 11), date(2025, 4, 30))))
    now = dict(zip(found.days, found.now, strict=True))
    before = dict(zip(found.days, found.before, strict=True))
    assert (now[date(2026, 1, 10)], now[date(2026, 1, 20)], now[date(2026, 2, 2)]) == (0, 1, 1)
    assert now[date(2026, 2, 10)] is None  # nobody knows the future
    assert (before[date(2026, 1, 10)], before[date(2026, 1, 20)], before[date(2026, 4, 30)]) == (1, 2, 3)
    assert (found.of, found.undated) == (13, 0)


def test_a_report_of_unknown_day_is_left_out_of_the_count_and_named(made):
    (one,) = [one for one in made.duties if one.published]
    unknown = replace(one, claimed_on=None, last_look_without=None)
    assert published_on(unknown) is None
    assert published_on(replace(unknown, last_look_without=instant(JAN20), first_look_with=instant(FEB1))) == date(
        2026, 2, 1)
    assert published_on(replace(one, flags=(Flag.BACKDATED,), last_look_without=instant(FEB1),
                                first_look_with=instant(FEB2))) == date(2026, 2, 2)
    found = replace(made, last_year=(*year_before(made, date(2025, 1, 10)), unknown))
    assert "1 reports are left out: nobody knows their day." in letter.render(found, "en").text


def test_there_is_no_comparison_before_the_season_has_two_days_to_compare(made):
    assert curve(replace(made, as_of=instant("2026-01-09T01:00:00Z"))) is None
    assert curve(replace(made, duties=(), last_year=())) is None


@pytest.mark.parametrize(("on_time", "missing", "expected"), [
    (3, 0, "100 %"), (199, 1, "99 %"), (1, 2, "33 %"), (0, 3, "0 %"), (0, 0, "–"),
])
@pytest.mark.parametrize("unseen", [0, 7])
def test_a_share_is_of_those_that_are_judged_and_what_we_did_not_see_lowers_nobody_s(
        made, on_time, missing, expected, unseen):
    counts = dict.fromkeys(Status, 0) | {Status.ON_TIME: on_time, Status.MISSING: missing, Status.UNKNOWN: unseen,
                                         Status.PENDING: unseen}
    assert percent(share_on_time(replace(made.counties[0], counts=counts, to_confirm=unseen))) == expected


def test_the_county_with_the_lowest_share_stands_first_and_what_is_unknown_last(made):
    unseen = replace(made.counties[0], code="379999", counts=dict.fromkeys(Status, 0) | {Status.UNKNOWN: 9})
    some = counties(made, 4)
    assert lowest_first((unseen, *some)) == (*reversed(some), unseen)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_chart_is_small_has_words_for_it_and_its_numbers_in_a_table(made, language):
    many = replace(made, counties=counties(made, 60), last_year=year_before(made, date(2025, 1, 10)))
    written = letter.render(many, language)
    assert [chart.name for chart in written.charts] == ["over_time", "shares"]
    page = lxml.html.document_fromstring(written.html)
    for chart in written.charts:
        assert len(chart.png) < 60_000
        (shown_at,) = [one for one in page.iter("img") if one.get("src") == f"cid:{chart.cid}"]
        assert shown_at.get("alt") == chart.alt != ""
        with Image.open(io.BytesIO(chart.png)) as image:
            assert (image.format, len(image.convert("RGB").getcolors()) > 4) == ("PNG", True)
        assert (shown_at.getnext().tag, shown_at.getnext().get("class")) == ("table", "data")
    assert "cid:" not in written.standalone()
    assert written.standalone().count("data:image/png;base64,") == 2


def test_a_font_that_is_missing_or_broken_is_passed_over(monkeypatch, tmp_path):
    (tmp_path / "broken.ttc").write_bytes(b"no font")
    fonts = [(tmp_path / "none.ttc", 0), (tmp_path / "broken.ttc", 2)]
    for there, whole in ((fonts, False), ([*fonts, *charts.FONTS], True)):
        monkeypatch.setattr(charts, "FONTS", there)
        charts.has_font.cache_clear()
        charts._font.cache_clear()
        assert charts.has_font() is whole


def test_without_a_chinese_font_the_tables_say_it_alone(made, monkeypatch):
    monkeypatch.setattr(charts, "has_font", lambda: False)
    written = letter.render(replace(made, counties=counties(made, 3)), "zh")
    assert written.charts == ()
    assert "<img" not in written.html
    assert "第2县" in written.html


@pytest.mark.parametrize("language", ["en", "zh"])
def test_sixty_counties_of_nine_hundred_townships_make_a_mail_that_shows_the_worst(made, language):
    (one,) = made.new_missing

    def of(number, **more):
        return replace(one, duty=replace(one.duty, county_name=f"第{number % 60}县", township=f"{number}", **more))

    names = tuple(f"第{number}镇" for number in range(900))
    many = replace(
        made, counties=counties(made, 60), new_missing=tuple(of(each) for each in range(900)),
        missing=(of(900, township_name="最久镇"), *(of(901),) * 20_000), late=(of(902),) * 20_000,
        to_confirm=(of(903),) * 14_000,
        unchecked=tuple(replace(made.unchecked[0], county_name=f"第{each}县", townships=names) for each in range(60)))
    begun = time.monotonic()
    written = letter.render(many, language)
    assert time.monotonic() - begun < 20
    assert len(written.html.encode()) < 100_000
    assert "第59县" in written.html
    assert "最久镇" in written.html
    assert (": the attached table lists all" if language == "en" else "见附表") in written.html


def test_the_layout_is_of_tables_and_its_styles_stand_within_the_elements(made):
    html = letter.render(made, "en").html
    page = lxml.html.document_fromstring(html)
    (sheet,) = page.iter("style")
    assert "flex" not in html
    assert sheet.text.strip().startswith("@media")  # only what cannot stand within an element
    assert all(one.get("style") for one in page.iter("h1", "h2", "th"))
    assert page.xpath("//table[@width='100%' and contains(@style, 'max-width: 600px')]")
