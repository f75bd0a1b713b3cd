"""Serves the application over HTTP."""

import socket
from collections.abc import Callable

import uvicorn

from archive.errors import ArchiveError
from archive.home import Home
from archive.web.app import application
from archive.web.words import Language


class CannotServe(ArchiveError):
    """The address to serve at cannot be had."""

    def __init__(self, host: str, port: int, found: str) -> None:
        super().__init__(f"cannot serve at {host} port {port}: {found}")
        self.host = host
        self.port = port


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
    archive = application(home, language=language)
    try:
        listening = socket.create_server((host, port))
    except OSError as error:
        raise CannotServe(host, port, error.strerror or str(error)) from error
    address = f"http://{host}:{listening.getsockname()[1]}/"
    if ready is not None:
        ready(address)
    config = uvicorn.Config(
        archive.app(), log_level="warning", lifespan="on", ws="none", server_header=False, date_header=True
    )
    try:
        uvicorn.Server(config).run(sockets=[listening])
    except KeyboardInterrupt:
        return
    finally:
        archive.close()
