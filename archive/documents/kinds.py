"""What a body is, decided by its content; names and declared types lie."""

import io
import re
import zipfile

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"{\\rtf", "application/rtf"),
)
_OLE: tuple[tuple[str, str], ...] = (
    ("EncryptedPackage", "application/x-encrypted-ooxml"),
    ("WordDocument", "application/msword"),
    ("Workbook", "application/vnd.ms-excel"),
    ("PowerPoint Document", "application/vnd.ms-powerpoint"),
)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_ZIP: tuple[tuple[str, str], ...] = (
    ("word/document.xml", DOCX),
    ("word/", DOCX),
    ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("OFD.xml", "application/ofd"),
)
_NAMES: dict[str, str] = {
    "application/x-ole-storage": "an OLE file",
    "application/msword": "Word 97-2003 (DOC)",
    "application/vnd.ms-excel": "Excel 97-2003 (XLS)",
    "application/vnd.ms-powerpoint": "PowerPoint",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "Excel (XLSX)",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "PowerPoint (PPTX)",
    "application/ofd": "OFD",
    "application/zip": "a ZIP archive",
    "application/vnd.rar": "a RAR archive",
    "application/x-7z-compressed": "a 7z archive",
    "application/gzip": "a gzip file",
    "application/rtf": "RTF",
    "message/rfc822": "a saved web archive (MHTML)",
    "application/octet-stream": "a binary file",
}
_HTML = re.compile(
    rb"<(?:!doctype\s+html|html|head|body|title|meta|div|table|p|span|section|article|ul|center)[\s>/]", re.I
)
_SNIFFED = 4096


def media_type(body: bytes) -> str:
    """The media type that the content shows; `application/octet-stream` where it shows none."""
    if b"%PDF-" in body[:1024]:
        return "application/pdf"
    if body[:2] == b"PK":
        return _zip_type(body)
    found = next((kind for magic, kind in _MAGIC if body.startswith(magic)), None)
    if found == "application/x-ole-storage":
        return next((kind for name, kind in _OLE if name.encode("utf-16-le") in body), found)
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    return found or _text_type(body)


def type_name(kind: str) -> str:
    """A media type in words that people know."""
    return _NAMES.get(kind, f"a picture ({kind.removeprefix('image/').upper()})" if kind.startswith("image/") else kind)


def _zip_type(body: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile:
        # the directory stands at the end and is what a cut-off download loses; member names stand in the front too
        names = [prefix for prefix, _ in _ZIP if prefix.encode() in body]
    return next((kind for prefix, kind in _ZIP if any(name.startswith(prefix) for name in names)), "application/zip")


def _text_type(body: bytes) -> str:
    head = body[:_SNIFFED]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "text/html" if _HTML.search(head.replace(b"\x00", b"")) else "text/plain"
    if re.match(rb"\s*MIME-Version:", head, re.I) or re.match(rb"\s*From:.*\nSubject:", head, re.I):
        return "message/rfc822"
    if _HTML.search(head) or (b"<" in head and _HTML.search(body[:200_000])):
        return "text/html"
    controls = sum(1 for byte in head if byte < 32 and byte not in b"\t\n\r\f\x0b\x1b")
    return "text/plain" if controls * 100 <= len(head) else "application/octet-stream"
