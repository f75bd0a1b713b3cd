"""Reading what is kept, and the publications that come of it: whose, which year, which figures, which versions."""

import json
import os
import signal
from datetime import timedelta

import forms
import pytest
from bundles import Answer, capture_id, make_bundle, record_id, report

from archive import reading
from archive.bundles import Attachment, Claim, Outcome
from archive.clock import parse_instant
from archive.home import Home
from archive.index import phrase, spaced
from archive.ingest import ingest
from archive.ledger import open_ledger
from archive.refresh import refresh
from archive.registry import load
from archive.volumes import Volumes

COUNTY, BUJI, HUJI = "370828", "370828111", "370828102"
NOW = parse_instant("2026-01-20T01:00:00Z")
HOST = "http://www.jinxiang.gov.cn"
PAGE, OTHER, FILE = f"{HOST}/art_1.html", f"{HOST}/art_2.html", f"{HOST}/files/1.docx"
TITLE = "金乡县卜集镇人民政府2025年政府信息公开工作年度报告"
FIGURES = {f"t3.{row}.{column}": "3" for row in ("new_received", "granted", "total_handled")
           for column in ("natural_person", "total")}


def page(title=TITLE, *, cells=None, on="2026-01-15", around="", prose="我镇做好政府信息公开工作。"):
    """A page with the whole report in HTML; `around` is what else stands on it."""
    body = forms.as_html(dict.fromkeys(forms.keys(), "0") | FIGURES | (cells or {})).decode()
    body = body.replace("某县某镇人民政府2023年政府信息公开工作年度报告", title)
    body = body.replace("我镇做好政府信息公开工作。", prose).replace("2023年", "2025年")
    body = body.replace("</body>", f"<p>{around}</p></body>")
    return body.replace("</head>", f"<title>{title}</title><meta name='PubDate' content='{on}'></head>").encode()


def stub(title=TITLE, inner="<p>详见附件。</p>"):
    """A page that carries a title and no table."""
    head = f"<title>{title}</title><meta name='PubDate' content='2026-01-15'>"
    return f"<html><head><meta charset='utf-8'>{head}</head><body><h1>{title}</h1>{inner}</body></html>".encode()


def word(title=TITLE, cells=None):
    raw = dict.fromkeys(forms.keys(), "0") | FIGURES | (cells or {})
    parts = [forms.word_table(one) for one in forms.all_spans(raw)]
    lines = forms.report(parts, title)
    return forms.word_file("".join(
        line if line.startswith("<w:tbl>") else forms.word_paragraph(line.replace("2023", "2025")) for line in lines))


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home")


@pytest.fixture
def db(home):
    with open_ledger(home) as ledger:
        yield ledger


@pytest.fixture
def volumes(home):
    return Volumes(home.warc)


@pytest.fixture
def crawl(tmp_path, db, volumes):
    """Take in a crawl of day n with these pages; the candidates are the pages unless others are given."""
    def take(pages, candidates=None, day=0, **fields):
        at = NOW + timedelta(days=day)
        candidates = [report(url) for url in pages] if candidates is None else candidates
        folder = make_bundle(tmp_path / "bundles", COUNTY, at, pages, candidates=candidates, **fields)
        ingest(db, volumes, folder, now=at)
        return folder.name
    return take


@pytest.fixture
def read(db, volumes):
    registry = load()
    return lambda **options: refresh(db, volumes, registry, **options)


def publications(db):
    return {row["url"]: row for row in db.query("SELECT * FROM publications")}


def changes(db):
    return [json.loads(row["changed"]) for row in db.query("SELECT changed FROM versions ORDER BY publication, number")]


def with_file(**fields):
    return report(PAGE, attachments=(Attachment(FILE, "年报.docx", Outcome.FILE, None),), **fields)


