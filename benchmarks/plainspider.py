"""A bare Scrapy spider that only downloads addresses and writes a gzipped WARC: what a crawl is measured against.

`python -m benchmarks.plainspider ADDRESSES WARC` prints pages and computing seconds after start-up as JSON.
"""

import json
import sys
import time
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess
from scrapy.http import Response
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter


class PlainSpider(Spider):
    """Asks for each address in turn and writes down what came."""

    name = "plain"

    def __init__(self, addresses: list[str], warc: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.addresses = addresses
        self.file = Path(warc).open("wb")  # noqa: SIM115 - closed with the spider
        self.writer = WARCWriter(self.file, gzip=True, warc_version="1.1")

    async def start(self) -> AsyncIterator[Any]:
        """Every address, none left out as seen before."""
        for address in self.addresses:
            yield Request(address, dont_filter=True)

    def parse(self, response: Response, **_: Any) -> None:
        """Write request and answer."""
        request = response.request
        assert request is not None
        fields = [(name.decode(), value.decode("latin-1")) for name, values in (response.headers or {}).items()
                  for value in values]
        line = StatusAndHeaders(f"{response.status} OK", fields, protocol="HTTP/1.1")
        answer = self.writer.create_warc_record(response.url, "response", payload=BytesIO(response.body),
                                                length=len(response.body), http_headers=line)
        asked = StatusAndHeaders("GET / HTTP/1.1", [("Host", "x")], is_http_request=True)
        for record in (answer, self.writer.create_warc_record(response.url, "request", http_headers=asked)):
            self.writer.write_record(record)

    def closed(self, _reason: str) -> None:
        """The WARC is whole."""
        self.file.close()


def main(addresses: str, warc: str) -> None:
    """Download, and print what it took."""
    told = json.loads(Path(addresses).read_text(encoding="utf-8"))
    process = CrawlerProcess({
        "LOG_LEVEL": "WARNING", "TELNETCONSOLE_ENABLED": False, "ROBOTSTXT_OBEY": False, "DOWNLOAD_DELAY": 0,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1, "HTTPERROR_ALLOW_ALL": True, "RETRY_ENABLED": False,
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor"})
    process.crawl(PlainSpider, addresses=told, warc=warc)
    start = time.process_time()
    process.start()
    print(json.dumps({"pages": len(told), "seconds": time.process_time() - start}))


if __name__ == "__main__":
    main(*sys.argv[1:])
