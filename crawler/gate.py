"""Downloader middleware farthest from the wire: refuses what the rules do not allow, and reads robots.txt first.

A robots.txt that answers 5xx, or does not answer, means that the host is not for now (RFC 9309).
"""

from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.http import TextResponse

from archive.bundles import Outcome
from crawler.context import context_of
from crawler.errors import EXPECTED, Failure, Refused, failure_of
from crawler.rules import origin

TRIES = 3


class Gate:
    """Refuses what must not be sent, by raising Refused."""

    def __init__(self, crawler: Crawler) -> None:
        self.context = context_of(crawler)
        self.crawler = crawler
        self.rules = self.context.rules
        self.delay = self.context.known.delay_seconds

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "Gate":
        """Scrapy's way in."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raises Refused."""
        url = request.url
        parts = urlsplit(url)
        if self.rules.foreign(url):
            raise Refused(url, Outcome.FOREIGN, "not among the portal's hosts")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        if not self.rules.private and await self.rules.private_address(parts.hostname or "", port):
            raise Refused(url, Outcome.FOREIGN, "leads to a private address")
        if request.meta.get("robots"):
            return
        await self._read_robots(origin(url))
        if self.rules.disallowed(url):
            raise Refused(url, Outcome.DISALLOWED, "robots.txt disallows it")
        await self.context.pause(self.rules.extra_pause(origin(url), self.delay))

    async def _read_robots(self, site: str) -> None:
        """Read a host's robots.txt once. Raises Refused where it does not answer: then the host is not for now."""
        if site in self.rules.robots:
            return
        failure = self.rules.silent.get(site)
        for attempt in range(TRIES if failure is None else 0):
            await self.context.pause(self.delay * 2**attempt if attempt else 0)
            rules, failure = await self._robots(f"{site}/robots.txt")
            if rules is not None:
                self.rules.robots[site] = Protego.parse(rules)
                return
        assert failure is not None
        self.rules.silent[site] = failure
        raise Refused(site, failure[0], f"robots.txt: {failure[1]}; not crawled for now")

    async def _robots(self, url: str) -> tuple[str | None, Failure | None]:
        engine = self.crawler.engine
        assert engine is not None
        try:
            response = await engine.download_async(Request(url, meta={"robots": True}, dont_filter=True))
        except Refused:
            return "", None                  # led away from the portal: no rules that bind here
        except EXPECTED as error:
            return None, failure_of(error)
        if response.status >= 500 or response.status == 429:
            return None, (Outcome.STATUS, f"status {response.status}")
        return (response.text if response.status == 200 and isinstance(response, TextResponse) else ""), None
