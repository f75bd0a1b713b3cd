"""`nianbao parse`: many files at once, whatever they are, in order, and what people and programs see of them."""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from monitor import files
from monitor.cli import main
from tests import forms

CELLS = dict.fromkeys(forms.keys(), "0") | {"t3.new_received.natural_person": "3", "t3.new_received.total": "3"}
PIXEL = b"\x89PNG\r\n\x1a\n"


def parse(*arguments):
    return CliRunner().invoke(main, ["parse", *map(str, arguments)])


def objects(*arguments):
    done = parse("--json", *arguments)
    return done.exit_code, [json.loads(line) for line in done.stdout.splitlines()]


def page(total="3", title="金乡县卜集镇人民政府2023年政府信息公开工作年度报告"):
    return forms.as_html(CELLS | {"t3.new_received.total": total}).replace(
        "某县某镇人民政府2023年政府信息公开工作年度报告".encode(), title.encode())


def packed(**members):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return held.getvalue()


def test_objects_come_in_the_order_of_the_files_and_a_bad_one_stops_nobody(tmp_path):
    names = [f"{number}.html" for number in range(8)]
    for number, name in enumerate(names):
        (tmp_path / name).write_bytes(b"" if number == 3 else page(str(number)))
    order = [tmp_path / name for name in reversed(names)]
    code, found = objects(*order, "--jobs", "2")
    assert code == 1
    assert [one["file"] for one in found] == list(map(str, order))
    assert [one.get("cells", {}).get("t3.new_received.total") for one in found] == [7, 6, 5, 4, None, 2, 1, 0]
    assert found[4] == {"file": str(tmp_path / "3.html"), "error": "unreadable: the file is empty"}


def test_a_folder_is_every_file_in_it_and_below(tmp_path):
    for name in ("b.html", "a/z.html", "a/b/1.html", "Thumbs.db", "c.html"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(page())
    code, found = objects(tmp_path)
    assert code == 0
    assert [one["file"].removeprefix(f"{tmp_path}/") for one in found] == [
        "b.html", "c.html", "a/z.html", "a/b/1.html"]


def test_a_folder_without_a_file_is_said_to_be_one(tmp_path):
    done = parse(tmp_path)
    assert done.exit_code == 1
    assert "there is no file" in done.output


def test_an_archive_gives_one_object_for_each_document(tmp_path):
    outer = tmp_path / "outer.zip"
    outer.write_bytes(packed(**{"a.html": page("1"), "b/c.html": page("2"), "bad.html": b"\x00\x01\x02"}))
    code, found = objects(outer)
    assert code == 1
    assert [one["file"].removeprefix(f"{tmp_path}/") for one in found] == [
        "outer.zip/a.html", "outer.zip/b/c.html", "outer.zip/bad.html"]
    assert [one["cells"]["t3.new_received.total"] for one in found[:2]] == [1, 2]
    assert found[2]["error"].startswith("unreadable: ")


def test_what_is_no_file_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to(tmp_path / "nothing")
    (tmp_path / "linked.html").symlink_to(tmp_path / "good.html")
    (tmp_path / "good.html").write_bytes(page())
    code, found = objects(tmp_path / "pipe", "/dev/zero", tmp_path / "missing.pdf", tmp_path / "dangling",
                          tmp_path / "linked.html")
    assert code == 1
    assert [one.get("error") for one in found] == [
        *["unreadable: it is no file but a pipe, a device or a folder"] * 2,
        *["unreadable: there is no such file"] * 2, None]


def test_a_file_that_is_too_large_is_not_even_loaded(tmp_path):
    with (tmp_path / "large.pdf").open("wb") as file:
        file.truncate(200 << 30)
    code, found = objects(tmp_path / "large.pdf")
    assert (code, found[0]["error"]) == (1, "unreadable: larger than 64 MB")


def test_a_file_that_may_not_be_opened_says_why(tmp_path, monkeypatch):
    def forbidden(*_):
        raise PermissionError(13, "Permission denied")

    (tmp_path / "secret.html").write_bytes(page())
    monkeypatch.setattr(os, "open", forbidden)
    failed = files.load(tmp_path / "secret.html")
    assert failed.reason == "it cannot be opened: Permission denied"


def test_a_name_in_gbk_is_shown_as_it_is_meant(tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + "卜集镇.html".encode("gb18030")))
    path.write_bytes(page())
    code, (found,) = objects(tmp_path)
    assert (code, found["file"]) == (0, f"{tmp_path}/卜集镇.html")


BESIDE = [
    # the address as a page writes it, and whether it is a file of the page's own folder
    ("1.png", True), ("files/1.png", True), ("./files/../1.png", True), ("%E8%A1%A8.png", True), ("1.png?v=2", True),
    ("viewer/web.html?file=../1.png", False), ("viewer.html?file=1.png", True), ("../outside.png", False),
    ("/etc/passwd", False), ("file:///etc/passwd", False), ("http://example.gov.cn/1.png", False),
    ("escape.png", False), ("missing.png", False), ("pipe", False), ("page.html", False), ("1.png\x00", False),
]


