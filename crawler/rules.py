"""What may be asked for at all: the portal's hosts, public addresses, what robots.txt allows.

Only the portal's hosts, also after redirects; no private address unless the home allows it; robots.txt by RFC 9309. The
browser asks the same rules for every request of its pages.
"""

import asyncio
import ipaddress
import socket
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from protego import Protego

from archive.bundles import Known
from archive.registry import Portal
from crawler.errors import Failure
from crawler.settings import AGENT

NAT64 = ipaddress.ip_network("64:ff9b::/96")
HEAVY = {"image", "media", "font"}        # what a browser page does not need to show its list
LONGEST_PAUSE = 60.0                      # seconds of Crawl-delay that are honoured in full
ROBOTS_AGE = timedelta(hours=24)
BUDGET = 1000                             # requests to one host in one crawl, and this many more for each township:
BUDGET_TOWNSHIP = 150


class Rules:
    """What is known of the hosts of one portal."""

    def __init__(self, portal: Portal, known: Known) -> None:
        self.portal = portal
        self.private = known.allow_private_addresses
        self.budget = portal.requests or BUDGET + BUDGET_TOWNSHIP * len(portal.townships())
        self.asked: dict[str, int] = {}
        self.robots: dict[str, Protego] = {}
        self.read: dict[str, datetime] = {}
        self.silent: dict[str, Failure] = {}
        self.resolved: dict[str, bool] = {}

    def foreign(self, url: str) -> bool:
        """The address is of no host of this portal."""
        return urlsplit(url).scheme not in ("http", "https") or not self.portal.owns(url)

    def count(self, url: str) -> None:
        """A request goes out; redirects, tries and robots.txt are requests, too."""
        name = urlsplit(url).netloc.lower()
        self.asked[name] = self.asked.get(name, 0) + 1

    def spent(self, url: str) -> bool:
        """The budget of requests to the address's host is spent."""
        return self.asked.get(urlsplit(url).netloc.lower(), 0) >= self.budget

    def learn(self, site: str, text: str, now: datetime) -> None:
        """Keep the rules of a host for a day."""
        self.robots[site], self.read[site] = Protego.parse(text), now

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The sitemaps that the robots.txt files read so far name."""
        return tuple(dict.fromkeys(url for rules in self.robots.values() for url in rules.sitemaps))

    def read_lately(self, site: str, now: datetime) -> bool:
        """The host's rules are known and not older than a day."""
        return site in self.read and now - self.read[site] < ROBOTS_AGE

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

    def may_connect(self, address: str) -> bool:
        """A name can resolve differently the second time: the connected address counts."""
        return self.private or is_public(address)

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
    return any(not is_public(str(entry[4][0])) for entry in found)


def is_public(text: str) -> bool:
    """An IP address that stands in the open internet, also behind the forms of IPv6 that wrap one of IPv4."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        wrapped = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if wrapped is None and address in NAT64:
            wrapped = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        address = wrapped or address
    return address.is_global and not address.is_multicast
