"""What leaves the archive: sheets, CSV, JSON Lines, feeds and web archives of a small, real season."""

import base64
import csv
import gzip
import hashlib
import io
import json
import re
import uuid
import zipfile
from dataclasses import replace
from datetime import date, datetime

import forms
import openpyxl
import pytest
from bundles import Answer, bundle_id, capture_id, instant, record_id
from captures import Dialect, Exchange, warc
from lxml import etree
from seasons import COUNTY, HOME, Season, again, page, shown

from archive import wacz as packages
from archive.asked import Asked
from archive.captured import captured
from archive.errors import BadHome, DamagedVolume
from archive.exports import csvs, feed, jsonl, source, wacz, workbook
from archive.exports.cdxj import Indexed, key, packed, posted
from archive.exports.tables import rows, tables
from archive.exports.whole import quoted, replacing
from archive.ingest import ingest
from archive.publish import publish
from archive.records import member_at, parse

BUJI, HUAYU, MAMIAO = "370828111", "370828110", "370828109"
CELLS = dict.fromkeys(forms.keys(), "0") | {"t3.new_received.natural_person": "3", "t3.new_received.total": "3",
                                            "t2.admin_fees.amount_wan_yuan": "1.5", "t4.review.pending": ""}
FIRST, SECOND, THIRD = "2026-01-20T01:00:00Z", "2026-02-02T01:00:00Z", "2026-02-04T01:00:00Z"
HOSTILE = "=HYPERLINK(\"http://evil.example/\",\"年报\")"


def with_tables(code=BUJI):
    """A report page whose tables say CELLS."""
    html = forms.as_html(CELLS).decode().replace("某县某镇", "金乡县卜集镇").replace("2023", "2025")
    return shown(code), html.encode()


class Archive(Season):
    """Buji publishes with its tables, Huayu is late, Mamiao is missing from the second look on."""

    def __init__(self, root):
        super().__init__(root, (BUJI, HUAYU, MAMIAO))
        item, body = with_tables()
        report = type(item)(item.url, body)
        self.crawl(FIRST, report)
        self.crawl(SECOND, again(BUJI), shown(HUAYU, on="2026-02-01"))
        self.crawl(THIRD, again(BUJI), again(HUAYU))

    def snapshot(self, at):
        """Judge and publish as of an instant."""
        self.judged(at)
        publish(self.db, self.home, now=instant(at))
        return source.public(self.home)

    def outside(self):
        """The snapshot as it is."""
        return source.public(self.home)


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    made = Archive(tmp_path_factory.mktemp("exports") / "home")
    with made.snapshot(THIRD):
        pass
    yield made
    made.db.close()


@pytest.fixture
def season(tmp_path):
    made = Season(tmp_path / "home", (BUJI, HUAYU, MAMIAO))
    yield made
    made.db.close()


def row_of(listed, code=BUJI, **fields):
    """The first row of a township that has some values; headings may be in two languages."""
    plain = ({name.partition("\n")[2] or name: value for name, value in row.items()} for row in listed)
    return next(row for row in plain if code in (row.get("township"), row.get("township code"))
                and fields.items() <= row.items())


