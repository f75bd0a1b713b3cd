"""Files for others that are there whole or not at all, and texts that no spreadsheet takes for a formula."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from archive.errors import BadHome
from archive.files import sync_folder

# Also full-width, which spreadsheets take for the plain ones in Chinese and Japanese.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A scratch file beside `path` that takes its place at the end, or goes. Raises BadHome where none can be made."""
    scratch = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield scratch
            with scratch.open("rb") as file:
                os.fsync(file.fileno())
            scratch.replace(path)
        finally:
            scratch.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise BadHome(f"{error.filename or path}: {error.strerror or error}; the export was not written") from error


def quoted(text: str) -> str:
    """A text as a spreadsheet may have it: one that it would take for a formula gets an apostrophe in front."""
    return f"'{text}" if text.startswith(FORMULA) else text


def printable(text: str) -> str:
    """A text without the control characters and halves of characters that XML cannot hold."""
    return UNPRINTABLE.sub("", text)
