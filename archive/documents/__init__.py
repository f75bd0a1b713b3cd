"""From a body to a document: the reader is chosen by what the content is."""

from collections.abc import Callable

from archive.documents import kinds
from archive.documents.html import read_html
from archive.documents.model import Document
from archive.documents.pdf import read_pdf
from archive.documents.text import read_text
from archive.documents.word import read_word
from archive.errors import Unreadable

_Reader = Callable[[bytes, str | None], Document]
_READERS: dict[str, _Reader] = {
    "text/html": read_html,
    "text/plain": read_text,
    "application/pdf": lambda body, _declared: read_pdf(body),
    kinds.DOCX: lambda body, _declared: read_word(body),
}


def read_document(body: bytes, *, name: str | None = None, declared: str | None = None) -> Document:
    """A body as a Document. `name` is the file's, `declared` a charset or Content-Type; both only help.

    Raises Unreadable, with the reason in words, for what is empty, broken, encrypted or of a type not read yet.
    """
    if not body.strip(b"\x00 \t\r\n"):
        raise Unreadable("the file is empty")
    kind = kinds.media_type(body)
    if kind == "application/x-encrypted-ooxml":
        raise Unreadable("the document is encrypted with a password")
    reader = _READERS.get(kind)
    if reader is None:
        called = f" ({name})" if name else ""
        raise Unreadable(f"{kinds.type_name(kind)}{called} is not read yet")
    return reader(body, declared)
