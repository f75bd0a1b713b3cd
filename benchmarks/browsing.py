"""How much memory the browser takes while it shows page after page: `python -m benchmarks.browsing [PAGES]`.

Each page is a list that a script fills and that leads on to a second state, from a server on loopback. Counted are the
resident memory of this process and the proportional memory of chromium's processes, which share much of theirs.
"""

import asyncio
import json
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table
from scrapy import Request
from scrapy.http.cookies import CookieJar

from archive import clock, registry
from archive.bundles import Known
from crawler.browser import Window
from crawler.bundle import BundleWriter
from crawler.context import Clock, Context
from crawler.leafing import Leafing
from crawler.rules import Rules

COUNTY = "411526"
PAGES, SAMPLES = 1000, 10
GROWTH = 0.15                   # from the first half of the pages to the second
LOOKS = 5
ROWS = 20
LIST = """<!DOCTYPE html><html><head><meta charset="utf-8"><title>政府信息公开年报</title></head><body>
<ul id="list"></ul><a id="next" href="javascript:;" onclick="show(2)">下一页</a><script>
function show(number) {
  fetch('/data?page=' + number).then(function (answer) { return answer.json(); }).then(function (rows) {
    document.getElementById('list').innerHTML = rows.map(function (row) {
      return '<li><a class="entry" href="' + row.url + '">' + row.title + '</a></li>'; }).join('');
    if (number === 2) { document.getElementById('next').remove(); }
  });
}
show(1);</script></body></html>"""


class _Lists(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        page = self.path.rpartition("=")[2]
        rows = [{"url": f"/r/{page}-{row}.html", "title": f"工作年度报告{page}-{row}"} for row in range(ROWS)]
        data = self.path.startswith("/data")
        body = json.dumps(rows).encode() if data else LIST.encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json" if data else "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def measure(pages: int) -> list[tuple[int, float]]:
    """Show so many pages in one crawl's window; (pages shown, megabytes in use) at a few points on the way."""
    with _served() as home, tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_measured(home, Path(folder), pages))


async def _measured(home: str, folder: Path, pages: int) -> list[tuple[int, float]]:
    context = _context(home, folder)
    window = Window(context, "nianbao/benchmark", 30.0, CookieJar())
    every, found = max(1, pages // SAMPLES), []
    for number in range(1, pages + 1):
        leafing = Leafing("a.entry", 0.0)
        await window.show(Request(f"{home}list?page={number}"), leafing)
        if leafing.reason is not None or len(leafing.states) != 2:
            raise RuntimeError(f"page {number}: {len(leafing.states)} states, {leafing.reason}")
        if number % every == 0:
            found.append((number, await _settled()))
    await window.close()
    context.bundle.close()
    return found


def _context(home: str, folder: Path) -> Context:
    entry, now = folder / "bench.toml", clock.now()
    entry.write_text(f'code = "{COUNTY}"\nhome = "{home}"\n', encoding="utf-8")
    portal = registry.read(entry)
    known = Known(COUNTY, (now.year - 1,), delay_seconds=0.0, allow_private_addresses=True)
    return Context(portal, known, Clock(now), BundleWriter(folder / "out", COUNTY, now, "benchmark"),
                   Rules(portal, known), lambda _counters: None)


@contextmanager
def _served() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Lists) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


async def _settled() -> float:
    """The least of a few looks: a renderer that is just ending, or kept ready for the next page, is no growth."""
    looks = []
    for _ in range(LOOKS):
        await asyncio.sleep(0.2)
        looks.append(_megabytes())
    return min(looks)


def _megabytes() -> float:
    own = _kilobytes(Path("/proc/self/status"), "VmRSS")
    return (own + sum(_kilobytes(path / "smaps_rollup", "Pss") for path in _chromium())) / 1024


def _chromium() -> Iterator[Path]:
    """The processes below this one that are chromium's."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    below = {process for process in parents if _descends(process, parents)}
    for process in below:
        try:
            if b"chromium" in Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")[0]:
                yield Path(f"/proc/{process}")
        except OSError:
            continue


def _descends(process: int, parents: dict[int, int]) -> bool:
    own = int(Path("/proc/self").resolve().name)
    while process in parents:
        process = parents[process]
        if process == own:
            return True
    return False


def _kilobytes(path: Path, name: str) -> int:
    try:
        lines = path.read_text("ascii").splitlines()
    except OSError:
        return 0                # it has just ended
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0)


def grown(found: list[tuple[int, float]]) -> float:
    """How much more memory was in use in the second half of the pages than in the first, as a share of that."""
    half = len(found) // 2
    return median(used for _, used in found[half:]) / median(used for _, used in found[:half]) - 1


def main() -> None:
    """Measure, print one table, and exit 1 where memory grew."""
    found = measure(int(sys.argv[1]) if len(sys.argv) > 1 else PAGES)
    table = Table("pages shown", "megabytes in use", title="memory of crawler and browser")
    for pages, used in found:
        table.add_row(str(pages), f"{used:.0f}")
    Console().print(table)
    share = grown(found)
    print(f"second half against first: {share:+.0%} ({'within' if share <= GROWTH else 'MISSED:'} {GROWTH:+.0%})")
    sys.exit(share > GROWTH)


if __name__ == "__main__":
    main()
