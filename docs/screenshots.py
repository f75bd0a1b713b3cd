"""Makes the README's pictures of a home, for example one that `nianbao demo DIR` has left, and of proof pages.

    .venv/bin/python docs/screenshots.py [DIR [COUNTY]]

Writes docs/img/*.png with the real browser: proof pages of a web page, a PDF and a scan, made up for the purpose; and
where a home is named the overview, a county, a duty, a report in the layout of the statutory form, the answer to a
question, the overview on a phone, and the digest of the demo's third day on a phone and on a desk.
"""

import io
import json
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from archive.home import Home
from benchmarks.reports import make

PICTURES = Path(__file__).parent / "img"
CHROMIUM = "/usr/bin/chromium"
COLOURS = 256
TELLING = "2026-02-02T01:00:00Z"  # the day of the demo on which a second look agrees that reports are missing
# the form, its seed and quirks, and the cell that the picture points at
PROOFS = (
    ("html", 33, ("empty cells", "signs"), "t3.refused_third_party.total"),
    ("pdf", 33, ("wrong sums",), "t3.refused_admin_query.total"),
    ("scan", 28, ("grey paper", "specks"), "t3.refused_third_party.total"),
)
SERVE = """
import sys
from pathlib import Path
from archive.home import Home
from archive.web import serve
serve(Home(Path(sys.argv[1])), port=0, ready=lambda address: print(address, flush=True))
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: its name, what it shows, the size of the window."""

    name: str
    address: str
    width: int = 1280
    height: int = 860
    whole: bool = False


@contextmanager
def serving(home: Home) -> Iterator[str]:
    """The home's pages, served by a child process; gives the address."""
    child = subprocess.Popen([sys.executable, "-c", SERVE, str(home.root)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        yield child.stdout.readline().strip()
    finally:
        child.terminate()
        child.wait()
        child.stdout.close()


def rows(address: str, sql: str, **values: str) -> list[dict[str, Any]]:
    """The answer of the served database to a query."""
    asked = urllib.parse.urlencode({"sql": sql, "_shape": "array"} | values)
    with urllib.request.urlopen(f"{address}public.json?{asked}") as answer:  # noqa: S310 - our own server
        found: list[dict[str, Any]] = json.load(answer)
        return found


def pictures(address: str, county: str | None) -> Iterator[Picture]:
    """What to show of this home: the county named, else the one with the most to tell; its most telling report."""
    most = "SELECT county FROM duties GROUP BY 1 ORDER BY sum(status IN ('missing', 'late')) DESC, 1 LIMIT 1"
    code = county or rows(address, most)[0]["county"]
    yield Picture("overview", address)
    yield Picture("county", f"{address}public/counties/{code}")
    yield Picture("late", f"{address}public/late")
    yield Picture("phone", address, 390, 844)
    telling = "SELECT d.township, d.report_year, d.publication FROM v_status d WHERE d.county = :code"
    late = rows(address, f"{telling} AND d.status = 'late' LIMIT 1", code=code)
    for duty in late:
        yield Picture("duty", f"{address}public/duties/{duty['township']},{duty['report_year']}")
    defects = "SELECT publication FROM v_defects WHERE code GLOB 'B*' ORDER BY county <> :code, publication LIMIT 1"
    for report in (rows(address, defects, code=code) or [row for row in late if row["publication"]])[:1]:
        yield Picture("report", f"{address}public/publications/{report['publication']}", 1280, 1500)


def take(browser: Browser, picture: Picture) -> None:
    """Photograph one page."""
    page = browser.new_page(viewport={"width": picture.width, "height": picture.height})
    page.goto(picture.address)
    taken = Image.open(io.BytesIO(page.screenshot(full_page=picture.whole)))
    page.close()
    # Pages have few colours; a palette makes the files a third of their size, and keeps the rare ones as they are.
    few = taken.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE)
    few.save(PICTURES / f"{picture.name}.png", optimize=True)


def proofs(folder: Path) -> Iterator[Picture]:
    """Proof pages of reports that the generator makes up, read by the command itself."""
    for form, seed, quirks, cell in PROOFS:
        sample = make(form, seed, frozenset(quirks))
        original = folder / sample.name
        original.write_bytes(sample.body)
        page = folder / "proofs" / f"{form}.html"
        command = str(Path(sys.executable).with_name("nianbao"))
        subprocess.run([command, "parse", str(original), "--html", str(page)], check=True, stdout=subprocess.DEVNULL)
        yield Picture(f"proof-{form}", f"{page.as_uri()}#c-{cell}", 1400, 900)


def digests(home: Home, folder: Path, as_of: str) -> Iterator[Picture]:
    """The digest of a day as a browser shows it, on a phone and on a desk."""
    page = folder / "digest.html"
    command = str(Path(sys.executable).with_name("nianbao"))
    subprocess.run([command, "--home", str(home.root), "digest", "--as-of", as_of, "--preview", str(page)], check=True,
                   stdout=subprocess.DEVNULL)
    yield Picture("digest-phone", page.as_uri(), 390, 1400)
    yield Picture("digest-desktop", page.as_uri(), 1280, 1400)


def of_home(home: Home, county: str | None) -> Iterator[Picture]:
    """The pages of a home, while they are served."""
    with serving(home) as address:
        yield from pictures(address, county)


def main() -> None:
    """Take every picture."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        wanted = [proofs(Path(folder))]
        if len(sys.argv) > 1:
            home = Home(Path(sys.argv[1]))
            wanted.append(of_home(home, sys.argv[2] if len(sys.argv) > 2 else None))
            wanted.append(digests(home, Path(folder), TELLING))
        for picture in chain.from_iterable(wanted):
            take(browser, picture)
            print(PICTURES / f"{picture.name}.png")
        browser.close()


if __name__ == "__main__":
    main()
