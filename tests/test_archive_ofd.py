"""OFD: what stands on its pages, as the programs of different makers write it."""

import io
import random
import zipfile

import pytest
from PIL import Image

from archive.documents import read_document
from archive.documents.model import Grid, Paragraph, Picture
from archive.documents.ofd_page import offsets
from archive.errors import Unreadable
from archive.parse import parse
from tests import forms, ofds, scanning

A4 = "<ofd:TextObject ID='{id}' Boundary='20 %d 100 5' Size='4'%s><ofd:TextCode X='0' Y='3.4'%s>%s</ofd:TextCode>" \
     "</ofd:TextObject>"


def cells(form, seed):
    chance = random.Random(seed)
    return {key: chance.choice(("0", "0", "1", "27", "1043", "")) for key in forms.keys(form)}


def shown(report):
    return {key: "" if value is None else str(value) for key, value in report.cells.items()}


def words(document):
    return [block.text for block in document.blocks if isinstance(block, Paragraph)]


def line(text, y=20, attributes="", steps=""):
    return A4 % (y, attributes, steps, text)


def png(width, height):
    out = io.BytesIO()
    Image.new("L", (width, height), 200).save(out, "PNG")
    return out.getvalue()


WAYS = [
    {}, {"style": "fills"}, {"style": "absolute", "runs": True}, {"prefix": ""}, {"absolute": True},
    {"slash": "\\", "runs": True}, *({"start": start} for start in range(20, 120, 20)),
]


@pytest.mark.parametrize("form", ["2021", "2019"])
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_every_cell_of_a_ruled_report_comes_back(form, way):
    raw = cells(form, str(way))
    report = parse(ofds.as_ofd(raw, form, **way))
    assert shown(report) == raw
    assert report.media_type == "application/ofd"
    assert {source.method for source in report.sources.values()} == {"ofd"}
    assert all(source.page and source.box for source in report.sources.values())


@pytest.mark.parametrize("form", ["2021", "2019"])
def test_a_report_without_rulings_shows_no_wrong_cell(form):
    raw = cells(form, form)
    read = shown(parse(ofds.as_ofd(raw, form, ruled=False)))
    assert {key: value for key, value in read.items() if value not in ("", raw.get(key))} == {}


def test_the_blank_form_stays_blank():
    report = parse(ofds.as_ofd(dict.fromkeys(forms.keys(), "")))
    assert set(report.cells.values()) == {None}
    assert report.derived == {}


STEPS = [("g 3 5", [5, 5, 5]), ("1 2", [1, 2]), ("1 g 2 4 6", [1, 4, 4, 6]), ("", []), (None, []), ("g x 4", []),
         ("g 99999999 1", [1.0] * 10), ("g 2", [2])]


@pytest.mark.parametrize(("written", "expected"), STEPS)
def test_steps_between_characters_may_be_counted(written, expected):
    assert offsets(written, 10) == expected


def test_lines_are_read_from_top_to_bottom_whatever_their_order_in_the_file():
    page = [line("第二行", 40), line("第一行", 20), line("看不见", 60, " Visible='false'")]
    assert words(read_document(ofds.pack([page]))) == ["第一行", "第二行"]


def test_a_character_drawn_twice_to_look_bold_is_one():
    once = "<ofd:TextObject ID='1' Boundary='{x} 20 100 5' Size='4'><ofd:TextCode X='0' Y='3.4' DeltaX='4 4'>年度报" \
           "</ofd:TextCode></ofd:TextObject>"
    page = [once.replace("{x}", "20"), once.replace("{x}", "20.1")]
    assert words(read_document(ofds.pack([page]))) == ["年度报"]


def test_white_text_is_seen_only_on_a_dark_ground():
    white = "<ofd:TextObject ID='1' Boundary='20 %d 100 5' Size='4'><ofd:FillColor Value='255 255 255'/>" \
            "<ofd:TextCode X='0' Y='3.4'>%s</ofd:TextCode></ofd:TextObject>"
    ground = "<ofd:PathObject ID='2' Boundary='0 35 210 20' Stroke='false' Fill='true'>" \
             "<ofd:FillColor Value='0 0 90'/><ofd:AbbreviatedData>M 0 0 L 210 0 L 210 20 L 0 20 C" \
             "</ofd:AbbreviatedData></ofd:PathObject>"
    page = [line("黑字", 20), white % (28, "白字"), ground, white % (40, "底上白字")]
    assert words(read_document(ofds.pack([page]))) == ["黑字", "底上白字"]


