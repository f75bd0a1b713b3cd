"""`nianbao parse --html`: where proof pages go, how they are called, and what is beside them."""

import io
import json
import zipfile

import lxml.html
import pytest
from click.testing import CliRunner

from monitor.cli import main
from monitor.proofs import page_name
from tests import forms

CELLS = dict.fromkeys(forms.keys(), "0") | {
    f"t3.{row}.{column}": "3" for row in ("new_received", "granted", "total_handled")
    for column in ("natural_person", "total")}
PAGE = forms.as_html(CELLS)


def parse(*arguments):
    return CliRunner().invoke(main, ["parse", *map(str, arguments)])


def packed(**members):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return held.getvalue()


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "report.html"
    path.write_bytes(PAGE)
    return path


def test_one_report_becomes_the_page_that_is_named(tmp_path, report):
    done = parse(report, "--html", tmp_path / "new" / "proof.html")
    assert done.exit_code == 0
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["proof.html"]
    page = lxml.html.parse(tmp_path / "new" / "proof.html").getroot()
    assert page.xpath("//td[@id='c-t3.new_received.total']/a")[0].text_content() == "3"
    assert str(report) in page.text_content()


def test_several_reports_become_a_folder_with_a_list(tmp_path, report):
    (tmp_path / "bad.pdf").write_bytes(b"\x00\x01")
    done = parse(report, tmp_path / "bad.pdf", tmp_path / "missing.pdf", "--html", tmp_path / "out")
    assert done.exit_code == 1
    rows = lxml.html.parse(tmp_path / "out" / "index.html").xpath("//tbody/tr")
    assert [len(row) for row in rows] == [6, 2, 2]
    assert [cell.text_content() for cell in rows[0][3:5]] == ["200", "0"]
    links = [row.xpath(".//a/@href")[0] for row in rows]
    assert {*links, "index.html"} == {path.name for path in (tmp_path / "out").iterdir()}
    bad = lxml.html.parse(tmp_path / "out" / links[1]).getroot()
    assert bad.find_class("bad")[0].text_content().startswith("unreadable: ")


def test_one_report_in_a_folder_needs_no_list(tmp_path, report):
    parse(report, "--html", tmp_path / "out")
    (page,) = (tmp_path / "out").iterdir()
    assert page.name.startswith("report.html-")


def test_an_archive_becomes_a_page_for_each_document_inside_the_folder(tmp_path):
    (tmp_path / "many.zip").write_bytes(packed(**{"../../up.html": PAGE, "a/same.html": PAGE, "b/same.html": PAGE}))
    parse(tmp_path / "many.zip", "--html", tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert [name.partition("-")[0] for name in names] == ["index.html", "same.html", "same.html", "up.html"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["many.zip", "out"]


def test_one_page_is_refused_for_several_files_before_anything_is_read(tmp_path, report):
    done = parse(report, report, "--html", tmp_path / "one.html")
    assert done.exit_code == 2
    assert "name a folder" in done.output
    assert not (tmp_path / "one.html").exists()


def test_one_page_is_refused_for_an_archive_of_several_documents(tmp_path):
    (tmp_path / "two.zip").write_bytes(packed(**{"a.html": PAGE, "b.html": PAGE}))
    done = parse(tmp_path / "two.zip", "--html", tmp_path / "one.html")
    assert done.exit_code == 1
    assert "cannot hold 2 reports; name a folder" in done.output


def test_a_file_in_the_way_of_the_folder_is_said_to_be(tmp_path, report):
    (tmp_path / "taken").write_bytes(b"")
    done = parse(report, "--html", tmp_path / "taken")
    assert done.exit_code == 1
    assert "taken" in done.output


def test_a_page_never_takes_the_place_of_the_report(tmp_path, report):
    done = parse(report, "--html", tmp_path / "." / "report.html")
    assert done.exit_code == 2
    assert report.read_bytes() == PAGE


def test_objects_stay_as_they_are_without_the_pages(tmp_path, report):
    plain, proved = parse("--json", report), parse("--json", report, "--html", tmp_path / "out")
    assert json.loads(proved.stdout) == json.loads(plain.stdout)


def test_pages_are_in_the_language_that_is_asked_for(tmp_path, report):
    parse(report, "--html", tmp_path / "proof.html", "--lang", "zh")
    assert 'lang="zh"' in (tmp_path / "proof.html").read_text(encoding="utf-8")[:200]


def test_pictures_beside_a_page_are_shown_in_its_proof(tmp_path):
    from PIL import Image

    Image.effect_noise((400, 300), 60).save(tmp_path / "photo.png")
    (tmp_path / "report.html").write_bytes(PAGE.replace(b"</body>", b'<img src="photo.png"></body>'))
    parse(tmp_path / "report.html", "--html", tmp_path / "proof.html")
    assert "data:image/webp;base64," in (tmp_path / "proof.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(("file", "start"), [
    ("/etc/../../passwd", "passwd-"),
    ("a.zip/..", "report-"),
    ("卜集镇 2023.pdf", "卜集镇_2023.pdf-"),
    ("x\n<script>.html", "x_script_.html-"),
    (".hidden", "hidden-"),
    ("年" * 200, "年" * 50 + "-"),
])
def test_names_of_pages_are_safe_and_short(file, start):
    name = page_name({"file": file})
    assert name.startswith(start)
    assert name.endswith(".html")
    assert "/" not in name
    assert len(name.encode()) < 200


def test_files_of_one_name_keep_their_own_pages():
    assert page_name({"file": "a/report.pdf"}) != page_name({"file": "b/report.pdf"})
