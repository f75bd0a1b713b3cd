"""Signs of the machine: what is installed, how much room there is, who runs here."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from archive.home import Home
from monitor.signs import Sign

MENDED = (3, 51, 3)                     # before it, two connections that write at once can damage a ledger in WAL mode
ROOM = 1_000_000_000                    # bytes beside the copy of the ledger that publishing makes
BROWSER = [sys.executable, "-m", "crawler.ready"]
BROWSER_SECONDS = 90
FONTS = Path("/usr/share/fonts")


def machine(home: Home) -> Iterator[Sign]:
    """Everything that does not depend on what the home holds."""
    yield _sqlite()
    yield _room(home)
    yield _browser()
    yield _reader()
    yield _second_reader()
    yield _fonts()
    if os.geteuid() == 0:
        yield Sign("note", "user", "nianbao runs as root, and chromium then runs without its sandbox",
                   "run it as a user of its own, as deploy/nianbao.service does")


def _sqlite() -> Sign:
    version = sqlite3.sqlite_version
    if sqlite3.sqlite_version_info >= MENDED:
        return Sign("fine", "sqlite", f"SQLite {version}")
    return Sign("note", "sqlite",
                f"SQLite {version} is older than 3.51.3, in which two programs that write to one ledger at once can "
                "damage it; nianbao has one writer, behind a lock",
                "let no other program write to data/ledger.db, and back up with `VACUUM INTO`, never by copying the "
                "file while something runs")


def _room(home: Home) -> Sign:
    place = home.data if home.data.exists() else home.root
    free = shutil.disk_usage(place).free
    needed = ROOM + (home.ledger.stat().st_size if home.ledger.exists() else 0)
    told = f"{free / 1e9:.1f} GB free at {place}"
    if free >= needed:
        return Sign("fine", "disk", told)
    return Sign("wrong", "disk", f"{told}; {needed / 1e9:.1f} GB are needed, a copy of the ledger among them",
                "make room, or move the home to a larger disk: a full one stops crawls and the public snapshot")


def _browser() -> Sign:
    """The crawler's own word, from a process of its own."""
    try:
        ended = subprocess.run(BROWSER, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                               timeout=BROWSER_SECONDS)
    except subprocess.TimeoutExpired:
        why = f"it did not start within {BROWSER_SECONDS} seconds"
    else:
        if ended.returncode == 0:
            return Sign("fine", "browser", "the crawler's browser starts")
        why = _why(ended.stderr.splitlines()) or f"it ended with code {ended.returncode}"
    return Sign("wrong", "browser", f"the crawler's browser does not start: {why}",
                "run `make setup`, or install chromium; until then lists that scripts draw stay unknown")


def _why(lines: Sequence[str]) -> str:
    """What the browser itself complained of, else the first sentence about it, else the last line of a traceback."""
    own = (line.partition("[err]")[2] for line in lines if "[err]" in line)
    about = (line.partition("browser: ")[2] for line in lines if line.startswith("browser: "))
    return next((line.strip() for line in (*own, *about, *reversed(lines)) if line.strip()), "")


def _reader() -> Sign:
    found = find_spec("rapidocr")
    models = list(Path(found.origin).parent.glob("models/*.onnx")) if found and found.origin else []
    if models:
        return Sign("fine", "ocr", f"RapidOCR with {len(models)} models")
    return Sign("wrong", "ocr", "RapidOCR or its models are not installed: reports that are pictures stay unread",
                "run `make setup`")


def _second_reader() -> Sign:
    if shutil.which("tesseract"):
        return Sign("fine", "ocr", "tesseract, the second reader of scanned numbers")
    return Sign("wrong", "ocr", "tesseract is not installed: numbers of scans are read once and not compared",
                "install tesseract-ocr (Debian: apt-get install tesseract-ocr)")


def _fonts() -> Sign:
    if next(FONTS.rglob("NotoSansCJK*"), None) or next(FONTS.rglob("NotoSerifCJK*"), None):
        return Sign("fine", "fonts", "a Chinese font for pictures of pages")
    return Sign("wrong", "fonts", "no Chinese font: pictures of pages show boxes instead of characters",
                "install fonts-noto-cjk (Debian: apt-get install fonts-noto-cjk)")
