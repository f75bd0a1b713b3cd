"""Browsing the archive: Datasette on public.db, with originals out of the volumes."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from archive.home import Home
from archive.web.words import Language

if TYPE_CHECKING:
    from archive.web.app import Archive

# Datasette takes most of a second to import; publish needs only `archive.web.views` out of this package.


def application(home: Home, *, language: Language = "en") -> "Archive":
    """The Datasette that browses a home's public.db. Raises BadHome when there is none yet."""
    from archive.web import app

    return app.application(home, language=language)


def serve(
    home: Home,
    host: str = "127.0.0.1",
    port: int = 8001,
    language: Language = "en",
    ready: Callable[[str], None] | None = None,
) -> None:
    """Browse a home's public.db until interrupted; port 0 takes a free one. `ready` is told the address.

    Raises BadHome when there is no public.db yet, CannotServe when the address cannot be had.
    """
    from archive.web import server

    server.serve(home, host, port, language, ready)
