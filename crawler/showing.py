"""Shows a list to the browser, leafs through it and keeps its states as resource records."""

from dataclasses import replace

from scrapy import Request

from crawler.browser import Leafing
from crawler.fetch import Fetcher
from crawler.items import Capture, Rendered


async def show(fetcher: Fetcher, url: str, selector: str) -> Capture:
    """Show a list to the browser and leaf through it; `selector` names its entries."""
    context = fetcher.context
    leafings: list[Leafing] = []              # one for each try

    def request() -> Request:
        leafings.append(Leafing(selector, context.known.delay_seconds, context.rules.left_out))
        return Request(url, meta=leafings[-1].meta(), dont_filter=True)

    capture = await fetcher.guarded(url, request)
    if capture.failed or not leafings:
        return capture
    leafing = leafings[-1]
    rendered = []
    for number, html in enumerate(leafing.states, 1):
        place = url if number == 1 else f"{url}#page={number}"
        log = leafing.requests if number == 1 else []
        rendered.append(Rendered(place, html, context.bundle.resource(place, capture.at, html, log)))
    return replace(capture, rendered=tuple(rendered), record=rendered[0].record, reason=leafing.reason)