@pytest.mark.parametrize(("address", "found"), BESIDE)
def test_a_page_is_read_with_the_pictures_beside_it_and_none_from_elsewhere(tmp_path, address, found):
    folder = tmp_path / "site"
    (folder / "files").mkdir(parents=True)
    for name in ("1.png", "files/1.png", "表.png", "../outside.png"):
        (folder / name).write_bytes(PIXEL)
    (folder / "escape.png").symlink_to(tmp_path / "outside.png")
    os.mkfifo(folder / "pipe")
    body = f'<html><body><p>表格见图</p><img alt="" src="{address}"></body></html>'.encode()
    (folder / "page.html").write_bytes(body)
    held = files.beside(folder / "page.html", body)
    assert (address in held) is found
    assert set(held.values()) == ({PIXEL} if found else set())


def test_tags_and_quotes_of_all_kinds_name_what_a_page_shows(tmp_path):
    (tmp_path / "表 1.png").write_bytes(PIXEL)
    (tmp_path / "a&b.pdf").write_bytes(b"%PDF")
    body = ("<IMG SRC='表 1.png'><iframe src=a&amp;b.pdf></iframe><img data-src='x.png'>"
            '<img src="data:image/png;base64,AAAA">').encode("gb18030")
    assert files.beside(tmp_path / "page.html", body) == {"表 1.png": PIXEL, "a&b.pdf": b"%PDF"}


def test_only_so_many_pictures_of_a_page_are_taken(tmp_path):
    for number in range(40):
        (tmp_path / f"{number}.png").write_bytes(PIXEL)
    body = "".join(f"<img src={number}.png>" for number in range(40)).encode()
    assert len(files.beside(tmp_path / "page.html", body)) == 30


def test_people_see_tables_nulls_and_what_fails_with_its_place(tmp_path):
    (tmp_path / "report.html").write_bytes(forms.as_html(CELLS | {"t3.granted.total": "5", "t4.review.upheld": "无"}))
    done = parse(tmp_path / "report.html")
    assert done.exit_code == 0
    assert "199 of 200 cells read, 3 not zero, 1 null as printed (by html)" in done.output
    lines = [line.split() for line in done.output.splitlines()]
    assert ["new_received", "3", "0", "0", "0", "0", "0", "3"] in lines
    assert ["review", "null", "无", "0", "0", "0", "0"] in lines
    assert any(line[:2] == ["all", "0:"] for line in lines)
    assert "t3.granted.total = 5  (table 2, row 6, column 10)" in done.output


def test_what_a_document_holds_does_not_steer_the_terminal(tmp_path):
    body = "\x1b]0;x\x07金乡县卜集镇人民政府2023年\x1b[31m政府信息公开工作年度报告\n"
    (tmp_path / "evil.txt").write_text(body, encoding="utf-8")
    assert "\x1b" not in parse(tmp_path / "evil.txt").output


def test_last_year_s_report_is_compared(tmp_path):
    title = "金乡县卜集镇人民政府{}年政府信息公开工作年度报告"
    (tmp_path / "now.html").write_bytes(page(title=title.format(2023)))
    (tmp_path / "last.html").write_bytes(page(title=title.format(2022)).replace("2023年".encode(), "2022年".encode()))
    code, (found,) = objects(tmp_path / "now.html", "--last", tmp_path / "last.html")
    assert code == 0
    assert "X01" in {check["code"] for check in found["checks"]}
    alone = objects(tmp_path / "now.html")[1][0]
    assert "X01" not in {check["code"] for check in alone["checks"]}


def test_last_year_s_report_that_is_not_there_is_an_error(tmp_path):
    (tmp_path / "now.html").write_bytes(page())
    done = parse(tmp_path / "now.html", "--last", tmp_path / "none.html")
    assert done.exit_code == 1
    assert "none.html: there is no such file" in done.output


def test_language_is_checked_where_it_is_asked_for(tmp_path):
    (tmp_path / "now.html").write_bytes(page())
    for asked, options in ((True, ["--language-checks"]), (False, [])):
        found = objects(tmp_path / "now.html", *options)[1][0]
        assert any(check["code"].startswith("Q") for check in found["checks"]) is asked


def test_the_command_streams_utf8_whatever_the_locale(tmp_path):
    (tmp_path / "now.html").write_bytes(page())
    done = subprocess.run([sys.executable, "-c", "from monitor.cli import main; main()", "parse", "--json",
                           str(tmp_path / "now.html"), str(tmp_path / "gone.html")], capture_output=True,
                          env=os.environ | {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}, check=False)
    first, second = map(json.loads, done.stdout.decode().splitlines())
    assert done.returncode == 1
    assert (first["identity"]["township"], second["error"]) == ("卜集镇", "unreadable: there is no such file")
    assert done.stderr.decode().splitlines()[-1] == "parse: 2 of 2, 1 failed"
