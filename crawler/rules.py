"""What may be asked for at all: the portal's hosts, public addresses, what robots.txt allows.

Only the portal's hosts, also after redirects; no private address unless the home allows it; robots.txt by RFC 9309. The
browser asks the same rules for every request of its pages.
"""

import asyncio
import ipaddress
import socket
from urllib.parse import urlsplit

from protego import Protego
from scrapy.http import Response

from archive.bundles import Known, Outcome
from archive.registry import Portal
from crawler.errors import Failure, Refused
from crawler.settings import AGENT

HEAVY = {"image", "media", "font"}        # what a browser page does not need to show its list
LONGEST_PAUSE = 60.0                      # seconds of Crawl-delay that are honoured in full


class Rules:
    """What is known of the hosts of one portal."""

    def __init__(self, portal: Portal, known: Known) -> None:
        self.portal = portal
        self.private = known.allow_private_addresses
        self.robots: dict[str, Protego] = {}
        self.silent: dict[str, Failure] = {}
        self.resolved: dict[str, bool] = {}

    def foreign(self, url: str) -> bool:
        """The address is of no host of this portal."""
        return urlsplit(url).scheme not in ("http", "https") or not self.portal.owns(url)

    def disallowed(self, url: str) -> bool:
        """The host's robots.txt, where read, forbids the address."""
        rules = self.robots.get(origin(url))
        return rules is not None and not rules.can_fetch(url, AGENT)

    def left_out(self, url: str, kind: str) -> bool:
        """Whether the browser leaves out one of its page's own requests; `kind` is Playwright's resource type."""
        return kind in HEAVY or self.foreign(url) or self.disallowed(url)

    def extra_pause(self, site: str, delay: float) -> float:
        """Seconds that a Crawl-delay asks for beyond our own delay."""
        rules = self.robots.get(site)
        asked = rules.crawl_delay(AGENT) if rules is not None else None
        return max(0.0, min(float(asked or 0), LONGEST_PAUSE) - delay)

    def check_connected(self, url: str, response: Response) -> None:
        """A name can answer differently the second time: the connected address counts. Raises Refused."""
        address = response.ip_address
        if not self.private and address is not None and not address.is_global:
            raise Refused(url, Outcome.FOREIGN, "answered from a private address")

    async def private_address(self, host: str, port: int) -> bool:
        """The host's name leads to a loopback, private or otherwise not public address."""
        if host not in self.resolved:
            self.resolved[host] = await _is_private(host, port)
        return self.resolved[host]


def origin(url: str) -> str:
    """Scheme and host, which is what one robots.txt is for."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}"


async def _is_private(host: str, port: int) -> bool:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return False          # the download itself then says that the name does not resolve
    return any(not ipaddress.ip_address(str(entry[4][0]).partition("%")[0]).is_global for entry in found)