@pytest.mark.parametrize(("owes", "count"), [("", 0), ('[owes]\n"黄湖农场" = true\n', 1)])
def test_a_farms_report_counts_where_its_county_says_that_it_owes_one(tmp_path, volumes, home, owes, count):
    (tmp_path / "portals").mkdir()
    entry = f'code = "411526"\nhome = "http://www.huangchuan.gov.cn/"\n{owes}'
    (tmp_path / "portals" / "huangchuan.toml").write_text(entry, encoding="utf-8")
    registry, url = load(tmp_path / "portals"), "http://www.huangchuan.gov.cn/2026/01-15/1.html"
    with open_ledger(home, registry=registry) as db:
        pages = {url: page("潢川县黄湖农场2025年政府信息公开工作年度报告")}
        ingest(db, volumes, make_bundle(tmp_path, "411526", NOW, pages, candidates=[report(url)]), now=NOW)
        assert refresh(db, volumes, registry).publications == count


def test_a_report_on_a_page_becomes_a_publication_with_its_tables(db, crawl, read):
    crawl({PAGE: page(cells={"t4.review.upheld": "无"})})
    done = read()
    assert (done.read, done.unreadable, done.publications) == (1, 0, 1)
    row = publications(db)[PAGE]
    assert (row["township"], row["report_year"], row["title"]) == (BUJI, 2025, TITLE)
    assert (row["claimed_on"], row["versions"], row["sha256"]) == ("2026-01-15", 1, row["page_sha256"])
    table = {row["row"]: row for row in db.query("SELECT * FROM table3")}
    assert len(table) == 25
    assert (table["granted"]["natural_person"], table["granted"]["business"]) == (3, 0)
    review = next(db.query("SELECT * FROM table4 WHERE row = 'review'"))
    assert (review["upheld"], review["corrected"]) == (None, 0)
    assert db.table("checks").count > 0


def test_a_second_refresh_has_nothing_to_do(db, crawl, read):
    crawl({PAGE: page()})
    read()
    before = publications(db)
    assert read().read == 0
    assert publications(db) == before


def test_everything_read_can_be_read_again_under_the_same_ids(db, crawl, read):
    crawl({OTHER: page(TITLE.replace("卜集", "胡集"))})
    read()
    crawl({PAGE: page()}, day=1)
    read()
    ids = {url: row["id"] for url, row in publications(db).items()}
    documents = dict(db.execute("SELECT sha256, id FROM documents").fetchall())
    assert read(all=True).read == 2
    assert {url: row["id"] for url, row in publications(db).items()} == ids
    assert dict(db.execute("SELECT sha256, id FROM documents").fetchall()) == documents
    assert db.table("documents_fts").count == 2


def test_rows_that_are_made_anew_equal_those_that_grew(db, crawl, read):
    for day, body in enumerate((page(), page(cells={"t3.granted.total": "4"}), page())):
        crawl({PAGE: body}, day=day)
        read()
    grown = contents(db)
    read(all=True)
    assert contents(db) == grown
    assert len(grown["versions"]) == 3


def test_figures_come_from_the_file_where_the_page_has_no_table(db, crawl, read):
    crawl({PAGE: stub(), FILE: word()}, [with_file()])
    read()
    row = publications(db)[PAGE]
    assert row["sha256"] != row["page_sha256"]
    assert next(db.query("SELECT total FROM table3 WHERE row = 'granted'"))["total"] == 3
    assert (row["township"], row["claimed_on"]) == (BUJI, "2026-01-15")


def test_a_page_with_tables_needs_no_file(db, crawl, read):
    crawl({PAGE: page(), FILE: word(cells={"t3.granted.total": "9"})}, [with_file()])
    read()
    assert publications(db)[PAGE]["sha256"] == publications(db)[PAGE]["page_sha256"]


FRAMED = stub(inner='<iframe src="/web/viewer.html?file=/files/1.docx"></iframe>')


def test_a_page_that_shows_its_report_in_a_frame_has_the_figures_itself(db, crawl, read):
    crawl({PAGE: FRAMED, FILE: word()}, [with_file()])
    read()
    row = publications(db)[PAGE]
    assert row["sha256"] == row["page_sha256"]
    assert next(db.query("SELECT total FROM table3 WHERE row = 'granted'"))["total"] == 3


