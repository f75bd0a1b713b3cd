"""What a list shows beside its entries: a visitor finds it, and a crawl must, or the list was not seen whole."""

from types import SimpleNamespace

import pytest
from test_crawler_reading import FOOT, NAME, PORTAL, UNITS, next_link, read

from archive.bundles import Held, Offer, Outcome
from crawler.harvest import Entry, Harvest

FIRST = "http://h/nb/"
NEW = "http://h/r/99.html"
UNIT = UNITS[0].name
TITLE = f"{UNIT}2025年政府信息公开工作年度报告"


def row(number, title):
    return f'<li><a href="/r/{number}.html">{title}</a><span>2026-01-10</span></li>'


ROWS = "".join(row(number, f"{UNITS[number].name}2025年政府信息公开工作年度报告") for number in range(1, 7))


def column(rows, *, tail="", title="年报", name=NAME):
    meta = f'<meta name="ColumnName" content="{name}">' if name else ""
    return f"<html><head><title>{title}</title>{meta}</head><body><div><ul>{rows}</ul>{tail}</div>{FOOT}</body></html>"


def offered(listing):
    return {offer.url for page in listing.pages for offer in page.offers}


@pytest.mark.parametrize("entry", [
    f"""<li><a href="javascript:openWin('/r/99.html')">{TITLE}</a><span>2026-01-10</span></li>""",
    f"""<li onclick="location.href='/r/99.html'">{TITLE}<span>2026-01-10</span></li>""",
    f"""<li><a href="#" data-href="/r/99.html">{TITLE}</a></li>""",
    '<li><a href="/r/99.html"><img src="/banner.jpg"></a></li>',
    f'<li><a href="/r/99.html">{UNIT}</a></li>'])
def test_a_report_that_is_linked_in_its_own_way_is_offered(entry):
    listing, _ = read({FIRST: column(ROWS + entry)})
    assert (listing.complete, listing.reason) == (True, None)
    assert NEW in offered(listing)


def test_a_bare_file_in_the_list_is_a_report_too():
    listing, _ = read({FIRST: column(ROWS + f'<li><a href="/f/nb.pdf">{UNIT}</a></li>')})
    assert "http://h/f/nb.pdf" in offered(listing)


@pytest.mark.parametrize("entry", [
    f'<li><a href="javascript:view(99)">{TITLE}</a><span>2026-01-10</span></li>',
    f'<li><a href="#" onclick="view(99)">{TITLE}</a></li>', f'<li data-id="99">{TITLE}</li>'])
def test_a_report_that_only_a_script_opens_leaves_the_list_open(entry):
    listing, _ = read({FIRST: column(ROWS + entry)})
    assert not listing.complete
    assert "by script only" in listing.reason


@pytest.mark.parametrize("furniture", [
    '<li><a href="javascript:void(0)">政府信息公开年报</a></li>', '<li onclick="tab(2025)">2025年</li>',
    '<li onclick="tab(1)">2025年度报告</li>', f"<li>本栏目公开{TITLE}等。</li>",
    '<li><a href="/about/">关于我们</a></li>', '<li><a href="/"><img src="/logo.png"></a></li>'])
def test_menus_and_tabs_are_no_reports(furniture):
    listing, asked = read({FIRST: column(ROWS + furniture)})
    assert (listing.complete, asked) == (True, [FIRST])
    assert len(offered(listing)) == 6


MORE = '<div><a href="/nb/all.html">更多&gt;&gt;</a></div>'


def test_a_list_of_the_newest_goes_on_where_more_of_it_stands():
    whole = column(ROWS + row(99, TITLE))
    listing, _ = read({FIRST: column(ROWS, tail=MORE), "http://h/nb/all.html": whole})
    assert listing.complete
    assert NEW in offered(listing)


def test_more_that_does_not_come_leaves_the_list_open():
    listing, _ = read({FIRST: column(ROWS, tail=MORE)})
    assert (listing.complete, listing.reason) == (False, "gone, still announced")


def test_more_of_something_else_is_none_of_the_list():
    aside = '<div><h3>通知公告</h3><a href="/tzgg/">更多</a><ul><li><a href="/x/1.html">通知</a></li></ul></div>'
    listing, asked = read({FIRST: column(ROWS, tail=aside)})
    assert (listing.complete, asked) == (True, [FIRST])


def test_a_list_that_became_a_page_of_lists_is_read_with_all_of_them():
    units = UNITS[10:13]
    blocks = "".join(f'<div><h3>{unit.name}政府信息公开年报</h3><a href="/t/{unit.code}/">更多</a></div>'
                     for unit in units)
    answers = {f"http://h/t/{unit.code}/": column(row(unit.code, f"{unit.name}2025年政府信息公开工作年度报告"))
               for unit in units}
    listing, _ = read({FIRST: column(ROWS, tail=blocks)} | answers)
    assert (listing.complete, len(offered(listing))) == (True, 9)
    answers.popitem()
    listing, _ = read({FIRST: column(ROWS, tail=blocks)} | answers)
    assert not listing.complete


def test_another_columns_page_behind_a_page_number_is_told_by_its_title():
    first = column(ROWS, tail=next_link("/nb/2.html"), name=None, title="政府信息公开年报-潢川县")
    other = column(row(50, "关于印发工作方案的通知"), name=None, title="政策文件-潢川县")
    listing, _ = read({FIRST: first, "http://h/nb/2.html": other})
    assert not listing.complete


def test_a_page_that_showed_reports_and_is_gone_makes_an_unmodified_list_be_read_anew():
    offers = (Offer("http://h/r/1.html", "报告"),)
    told = {"role": "listing", "sha256": "0" * 64, "fetched": "2026-02-01T00:00:00Z", "etag": '"1"', "offers": offers}
    held = [Held(FIRST, **told, next=("http://h/nb/2.html",)), Held("http://h/nb/2.html", **told)]
    going_on = column(ROWS, tail=next_link("/nb/2.html"))
    listing, asked = read({FIRST: [Outcome.NOT_MODIFIED, going_on]}, held=held)
    assert (listing.complete, listing.reason) == (False, "gone, still announced")
    listing, asked = read({FIRST: [Outcome.NOT_MODIFIED, column(ROWS)]}, held=held)
    assert (listing.complete, asked) == (True, [FIRST, "http://h/nb/2.html", FIRST])


@pytest.mark.parametrize(("title", "on", "asked"), [
    (f"{UNIT}2023年政府信息公开工作年度报告", "2024-01-10", False),
    (f"{UNIT}2023年政府信息公开工作年度报告", "2026-01-10", True),         # what a list says may be misprinted
    ("潢川县教育局2025年政府信息公开工作年度报告", "2026-01-10", False),
    ("潢川县人民政府春", "2026-01-10", True),                             # cut off: it may go on as a township's name
    (f"{UNIT}便民服务中心2025年政府信息公开工作年度报告", "2026-01-10", True)])
def test_an_entry_is_left_unasked_only_where_it_is_nobodys_report(title, on, asked):
    harvest = Harvest(SimpleNamespace(portal=PORTAL, known=SimpleNamespace(years=(2025,))), None)
    entry = Entry(NEW, title, FIRST, offer=Offer(NEW, title, on))
    assert (harvest._beside_the_point(entry) is None) is asked
