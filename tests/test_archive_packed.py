"""Archives: every file inside them, and what is refused."""

import base64
import gzip
import io
import shutil
import struct
import tarfile
import zipfile
import zlib

import pytest
import rarfile

from archive.documents import packed, unpacking
from archive.documents.packed import Member, files
from archive.parse import Read, Unread, parse, read_all
from tests import forms

TEXT = "一、总体情况".encode()
SEVEN = base64.b64decode(
    "N3q8ryccAAQ0oAiUFgAAAAAAAABaAAAAAAAAACghnoEBABHkuIDjgIHmgLvkvZPmg4XlhrUAAQQGAAEJFgAHCwEAASEhAQAMEgAICgH2uro4AAAFARkM"
    "AAAAAAAAAAAAAAAAEQ8AdF6lYi4AdAB4AHQAAAAZBAAAAAAUCgEAxjkL3c153QEVBgEAIICkgQAA"
)
LOCKED_SEVEN = base64.b64decode(
    "N3q8ryccAAR3+cjwIAAAAAAAAABqAAAAAAAAAPbaIdh7YmkOtFr22kqRKmNxXoJrZAyLlVFBH+EdIY9fge+sFAEEBgABCSAABwsBAAIkBvEHARJTD8c4"
    "iZ6oBnKEtNn4rBu6VUohIQEAAQAMFhIACAoB9rq6OAAABQEZAQARDwB0XqViLgB0AHgAdAAAABkEAAAAABQKAQDGOQvdzXndARUGAQAggKSBAAA="
)


