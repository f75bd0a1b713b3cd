"""Each rule that needs a home: what sets it off, whose it is, when it may be told, and what does not set it off."""

import io
from pathlib import Path

import forms
import pytest
from bundles import instant, listing, make_bundle
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen import canvas
from seasons import COUNTY, HOME, LIST, Season, Shown, again, page, shown

from archive.bundles import Attachment, Candidate, Look, Offer, Outcome
from archive.ingest import ingest
from archive.refresh import refresh
from archive.report.rules import as_markdown as of_documents
from monitor import findings, rules, status

JAN20, FEB1, FEB2, FEB16, APR1, APR2 = (
    f"2026-{day}T01:00:00Z" for day in ("01-20", "02-01", "02-02", "02-16", "04-01", "04-02"))
BUJI, MAMIAO = "370828111", "370828109"
TITLE = "卜集镇2025年政府信息公开工作年度报告"


def absent_twice(season):
    season.crawl(FEB1)
    season.crawl(FEB2)


def late(season):
    season.crawl(FEB16, shown(BUJI, on="2026-02-05"))


def late_without_a_date(season):
    absent_twice(season)
    season.crawl(FEB16, shown(BUJI, on=None))


def after_the_outer_date(season):
    season.crawl(APR2, shown(BUJI, on="2026-04-01"))


def never(season):
    season.crawl(APR1)
    season.crawl(APR2)


def refused(season):
    season.crawl(JAN20)
    season.down(FEB1)


def dated_early(season):
    season.crawl(JAN20, shown(BUJI, on="2025-12-30"))


def undated(season):
    season.crawl(JAN20)
    season.crawl(FEB16, shown(BUJI, on=None))


def backdated(season):
    absent_twice(season)
    season.crawl(FEB16, shown(BUJI, on="2026-01-30"))


def changed(season):
    season.crawl(JAN20, shown(BUJI))
    season.crawl(FEB1, shown(BUJI, figure=31))


def gone(season, listed):
    season.crawl(JAN20, shown(BUJI))
    for at in (FEB1, FEB2):
        season.crawl(at, again(BUJI, Outcome.GONE, listed=listed))


def lost_file(season):
    for at in (JAN20, FEB1):
        season.crawl(at, Shown(HOME + "1.html", page(BUJI), files={HOME + "a.pdf": Outcome.GONE}))


def locked_file(season):
    """An attached PDF that asks whoever opens it for a password."""
    url, file, out = HOME + "1.html", HOME + "a.pdf", io.BytesIO()
    sheet = canvas.Canvas(out, encrypt=StandardEncryption("geheim"))
    sheet.drawString(72, 720, "report")
    sheet.save()
    attached = Attachment(file, "附件", Outcome.FILE, None)
    candidate = Candidate(url, TITLE, Outcome.REPORT, None, LIST, attachments=(attached,))
    folder = make_bundle(season.home.incoming, COUNTY, JAN20, {LIST: b"", url: page(BUJI), file: out.getvalue()},
                         [listing(LIST)], [Look(BUJI, 2025, True, None, (LIST,))], [candidate])
    ingest(season.db, season.volumes, folder, now=instant(JAN20))
    refresh(season.db, season.volumes, season.registry)


def among_notices(season):
    for at in (JAN20, FEB1):
        listed_as(season, at, "通知公告")


def listed_as(season, at, column):
    url = HOME + "1.html"
    offered = listing(LIST, title=column, offers=(Offer(url, TITLE),))
    season.count += 1
    folder = make_bundle(season.home.incoming, COUNTY, at, {LIST: b"<p>list</p>", url: page(BUJI)}, [offered],
                         [Look(BUJI, 2025, True, None, (LIST,))], [Candidate(url, TITLE, Outcome.REPORT, None, LIST)],
                         seed=str(season.count))
    ingest(season.db, season.volumes, folder, now=instant(at))
    refresh(season.db, season.volumes, season.registry)


def last_year_behind_the_link(season):
    for at in (FEB1, FEB2):
        season.crawl(at, Shown(HOME + "1.html", page(BUJI, year=2024), title=TITLE))


def with_tables(requests):
    cells = dict.fromkeys(forms.keys(), "0")
    cells |= {f"t3.{row}.{column}": str(requests) for row in ("new_received", "granted", "total_handled")
              for column in ("natural_person", "total")}
    return forms.as_html(cells).decode().replace("某县某镇", "金乡县卜集镇").replace("2023年", "2025年").encode()


