"""What a visitor may not do: run script, frame our pages, read the server's paths, exhaust it with SQL."""

import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, Final

from archive.index import phrase
from archive.web.form import label

App = Callable[[Any, Any, Any], Awaitable[None]]

# Our pages carry no script and no inline style at all.
OWN_PAGES: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final = {
    b"content-security-policy": OWN_PAGES.encode(),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"x-dns-prefetch-control": b"off",
}

LONGEST_VALUE: Final = 50_000_000     # bytes; a query may not build a larger one
LONGEST_PATTERN: Final = 200          # LIKE and GLOB take time that grows with the pattern
# PRAGMA database_list names the file, the others are needed to show tables.
PRAGMAS: Final = frozenset({
    "table_info", "table_xinfo", "index_list", "index_info", "index_xinfo", "foreign_key_list", "schema_version",
    "page_count", "page_size", "max_page_count", "function_list", "data_version",
})


def with_headers(app: App) -> App:
    """The same application, whose every answer carries HEADERS where it does not set them itself."""

    async def guarded(scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                present = {name.lower() for name, _ in headers}
                headers += [(name, value) for name, value in HEADERS.items() if name not in present]
                message = {**message, "headers": headers}
            await send(message)

        await app(scope, receive, sending)

    return guarded


def prepare(connection: sqlite3.Connection) -> None:
    """Limit a connection to reading public.db, and give it our functions."""
    connection.create_function("escape_fts", 1, _query, deterministic=True)
    connection.create_function("cell_label", 1, label, deterministic=True)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, LONGEST_PATTERN)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.set_authorizer(_allowed)


def _query(words: str | None) -> str:
    return phrase(words or "") or '""'           # FTS5 takes this for nothing, and an empty text for a mistake


def _allowed(action: int, first: str | None, _second: str | None, _database: str | None, _source: str | None) -> int:
    if action == sqlite3.SQLITE_PRAGMA:
        known = first is not None and first.lower() in PRAGMAS
        return sqlite3.SQLITE_OK if known else sqlite3.SQLITE_DENY
    if action in (sqlite3.SQLITE_ATTACH, sqlite3.SQLITE_DETACH):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK
