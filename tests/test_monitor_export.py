"""`nianbao export` as a person meets it: real homes, real files, errors in words."""

import csv
import io
import json
import zipfile

import openpyxl
import pytest
from bundles import instant
from click.testing import CliRunner
from lxml import etree
from seasons import COUNTY, Season, again, shown

from archive.publish import publish
from archive.wacz import opened
from monitor import cli

BUJI, MAMIAO = "370828111", "370828109"
FIRST, SECOND, THIRD = "2026-01-20T01:00:00Z", "2026-02-02T01:00:00Z", "2026-02-04T01:00:00Z"


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home in which Buji has published and Mamiao has not; nobody writes to its ledger any more."""
    season = Season(tmp_path_factory.mktemp("export") / "home", (BUJI, MAMIAO))
    season.crawl(FIRST, shown(BUJI), shown(BUJI, year=2024, on="2025-01-14"))
    season.crawl(SECOND, again(BUJI), again(BUJI, year=2024))
    season.crawl(THIRD, again(BUJI), again(BUJI, year=2024))
    season.judged(THIRD)
    publish(season.db, season.home, now=instant(THIRD))
    season.db.close()
    return season.home


def export(home, *arguments):
    return CliRunner().invoke(cli.main, ["--home", str(home.root), "export", *map(str, arguments)],
                              env={"NIANBAO_NOW": THIRD})


def test_a_workbook_is_written_and_its_rows_are_counted(home, tmp_path):
    out = tmp_path / "jinxiang.xlsx"
    done = export(home, "xlsx", "金乡", "--year", 2025, "--out", out)
    assert done.output == (f"{out}: 13 duties, 1 publications, 6 table2, 0 table2_2019, 25 table3, 3 table4, 0 checks, "
                           "1 findings\n")
    duties = openpyxl.load_workbook(out)["公布情况 duties"]
    assert {row[4] for row in duties.iter_rows(min_row=2, values_only=True)} == {2025}


def test_tables_come_as_a_folder_or_as_a_zip(home, tmp_path):
    assert export(home, "csv", "--out", tmp_path / "tables").exit_code == 0
    assert export(home, "csv", "--out", tmp_path / "tables.zip").exit_code == 0
    with zipfile.ZipFile(tmp_path / "tables.zip") as package:
        text = package.read("publications.csv").decode("utf-8-sig")
    assert (tmp_path / "tables" / "publications.csv").read_bytes().decode("utf-8-sig") == text
    assert [row["report_year"] for row in csv.DictReader(io.StringIO(text))] == ["2025", "2024"]


def test_lines_are_printed_for_programs_or_written(home, tmp_path):
    printed = export(home, "jsonl", COUNTY)
    assert [json.loads(line)["report_year"] for line in printed.stdout.splitlines()] == [2025, 2024]
    done = export(home, "jsonl", COUNTY, "--out", tmp_path / "reports.jsonl")
    assert done.output == f"{tmp_path / 'reports.jsonl'}: 2 reports\n"
    assert (tmp_path / "reports.jsonl").read_text("utf-8") == printed.stdout


def test_a_season_leaves_as_one_wacz(home, tmp_path):
    out = tmp_path / "jinxiang.wacz"
    done = export(home, "wacz", "金乡", "--season", 2026, "--out", out)
    assert done.output == f"{out}: 13 records (0 from before the season), 5 captures, 3 pages\n"
    with opened(out) as package:
        assert package.warcs() == (f"archive/{COUNTY}-2026.warc.gz",)


def test_a_season_without_crawls_is_named(home, tmp_path):
    done = export(home, "wacz", "金乡", "--season", 2020, "--out", tmp_path / "a.wacz")
    assert (done.exit_code, done.output) == (1, "Error: 370828 was not crawled in 2020; there are crawls in 2026\n")
    assert list(tmp_path.iterdir()) == []


def test_a_feed_for_each_county_that_was_asked_for(home, tmp_path):
    done = export(home, "feed", "金乡", "--out", tmp_path / "feeds", "--base", "https://nianbao.example.org/")
    assert done.output == f"{tmp_path / 'feeds' / COUNTY}.atom: 1 findings\n"
    root = etree.parse(tmp_path / "feeds" / f"{COUNTY}.atom").getroot()
    assert root.tag == "{http://www.w3.org/2005/Atom}feed"


@pytest.mark.parametrize(("arguments", "said"), [
    (["xlsx", "金乡"], "Missing option '--out'"),
    (["xlsx", "--out", "{folder}"], "is a folder; name a file such as"),
    (["wacz", "金乡", "--out", "{folder}"], "is a folder; name a file such as"),
    (["csv", "--out", "{file}"], "is a file; name a folder or a .zip file"),
    (["csv", "--out", "{folder}/a.csv"], "is a file; name a folder or a .zip file"),
    (["xlsx", "--out", "{folder}/nianbao.toml"], "expected a name that ends in .xlsx"),
    (["jsonl", "--out", "{file}"], "expected a name that ends in .jsonl"),
    (["feed", "--out", "{file}"], "is a file; name a folder"),
    (["feed", "--out", "{folder}", "--base", "nianbao.example.org"], "is no web address"),
    (["xlsx", "北京", "--out", "{folder}/a.xlsx"], "北京"),
], ids=lambda value: value if isinstance(value, str) else " ".join(value[:2]))
def test_misuse_is_told_in_words(home, tmp_path, arguments, said):
    file = tmp_path / "there"
    file.write_text("")
    done = export(home, *(one.format(folder=tmp_path, file=file) for one in arguments))
    assert (done.exit_code, said in done.output) == (2, True)


def test_before_the_first_run_there_is_nothing_to_export(tmp_path):
    assert CliRunner().invoke(cli.main, ["init", str(tmp_path / "new")]).exit_code == 0
    arguments = ("--home", tmp_path / "new", "export", "csv", "--out", tmp_path / "a")
    done = CliRunner().invoke(cli.main, [str(one) for one in arguments])
    assert done.exit_code == 1
    assert "there is no snapshot yet; `nianbao run` makes it" in done.output


def test_exporting_leaves_the_home_as_it_was(home, tmp_path):
    before = {path: path.read_bytes() for path in home.data.rglob("*") if path.is_file()}
    for arguments in (["xlsx", "--out", tmp_path / "a.xlsx"], ["csv", "--out", tmp_path / "a.zip"],
                      ["jsonl", "--out", tmp_path / "a.jsonl"], ["feed", "--out", tmp_path],
                      ["wacz", "金乡", "--out", tmp_path / "a.wacz"]):
        assert export(home, *arguments).exit_code == 0
    left = {path for path in home.data.rglob("*") if path.is_file() and path.suffix not in (".db-shm", ".db-wal")}
    assert {path: path.read_bytes() for path in left if path in before} == {path: before[path] for path in left}
