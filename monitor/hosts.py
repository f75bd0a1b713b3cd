"""Who asks a host now: one crawl at a time, whichever command of this home began it.

    <home>/data/hosts/www.jinxiang.gov.cn    locked as long as a crawl may ask this host

A platform may serve many counties. The locks are handed on to the crawl's own process, so that they last as long as it
does, also where whoever began it was killed.
"""

from collections.abc import Iterable
from contextlib import ExitStack
from typing import Self, TextIO

from archive import locks
from archive.home import Home


class Owned(ExitStack):
    """Hosts that one crawl may ask, until this is closed and its process has ended."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[TextIO] = []

    def hold(self, home: Home, host: str) -> None:
        """Take one more. Raises Held."""
        self.files.append(self.enter_context(locks.hold(home.hosts / host)))

    @property
    def handles(self) -> tuple[int, ...]:
        """What the crawl's process is to keep open."""
        return tuple(file.fileno() for file in self.files)

    def __enter__(self) -> Self:
        return self


def take(home: Home, hosts: Iterable[str]) -> Owned | None:
    """Take all of some hosts for one crawl; None where another crawl may ask one of them."""
    home.hosts.mkdir(parents=True, exist_ok=True)
    owned = Owned()
    try:
        for host in sorted(hosts):
            owned.hold(home, host)
    except locks.Held:
        owned.close()
        return None
    return owned
