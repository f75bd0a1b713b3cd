"""Originals out of the volumes: as a download, or shown so that nothing in them can run, load or send."""

import re
from pathlib import Path
from typing import Any, Final

from datasette.utils.asgi import NotFound, Response
from sqlite_utils import Database

from archive.errors import MissingBody

# What a page of a portal may do when it is shown: lay itself out. The sandbox also stops script, forms and refresh.
SHOWN: Final = "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'"
KEPT: Final = "sandbox; default-src 'none'"
# Media types that a browser shows without running anything once the policy stands.
VIEWED: Final = {
    "text/html": "text/html",
    "application/xhtml+xml": "text/html",
    "text/plain": "text/plain",
    "image/png": "image/png",
    "image/jpeg": "image/jpeg",
    "image/gif": "image/gif",
    "image/webp": "image/webp",
    "image/bmp": "image/bmp",
}
ENDINGS: Final = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "application/pdf": ".pdf",
    "application/msword": ".doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/zip": ".zip",
    "application/ofd": ".ofd",
    "application/json": ".json",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/bmp": ".bmp",
    "image/svg+xml": ".svg",
}
MEDIA_TYPE: Final = re.compile(r"[a-z]+/[a-z0-9.+-]+")
UNKNOWN_TYPE: Final = "application/octet-stream"
# A policy stops requests, but a browser still opens a connection for a frame or a hint; under another name they are
# nothing. `<` is no part of a longer character in UTF-8, GBK or GB 18030, so the bytes may be searched as they are.
CONNECTING: Final = re.compile(rb"<(/?)(?=(?:link|iframe|frame|object|embed|portal|fencedframe)\b)", re.IGNORECASE)


async def original(request: Any, datasette: Any) -> Response:
    """`/-/original/<sha256>`: the bytes as they came, always as a download."""
    body, media_type = await _body(request, datasette)
    return _download(body, media_type, request.url_vars["sha256"])


async def view(request: Any, datasette: Any) -> Response:
    """`/-/view/<sha256>`: pages, text and pictures shown harmlessly; everything else as a download."""
    body, media_type = await _body(request, datasette)
    shown = VIEWED.get(media_type)
    if shown is None:
        return _download(body, media_type, request.url_vars["sha256"])
    if shown == "text/html":
        body = CONNECTING.sub(rb"<\1x-", body)
    headers = {
        "Content-Security-Policy": SHOWN,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return Response(body, headers=headers, content_type=shown)


async def _body(request: Any, datasette: Any) -> tuple[bytes, str]:
    """A body and its media type. Raises NotFound for a digest that the archive does not hold."""
    sha256 = request.url_vars["sha256"]
    await datasette.ensure_permissions(request.actor, [("view-database", datasette.public.name), "view-instance"])

    def read(connection: Any) -> tuple[bytes, str]:
        row = connection.execute("SELECT media_type FROM bodies WHERE sha256 = ?", [sha256]).fetchone()
        if row is None:
            raise MissingBody(sha256)
        return datasette.volumes.body(Database(connection, recursive_triggers=False), sha256), row[0]

    try:
        body, media_type = await datasette.public.execute_fn(read)
    except MissingBody as error:
        raise NotFound(f"No original {sha256}") from error
    return body, media_type if MEDIA_TYPE.fullmatch(media_type) else UNKNOWN_TYPE


def _download(body: bytes, media_type: str, sha256: str) -> Response:
    name = Path(sha256[:16]).with_suffix(ENDINGS.get(media_type, ".bin"))
    headers = {
        "Content-Disposition": f'attachment; filename="nianbao-{name}"',
        "Content-Security-Policy": KEPT,
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return Response(body, headers=headers, content_type=media_type)