def test_a_page_is_read_again_when_what_it_shows_has_changed(db, crawl, read):
    crawl({PAGE: FRAMED, FILE: word()}, [with_file()])
    read()
    crawl({PAGE: FRAMED, FILE: word(cells={"t3.granted.total": "4"})}, [with_file()], day=1)
    assert read().read == 2
    assert next(db.query("SELECT total FROM table3 WHERE row = 'granted'"))["total"] == 4
    grown = contents(db)
    assert read().read == 0
    read(all=True)
    assert contents(db) == grown


def test_a_page_whose_file_cannot_be_read_is_still_published(db, crawl, read):
    crawl({PAGE: stub(), FILE: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 an old Word file"}, [with_file()])
    done = read()
    assert (done.read, done.unreadable) == (2, 1)
    row = publications(db)[PAGE]
    assert (row["township"], row["report_year"], row["sha256"]) == (BUJI, 2025, row["page_sha256"])
    assert next(db.query("SELECT kind, unreadable FROM documents WHERE kind = 'unreadable'"))["unreadable"]
    assert db.execute("SELECT count(total) FROM table3").fetchone() == (0,)


@pytest.mark.parametrize("title", [TITLE.replace("卜集", "胡集"), TITLE.replace("卜集镇人民政府", "人民政府"),
                                   TITLE.replace("2025", "2024")])
def test_figures_of_another_body_or_year_are_not_taken_from_a_file(db, crawl, read, title):
    crawl({PAGE: stub(), FILE: word(title).replace(b"2025", b"2025")}, [with_file()])
    read()
    row = publications(db)[PAGE]
    assert (row["township"], row["report_year"], row["sha256"]) == (BUJI, 2025, row["page_sha256"])
    (shown,) = db.execute("SELECT report FROM documents WHERE sha256 = ?", [row["page_sha256"]]).fetchone()
    assert any("its figures are not taken" in warning for warning in json.loads(shown)["warnings"])


@pytest.mark.parametrize("title", [
    "关于卜集镇政府信息公开工作年度报告的解读", "金乡县人民政府2025年政府信息公开工作年度报告",
    "金乡县水务局2025年政府信息公开工作年度报告", "卜集镇召开春季会议",
])
def test_what_is_no_report_of_a_township_is_no_publication(db, crawl, read, title):
    crawl({PAGE: stub(title)})
    read()
    assert publications(db) == {}


def test_a_township_of_another_county_publishes_nothing_here(db, crawl, read):
    body = page("阳谷县阿城镇人民政府2025年政府信息公开工作年度报告")
    crawl({PAGE: body}, [report(PAGE, division_code=BUJI, report_year=2025)])
    read()
    assert publications(db) == {}


def test_the_listing_says_whose_report_it_is_only_where_the_report_does_not(db, crawl, read):
    bare = "2025年政府信息公开工作年度报告"
    crawl({PAGE: page(bare), OTHER: page()},
          [report(PAGE, division_code=HUJI, report_year=2025), report(OTHER, division_code=HUJI, report_year=2024)])
    read()
    made = publications(db)
    assert (made[OTHER]["township"], made[OTHER]["report_year"]) == (BUJI, 2025)
    assert made[PAGE]["township"] == HUJI


def test_a_report_that_names_nobody_is_nobody_s_outside_a_township_s_own_listing(db, crawl, read):
    crawl({PAGE: page("2025年政府信息公开工作年度报告")})
    read()
    assert publications(db) == {}


def test_a_counter_and_a_clock_make_no_new_version(db, crawl, read):
    crawl({PAGE: page(around="浏览次数：18 今天是2026年1月20日 09:00:01")})
    crawl({PAGE: page(around="浏览次数：93 今天是2026年1月21日 10:12:13")}, day=1)
    read()
    assert publications(db)[PAGE]["versions"] == 1
    assert publications(db)[PAGE]["last_seen"] == "2026-01-21T01:00:00Z"


def test_a_changed_cell_and_a_changed_sentence_make_versions_that_say_what_changed(db, crawl, read):
    name = crawl({PAGE: page()})
    crawl({PAGE: page(cells={"t3.granted.total": "4"})}, day=1)
    crawl({PAGE: page(cells={"t3.granted.total": "4"}, prose="我镇改写了这一句。")}, day=2)
    read()
    assert changes(db) == [[], ["t3.granted.total: 3 → 4"], ["text"]]
    row = publications(db)[PAGE]
    assert row["versions"] == 3
    assert next(db.query("SELECT total FROM table3 WHERE row = 'granted'"))["total"] == 4
    first = next(db.query("SELECT * FROM versions WHERE number = 1"))
    assert (first["seen"], first["capture"]) == ("2026-01-20T01:00:00Z", capture_id(name, PAGE))


def test_a_file_that_could_be_fetched_only_later_is_no_change(db, crawl, read):
    late = Attachment(FILE, "年报.docx", Outcome.TIMEOUT, None)
    crawl({PAGE: stub()}, [report(PAGE, attachments=(late,))])
    crawl({PAGE: stub(), FILE: word()}, [with_file()], day=1)
    read()
    assert changes(db) == [[]]
    row = publications(db)[PAGE]
    assert row["sha256"] == next(db.query("SELECT sha256 FROM versions"))["sha256"] != row["page_sha256"]


def test_a_report_that_was_held_or_not_modified_was_seen(db, crawl, read):
    name = crawl({PAGE: stub(), FILE: word()}, [with_file()])
    sha256 = next(db.query("SELECT sha256 FROM captures WHERE id = ?", [capture_id(name, PAGE)]))["sha256"]
    crawl({}, [report(PAGE, outcome=Outcome.HELD)], day=1)
    again = Answer(status=304, revisit=(record_id(name, PAGE), sha256))
    crawl({PAGE: again}, [report(PAGE, outcome=Outcome.NOT_MODIFIED)], day=2)
    crawl({}, [report(PAGE, outcome=Outcome.TIMEOUT)], day=3)
    read()
    row = publications(db)[PAGE]
    assert (row["first_seen"][:10], row["last_seen"][:10], row["versions"]) == ("2026-01-20", "2026-01-22", 1)
    assert row["sha256"] != row["page_sha256"]


def test_the_same_report_at_two_addresses_is_two_publications_of_one_duty(db, crawl, read):
    crawl({PAGE: page(), OTHER: page()})
    read()
    assert {(row["township"], row["report_year"]) for row in publications(db).values()} == {(BUJI, 2025)}
    assert len(publications(db)) == 2


def test_an_address_that_is_used_again_carries_the_newest_year_and_when_that_came(db, crawl, read):
    old = TITLE.replace("2025", "2024")
    crawl({PAGE: page(old, on="2025-01-10").replace("2025年，".encode(), "2024年，".encode())})
    crawl({PAGE: page()}, day=1)
    read()
    row = publications(db)[PAGE]
    assert (row["report_year"], row["claimed_on"], row["first_seen"][:10]) == (2025, "2026-01-15", "2026-01-21")
    assert row["versions"] == 2


LISTED = Claim("2026-01-02", "listing", "2026-01-02")
DATES = [
    # what it shows, the page's own date, the crawler's claims, the date that counts
    ("the page's own date stands before all others", "2026-01-15", [LISTED], "2026-01-15"),
    ("the crawler's place next", None, [LISTED, Claim("2026-01-03", "meta x", "")], "2026-01-03"),
    ("the listing last", None, [LISTED], "2026-01-02"),
    ("never the address", None, [Claim("2026-01-02", "url", "")], None),
]


@pytest.mark.parametrize(("on", "claims", "expected"), [case[1:] for case in DATES], ids=[case[0] for case in DATES])
def test_the_date_that_counts(db, crawl, read, on, claims, expected):
    body = page(on=on) if on else page().replace(b"<meta name='PubDate' content='2026-01-15'>", b"")
    crawl({PAGE: body}, [report(PAGE, claims=tuple(claims))])
    read()
    assert publications(db)[PAGE]["claimed_on"] == expected


def test_a_page_that_is_dated_anew_keeps_its_first_date(db, crawl, read):
    crawl({PAGE: page()})
    crawl({PAGE: page(on="2026-02-20", prose="我镇更正了一处。")}, day=31)
    read()
    assert publications(db)[PAGE]["claimed_on"] == "2026-01-15"


def test_a_publication_that_the_parser_no_longer_believes_goes_and_its_duty_forgets_it(db, crawl, read):
    crawl({PAGE: page()})
    read()
    number = publications(db)[PAGE]["id"]
    db.table("duties").insert({
        "township": BUJI, "report_year": 2025, "county": COUNTY, "due_outer": "2026-03-31", "rule": "",
        "status": "on_time", "confirmed": 1, "urls": "[]", "publication": number, "flags": "[]", "evidence": "[]",
        "judged": "2026-02-01"})
    db.execute("UPDATE documents SET kind = 'not_a_report'")
    db.execute("DELETE FROM refreshed")
    read()
    assert publications(db) == {}
    assert next(db.query("SELECT publication FROM duties"))["publication"] is None


def test_search_finds_words_of_two_characters(db, crawl, read):
    crawl({PAGE: page(prose="本镇惠农补贴ＡＢ12已公开。")})
    read()
    for words, found in (("补贴", 1), ("惠农 公开", 1), ("ab12", 1), ("贴补", 0), ("卜集镇", 1)):
        hits = db.execute("SELECT count(*) FROM documents_fts WHERE documents_fts MATCH ?", [phrase(words)]).fetchone()
        assert hits == (found,), words
    assert spaced("２０２５年AB公开") == "2025 年 AB 公 开"


def test_a_body_that_kills_its_reader_costs_one_document(db, crawl, read, monkeypatch):
    monkeypatch.setattr(reading, "ROW", "tests.workers:read_row_or_die")
    crawl({PAGE: page(), OTHER: page(prose="poison"), f"{HOST}/3": page(TITLE.replace("卜集", "胡集"))})
    done = read()
    assert (done.read, done.unreadable, done.publications) == (3, 1, 2)
    assert "crashed" in next(db.query("SELECT unreadable FROM documents WHERE unreadable IS NOT NULL"))["unreadable"]


def test_a_refresh_killed_at_any_step_and_repeated_equals_one_that_was_not(tmp_path, home, db, volumes, crawl, read):
    crawl({PAGE: page(), OTHER: page(TITLE.replace("卜集", "胡集"))})
    db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    bare = home.ledger.read_bytes()
    read()
    expected = contents(db)
    total = dies_at(0, tmp_path / "0", bare, volumes)
    assert total > 100
    for step in range(1, total, total // 25):
        assert dies_at(step, tmp_path / str(step), bare, volumes) == 0
        with open_ledger(Home(tmp_path / str(step))) as again:
            refresh(again, volumes, load())
            assert contents(again) == expected, step


def contents(db):
    tables = ("documents", "documents_fts", "publications", "versions", "table2", "table3", "table4", "checks")
    return {table: [repr(row) for row in db.query(f"SELECT * FROM {table}")] for table in tables}


def dies_at(step, root, ledger, volumes):
    """Refresh a copy of a ledger in a child that kills itself at its n-th statement; returns how many it made."""
    home = Home(root)
    home.data.mkdir(parents=True)
    home.ledger.write_bytes(ledger)
    reading_end, writing_end = os.pipe()
    child = os.fork()
    if child == 0:
        steps = 0

        def tick(_):
            nonlocal steps
            steps += 1
            if steps == step:
                os.kill(os.getpid(), signal.SIGKILL)

        with open_ledger(home) as db:
            db.conn.set_trace_callback(tick)
            refresh(db, volumes, load())
            db.conn.set_trace_callback(None)
        os.write(writing_end, str(steps).encode())
        os._exit(0)
    os.close(writing_end)
    os.waitpid(child, 0)
    with os.fdopen(reading_end) as pipe:
        return int(pipe.read() or 0)