def read(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_every_table_is_a_csv_file_that_spreadsheets_open_as_utf_8(archive, tmp_path):
    with archive.outside() as outside:
        counts = csvs.write(outside, tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == {*(table.name for table in tables()), "columns"}
    assert all(path.read_bytes().startswith(b"\xef\xbb\xbf") for path in tmp_path.iterdir())
    assert {name: len(read(tmp_path / f"{name}.csv")) for name in counts} == counts
    assert (counts["publications"], counts["table3"], counts["table4"]) == (2, 50, 6)


def test_null_is_empty_and_zero_is_zero(archive, tmp_path):
    with archive.outside() as outside:
        csvs.write(outside, tmp_path)
    review = row_of(read(tmp_path / "table4.csv"), row="review")
    assert (review["pending"], review["upheld"]) == ("", "0")
    received = row_of(read(tmp_path / "table3.csv"), row="new_received")
    assert (received["natural_person"], received["label"]) == ("3", "一、本年新收政府信息公开申请数量")


def test_the_columns_are_explained_with_the_day_of_the_snapshot(archive, tmp_path):
    with archive.outside() as outside:
        csvs.write(outside, tmp_path)
    explained = read(tmp_path / "columns.csv")
    assert {row["snapshot"] for row in explained} == {THIRD}
    assert [row["column"] for row in explained if row["table"] == "duties"] == list(read(tmp_path / "duties.csv")[0])
    assert all(row["meaning_en"] and row["meaning_zh"] for row in explained)


def test_a_zip_of_the_same_snapshot_has_the_same_bytes(archive, tmp_path):
    with archive.outside() as outside:
        csvs.write(outside, tmp_path / "a.zip")
        csvs.write(outside, tmp_path / "b.zip")
        csvs.write(outside, tmp_path / "folder")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as package:
        assert package.read("duties.csv") == (tmp_path / "folder" / "duties.csv").read_bytes()


def test_sheets_hold_real_numbers_and_days(archive, tmp_path):
    with archive.outside() as outside:
        workbook.write(outside, tmp_path / "all.xlsx")
    book = openpyxl.load_workbook(tmp_path / "all.xlsx")
    assert book.sheetnames == ["说明 about", *(f"{table.title.zh} {table.title.en}" for table in tables())]
    late = row_of(sheet(book, "公布情况 duties"), HUAYU)
    assert late["due locally"] == datetime(2026, 1, 31)  # noqa: DTZ001  a day has no zone
    assert (late["status"], late["days late"], late["report year"]) == ("逾期公布 published late", 1, 2025)
    fees = row_of(sheet(book, "表二 table 2"), row="admin_fees")
    assert (fees["charges (10,000 CNY)"], fees["issued"]) == (1.5, None)
    review = row_of(sheet(book, "表四 table 4"), row="review")
    assert (review["pending"], review["total"]) == (None, 0)


def sheet(book, name):
    head, *lines = book[name].iter_rows(values_only=True)
    return [dict(zip(head, line, strict=True)) for line in lines]


def test_sheets_have_a_frozen_head_and_filters(archive, tmp_path):
    with archive.outside() as outside:
        workbook.write(outside, tmp_path / "all.xlsx")
    made = openpyxl.load_workbook(tmp_path / "all.xlsx")["表三 table 3"]
    assert (made.freeze_panes, made.auto_filter.ref) == ("A2", "A1:Q51")
    assert made["E2"].number_format == "General"


def test_a_table_longer_than_a_sheet_goes_on_in_another(archive, tmp_path):
    with archive.outside() as outside:
        assert workbook.write(outside, tmp_path / "all.xlsx", longest=11)["table3"] == 50
    book = openpyxl.load_workbook(tmp_path / "all.xlsx")
    parts = [sheet(book, name) for name in book.sheetnames if name.startswith("表三")]
    assert [len(part) for part in parts] == [10] * 5
    assert len({row["行\nrow"] for part in parts for row in part}) == 25


def test_a_sheet_that_is_just_full_is_the_last(archive, tmp_path):
    with archive.outside() as outside:
        workbook.write(outside, tmp_path / "all.xlsx", longest=51)
    assert sum(name.startswith("表三") for name in openpyxl.load_workbook(tmp_path / "all.xlsx").sheetnames) == 1


def test_the_front_sheet_says_as_of_when(archive, tmp_path):
    with archive.outside() as outside:
        workbook.write(outside, tmp_path / "all.xlsx")
    lines = [line[0] or "" for line in openpyxl.load_workbook(tmp_path / "all.xlsx")["说明 about"].values]
    assert "2026-02-04 09:00" in lines[1]
    assert not any("IN-HOUSE" in line for line in lines)


@pytest.mark.parametrize(("text", "kept"), [
    ("=1+1", "'=1+1"), ("+86 537", "'+86 537"), ("-", "'-"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"),
    ("＝1+1", "'＝1+1"), ("卜集镇", "卜集镇"), ("1=1", "1=1"), ("", "")])
def test_a_text_that_would_be_a_formula_is_quoted(text, kept):
    assert quoted(text) == kept


def test_what_a_portal_writes_is_no_formula_anywhere(season, tmp_path):
    season.crawl(FIRST, shown(BUJI))
    season.judged(FIRST)
    season.db.execute("UPDATE publications SET title = ?", [HOSTILE + "\x0b" + "长" * 40_000])
    publish(season.db, season.home, now=instant(FIRST))
    with source.public(season.home) as outside:
        csvs.write(outside, tmp_path)
        workbook.write(outside, tmp_path / "all.xlsx")
    assert read(tmp_path / "publications.csv")[0]["title"].startswith("'=HYPERLINK")
    cell = openpyxl.load_workbook(tmp_path / "all.xlsx")["已公布的年报 publications"]["G2"]
    assert (cell.data_type, cell.value[:11], len(cell.value)) == ("s", "'=HYPERLINK", 32_767)


def test_cells_read_by_recognition_are_marked_with_their_confidence(season, tmp_path):
    item, body = with_tables()
    season.crawl(FIRST, type(item)(item.url, body))
    season.judged(FIRST)
    for name, value in (("method", "ocr"), ("confidence", 0.913)):
        season.db.execute("UPDATE documents SET report = json_set(report, ?, ?)",
                          [f'$.sources."t3.new_received.total".{name}', value])
    publish(season.db, season.home, now=instant(FIRST))
    with source.public(season.home) as outside:
        csvs.write(outside, tmp_path)
        workbook.write(outside, tmp_path / "all.xlsx")
    marked = [(row["row"], row["ocr"]) for row in read(tmp_path / "table3.csv") if row["ocr"]]
    assert marked == [("new_received", "总计 0.91")]
    whole = read(tmp_path / "publications.csv")[0]
    assert (whole["cells_ocr"], whole["confidence"]) == ("1", "0.913")
    made = openpyxl.load_workbook(tmp_path / "all.xlsx")["表三 table 3"]
    assert (made["N2"].value, made["N2"].fill.fill_type, made["H2"].fill.fill_type) == (3, "solid", None)


def test_a_single_look_accuses_nobody(tmp_path):
    made = Season(tmp_path / "home", (BUJI, MAMIAO))
    made.crawl(FIRST, shown(BUJI))
    made.crawl(SECOND, again(BUJI))
    made.judged(SECOND)
    publish(made.db, made.home, now=instant(SECOND))
    with source.public(made.home) as outside:
        duty = next(row for row in rows(outside, tables()[0]) if row["township"] == MAMIAO)
        csvs.write(outside, tmp_path / "csv")
        feeds = feed.write(outside, tmp_path)
    assert (duty["standing"], duty["days_overdue"]) == ("missing_once", None)
    assert [row for row in read(tmp_path / "csv" / "findings.csv") if row["township"] == MAMIAO] == []
    assert feeds[COUNTY] == 0
    made.db.close()


def test_a_report_that_the_last_look_did_not_show_is_not_told_as_gone(season, tmp_path):
    season.crawl(FIRST, shown(BUJI))
    season.crawl(SECOND)
    season.judged(SECOND)
    publish(season.db, season.home, now=instant(SECOND))
    with source.public(season.home) as outside:
        told = next(row for row in rows(outside, tables()[0]) if row["township"] == BUJI)
    with source.in_house(season.home, now=instant(SECOND)) as inside:
        known = next(row for row in rows(inside, tables()[0]) if row["township"] == BUJI)
    assert (told["standing"], told["flags"], known["flags"]) == ("on_time", "[]", '["vanished"]')


def test_what_we_doubt_stays_in_the_house(archive, tmp_path):
    archive.db.execute("INSERT INTO findings (fingerprint, code, severity, attribution, county, opened, confirmed,"
                       " message, evidence) VALUES ('doubt', 'T08', 'info', 'extractor', ?, ?, 0, 'ours', '[]')",
                       [COUNTY, THIRD])
    publish(archive.db, archive.home, now=instant(THIRD))
    with archive.outside() as outside, source.in_house(archive.home, now=instant(THIRD)) as inside:
        csvs.write(outside, tmp_path / "out")
        csvs.write(inside, tmp_path / "in")
        workbook.write(inside, tmp_path / "in.xlsx")
    assert "ours" not in {row["message"] for row in read(tmp_path / "out" / "findings.csv")}
    assert "ours" in {row["message"] for row in read(tmp_path / "in" / "findings.csv")}
    assert "IN-HOUSE" in openpyxl.load_workbook(tmp_path / "in.xlsx")["说明 about"]["A3"].value


def test_only_the_counties_and_year_that_were_asked_for_leave(archive):
    with source.public(archive.home, [COUNTY], 2024) as outside:
        assert list(jsonl.reports(outside)) == []
    with source.public(archive.home, ["411526"]) as outside:
        assert list(rows(outside, tables()[1])) == []


def test_a_report_is_one_line_with_its_cells_sources_and_capture(archive):
    with archive.outside() as outside:
        report = next(one for one in map(json.loads, map(jsonl.line, jsonl.reports(outside)))
                      if one["division_code"] == BUJI)
    assert report["cells"]["t3.new_received.total"] == 3
    assert report["cells"]["t4.review.pending"] is None
    assert report["sources"]["t3.new_received.total"]["raw"] == "3"
    assert report["capture"]["id"] == capture_id(bundle_id(COUNTY, FIRST, "1"), report["url"])
    place = report["capture"]
    record = archive.volumes.record(place["volume"], place["offset"])
    assert (record.sha256, record.url) == (report["sha256"], report["url"])
    assert {"kind", "format", "identity", "facts", "sections", "checks", "warnings"} <= report.keys()
    assert {"code", "result", "severity", "attribution", "message", "cells"} == report["checks"][0].keys()


def test_failed_checks_of_our_own_reading_are_no_part_of_a_line(season):
    season.crawl(FIRST, shown(BUJI))
    season.judged(FIRST)
    season.db.execute("UPDATE checks SET result = 'fail', attribution = 'extractor' WHERE code = 'S01'")
    publish(season.db, season.home, now=instant(FIRST))
    with source.public(season.home) as outside:
        checks = next(jsonl.reports(outside))["checks"]
        told = {one["code"] for one in checks}
        assert {one["attribution"] for one in checks if one["result"] == "fail"} <= {"publisher"}
    with source.in_house(season.home, now=instant(FIRST)) as inside:
        known = {one["code"] for one in next(jsonl.reports(inside))["checks"]}
    assert "S01" in known - told


def test_without_a_snapshot_there_is_nothing_to_export(season):
    with pytest.raises(BadHome, match="no snapshot"), source.public(season.home):
        pass


def test_an_export_that_fails_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError), replacing(path) as scratch:
        scratch.write_text(f"half {1 // 0}")
    assert (path.read_text(), list(tmp_path.iterdir())) == ("old", [path])


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadHome, match="not written"), replacing(tmp_path / "file" / "a.csv"):
        pass


# Feeds

ATOM = "{http://www.w3.org/2005/Atom}"


def entries(path):
    found = etree.parse(path).getroot().iterfind(f"{ATOM}entry")
    return {re.search(r" ([A-Z]\d\d) ", one.findtext(f"{ATOM}title"))[1] +
            (" closed" if "closed" in one.findtext(f"{ATOM}title") else ""): one for one in found}


def test_a_feed_tells_confirmed_findings_in_both_languages_with_page_and_captures(archive, tmp_path):
    with archive.outside() as outside:
        feed.write(outside, tmp_path, feed.Places("https://nianbao.example/"))
    missing = entries(tmp_path / f"{COUNTY}.atom")["T04"]
    assert "马庙镇 2025 T04 地方时限后未见 / not found since the local date" in missing.findtext(f"{ATOM}title")
    links = {(one.get("rel"), one.get("href")) for one in missing.iterfind(f"{ATOM}link")}
    assert ("alternate", HOME + "list.html") in links
    capture = capture_id(bundle_id(COUNTY, THIRD, "3"), HOME + "list.html")
    assert ("related", f"https://nianbao.example/public/captures/{capture}") in links
    late = entries(tmp_path / f"{COUNTY}.atom")["T02"]
    assert (late.findtext(f"{ATOM}updated"), late.findtext(f"{ATOM}published")) == (THIRD, THIRD)


def test_without_an_address_to_browse_captures_go_by_their_record_id(archive, tmp_path):
    with archive.outside() as outside:
        feed.write(outside, tmp_path)
    links = entries(tmp_path / f"{COUNTY}.atom")["T04"].iterfind(f"{ATOM}link[@rel='related']")
    hrefs = {one.get("href") for one in links}
    assert hrefs
    assert all(href.startswith("urn:uuid:") for href in hrefs)


def test_a_feed_changes_only_where_a_finding_changes(tmp_path):
    made = Archive(tmp_path / "home")
    with made.snapshot(THIRD) as outside:
        feed.write(outside, tmp_path)
    first = (tmp_path / f"{COUNTY}.atom").read_bytes()
    later = "2026-02-05T01:00:00Z"
    made.crawl(later, again(BUJI), again(HUAYU))
    with made.snapshot(later) as outside:
        feed.write(outside, tmp_path)
    before = entries(tmp_path / f"{COUNTY}.atom")["T04"]
    assert before.findtext(f"{ATOM}updated") == THIRD
    last = "2026-02-06T01:00:00Z"
    made.crawl(last, again(BUJI), again(HUAYU), shown(MAMIAO, on="2026-02-05"))
    with made.snapshot(last) as outside:
        feed.write(outside, tmp_path)
    after = entries(tmp_path / f"{COUNTY}.atom")["T04 closed"]
    assert (after.findtext(f"{ATOM}id"), after.findtext(f"{ATOM}updated")) == (before.findtext(f"{ATOM}id"), last)
    assert first != (tmp_path / f"{COUNTY}.atom").read_bytes()
    made.db.close()


def test_a_finding_that_is_told_in_other_words_is_dated_anew(archive, tmp_path):
    with archive.outside() as outside:
        feed.write(outside, tmp_path)
        path = tmp_path / f"{COUNTY}.atom"
        path.write_text(path.read_text("utf-8").replace("地方时限后未见", "别的说法").replace(THIRD, SECOND), "utf-8")
        feed.write(outside, tmp_path)
    told = entries(path)
    assert (told["T04"].findtext(f"{ATOM}updated"), told["T02"].findtext(f"{ATOM}updated")) == (THIRD, SECOND)


def test_an_id_is_the_same_wherever_the_finding_is_found(archive, tmp_path):
    ids = []
    for number, places in enumerate((feed.Places(), feed.Places("https://nianbao.example", "https://feeds.example/x/"))):
        with archive.outside() as outside:
            feed.write(outside, tmp_path / f"{number}", places)
        root = etree.parse(tmp_path / f"{number}" / f"{COUNTY}.atom").getroot()
        ids.append([one.text for one in root.iter(f"{ATOM}id")])
    assert ids[0] == ids[1]
    assert all(uuid.UUID(one) for one in ids[0])
    assert len(set(ids[0])) == len(ids[0])
    assert root.find(f"{ATOM}link[@rel='self']").get("href") == f"https://feeds.example/x/{COUNTY}.atom"


def test_what_was_told_and_is_told_no_more_is_taken_back_in_the_feed(archive, tmp_path):
    with archive.outside() as outside:
        feed.write(outside, tmp_path)
    before = entries(tmp_path / f"{COUNTY}.atom")["T04"]
    archive.db.execute("UPDATE findings SET confirmed = 0 WHERE code = 'T04'")
    for day, there in (("2026-02-20", True), ("2026-03-20", True), ("2026-06-20", False)):
        at = f"{day}T01:00:00Z"
        publish(archive.db, archive.home, now=instant(at))
        with archive.outside() as outside:
            feed.write(replace(outside, as_of=instant(at)), tmp_path)
        after = entries(tmp_path / f"{COUNTY}.atom").get("T04 closed")
        assert (after is not None) is there
        if there:
            assert after.findtext(f"{ATOM}id") == before.findtext(f"{ATOM}id")
            assert after.findtext(f"{ATOM}updated") == "2026-02-20T01:00:00Z"
            assert "told no more" in after.findtext(f"{ATOM}summary")


def test_a_feed_without_findings_stands_there_all_the_same(season, tmp_path):
    season.crawl(FIRST, shown(BUJI))
    season.judged(FIRST)
    publish(season.db, season.home, now=instant(FIRST))
    with source.public(season.home, [COUNTY]) as outside:
        assert feed.write(outside, tmp_path) == {COUNTY: 0}
    root = etree.parse(tmp_path / f"{COUNTY}.atom").getroot()
    assert root.findtext(f"{ATOM}updated") == FIRST


def test_markup_of_a_portal_is_text_in_a_feed(archive, tmp_path):
    archive.db.execute("UPDATE findings SET message = '<script>alert(1)</script>\x08' WHERE code = 'T02'")
    publish(archive.db, archive.home, now=instant(THIRD))
    with archive.outside() as outside:
        feed.write(outside, tmp_path)
    late = entries(tmp_path / f"{COUNTY}.atom")["T02"]
    assert late.findtext(f"{ATOM}content").startswith("<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>")


# Web archives

def exported(season, out, year=None):
    with source.in_house(season.home, now=instant(THIRD)) as inside:
        one = wacz.season(inside.db, COUNTY, year)
        return wacz.write(inside.db, season.volumes, one, out, software="nianbao test", now=instant(THIRD))


def index_of(path):
    with zipfile.ZipFile(path) as package:
        lines = gzip.decompress(package.read("indexes/index.cdx.gz")).decode().splitlines()
    return [(*line.split(" ", 2)[:2], json.loads(line.split(" ", 2)[2])) for line in lines]


def test_a_web_archive_is_read_again_as_it_was_captured(archive, tmp_path):
    done = exported(archive, tmp_path / "a.wacz")
    assert (done.captures, done.earlier, done.pages) == (5, 0, 3)
    with captured([tmp_path / "a.wacz"], tmp_path) as index:
        answer = index.answer(Asked("GET", HOME + f"{HUAYU}-2025.html"), 0)
    assert answer.body == page(HUAYU, on="2026-02-01")


def test_every_part_of_a_web_archive_is_described_and_its_warc_is_not_packed_twice(archive, tmp_path):
    exported(archive, tmp_path / "a.wacz")
    with zipfile.ZipFile(tmp_path / "a.wacz") as package:
        told = json.loads(package.read("datapackage.json"))
        parts = {one["path"]: one for one in told["resources"]}
        assert {*parts, "datapackage.json", "datapackage-digest.json"} == set(package.namelist())
        for name, one in parts.items():
            assert one["hash"] == f"sha256:{hashlib.sha256(package.read(name)).hexdigest()}"
            assert one["bytes"] == package.getinfo(name).file_size
        stored = {name for name in package.namelist() if package.getinfo(name).compress_type == zipfile.ZIP_STORED}
        assert stored == {f"archive/{COUNTY}-2026.warc.gz", "indexes/index.cdx.gz"}
    assert (told["profile"], told["wacz_version"], told["created"]) == ("data-package", "1.1.1", THIRD)
    with packages.opened(tmp_path / "a.wacz") as opened:
        assert opened.pages() == (HOME + f"{BUJI}-2025.html", HOME + "list.html", HOME + f"{HUAYU}-2025.html")


def test_every_part_of_a_web_archive_says_that_more_stands_before_its_data(archive, tmp_path):
    # ReplayWeb.page looks before the data of a part only where the list at the end has such a field of it, too
    exported(archive, tmp_path / "a.wacz")
    with zipfile.ZipFile(tmp_path / "a.wacz") as package:
        assert all(part.extra[:2] == b"UT" for part in package.infolist())


def test_records_leave_byte_for_byte_and_the_index_says_where_they_stand(archive, tmp_path):
    exported(archive, tmp_path / "a.wacz")
    with zipfile.ZipFile(tmp_path / "a.wacz") as package:
        copy = package.read(f"archive/{COUNTY}-2026.warc.gz")
    assert copy == (archive.home.warc / "nianbao-00001.warc.gz").read_bytes()
    for sort_key, stamp, told in index_of(tmp_path / "a.wacz"):
        member = member_at(io.BytesIO(copy), int(told["offset"]))
        record = parse(member.plain)
        assert (record.url, member.length) == (told["url"], int(told["length"]))
        assert (sort_key, stamp) == (key(told["url"]), "".join(filter(str.isdigit, record.at)))


def test_a_repetition_brings_along_what_it_repeats(tmp_path):
    made = Season(tmp_path / "home", (BUJI,), since=2024)
    body, url = page(BUJI, 2024, on="2025-01-15"), HOME + f"{BUJI}-2024.html"
    item = shown(BUJI, year=2024)
    made.crawl("2025-01-20T01:00:00Z", type(item)(url, body))
    first = record_id(bundle_id(COUNTY, "2025-01-20T01:00:00Z", "1"), url)
    made.crawl(FIRST, type(item)(url, Answer(revisit=(first, hashlib.sha256(body).hexdigest()))))
    done = exported(made, tmp_path / "a.wacz")
    assert (done.earlier, done.pages) == (1, 2)
    kinds = sorted(told["mime"] for _, _, told in index_of(tmp_path / "a.wacz") if told["url"] == url)
    assert kinds == ["text/html", "warc/revisit"]
    assert exported(made, tmp_path / "b.wacz", 2025).earlier == 0
    with captured([tmp_path / "a.wacz"], tmp_path) as index:
        assert index.answer(Asked("GET", url), 0).body == body
    with pytest.raises(BadHome, match="crawls in 2025, 2026"):
        exported(made, tmp_path / "c.wacz", 2024)
    made.db.close()


def test_a_posted_request_is_found_by_what_was_posted(season, tmp_path):
    url = HOME + "search.jsp"
    asks = [Exchange(url, FIRST, method="POST", sent=f"page={number}&area=11370828".encode(), body=b"<html>")
            for number in (1, 2)]
    folder = season.home.incoming / bundle_id(COUNTY, FIRST)
    folder.mkdir()
    (folder / "captures.warc.gz").write_bytes(warc(asks, Dialect(more=())))
    ingest(season.db, season.volumes, folder, now=instant(FIRST))
    assert exported(season, tmp_path / "a.wacz").pages == 0
    lines = index_of(tmp_path / "a.wacz")
    assert [told["method"] for _, _, told in lines] == ["POST", "POST"]
    sent = {base64.b64decode(told["requestBody"].removeprefix("__wb_post_data=")).decode() for _, _, told in lines}
    assert sent == {"page=1&area=11370828", "page=2&area=11370828"}
    assert {sort_key for sort_key, _, _ in lines} == {
        f"cn,gov,jinxiang)/search.jsp?__wb_method=post&{told['requestBody'].lower()}" for _, _, told in lines}


def test_a_damaged_volume_gives_no_web_archive(season, tmp_path):
    season.crawl(FIRST, shown(BUJI))
    path = season.home.warc / "nianbao-00001.warc.gz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DamagedVolume):
        exported(season, tmp_path / "a.wacz")
    assert not (tmp_path / "a.wacz").exists()


@pytest.mark.parametrize(("url", "sorted_as"), [
    ("http://www.jinxiang.gov.cn/", "cn,gov,jinxiang)/"),
    ("http://www2.jinxiang.gov.cn:80/A/B.html", "cn,gov,jinxiang)/a/b.html"),
    ("https://jinxiang.gov.cn:8443/list/?b=2&a=1", "cn,gov,jinxiang:8443)/list?a=1&b=2"),
    ("http://a.gov.cn/x?q=%25E5%25B9%25B4&p", "cn,gov,a)/x?p&q=%e5%b9%b4"),
    ("http://a.gov.cn/年报?q=年", "cn,gov,a)/%e5%b9%b4%e6%8a%a5?q=%e5%b9%b4"),
    ("http://a.gov.cn/x;y?jsessionid=0123456789ABCDEF0123456789ABCDEF&z=1", "cn,gov,a)/x;y?z=1"),
    ("http://a.gov.cn//x/./y/../z// ", "cn,gov,a)/x/z"),
    ("http://127.0.0.1:8080/a#b", "1,0,0,127:8080)/a"),
    ("urn:fullPage:http://a/", "urn:fullPage:http://a/")])
def test_addresses_are_sorted_with_their_hosts_turned_round(url, sorted_as):
    assert key(url) == sorted_as


@pytest.mark.parametrize(("body", "kind", "told"), [
    (b"a=1&b=%E5%B9%B4", "application/x-www-form-urlencoded; charset=utf-8", "a=1&b=年"),
    (b'{"page": 1, "query": {"area": "11"}, "list": [1, 2]}', "application/json", "page=1&area=11&list=1&list.2_=2"),
    (b"not json", "application/json", "__wb_post_data=bm90IGpzb24="),
    (b"\xff\xfe", "application/x-www-form-urlencoded", "__wb_post_data=//4="), (b"", "", "")])
def test_what_was_posted_becomes_parameters(body, kind, told):
    assert posted(body, kind) == told


def test_a_long_index_is_packed_in_blocks_that_the_second_index_names():
    listed = [Indexed(f"http://a.gov.cn/{number:05}", FIRST, "text/html", 200, "sha256:0", "a.warc.gz", number, 1)
              for number in range(7000)]
    blocks, second = packed(listed, "index.cdx.gz")
    head, *places = second.decode().splitlines()
    assert json.loads(head.partition("{")[1] + head.partition("{")[2])["filename"] == "index.cdx.gz"
    read_back = []
    for place in places:
        told = json.loads("{" + place.partition("{")[2])
        block = blocks[told["offset"]:told["offset"] + told["length"]]
        lines = gzip.decompress(block).decode().splitlines()
        assert lines[0].startswith(place.partition("{")[0])
        read_back += lines
    assert (len(places), len(read_back), read_back) == (3, 7000, sorted(read_back))


def test_progress_is_told_table_by_table(archive, tmp_path):
    told = []
    with archive.outside() as outside:
        csvs.write(replace(outside, progress=lambda name, done: told.append((name, done))), tmp_path)
    assert [name for name, _ in told] == [table.name for table in tables()]
    assert dict(told)["table3"] == 50


def test_days_of_the_snapshot_are_days(archive):
    with archive.outside() as outside:
        due = {row["due_local"] for row in rows(outside, tables()[0]) if row["report_year"] == 2025}
    assert {date.fromisoformat(day) for day in due} == {date(2026, 1, 31)}
