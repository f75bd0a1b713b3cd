"""Datasette on public.db: the application itself."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any, Final, TypeVar

from datasette.app import Datasette
from datasette.database import Database
from datasette.plugins import pm

from archive.errors import BadHome
from archive.home import Home
from archive.volumes import Volumes
from archive.web import plugin
from archive.web.describe import DATABASE, metadata
from archive.web.words import Language

T = TypeVar("T")

SETTINGS: Final = {
    "default_page_size": 50,
    "max_returned_rows": 2000,
    "sql_time_limit_ms": 5000,
    "facet_time_limit_ms": 1000,
    "suggest_facets": False,
    "truncate_cells_html": 300,
    "default_cache_ttl": 0,          # a new public.db is there at once
    # Anyone may ask in SQL: read-only, 5 s, 2000 rows, no ATTACH. The file itself is not handed out: it is
    # replaced while it would be read, and `nianbao export` makes better copies.
    "default_allow_sql": True,
    "allow_download": False,
}


class Snapshot(Database):  # type: ignore[misc]  # datasette is published without types
    """public.db, opened anew once another file has taken its place."""

    def __init__(self, datasette: Datasette, path: Path) -> None:
        super().__init__(datasette, str(path))
        self._threads = threading.local()

    async def execute_fn(self, fn: Callable[[sqlite3.Connection], T]) -> T:
        """Run a function with this thread's connection to the file that is there now."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.ds.executor, lambda: fn(self._connection()))

    async def attached_databases(self) -> list[Any]:
        """None ever; Datasette's own way of asking would name the file."""
        return []

    def _connection(self) -> sqlite3.Connection:
        there = _identity(self.path)
        held: tuple[object, sqlite3.Connection] | None = getattr(self._threads, "held", None)
        if held is not None and held[0] == there:
            return held[1]
        if held is not None:
            self._all_file_connections.remove(held[1])
            held[1].close()
            self._threads.held = None
        connection: sqlite3.Connection = self.connect()
        self.ds._prepare_connection(connection, self.name)
        self._threads.held = (there, connection)
        return connection


def _identity(path: str) -> tuple[int, int, int]:
    """What tells one file at a path from the next one there. The inode of an open file is not used again."""
    seen = Path(path).stat()
    return seen.st_dev, seen.st_ino, seen.st_mtime_ns


class Archive(Datasette):  # type: ignore[misc]  # datasette is published without types
    """Datasette with public.db, and the volumes behind it."""

    def __init__(self, home: Home, language: Language) -> None:
        self.volumes = Volumes(home.warc)
        self.language = language
        pages = resources.files("archive.web")
        super().__init__(
            files=[],
            metadata=metadata(language),
            settings=SETTINGS,
            template_dir=str(pages / "templates"),
            static_mounts=[("-/nianbao", str(pages / "static"))],
        )
        self.remove_database("_memory")
        self.public: Snapshot = self.add_database(Snapshot(self, home.public), name=DATABASE)

    def close(self) -> None:
        """Let go of the threads and connections."""
        self.executor.shutdown()
        self.public.close()


def application(home: Home, *, language: Language = "en") -> Archive:
    """The Datasette that browses a home's public.db. Raises BadHome when there is none yet."""
    if not home.public.exists():
        raise BadHome(f"{home.public}: not there yet; `nianbao run` makes it after the first crawl")
    if not pm.is_registered(plugin):
        pm.register(plugin, "archive.web.plugin")
    return Archive(home, language)