def two_copies(season):
    season.crawl(JAN20, Shown(HOME + "1.html", with_tables(2)), Shown(HOME + "2.html", with_tables(3)))


def scanned(season):
    """A PDF whose figures a reader recognised: the reader's word stands in the ledger."""
    season.crawl(JAN20, Shown(HOME + "1.html", with_tables(2)))
    season.db.execute("UPDATE bodies SET media_type = 'application/pdf'"
                      " WHERE sha256 IN (SELECT sha256 FROM publications)")
    season.db.execute("UPDATE documents SET report = replace(report, '\"method\": \"html\"', '\"method\": \"ocr\"')")
    season.db.conn.commit()


# rule: what sets it off, when, its severity, whose it is, whether it may be told
CASES = {
    "T02": (late, FEB16, "warning", "publisher", True),
    "T02 ": (late_without_a_date, FEB16, "warning", "publisher", True),
    "T03": (after_the_outer_date, APR2, "error", "publisher", True),
    "T04": (absent_twice, FEB2, "warning", "publisher", True), "T05": (never, APR2, "error", "publisher", True),
    "T06": (refused, FEB1, "warning", "unknown", False), "T07": (dated_early, JAN20, "warning", "publisher", True),
    "T08": (undated, FEB16, "info", "unknown", True), "T09": (backdated, FEB16, "warning", "publisher", True),
    "T10": (changed, FEB1, "warning", "publisher", True),
    "L01": (lambda season: gone(season, True), FEB2, "error", "publisher", True),
    "L02": (lost_file, FEB1, "warning", "publisher", True),
    "L02 ": (locked_file, JAN20, "warning", "publisher", True),
    "L03": (among_notices, FEB1, "warning", "publisher", True),
    "L04": (last_year_behind_the_link, FEB2, "warning", "publisher", True),
    "L05": (lambda season: gone(season, False), FEB2, "warning", "publisher", True),
    "L06": (two_copies, JAN20, "info", "publisher", True), "L07": (scanned, JAN20, "info", "unknown", False),
}


@pytest.fixture
def season(tmp_path):
    made = Season(tmp_path, (BUJI,))
    yield made
    made.db.close()


def judged(season, at):
    return status.judged(season.db, season.registry, season.settings, as_of=instant(at))


def found(season, at):
    season.judged(at)
    return {row["code"]: row for row in findings.rows(season.db, only_open=True)
            if row["code"][0] in "TL" and row["division_code"] in (None, BUJI)
            and "还没有任何一次采集" not in row["message"]}


@pytest.mark.parametrize("case", CASES)
def test_what_sets_a_rule_off_opens_its_finding_and_nothing_heals_it_but_a_change(season, case):
    happens, at, severity, attribution, told = CASES[case]
    assert found(season, "2026-01-10T01:00:00Z") == {}
    happens(season)
    row = found(season, at)[case.strip()]
    assert (row["severity"], row["attribution"], row["confirmed"]) == (severity, attribution, told)
    assert row["evidence"] or case == "T06"
    outward = [one for one in findings.current(season.db, judged(season, at), as_of=instant(at))
               if one.outward and one.code == case.strip()]
    assert bool(outward) is (told and severity != "info" and attribution == "publisher")
    assert found(season, at)[case.strip()]["id"] == row["id"]


def test_a_report_in_time_that_stays_as_it_is_sets_nothing_off(season):
    season.crawl(JAN20, shown(BUJI))
    for at in (FEB1, FEB2, APR1):
        season.crawl(at, again(BUJI))
        assert found(season, at) == {}


def test_every_rule_has_its_case():
    assert {case.strip() for case in CASES} == rules.RULES.keys()


@pytest.mark.parametrize("code", rules.RULES)
def test_the_severity_is_that_of_the_table(code):
    severity = next(values[2] for case, values in CASES.items() if case.strip() == code)
    assert severity == rules.RULES[code].severity or code == "T06"       # the whole portal is more than a note


def test_the_page_on_rules_ends_with_these():
    path = Path(__file__).parents[1] / "docs" / "rules.md"
    assert path.read_text(encoding="utf-8") == f"{of_documents()}\n{rules.as_markdown()}"
