"""The bare library call that each form's reading is compared with."""

import io
import zipfile
from collections.abc import Callable
from functools import cache
from typing import Any

Bare = Callable[[bytes], object]


def html(body: bytes) -> object:
    """lxml's parse."""
    import lxml.html

    return lxml.html.document_fromstring(body)


def text(body: bytes) -> object:
    """Decoding and cutting into lines."""
    return body.decode("utf-8", "replace").splitlines()


def pdf(body: bytes) -> object:
    """pdfium's text of every page."""
    import pypdfium2

    document = pypdfium2.PdfDocument(body)
    found = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    return found


def unzipped(body: bytes) -> object:
    """Unzipping and lxml's parse of every XML part."""
    from lxml import etree

    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return [etree.fromstring(archive.read(name)) for name in archive.namelist() if name.endswith(".xml")]


def members(body: bytes) -> object:
    """Reading every member of an archive."""
    import tarfile

    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return [archive.read(name) for name in archive.namelist()]
    with tarfile.open(fileobj=io.BytesIO(body)) as packed:
        return [file.read() for file in map(packed.extractfile, packed) if file]


def workbook(body: bytes) -> object:
    """openpyxl's load."""
    import openpyxl

    return openpyxl.load_workbook(io.BytesIO(body), data_only=True)


def old_workbook(body: bytes) -> object:
    """xlrd's load."""
    import xlrd

    return xlrd.open_workbook(file_contents=body)


def old_word(body: bytes) -> object:
    """olefile's reading of every stream."""
    import olefile

    with olefile.OleFileIO(io.BytesIO(body)) as streams:
        return [streams.openstream(name).read() for name in streams.listdir()]


def scan(body: bytes) -> object:
    """Plain RapidOCR of every page, on one thread like ours."""
    import numpy as np
    import pypdfium2

    document = pypdfium2.PdfDocument(body)
    found = [_engine()(np.asarray(page.render(scale=200 / 72).to_pil().convert("RGB"))) for page in document]
    document.close()
    return found


def picture(body: bytes) -> object:
    """lxml's parse, and plain RapidOCR of every picture in the page."""
    import base64

    import lxml.html

    page = lxml.html.document_fromstring(body)
    return [_engine()(base64.b64decode(image.get("src", "").partition(",")[2])) for image in page.iter("img")]


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR

    threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    return RapidOCR(params={"Global.log_level": "error", **threads})


CALLS: dict[str, tuple[str, Bare]] = {
    "html": ("lxml parse", html),
    "traditional": ("lxml parse", html),
    "pdf": ("pdfium text", pdf),
    "pdf-unruled": ("pdfium text", pdf),
    "printed": ("pdfium text", pdf),
    "docx": ("unzip, lxml parse", unzipped),
    "ofd": ("unzip, lxml parse", unzipped),
    "zip": ("reading the members", members),
    "xlsx": ("openpyxl load", workbook),
    "xls": ("xlrd load", old_workbook),
    "doc": ("olefile streams", old_word),
    "scan": ("RapidOCR of the pages", scan),
    "picture": ("lxml, RapidOCR", picture),
}


def bare(form: str) -> tuple[str, Bare]:
    """The name of the call and the call itself; text forms are decoded and cut into lines."""
    return CALLS.get(form, ("decoding", text))