def zipped(members, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def chinese_zip(name, charset):
    """A ZIP as Chinese systems write it: the name in their encoding and no mark that says so."""
    stand_in = "x" * len(name.encode(charset))
    return zipped([(stand_in, TEXT)]).replace(stand_in.encode(), name.encode(charset))


def old_rar(members):
    """RAR 4 with stored members: (name as bytes, data, flags)."""
    out = b"Rar!\x1a\x07\x00" + _block(struct.pack("<BHH", 0x73, 0, 13) + bytes(6))
    for name, data, flags in members:
        head = struct.pack(
            "<BHHIIBIIBBHI", 0x74, 0x8000 | flags, 32 + len(name), len(data), len(data), 3, zlib.crc32(data), 0, 20,
            0x30, len(name), 0o100644,
        )
        out += _block(head + name) + data
    return out + _block(struct.pack("<BHH", 0x7B, 0x4000, 7))


def _block(head):
    return struct.pack("<H", zlib.crc32(head) & 0xFFFF) + head


def new_rar(members):
    """RAR 5 with stored members: (name, data)."""
    out = b"Rar!\x1a\x07\x01\x00" + _head(bytes((1, 0, 0)))
    for name, data in members:
        called = name.encode()
        head = bytes((2, 2)) + _number(len(data)) + bytes((4,)) + _number(len(data)) + _number(0o100644)
        head += struct.pack("<I", zlib.crc32(data)) + bytes((0, 1)) + _number(len(called)) + called
        out += _head(head) + data
    return out + _head(bytes((5, 0, 0)))


def _head(data):
    data = _number(len(data)) + data
    return struct.pack("<I", zlib.crc32(data)) + data


def _number(value):
    out = b""
    while True:
        value, low = value >> 7, value & 0x7F
        out += bytes((low | (0x80 if value else 0),))
        if not value:
            return out


def tarred(members, mode="w"):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


OPENED = [
    (zipped([("年报.txt", TEXT)]), "a.zip/年报.txt"),
    (zipped([("年报.txt", TEXT)], zipfile.ZIP_STORED), "a.zip/年报.txt"),
    (chinese_zip("年报.txt", "gb18030"), "a.zip/年报.txt"),
    (chinese_zip("年报.txt", "utf-8"), "a.zip/年报.txt"),
    (old_rar([("年报.txt".encode("gb18030"), TEXT, 0)]), "a.zip/年报.txt"),
    (old_rar([("年报.txt".encode(), TEXT, 0x200)]), "a.zip/年报.txt"),
    (new_rar([("卜集镇/年报.txt", TEXT)]), "a.zip/卜集镇/年报.txt"),
    (tarred([("年报.txt", TEXT)]), "a.zip/年报.txt"),
    (tarred([("年报.txt", TEXT)], "w:gz"), "a.zip/a.zip/年报.txt"),
    (zipped([("内.zip", zipped([("年报.txt", TEXT)]))]), "a.zip/内.zip/年报.txt"),
]


@pytest.mark.parametrize(("body", "name"), OPENED, ids=range(len(OPENED)))
def test_a_file_comes_out_of_an_archive_as_it_went_in(body, name):
    assert list(files(body, "a.zip")) == [Member(name, TEXT)]


def test_a_body_that_is_no_archive_is_itself():
    assert list(files(TEXT, "a.txt")) == [Member("a.txt", TEXT)]


def test_a_gzip_file_is_called_as_it_was_before():
    assert list(files(gzip.compress(TEXT), "年报.txt.gz")) == [Member("年报.txt.gz/年报.txt", TEXT)]


def test_what_systems_leave_behind_is_passed_over():
    furniture = ("__MACOSX/._年报.txt", ".DS_Store", "a/Thumbs.db", "desktop.ini", "._b")
    members = [*((name, b"x") for name in furniture), ("空.txt", b""), ("夹/", b""), ("年报.txt", TEXT)]
    assert [member.name for member in files(zipped(members), "a.zip")] == ["a.zip/年报.txt"]


def test_names_that_climb_out_of_their_folder_are_only_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ["../../年报.txt", "/etc/年报.txt", "C:\\年报.txt", "a\x1b[31m.txt"]
    found = [*files(zipped([(name, TEXT) for name in names])), *files(new_rar([(name, TEXT) for name in names]))]
    assert {member.body for member in found} == {TEXT}
    assert list(tmp_path.iterdir()) == []


def locked_zip():
    """The flag that says encrypted, in both places where it stands."""
    body = bytearray(zipped([("锁.txt", TEXT), ("年报.txt", TEXT)], zipfile.ZIP_STORED))
    body[6] |= 1
    body[body.index(b"PK\x01\x02") + 8] |= 1
    return bytes(body)


@pytest.mark.parametrize("body", [
    locked_zip(), old_rar([("锁.txt".encode(), TEXT, 0x204), ("年报.txt".encode(), TEXT, 0x200)]),
], ids=["zip", "rar"])
def test_an_encrypted_file_costs_only_itself(body):
    first, second = files(body)
    assert (first.name, first.reason) == ("锁.txt", "it is encrypted with a password")
    assert second == Member("年报.txt", TEXT)


def test_a_file_with_a_wrong_checksum_costs_only_itself():
    body = zipped([("坏.txt", TEXT), ("年报.txt", TEXT)], zipfile.ZIP_STORED)
    at = body.index(TEXT)
    first, second = files(body[:at] + b"X" + body[at + 1:])
    assert "cannot be unpacked" in first.reason
    assert second.body == TEXT


REFUSED = [
    (zipped([]), "holds no file"),
    (zipped([("夹/", b"")]), "holds no file"),
    (zipped([("年报.txt", TEXT * 99)])[:80], "broken"),
    (gzip.compress(TEXT * 99)[:20], "broken"),
    (b"Rar!\x1a\x07\x01\x00" + b"\x00" * 40, "no file"),
    (b"7z\xbc\xaf\x27\x1c" + b"\x00" * 40, "7z"),
    (tarred([("a", TEXT)])[:300] + b"\xff" * 300, "no file|broken"),
]


@pytest.mark.parametrize(("body", "reason"), REFUSED, ids=range(len(REFUSED)))
def test_an_archive_that_cannot_be_opened_says_why(body, reason):
    entries = list(read_all(body, name="a.zip"))
    assert [type(entry) for entry in entries] == [Unread]
    assert any(word in entries[0].reason for word in reason.split("|"))


def test_archives_are_opened_three_deep():
    body = TEXT
    for _ in range(packed.MAX_DEPTH + 1):
        body = zipped([("a.zip", body)])
    assert [member.reason for member in files(body)] == ["an archive inside 3 others is not opened"]


def test_no_more_than_so_many_files_are_taken_out_and_the_rest_is_told():
    found = list(files(zipped([(f"{n}.txt", TEXT) for n in range(packed.MAX_MEMBERS + 5)]), "a.zip"))
    assert len(found) == packed.MAX_MEMBERS + 1
    assert found[-1] == Member("a.zip", reason=f"only the first {packed.MAX_MEMBERS} files of the archive were read")


def test_what_unpacks_too_large_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(packed, "MAX_MEMBER", 1000)
    found = list(files(zipped([("零.txt", b"0" * 5000), ("年报.txt", TEXT)])))
    assert [member.reason for member in found] == ["it unpacks to more than 0 MB", None]


def test_all_files_together_have_a_limit_over_all_depths():
    one = zipped([(f"{n}.txt", bytes(50 << 20)) for n in range(3)])
    found = list(files(zipped([(f"{n}.zip", one) for n in range(2)])))
    assert sum(len(member.body) for member in found) <= packed.MAX_BYTES
    assert any("more than 200 MB" in (member.reason or "") for member in found)


def programs(*names):
    return [name for name in names if shutil.which(name)]


def test_a_7z_is_opened_by_whichever_program_is_installed():
    found = list(files(SEVEN, "a.7z"))
    if programs("7zz", "7z", "7za", "7zr", "bsdtar"):
        assert found == [Member("a.7z/年报.txt", TEXT)]
    else:
        assert "needs 7z or bsdtar" in found[0].reason


def test_a_7z_by_libarchive_alone(monkeypatch):
    which = shutil.which
    monkeypatch.setattr(unpacking.shutil, "which", lambda name: which(name) if name == "bsdtar" else None)
    found = list(files(SEVEN, "a.7z"))
    assert found == [Member("a.7z/年报.txt", TEXT)] if programs("bsdtar") else "needs 7z" in found[0].reason


def test_without_any_program_a_7z_says_what_to_install(monkeypatch):
    monkeypatch.setattr(unpacking.shutil, "which", lambda name: None)
    assert "7zip" in next(files(SEVEN)).reason


def test_an_encrypted_7z_is_not_opened():
    assert all("encrypted" in member.reason or "needs 7z" in member.reason for member in files(LOCKED_SEVEN))


def test_a_compressed_rar_member_without_any_program_says_what_to_install(monkeypatch):
    def refuse(*_args, **_options):
        raise rarfile.RarCannotExec("no tool")

    monkeypatch.setattr(rarfile.RarFile, "open", refuse)
    assert "unar" in next(files(new_rar([("年报.txt", TEXT)]))).reason


def filled(value, **more):
    return forms.as_html(dict.fromkeys(forms.keys(), value) | more)


def test_each_document_of_an_archive_is_read():
    body = zipped([("卜集镇.html", filled("0")), ("图.exe", bytes(range(1, 32)) * 20), ("胡集镇.html", filled("1"))])
    first, second, third = read_all(body, name="年报.zip")
    assert (first.name, first.report.cells["t3.granted.total"]) == ("年报.zip/卜集镇.html", 0)
    assert (type(second), second.name) == (Unread, "年报.zip/图.exe")
    assert (third.name, third.report.cells["t3.granted.total"]) == ("年报.zip/胡集镇.html", 1)
    assert isinstance(third, Read)


def test_the_report_of_an_archive_is_the_one_with_most_cells():
    body = zipped([("通知.txt", TEXT), ("年报.html", filled("3")), ("空表.html", filled(""))])
    report = parse(body, name="年报.zip")
    assert report.cells["t2.penalty.decisions"] == 3
    assert report.media_type == "application/zip"
    assert "年报.zip/年报.html" in report.warnings[0]
    assert "2 other files" in report.warnings[0]
