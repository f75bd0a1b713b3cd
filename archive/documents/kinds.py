"""What a body is, decided by its content; names and declared types lie."""

import io
import re
import struct
import zipfile
from collections.abc import Iterable

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
OFD = "application/ofd"
OLE = "application/x-ole-storage"
WORD_XML = "application/x-word-2003-xml"
SHEET_XML = "application/x-spreadsheet-2003-xml"
BINARY = "application/octet-stream"

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", OLE),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"PK\x07\x08", "application/zip"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"{\\rtf", "application/rtf"),
)
_OLE: tuple[tuple[str, str], ...] = (
    ("EncryptedPackage", "application/x-encrypted-ooxml"),
    ("WordDocument", "application/msword"),
    ("WpsDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("Book", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
)
# the members that tell a container from an archive in which somebody keeps a folder of the same name
_ZIP: tuple[tuple[re.Pattern[str], str], ...] = tuple((re.compile(pattern, re.I), kind) for pattern, kind in (
    (r"(?:word/.*\.xml|docProps/wps.*)", DOCX),
    (r"xl/.*\.(?:xml|bin)", XLSX),
    (r"ppt/.*\.xml", PPTX),
    (r"OFD\.xml", OFD),
    (r"META-INF/manifest\.xml", "application/vnd.oasis.opendocument.text"),
))
_IN_FRONT: tuple[tuple[bytes, str], ...] = (
    (b"word/", DOCX), (b"xl/", XLSX), (b"ppt/", PPTX), (b"OFD.xml", OFD),
)
_XML: tuple[tuple[bytes, str], ...] = (
    (b"urn:schemas-microsoft-com:office:spreadsheet", SHEET_XML),
    (b"schemas.microsoft.com/office/word/2003/wordml", WORD_XML),
    (b"schemas.microsoft.com/office/2006/xmlPackage", WORD_XML),
)
_NAMES: dict[str, str] = {
    OLE: "an OLE file",
    "application/msword": "Word 97-2003 (DOC)",
    "application/vnd.ms-excel": "Excel 97-2003 (XLS)",
    "application/vnd.ms-powerpoint": "PowerPoint",
    DOCX: "Word (DOCX)",
    XLSX: "Excel (XLSX)",
    PPTX: "PowerPoint (PPTX)",
    OFD: "OFD",
    WORD_XML: "a Word 2003 XML file",
    SHEET_XML: "an Excel 2003 XML file",
    "application/vnd.oasis.opendocument.text": "OpenDocument",
    "application/zip": "a ZIP archive",
    "application/vnd.rar": "a RAR archive",
    "application/x-7z-compressed": "a 7z archive",
    "application/x-tar": "a TAR archive",
    "application/gzip": "a gzip file",
    "application/rtf": "RTF",
    "message/rfc822": "a saved web archive (MHTML)",
    BINARY: "a binary file",
}
_HTML = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|title|meta|div|table|p|span|section|article|ul|center)[\s>/]", re.I
)
_MAIL = re.compile(rb"[!-9;-~]{1,76}:[^\n]*\n(?:[ \t][^\n]*\n)*[!-9;-~]{1,76}:", re.I)
_MAIL_TYPE = re.compile(rb"^(?:MIME-Version:|Content-Type:\s*multipart/)", re.I | re.M)
_SNIFFED = 4096
_SPACE = b" \t\r\n\f\x0b"


def media_type(body: bytes) -> str:
    """The media type that the content shows; `application/octet-stream` where it shows none."""
    head = body[:_SNIFFED].removeprefix(b"\xef\xbb\xbf").lstrip(_SPACE)
    found = next((kind for magic, kind in _MAGIC if body.startswith(magic)), None)
    if found == "application/zip":
        return _zip_type(body)
    if found == OLE:
        return _ole_type(body)
    if found:
        return found
    return _other_magic(body, head) or _text_type(body, head)


def _other_magic(body: bytes, head: bytes) -> str | None:
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    if body[:2] == b"BM" and body[6:10] == bytes(4):
        return "image/bmp"
    if body[257:262] == b"ustar":
        return "application/x-tar"
    if head.startswith(b"{\\rtf"):
        return "application/rtf"
    # mail gateways and web servers put lines in front of a PDF; a page that speaks of one has its tags before it
    at = body.find(b"%PDF-", 0, 1024)
    return "application/pdf" if at >= 0 and not _HTML.search(body[:at]) else None


def type_name(kind: str) -> str:
    """A media type in words that people know."""
    return _NAMES.get(kind, f"a picture ({kind.removeprefix('image/').upper()})" if kind.startswith("image/") else kind)


def _zip_type(body: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = [name.replace("\\", "/").removeprefix("./").lstrip("/") for name in archive.namelist()]
    except (zipfile.BadZipFile, struct.error, OSError, ValueError, NotImplementedError):
        # the directory stands at the end and is what a cut-off download loses; member names stand in the front too
        return next((kind for name, kind in _IN_FRONT if name in body), "application/zip")
    return next((kind for pattern, kind in _ZIP if _any(pattern, names)), "application/zip")


def _any(pattern: re.Pattern[str], names: Iterable[str]) -> bool:
    return any(pattern.fullmatch(name) for name in names)


def ole_streams(body: bytes) -> frozenset[str]:
    """The names of the streams in the root of an OLE file, none where its directory is damaged."""
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(body)) as file:
            return frozenset(path[0] for path in file.listdir() if len(path) == 1)
    except (OSError, ValueError, IndexError, struct.error, TypeError, AttributeError, RecursionError):
        return frozenset()


def _ole_type(body: bytes) -> str:
    """By the streams of the root; a damaged directory still shows their names."""
    streams = ole_streams(body)
    found = next((kind for name, kind in _OLE if name in streams), None)
    return found or next((kind for name, kind in _OLE if name.encode("utf-16-le") in body), OLE)


def _text_type(body: bytes, head: bytes) -> str:
    if body[:2] in (b"\xff\xfe", b"\xfe\xff") or _is_utf16(body[:_SNIFFED]):
        return "text/html" if _HTML.search(body[:_SNIFFED].replace(b"\x00", b"")) else "text/plain"
    if _MAIL.match(head) and _MAIL_TYPE.search(head):
        return "message/rfc822"
    if head.startswith(b"<"):
        found = next((kind for mark, kind in _XML if mark in head), None)
        if found:
            return found
    if _HTML.search(head) or (b"<" in head and _HTML.search(body[:200_000])):
        return "text/html"
    controls = sum(1 for byte in head if byte < 32 and byte not in b"\t\n\r\f\x0b\x1b")
    return "text/plain" if controls * 100 <= len(head) else BINARY


def _is_utf16(head: bytes) -> bool:
    """UTF-16 without a byte order mark: nearly all of it Chinese, ASCII or full-width, and some of it ASCII."""
    if head.count(0) * 50 < len(head) or len(head) < 4:
        return False
    for charset in ("utf-16-le", "utf-16-be"):
        text = head[:len(head) // 2 * 2].decode(charset, "replace")
        usual = sum(1 for c in text if "\t" <= c <= "~" or "\u3000" <= c <= "\u9fff" or "\uff00" <= c <= "\uffef")
        if usual * 20 >= len(text) * 19:
            return True
    return False
