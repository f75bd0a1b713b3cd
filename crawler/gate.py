"""Downloader middleware farthest from the wire: refuses what the rules do not allow, and reads robots.txt first.

A robots.txt that answers 5xx, or does not answer, means that the host is not for now (RFC 9309); one that is not there,
is refused, or is a page instead of rules restricts nothing.
"""

from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response

from archive.bundles import Outcome
from crawler import blocks, waits
from crawler.context import context_of
from crawler.errors import EXPECTED, Failure, Refused, failure_of
from crawler.items import Capture
from crawler.pages import decode
from crawler.rules import origin

HOPS = 5                                   # redirects of a robots.txt that are followed


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
        if self.rules.spent(url):
            raise Refused(url, Outcome.NOT_ASKED, f"request budget of {self.rules.budget} spent on {parts.netloc}")
        if request.meta.get("robots"):
            return
        await self._read_robots(origin(url))
        if self.rules.disallowed(url):
            raise Refused(url, Outcome.DISALLOWED, "robots.txt disallows it")
        await self.context.pause(self.rules.extra_pause(origin(url), self.delay))

    async def _read_robots(self, site: str) -> None:
        """Read a host's robots.txt once a day. Raises Refused where it does not answer: it is not for now."""
        now = self.context.clock.now()
        if self.rules.read_lately(site, now):
            return
        failure = self.rules.silent.get(site)
        for attempt in range(1, waits.TRIES + 1 if failure is None else 1):
            text, failure = await self._robots(f"{site}/robots.txt")
            if failure is None:
                self.rules.learn(site, text, now)
                return
            wait = waits.again(Capture(site, site, now, failure[0], status=500), attempt, self.delay, answered=False)
            if wait is None:
                break
            await self.context.pause(wait)
        assert failure is not None
        self.rules.silent[site] = failure
        raise Refused(site, failure[0], f"robots.txt: {failure[1]}; not crawled for now")

    async def _robots(self, url: str) -> tuple[str, Failure | None]:
        """What a robots.txt says, or why it is not known."""
        engine = self.crawler.engine
        assert engine is not None
        asked = Request(url, meta={"robots": True, "redirect_ttl": HOPS}, dont_filter=True)
        try:
            response = await engine.download_async(asked)
        except Refused as refused:
            # Led away from the portal there are no rules that bind here; what was not asked for is not known.
            known = refused.outcome is Outcome.FOREIGN or refused.outcome is Outcome.NOT_CAPTURED
            return "", None if known else (refused.outcome, refused.reason)
        except IgnoreRequest:
            return "", None                  # more hops than anybody follows
        except EXPECTED as error:
            return "", failure_of(error)
        if response.status >= 500 or response.status == 429:
            return "", _refusal(response)
        return rules_text(response.body) if response.status == 200 else "", None


def _refusal(response: Response) -> Failure:
    headers = {name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
               for name, values in (response.headers or {}).items()}
    told = blocks.classify(blocks.Answer(response.status, headers, decode(response.body), posted=False))
    return told or (Outcome.STATUS, f"status {response.status}")


def rules_text(body: bytes) -> str:
    """The rules that a robots.txt holds: its first 500 KiB, and none where a page stands in its place."""
    text = body[:500 * 1024].removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
    return "" if text.lstrip()[:1] in ("<", "{") else text
