"""Connections are let go at the end of a crawl, however long they take: many crawls share one process."""

import asyncio
import time
from types import SimpleNamespace

import pytest
from twisted.internet.defer import Deferred

from crawler import wire


@pytest.mark.parametrize(("seconds", "busy"), [(0.0, 0.0), (0.1, 1.3), (1.2, 0.0)])
def test_connections_that_go_late_are_let_go_once(monkeypatch, seconds, busy):
    monkeypatch.setattr(wire, "maybe_deferred_to_future", lambda one: one.asFuture(asyncio.get_running_loop()))
    troubles = []

    async def closed():
        loop, gone = asyncio.get_running_loop(), Deferred()
        loop.set_exception_handler(lambda _, told: troubles.append(told))
        handler = object.__new__(wire.Handler)
        handler._pool = SimpleNamespace(closeCachedConnections=lambda: gone)
        loop.call_later(seconds, gone.callback, None)
        loop.call_later(0.05, time.sleep, busy)               # another county's work keeps the process
        await handler.close()
        await asyncio.sleep(max(seconds, busy) + 0.1)

    asyncio.run(closed())
    assert troubles == []
