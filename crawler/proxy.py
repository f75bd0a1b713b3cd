"""The browser's only way out: a SOCKS5 proxy on loopback that leads to the portal's hosts and nowhere else.

SOCKS rather than HTTP, because plain pages, TLS and WebSockets then all begin with the same few bytes, a name and a
port, before anything of theirs is sent. The name is resolved here; every address that it leads to must be public
(unless the home allows others), and the connection goes to one of the very addresses that were looked at.
"""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass, field

VERSION, CONNECT, NO_PASSWORD = 5, 1, 0
IPV4, NAME, IPV6 = 1, 3, 4
DONE, NOT_ALLOWED, NO_HOST, REFUSED, NO_SUCH_COMMAND = 0, 2, 4, 5, 7
FOREIGN = "not among the portal's hosts"
HANDSHAKE_SECONDS = 10.0
CONNECT_SECONDS = 15.0
CHUNK = 64 * 1024


class _Closed(Exception):
    """A connection that goes no further; `reply` is what the browser is told."""

    def __init__(self, reply: int, why: str) -> None:
        super().__init__(why)
        self.reply = reply
        self.why = why


@dataclass
class Proxy:
    """One way out. `allowed` says whether a host and port belong to the portal.

    `refused` says by `host:port` what was not connected and why, `opened` how often each host was.
    """

    allowed: Callable[[str, int], bool]
    private: bool = False
    refused: dict[str, str] = field(default_factory=dict)
    opened: dict[str, int] = field(default_factory=dict)
    server: asyncio.Server | None = None
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    async def start(self) -> str:
        """Listen on a free port of loopback; the address for the browser."""
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"socks5://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Stop listening and let every connection go."""
        if self.server is None:
            return
        self.server.close()
        for task in self.serving:
            task.cancel()
        await asyncio.gather(*self.serving, return_exceptions=True)
        await self.server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        task.add_done_callback(self.serving.discard)
        with contextlib.closing(writer), contextlib.suppress(OSError, asyncio.IncompleteReadError, TimeoutError,
                                                             asyncio.CancelledError):
            try:
                async with asyncio.timeout(HANDSHAKE_SECONDS):
                    host, port = await _asked(reader, writer)
                onward = await self._onward(host, port)
            except _Closed as closed:
                await _reply(writer, closed.reply)
                return
            await _reply(writer, DONE)
            await _relay((reader, writer), onward)

    async def _onward(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to an address that was looked at. Raises _Closed."""
        place = f"{host}:{port}"
        try:
            streams = await self._connected(host, port)
        except _Closed as closed:
            self.refused[place] = closed.why
            raise
        self.opened[place] = self.opened.get(place, 0) + 1
        return streams

    async def _connected(self, host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if not self.allowed(host, port):
            raise _Closed(NOT_ALLOWED, FOREIGN)
        for address in await self._addresses(host, port):
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(CONNECT_SECONDS):
                    return await asyncio.open_connection(address, port)
        raise _Closed(REFUSED, "does not answer")

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError:
            raise _Closed(NO_HOST, "its name leads nowhere") from None
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self.private and not all(map(is_public, addresses)):
            raise _Closed(NOT_ALLOWED, "leads to a private address")
        return addresses


def is_public(address: str) -> bool:
    """The address is none of a private network, of this machine or of a link; an IPv4 address within IPv6 counts."""
    value = ipaddress.ip_address(address.partition("%")[0])
    inner = value.ipv4_mapped if isinstance(value, ipaddress.IPv6Address) else None
    return (inner or value).is_global and not value.is_multicast


async def _asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> tuple[str, int]:
    """The host and port that the browser wants. Raises _Closed for anything but a connection."""
    version, methods = await reader.readexactly(2)
    await reader.readexactly(methods)
    if version != VERSION:
        raise _Closed(NO_SUCH_COMMAND, "no SOCKS5")
    writer.write(bytes([VERSION, NO_PASSWORD]))
    await writer.drain()
    _, command, _, kind = await reader.readexactly(4)
    length = {IPV4: 4, IPV6: 16}.get(kind) or (await reader.readexactly(1))[0]
    name = await reader.readexactly(length)
    port = int.from_bytes(await reader.readexactly(2))
    if command != CONNECT or kind not in (IPV4, NAME, IPV6):
        raise _Closed(NO_SUCH_COMMAND, "only connections are made")
    host = name.decode("ascii", "replace") if kind == NAME else str(ipaddress.ip_address(name))
    return host.lower(), port


async def _reply(writer: asyncio.StreamWriter, code: int) -> None:
    writer.write(bytes([VERSION, code, 0, IPV4]) + bytes(6))
    await writer.drain()


async def _relay(*sides: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    """Pass bytes on in both directions until one side ends."""
    (near_in, near_out), (far_in, far_out) = sides
    ways = [asyncio.ensure_future(_pour(near_in, far_out)), asyncio.ensure_future(_pour(far_in, near_out))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        far_out.close()
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(CHUNK):
        sink.write(data)
        await sink.drain()
