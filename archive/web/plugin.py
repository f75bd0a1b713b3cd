"""Our Datasette plugin: every hook, each a few lines. It minds only applications made by `archive.web`."""

import logging
import sqlite3
from collections.abc import Awaitable, Callable, Generator
from typing import Any, Final

from datasette.utils.asgi import Base400, NotFound, Response
from datasette.views.base import DatasetteError
from pluggy import HookimplMarker

from archive.web import guard, originals, pages
from archive.web.cells import heading, show, when, word
from archive.web.describe import LICENCE, SOURCE
from archive.web.words import TEXT, both

hookimpl = HookimplMarker("datasette")
log = logging.getLogger(__name__)

# Datasette's own pages about the server name files, plugins and threads; nobody needs them here.
PRIVATE: Final = r"/-/(?!(?:static|nianbao|view|original)/).*$"
SHA256: Final = "(?P<sha256>[0-9a-f]{64})"


def _ours(datasette: Any) -> bool:
    from archive.web.app import Archive

    return isinstance(datasette, Archive)


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[guard.App], guard.App]:
    """The headers that stand on every answer."""
    return guard.with_headers if _ours(datasette) else lambda app: app


@hookimpl(trylast=True)
def prepare_connection(conn: sqlite3.Connection, database: str, datasette: Any) -> None:
    """Last, because Datasette's own escape_fts would take the place of ours and find no Chinese at all."""
    if _ours(datasette) and database == datasette.public.name:
        guard.prepare(conn)


@hookimpl
def register_routes(datasette: Any) -> list[tuple[str, Callable[..., Awaitable[Response]]]]:
    """The originals, and nothing where Datasette would speak of the server."""
    if not _ours(datasette):
        return []
    return [
        (rf"/-/original/{SHA256}$", originals.original),
        (rf"/-/view/{SHA256}$", originals.view),
        (r"/-/(?:original|view)/.*$", _nothing),
        (PRIVATE, _nothing),
    ]


async def _nothing(request: Any) -> Response:
    raise NotFound(f"No page {request.path}")


@hookimpl
def render_cell(row: Any, value: Any, column: str, table: str | None, datasette: Any) -> Any:
    """Words for codes, links for digests, names and addresses."""
    return show(column, value, row, table, datasette.language) if _ours(datasette) else None


@hookimpl
def extra_template_vars(
    view_name: str | None, table: str | None, request: Any, datasette: Any
) -> dict[str, Any] | Callable[[], Awaitable[dict[str, Any]]]:
    """What the templates need: the words of the site's language, and the rows of our own pages."""
    if not _ours(datasette):
        return {}

    async def collected() -> dict[str, Any]:
        return words(datasette) | await pages.rows(datasette, view_name, table, request)

    return collected


def words(datasette: Any) -> dict[str, Any]:
    """The functions that templates write words with."""
    return {
        "language": datasette.language,
        "say": lambda key: both(TEXT[key], datasette.language),
        "other": lambda word: both(word, datasette.language),
        "source": both(SOURCE, datasette.language),
        "licence": both(LICENCE, datasette.language),
        "heading": lambda column: heading(column, datasette.language),
        "when": when,
        "word": lambda column, value: word(column, value, datasette.language),
        "cell": lambda column, value, row: show(column, value, row, None, datasette.language) or value,
    }


@hookimpl(wrapper=True)
def handle_exception(
    datasette: Any, request: Any, exception: Exception
) -> Generator[None, list[Any], list[Any]]:
    """An error page that tells nothing about the server; Datasette's own would also print every local variable."""
    usual = yield
    if not _ours(datasette):
        return usual

    async def page() -> Response:
        return await error_page(datasette, request, *_told(exception))

    return [page]


@hookimpl(wrapper=True)
def forbidden(datasette: Any, request: Any) -> Generator[None, list[Any], list[Any]]:
    """The same for what nobody may see."""
    usual = yield
    if not _ours(datasette):
        return usual

    async def page() -> Response:
        return await error_page(datasette, request, 403, "This is not shown.")

    return [page]


async def error_page(datasette: Any, request: Any, status: int, message: str) -> Response:
    """An error in the shape that was asked for."""
    if request.path.endswith(".json"):
        return Response.json({"ok": False, "error": message, "status": status}, status=status)
    template = datasette.jinja_env.get_template("error.html")
    values = {"status": status, "error": message, "urls": datasette.urls, "metadata": datasette.metadata()}
    return Response.html(await template.render_async(words(datasette) | values), status=status)


def _told(exception: Exception) -> tuple[int, str]:
    """Status and message of an error, for a visitor."""
    if isinstance(exception, Base400):
        return exception.status, str(exception.args[0]) if exception.args else "Bad request"
    if isinstance(exception, DatasetteError):
        message = exception.title or exception.status if exception.message_is_html else exception.message
        return exception.status, str(message)
    log.error("a page failed", exc_info=exception)
    return 500, "The page could not be made; the server's log has the reason."