def test_a_watermark_lies_aslant_and_is_no_text():
    aslant = line("内部资料", 100, " CTM='0.7 0.7 -0.7 0.7 0 0'")
    assert words(read_document(ofds.pack([[line("正文"), aslant]]))) == ["正文"]


def test_a_page_that_lies_on_its_side_is_read_as_it_is_held():
    sideways = [
        f"<ofd:TextObject ID='1' Boundary='{190 - 10 * n} 20 5 100' CTM='0 1 -1 0 5 0' Size='4'>"
        f"<ofd:TextCode X='0' Y='3.4'>{text}</ofd:TextCode></ofd:TextObject>"
        for n, text in enumerate(("第一行", "第二行"))
    ]
    assert words(read_document(ofds.pack([sideways]))) == ["第一行", "第二行"]


def test_templates_blocks_and_composites_belong_to_the_page():
    resources = "<ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID='30' Width='100' Height='9'><ofd:Content>" \
                + line("组合图元", 0) + "</ofd:Content></ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits>"
    page = [
        f"<ofd:PageBlock ID='3'>{line('块内')}</ofd:PageBlock>",
        "<ofd:CompositeObject ID='4' Boundary='0 60 100 9' ResourceID='30'/>",
    ]
    body = ofds.pack([page], resources=resources.replace("{id}", "8"), template=line("模板", 5).replace("{id}", "9"))
    assert words(read_document(body)) == ["模板", "块内", "组合图元"]


def test_what_was_typed_into_the_page_afterwards_is_read():
    note = f"<ofd:PageAnnot xmlns:ofd='{ofds.NAMESPACE}'><ofd:Annot ID='1' Type='%s'>" \
           f"<ofd:Appearance Boundary='0 80 100 9'>{line('批注', 0)}</ofd:Appearance></ofd:Annot></ofd:PageAnnot>"
    index = f"<ofd:Annotations xmlns:ofd='{ofds.NAMESPACE}'><ofd:Page PageID='10'>" \
            "<ofd:FileLoc>Page_0/Annotation.xml</ofd:FileLoc></ofd:Page></ofd:Annotations>"
    for kind, expected in (("Stamp", ["正文", "批注"]), ("Watermark", ["正文"])):
        files = [("Doc_0/Annots/Annotations.xml", index), ("Doc_0/Annots/Page_0/Annotation.xml", note % kind)]
        body = ofds.pack([[line("正文")]], files=files)
        with zipfile.ZipFile(io.BytesIO(body)) as whole:
            document = whole.read("Doc_0/Document.xml").decode()
        link = "<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>"
        linked = document.replace("</ofd:Document>", f"{link}</ofd:Document>")
        assert words(read_document(with_part(body, "Doc_0/Document.xml", linked))) == expected


