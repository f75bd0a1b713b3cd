"""Shows a list to the browser, leafs through it and keeps its states as resource records."""

import hashlib
from dataclasses import replace

from scrapy import Request

from archive.bundles import Held
from crawler.context import Context
from crawler.fetch import Fetcher
from crawler.items import Capture, Rendered
from crawler.leafing import Leafing


async def show(fetcher: Fetcher, url: str, selector: str) -> Capture:
    """Show a list to the browser and leaf through it; `selector` names its entries.

    `rendered` are its states, `reason` says why they may not be all. The pictures of the states go into the context's
    `shots` where the crawl is told of reports that are due and were never seen.
    """
    context = fetcher.context
    leafings: list[Leafing] = []              # one for each try

    def request() -> Request:
        leafings.append(Leafing(selector, context.known.delay_seconds, context.pause, bool(context.known.wanted)))
        return Request(url, meta={"leafing": leafings[-1]}, dont_filter=True)

    capture = await fetcher.guarded(url, request)
    if capture.failed or not leafings or not leafings[-1].states:
        return capture
    rendered = _kept(fetcher, url, capture, leafings[-1])
    return replace(capture, rendered=rendered, record=rendered[0].record, reason=leafings[-1].reason)


def _kept(fetcher: Fetcher, url: str, capture: Capture, leafing: Leafing) -> tuple[Rendered, ...]:
    """A record for each state; what the page asked for, in figures and in words, stands beside the first."""
    rendered = []
    for number, html in enumerate(leafing.states, 1):
        place = url if number == 1 else f"{url}#page={number}"
        notes = leafing.notes() if number == 1 else {}
        held = _held(fetcher.context, place, html)
        record = fetcher.context.bundle.resource(place, capture.at, html, notes, held)
        rendered.append(Rendered(place, html, record))
    pictured = zip(rendered, leafing.shots, strict=False)
    fetcher.context.shots.update((one.url, shot) for one, shot in pictured)
    return tuple(rendered)


def _held(context: Context, place: str, html: str) -> Held | None:
    """What is held of a state, where the browser showed just that again."""
    sha256 = hashlib.sha256(html.encode("utf-8", "replace")).hexdigest()
    return next((held for held in context.known.held if held.url == place and held.sha256 == sha256), None)
