"""Reports in forms that other programs make of them: extracted text, printed pages, Office 97 files, archives."""

import io
import re
import subprocess
import tarfile
import tempfile
import zipfile
from pathlib import Path
from random import Random

import lxml.html
import opencc
import pdfplumber
import pypdfium2

from benchmarks.reports import pages, prints, sheets, words
from benchmarks.reports.model import Paper

_TIMEOUT = 120  # seconds for a program that converts one file


def extracted(paper: Paper, chance: Random, quirks: frozenset[str]) -> bytes:
    """The text layer of a PDF as pdfium gives it: what a search engine keeps."""
    document = pypdfium2.PdfDocument(prints.pdf(paper, chance, quirks))
    text = "\n".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    return text.encode()


def laid_out(paper: Paper, chance: Random, quirks: frozenset[str]) -> bytes:
    """The text of a PDF with its columns kept by spaces."""
    with pdfplumber.open(io.BytesIO(prints.pdf(paper, chance, quirks))) as document:
        return "\n\f".join(page.extract_text(layout=True, x_density=4) for page in document.pages).encode()


def page_text(paper: Paper, chance: Random, quirks: frozenset[str]) -> bytes:
    """The text of a page without its tags, a line for every block."""
    root = lxml.html.document_fromstring(pages.page(paper, chance, quirks - {"utf-16", "wrong charset"}))
    for element in root.iter("p", "td", "tr", "th", "div", "h1", "br"):
        element.tail = "\n" + (element.tail or "")
    return re.sub(r"[ \t]*\n\s*", "\n", str(root.xpath("string(//body)"))).encode()


def traditional(paper: Paper, chance: Random, quirks: frozenset[str]) -> bytes:
    """The page in Traditional characters, as some hosts convert it."""
    body = pages.page(paper, chance, quirks - {"gbk", "utf-16", "wrong charset"}).decode()
    return str(opencc.OpenCC("s2t").convert(body)).encode()


def printed(paper: Paper, chance: Random, quirks: frozenset[str]) -> bytes:
    """The page as Chromium prints it into a PDF."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "page.html"), Path(folder, "page.pdf")
        source.write_bytes(pages.page(paper, chance, quirks))
        command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
        subprocess.run(
            [*command, f"--user-data-dir={folder}/profile", f"--print-to-pdf={target}", source.as_uri()],
            check=True,
            capture_output=True,
            timeout=_TIMEOUT,
        )
        return target.read_bytes()


def doc(paper: Paper, chance: Random, quirks: frozenset[str]) -> bytes:
    """The Word file as LibreOffice saves it for Word 97."""
    return _office(words.word(paper, chance, quirks), "docx", "doc")


def xls(paper: Paper, chance: Random, quirks: frozenset[str]) -> bytes:
    """The workbook as LibreOffice saves it for Excel 97."""
    return _office(sheets.workbook(paper, chance, quirks), "xlsx", "xls")


def _office(body: bytes, source: str, target: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"report.{source}")
        path.write_bytes(body)
        subprocess.run(
            [
                "soffice",
                f"-env:UserInstallation=file://{folder}/profile",
                "--headless",
                "--convert-to",
                target,
                "--outdir",
                folder,
                str(path),
            ],
            check=True,
            capture_output=True,
            timeout=_TIMEOUT,
        )
        return path.with_suffix(f".{target}").read_bytes()


def packed(paper: Paper, chance: Random, quirks: frozenset[str]) -> bytes:
    """An archive with the report and something beside it."""
    write, ending = chance.choice(((pages.page, "html"), (words.word, "docx"), (prints.pdf, "pdf")))
    members = {f"{paper.title}.{ending}": write(paper, chance, frozenset()), "说明.txt": "请查收附件。".encode()}
    return (_tar if "tar" in quirks else _zip)(members, "gbk names" in quirks)


def _zip(members: dict[str, bytes], gbk: bool) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            # what Windows writes: the bytes of GBK, said to be code page 437
            archive.writestr(name.encode("gb18030").decode("cp437") if gbk else name, body)
    return out.getvalue()


def _tar(members: dict[str, bytes], _gbk: bool) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, body in members.items():
            told = tarfile.TarInfo(name)
            told.size = len(body)
            archive.addfile(told, io.BytesIO(body))
    return out.getvalue()
