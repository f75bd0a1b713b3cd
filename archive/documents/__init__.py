"""From a body to a document: the reader is chosen by what the content is."""

from collections.abc import Callable
from dataclasses import replace

from archive.documents import kinds
from archive.documents.extent import within_reach
from archive.documents.html import read_html
from archive.documents.model import Document
from archive.documents.packed import is_packed
from archive.documents.radicals import as_characters
from archive.documents.text import read_text
from archive.errors import Unreadable

_NO_DOCUMENT = {
    kinds.OLE: "it is broken, or no document is in it",
    kinds.BINARY: "it is no document",
    "application/vnd.ms-powerpoint": "slides are not read",
    kinds.PPTX: "slides are not read",
}
_Reader = Callable[[bytes, str | None], Document]


def read_document(body: bytes, *, name: str | None = None, declared: str | None = None) -> Document:
    """A body as a Document. `name` is the file's, `declared` a charset or Content-Type; both only help.

    Raises Unreadable, with the reason in words, for what is empty, broken, encrypted or of a type that nobody reads.
    """
    if not body.strip(b"\x00 \t\r\n"):
        raise Unreadable("the file is empty")
    kind = kinds.media_type(body)
    if kind == "application/x-encrypted-ooxml":
        raise Unreadable("the document is encrypted with a password")
    reader = _READERS.get(kind) or (_picture if kind.startswith("image/") else None)
    if reader is None:
        called = f" ({name})" if name else ""
        why = "its files are read one by one" if is_packed(kind) else _NO_DOCUMENT.get(kind, "nobody reads this type")
        raise Unreadable(f"{kinds.type_name(kind)}{called}: {why}")
    return as_characters(within_reach(reader(body, declared)))


# Each reader comes with libraries of its own, which a page of HTML has no use for.

def _pdf(body: bytes, _declared: str | None) -> Document:
    from archive.documents.pdf import read_pdf

    return read_pdf(body)


def _docx(body: bytes, _declared: str | None) -> Document:
    from archive.documents.word import read_word

    return read_word(body)


def _doc(body: bytes, _declared: str | None) -> Document:
    """The own reader first; a file that it trips over may be one that an office program still opens."""
    from archive.documents.doc import read_doc

    try:
        return read_doc(body)
    except Unreadable as error:
        # an office program takes a damaged container for a file of text, and shows its bytes as words
        if "encrypted" in error.reason or not kinds.ole_streams(body):
            raise
        return _converted(body, ".doc", error)


def _converted(body: bytes, suffix: str, first: Unreadable | None = None) -> Document:
    """A document as an office program turns it into DOCX."""
    from archive.documents.office import convert
    from archive.documents.word import read_word

    try:
        document = read_word(convert(body, suffix))
    except Unreadable as error:
        raise Unreadable(f"{first.reason}; {error.reason}" if first else error.reason) from error
    return replace(document, media_type=kinds.media_type(body))


def _rtf(body: bytes, _declared: str | None) -> Document:
    from archive.documents.rtf import read_rtf

    try:
        return read_rtf(body)
    except Unreadable as error:
        return _converted(body, ".rtf", error)


def _office(suffix: str) -> _Reader:
    return lambda body, _declared: _converted(body, suffix)


def _ofd(body: bytes, _declared: str | None) -> Document:
    from archive.documents.ofd import read_ofd

    return read_ofd(body)


def _xlsx(body: bytes, _declared: str | None) -> Document:
    from archive.documents.xlsx import read_xlsx

    return read_xlsx(body)


def _xls(body: bytes, _declared: str | None) -> Document:
    from archive.documents.xls import read_xls

    return read_xls(body)


def _sheet_xml(body: bytes, _declared: str | None) -> Document:
    from archive.documents.sheet_xml import read_sheet_xml

    return read_sheet_xml(body)


def _mhtml(body: bytes, _declared: str | None) -> Document:
    from archive.documents.mhtml import read_mhtml

    return read_mhtml(body)


def _picture(body: bytes, _declared: str | None) -> Document:
    from archive.documents.pictures import read_image

    return read_image(body)


_READERS: dict[str, _Reader] = {
    "text/html": read_html,
    "text/plain": read_text,
    "application/pdf": _pdf,
    kinds.DOCX: _docx,
    "application/msword": _doc,
    kinds.OFD: _ofd,
    kinds.XLSX: _xlsx,
    "application/vnd.ms-excel": _xls,
    kinds.SHEET_XML: _sheet_xml,
    "message/rfc822": _mhtml,
    "application/rtf": _rtf,
    "application/vnd.oasis.opendocument.text": _office(".odt"),
    kinds.WORD_XML: _office(".xml"),
}
