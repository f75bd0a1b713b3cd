"""Files of reports: every form in which offices hand them to their portal, and every way in which that goes wrong."""

import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache

from crawler.replicas.pages import paragraphs
from crawler.replicas.places import County, Place
from crawler.replicas.sites.model import Paper, Upload
from crawler.replicas.sites.papers import Maker, township_paper

OCTETS = "application/octet-stream"
SWITCHES: Mapping[str, str] = {
    "files": "Newest reports stand in a file of the kind that the value names; their page only says so.",
    "copies": "The newest reports' pages also offer their text as a file of the kind that the value names.",
    "octets": "Files are served as application/octet-stream.",
    "wrong_extension": "Files have names that end in .doc, whatever they are.",
}


def attached(papers: tuple[Paper, ...], maker: Maker) -> tuple[Paper, ...]:
    """The articles with their files, where a switch gives some."""
    kind = maker.switches.get("files") or maker.switches.get("copies")
    if not kind:
        return papers
    return tuple(_with_file(paper, kind, maker) if paper.place and paper.year == max(maker.years) else paper
                 for paper in papers)


def _with_file(paper: Paper, kind: str, maker: Maker) -> Paper:
    assert paper.place is not None
    assert paper.year is not None
    body, media = file(maker.county, paper.place, paper.year, kind)
    suffix = "doc" if "wrong_extension" in maker.switches else kind
    name = f"{paper.place.name}{paper.year}年政府信息公开工作年度报告.{suffix}"
    upload = Upload(name, body, OCTETS if "octets" in maker.switches else media)
    inner = paper.inner if "copies" in maker.switches else paragraphs([f"{paper.title}（见附件）"])
    return replace(paper, inner=inner, uploads=(upload,))


@lru_cache(maxsize=512)
def file(county: County, place: Place, year: int, kind: str) -> tuple[bytes, str]:
    """A township's report as a file: its bytes and their media type. Raises ValueError for an unknown kind."""
    if kind not in KINDS:
        raise ValueError(f"no kind of file {kind!r}; there are {', '.join(KINDS)}")
    make, media = KINDS[kind]
    return make(county, place, year), media


def _pdf(county: County, place: Place, year: int) -> bytes:
    from crawler.replicas.paper_pdf import pdf

    return pdf(township_paper(county, place, year))


def _docx(county: County, place: Place, year: int) -> bytes:
    from crawler.replicas.paper_word import word

    return word(township_paper(county, place, year))


def _zip(county: County, place: Place, year: int) -> bytes:
    """A ZIP as Windows makes it here: names in GBK without the flag that says otherwise."""
    name = f"{place.name}年报.docx".encode("gbk", "replace")
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo("x" * len(name), (2026, 1, 9, 9, 0, 0)), _docx(county, place, year))
    return file.getvalue().replace(b"x" * len(name), name)


KINDS: Mapping[str, tuple[Callable[[County, Place, int], bytes], str]] = {
    "pdf": (_pdf, "application/pdf"),
    "docx": (_docx, "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "zip": (_zip, "application/zip"),
    "empty": (lambda *_: b"", "application/pdf"),
    "html": (lambda *_: "<html><head><title>系统提示</title></head><body>文件不存在。</body></html>".encode(),
             "application/pdf"),
}
