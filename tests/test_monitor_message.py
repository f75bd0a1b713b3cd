"""A digest as mail programs get it: sent by SMTP, parsed back by a mail library, its page read strictly."""

import email
import email.policy
import io
import re
import smtplib
from dataclasses import replace
from datetime import timedelta

import lxml.etree
import openpyxl
import pytest
from aiosmtpd.controller import Controller
from bundles import instant
from rich.cells import cell_len
from seasons import Season, again, page, shown
from test_monitor_mail import Letters, free_port, serving

from monitor import digest, phones
from monitor.findings import Finding
from monitor.judge import Flag, Status
from monitor.message import message
from monitor.phones import Phone
from monitor.plain import WIDTH, fold, table
from monitor.sections import Sections
from monitor.settings import Mail, Recipient, Settings
from monitor.texts import Text

NOW = instant("2026-02-02T01:00:00Z")
BUJI, MAMIAO = "370828111", "370828109"
STRICT = email.policy.default.clone(raise_on_defect=True)
SENDER = "nianbao@monitoring.disclosure-office.some-county.gov.example.org"
READER = "head.of.the.office.for.open.government@disclosure-office.some-county.gov.example.org"
MACHINE = Settings(mail=Mail(sender=SENDER), contact="whoever.answers.for.this.home@some-county.gov.example.org")
TAGS = {"html", "head", "meta", "title", "style", "body", "div", "table", "tbody", "tr", "td", "th", "h1", "h2", "p",
        "span", "b", "br", "img", "a"}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The digest of 2 February: one report in time, one confirmed missing whose last report names a telephone."""
    season = Season(tmp_path_factory.mktemp("season"), (BUJI, MAMIAO), since=2024)
    asks = "<p>联系电话：0537-8741234。</p></body>".encode()
    old = replace(shown(MAMIAO, year=2024), body=page(MAMIAO, 2024, "2025-01-15").replace(b"</body>", asks))
    first = shown(BUJI), shown(BUJI, year=2024, on="2025-01-15"), old
    for at in ("2026-01-20T01:00:00Z", "2026-02-01T01:00:00Z", "2026-02-02T01:00:00Z"):
        season.crawl(at, *(first if "01-20" in at else (again(BUJI), again(BUJI, year=2024), again(MAMIAO, year=2024))),
                     years=(2024, 2025))
        season.judged(at)
    yield digest.make(season.db, season.registry, season.settings, as_of=NOW)
    season.db.close()


@pytest.fixture(scope="module")
def letters():
    handler = Letters()
    yield from serving(Controller(handler, hostname="127.0.0.1", port=free_port()), handler)


def through_smtp(letters, mail):
    """The mail as a server took it."""
    letters.taken.clear()
    with smtplib.SMTP("127.0.0.1", letters.port) as server:
        server.sendmail(SENDER, [READER], mail.as_bytes())
    return letters.taken[0][1]


def written(made, language="en", counties=()):
    return message(made, Recipient(READER, counties, language), MACHINE, now=NOW)


@pytest.mark.parametrize("counties", [(), ("370828",)])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_mail_that_a_server_took_has_no_defect_and_says_what_was_written(made, letters, language, counties):
    mail, letter = written(made, language, counties)
    body = through_smtp(letters, mail)
    read = email.message_from_bytes(body, policy=STRICT)
    assert [defect for part in read.walk() for defect in part.defects] == []
    assert [defect for value in read.values() for defect in value.defects] == []
    assert read["Subject"] == letter.subject
    for kind, said in (("plain", letter.text), ("html", letter.html)):
        assert read.get_body((kind,)).get_content().replace("\r\n", "\n") == said
    assert body.isascii()
    assert max(map(len, body.split(b"\r\n"))) <= 998
    assert read["Auto-Submitted"] == "auto-generated"
    assert "List-Unsubscribe-Post" not in read  # one click needs an address on the web


def test_what_programs_read_in_a_header_stays_whole_however_long_it_is(made, letters):
    thread = (f"<20260105T010000Z-1a2b3c4d5e6f@{SENDER[8:]}>", f"<20260202T010000Z-1a2b3c4d5e6f@{SENDER[8:]}>")
    mail, _ = message(made, Recipient(READER), MACHINE, now=NOW, thread=thread)
    heads = through_smtp(letters, mail).split(b"\r\n\r\n")[0].decode()
    unfolded = dict(line.split(": ", 1) for line in re.sub(r"\r\n(?=[ \t])", "", heads).split("\r\n"))
    assert unfolded["References"].split() == list(thread)
    assert unfolded["In-Reply-To"] == thread[1]
    assert unfolded["List-Id"] == f"nianbao compliance digest <digest.nianbao.{SENDER[8:]}>"
    assert unfolded["List-Unsubscribe"] == (f"<mailto:{MACHINE.contact}?subject=unsubscribe%20"
                                            f"{READER.replace('@', '%40')}>")
    assert unfolded["Message-ID"].endswith(f"@{SENDER[8:]}>")
    assert [name for name, value in unfolded.items() if "=?" in value] == ["Subject"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_is_sound_html_of_tables_that_outlook_knows(made, language):
    html = written(made, language)[1].html
    parser = lxml.etree.HTMLParser(recover=False)
    root = lxml.etree.fromstring(html, parser)
    assert {one.tag for one in root.iter() if isinstance(one.tag, str)} <= TAGS
    assert root.get("lang") == ("en" if language == "en" else "zh-CN")
    chinese = [one for one in root.iter("td") if one.text == "马庙镇"]
    assert chinese
    assert all(language == "zh" or one.get("lang") == "zh-CN" for one in chinese)
    assert all(one.get("cellpadding") and one.get("cellspacing") == "0" for one in root.iter("table")
               if one.get("role") or one.get("class"))
    assert all(one.get("alt") and one.get("width") and one.get("height") for one in root.iter("img"))
    assert not re.search(r"(?<!inline-)\b(flex|grid|position|float)\s*:|calc\(|var\(", html)


def brightness(colour):
    """Relative luminance, by WCAG 2."""
    parts = [int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_word_stands_out_from_its_ground(made):
    root = lxml.etree.fromstring(written(made)[1].html, lxml.etree.HTMLParser())
    seen = set()
    for one in root.iter("td", "th", "h1", "h2", "p", "span", "a", "b"):
        line = [one, *one.iterancestors()]
        colours = (re.search(r"(?<![-\w])color: (#\w{6})", each.get("style") or "") for each in line)
        ink = next(found[1] for found in colours if found)
        ground = next(each.get("bgcolor") for each in line if each.get("bgcolor"))
        seen.add((ink, ground))
    assert len(seen) > 4
    for ink, ground in seen:
        dark, light = sorted((brightness(ink), brightness(ground)))
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, ground)


def test_who_is_to_be_called_stands_first_with_days_and_the_number_of_the_last_report(made):
    letter = written(made)[1]
    assert made.phones == {MAMIAO: Phone("0537-8741234", 2024)}
    assert ("** To call today: 1 not published **\n"
            "金乡县  马庙镇  2 days after 31 January  0537-8741234 (2024)\n") in letter.text
    root = lxml.etree.fromstring(letter.html, lxml.etree.HTMLParser())
    (dial,) = root.iter("a")
    assert (dial.get("href"), dial.text) == ("tel:05378741234", "0537-8741234")
    hidden = root.find("body/div")
    assert "display: none" in hidden.get("style")
    assert hidden.text == "金乡县: 马庙镇"
    assert letter.subject.startswith("1 to call today, 1 not published, ")


def test_a_number_that_nobody_could_dial_is_left_out(made, tmp_path):
    season = Season(tmp_path, (BUJI,))
    body = page(BUJI).replace(b"</body>", "<p>联系电话：12345。</p></body>".encode())
    season.crawl("2026-01-20T01:00:00Z", replace(shown(BUJI), body=body))
    assert phones.known(season.db, {BUJI, MAMIAO}, as_of=NOW) == {}
    season.db.close()


def test_the_attached_table_lists_telephones_and_in_a_second_sheet_the_findings(made):
    told = Finding("B02", "error", "publisher", "370828", "金乡县", BUJI, "卜集镇", 2025, True,
                   Text("said", name="=1+1", detail="表三不平衡"))
    full = replace(made, new_findings=(told,), open_findings=(replace(told, code="L01"),))
    mail, letter = written(full)
    (attached,) = mail.iter_attachments()
    book = openpyxl.load_workbook(io.BytesIO(attached.get_content()))
    assert book.sheetnames == ["2025", "问题 findings"]
    duties, findings = ([[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book)
    assert duties[0][-1] == "最近一份年报所载电话\ntelephone in its latest report"
    assert {row[1]: row[-1] for row in duties[1:] if row[-1]} == {"马庙镇": "0537-8741234 (2024)"}
    assert [row[1:4] + row[5:] for row in findings[1:]] == [
        ["卜集镇", 2025, "B02", "表三不平衡", "'=1+1", "新 new"], ["卜集镇", 2025, "L01", "表三不平衡", "'=1+1", None]]
    assert "Told before and still open: 1; the attached table lists them all, in its second sheet." in " ".join(
        letter.text.split())


def test_what_could_not_be_looked_at_is_no_good_news(made):
    unseen = replace(made, new_missing=(), missing=(), duties=tuple(
        replace(one, status=Status.UNKNOWN, cause=Text("why_never"), first_look_with=None) for one in made.duties),
                     unchecked=(replace(made.unchecked[0], townships=tuple("镇" * 13)),))
    letter = written(unseen)[1]
    assert letter.subject == "13 could not be checked | annual reports 2025, 金乡县"
    assert "But 13 could not be checked: nothing is known of them." in letter.text
    assert "all 13 townships" in letter.text
    assert 'class="unsure"' in letter.html
    assert [chart.name for chart in letter.charts] == []  # no line at 0 for what nobody saw


def test_a_chart_shows_the_counties_that_the_table_below_it_names(made):
    counties = tuple(replace(made.counties[0], code=f"{370000 + n}", name=f"第{n}县") for n in range(60))
    for count in (7, 900):  # with the second one every table is cut
        late = tuple(replace(one, status=Status.LATE, claimed_on=(NOW + timedelta(days=n)).date())
                     for n, one in enumerate(many(made, count)))
        letter = written(replace(made, counties=counties, late=late), "zh")[1]
        root = lxml.etree.fromstring(letter.html, lxml.etree.HTMLParser())
        (chart,) = [one for one in letter.charts if one.name == "shares"]
        (bars,) = [one for one in root.iter("img") if one.get("src") == f"cid:{chart.cid}"]
        rows = len(bars.getnext().findall(".//tr")) - 1
        drawn = (chart.height * 780 / 568 - 60) / 44  # the height of the head, and of a bar
        assert abs(drawn - min(rows, 40)) < 2
        assert ("另有" in bars.getnext().getnext().text) == (rows < 60)


@pytest.mark.parametrize(("confirmed", "number"), [(True, "0537-8741234 (2024)"), (False, "")])
def test_a_number_stands_beside_whom_was_told_before_and_never_beside_what_one_look_says(made, confirmed, number):
    (one,) = made.new_missing
    row = Sections(made, "en", 60, sheet=True).with_phone(replace(one, confirmed=confirmed))
    assert row[:4] == ("金乡县", "马庙镇", "2025", number)


def test_earlier_years_do_not_crowd_out_whom_to_call_today(made):
    (one,) = made.new_missing
    old = tuple(replace(one, past="outer", duty=replace(one.duty, report_year=2020 + n)) for n in range(3))
    letter = written(replace(made, new_missing=(one, *old), missing=(one, *old)))[1]
    assert letter.subject.startswith("1 to call today, 4 not published")
    assert "** To call today: 1 not published **" in letter.text
    assert "Of earlier report years, told for the first time: 3, listed below." in letter.text


def many(made, count, **differing):
    """So many townships without their report, fifteen in a county."""
    (one,) = made.new_missing
    return tuple(replace(one, duty=replace(one.duty, county=f"{370000 + n // 15}", county_name=f"第{n // 15}县",
                                           township=f"{n}", township_name=f"第{n}镇"), **differing)
                 for n in range(count))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nine_hundred_townships_are_all_named_and_what_all_share_is_said_once(made, language):
    full = replace(made, new_missing=many(made, 900), missing=many(made, 900))
    letter = written(full, language)[1]
    assert all(f"第{n}镇" in letter.html for n in range(900))
    assert letter.html.count("31 January 2026 (local practice)" if language == "en" else "2026年1月31日2天") == 1
    assert len(letter.html.encode()) < 100_000
    assert "第39县" in letter.text.split("==")[0]
    assert ("and 20 more counties" if language == "en" else "另有20个县") in letter.html


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_text_keeps_to_its_columns(made, language):
    late = tuple(replace(one, status=Status.LATE, claimed_on=(NOW + timedelta(days=n)).date(), flags=(Flag.CHANGED,))
                 for n, one in enumerate(many(made, 40)))
    letter = written(replace(made, new_missing=many(made, 7), late=late), language)[1]
    assert max(map(cell_len, letter.text.split("\n"))) <= WIDTH + 2
    assert not re.search(r"(?m)^ *[，。；：、）,;]", letter.text)  # no stop begins a line


@pytest.mark.parametrize(("text", "width", "lines"), [
    ("one two three", 8, ["one two", "three"]),
    ("晚于一月三十一日。", 8, ["晚于一月", "三十一", "日。"]),  # the stop takes its word along
    ("（地方）", 8, ["（地方）"]),
    ("", 8, [""]),
    ("https://www.example.gov.cn/a", 8, ["https://www.example.gov.cn/a"]),  # an address is never broken
])
def test_lines_are_broken_where_a_reader_breaks_them(text, width, lines):
    assert fold(text, width) == lines


def test_columns_stand_below_each_other_though_chinese_is_two_wide():
    rows = [("金乡县", "1", "10"), ("阳谷", "200", "3")]
    assert list(table(rows, figures=True)) == ["金乡县    1  10", "阳谷    200   3"]
    assert list(table([])) == []