def with_part(body, name, data):
    """The file with one part written anew."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            new.writestr(info.filename, data if info.filename == name else old.read(info))
    return out.getvalue()


def image(box):
    x, y, w, h = box
    return f"<ofd:ImageObject ID='6' Boundary='{x} {y} {w} {h}' CTM='{w} 0 0 {h} 0 0' ResourceID='40'/>"


MEDIA = "<ofd:MultiMedias><ofd:MultiMedia ID='40' Type='Image'><ofd:MediaFile>a.png</ofd:MediaFile></ofd:MultiMedia>" \
        "</ofd:MultiMedias>"


def test_a_picture_beside_text_keeps_its_bytes_and_its_place():
    body = ofds.pack(
        [[line("一、总体情况：我镇做好政府信息公开工作"), image((20, 50, 100, 80))]], resources=MEDIA,
        files=[("Doc_0/Res/a.png", png(300, 240))],
    )
    picture = next(block for block in read_document(body).blocks if isinstance(block, Picture))
    assert picture.body == png(300, 240)
    assert picture.place.page == 1
    assert picture.place.box == pytest.approx((56.7, 141.7, 340.2, 368.5), abs=0.1)


def test_coordinates_become_points_from_the_upper_left_corner():
    document = read_document(ofds.pack([[line("年")]]))
    left, _, right, _ = document.blocks[0].place.box
    assert left == pytest.approx(20 * 72 / 25.4, abs=0.1)
    assert right - left == pytest.approx(4 * 72 / 25.4, abs=0.2)


BOMB = b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'x'><!ENTITY c '&b;&b;'>]><a>&c;</a>"
REFUSED = [
    (lambda body: with_part(body, "OFD.xml", "<ofd"), "OFD.xml is no XML"),
    (lambda body: with_part(body, "OFD.xml", BOMB), "declares entities"),
    (lambda body: with_part(body, "OFD.xml", "<OFD/>"), "names no document"),
    (lambda body: with_part(body, "OFD.xml", "<OFD><DocBody/></OFD>"), "broken"),
    (lambda body: with_part(body, "Doc_0/Document.xml", "<Document/>"), "holds no text"),
    (lambda body: body[:len(body) // 2], "the OFD file is broken"),
    (lambda body: ofds.pack([[line("文")]], extra=[("Doc_0/Encryptions.xml", "<a/>")]), "encrypted with a password"),
    (lambda body: ofds.pack([[]]), "holds no text"),
]


@pytest.mark.parametrize(("harm", "reason"), REFUSED, ids=[reason for _, reason in REFUSED])
def test_what_cannot_be_read_says_why(harm, reason):
    with pytest.raises(Unreadable, match=reason):
        read_document(harm(ofds.pack([[line("正文")]])))


def test_a_page_that_is_missing_is_said_to_be():
    body = ofds.pack([[line("第一页")], [line("第二页")]])
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            if "Page_1" not in name:
                new.writestr(name, old.read(name))
    document = read_document(out.getvalue())
    assert words(document) == ["第一页"]
    assert document.warnings == ("page 2: it is missing from the file",)


def test_a_page_that_is_damaged_costs_only_itself():
    body = ofds.pack([[line("第一页")], [line("第二页")]])
    document = read_document(with_part(body, "Doc_0/Pages/Page_0/Content.xml", "<ofd:Page"))
    assert words(document) == ["第二页"]
    assert document.warnings[0].startswith("page 1: the OFD file: Doc_0/Pages/Page_0/Content.xml is no XML")


@pytest.mark.slow
def test_a_page_that_is_one_picture_is_read_by_its_pixels():
    raw = dict.fromkeys(forms.keys(), "0") | {"t2.penalty.decisions": "516"}
    page = scanning.rendered(forms.as_pdf(raw), dpi=150)[0]
    shown = page.crop((0, 0, page.width, page.height * 5 // 8))
    body = ofds.pack(
        [[image((0, 0, 210, 210 * shown.height / shown.width))]], resources=MEDIA,
        files=[("Doc_0/Res/a.png", scanning.as_image(shown))],
    )
    report = parse(body)
    source = report.sources["t2.penalty.decisions"]
    assert (source.raw, source.method, source.page) == ("516", "ocr", 1)
    assert 0 < source.box[0] < source.box[2] < 210 * 72 / 25.4
    assert {report.cells[key] for key in report.sources} <= {0, 516, None}


def test_odd_numbers_and_paths_break_nothing():
    odd = [
        "<ofd:TextObject ID='1' Boundary='x' Size='nan'><ofd:TextCode X='1e999'>a</ofd:TextCode></ofd:TextObject>",
        "<ofd:PathObject ID='2' Boundary='0 0 1 1'><ofd:AbbreviatedData>M L 1 B 1 2 Z 3 A</ofd:AbbreviatedData>"
        "</ofd:PathObject>",
        "<ofd:PathObject ID='3'/>", "<ofd:ImageObject ID='4' ResourceID='none'/>",
        line("正文", 30, " CTM='1 0 0'", " DeltaX='g g g'"),
    ]
    document = read_document(ofds.pack([odd]))
    assert words(document)[0].replace(" ", "") == "正文"
    assert not any(isinstance(block, Grid) for block in document.blocks)
