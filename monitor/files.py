"""Files that somebody names: found in folders, opened without trust, with the pictures that lie beside a page."""

import errno
import os
import stat
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from archive.children import Failed
from archive.embedding import embedded
from archive.embedding import paths as meant
from archive.errors import Unreadable
from archive.reading import LARGEST, File, Row, objects
from archive.web.words import Language

LITTER = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
NO_FILE = "it is no file but a pipe, a device or a folder"


class Refused(OSError):
    """What is not read although it is there: a pipe, a device, a file that is too large."""


def _walk(named: Iterable[Path]) -> Iterator[Path]:
    """Every file that is named, and every file below a folder that is named, by name; what is missing stays in."""
    for path in named:
        if path.is_dir():
            yield from _below(path)
        else:
            yield path


def _below(folder: Path) -> Iterator[Path]:
    for root, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(root, name) for name in sorted(names) if not _litter(name))


def _litter(name: str) -> bool:
    """What systems and programs leave beside files: no document."""
    return name.lower() in LITTER or name.startswith(("~$", "._"))


def shown(path: Path) -> str:
    """A path as text; names that are not UTF-8 come from Chinese systems."""
    raw = os.fsencode(path)
    for encoding in ("utf-8", "gb18030"):
        with suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    return raw.decode("utf-8", "replace")


def load(path: Path) -> bytes | Failed:
    """The bytes of a file, or why it cannot be read."""
    try:
        return _bytes(path)
    except Refused as error:
        return Failed(str(error))
    except OSError as error:
        missing = error.errno in (errno.ENOENT, errno.ENOTDIR)
        return Failed("there is no such file" if missing else f"it cannot be opened: {error.strerror}")


def opened(
    path: Path, *, url: str | None, last: tuple[str, bytes] | None, language: bool, proof: Language | None = None,
) -> File | Failed:
    """A file ready to be read, with the pictures and framed files beside it that it shows."""
    body = load(path)
    if isinstance(body, Failed):
        return body
    return File(shown(path), body, url, beside(path, body), last, language, proof)


def beside(page: Path, body: bytes) -> dict[str, bytes]:
    """What a page shows out of its own folder and the folders below, by address as the page writes it."""
    folder = Path(os.path.realpath(page)).parent

    def fetch(written: str) -> bytes | None:
        for relative in meant(written):
            with suppress(OSError, ValueError):
                inside = Path(os.path.realpath(folder / relative))
                if inside.is_relative_to(folder) and inside != folder / page.name:
                    return _bytes(inside)
        return None
    return embedded(body, fetch) if b"<" in body[:4096] else {}


def _bytes(path: Path) -> bytes:
    """A regular file; a pipe or device is neither waited for nor read. Raises OSError, Refused among them."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise Refused(NO_FILE)
    # It may have been exchanged in between, so opening does not wait either.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise Refused(NO_FILE)
        body = file.read(LARGEST + 1) if found.st_size <= LARGEST else b""
    if found.st_size > LARGEST or len(body) > LARGEST:
        raise Refused(f"larger than {LARGEST >> 20} MB")
    return body


def named(paths: Sequence[Path]) -> list[Path]:
    """The files that are named, with those below folders, in order."""
    return list(_walk(paths))


def documents(
    paths: Sequence[Path], *, url: str | None = None, last: Path | None = None, language: bool = False,
    jobs: int | None = None, proof: Language | None = None,
) -> Generator[list[Row], None, None]:
    """Each file as `nianbao parse --json` prints it, one object for each document inside; in the order of `paths`.

    What cannot be read is `{"file": …, "error": …}`. `last` is the same body's report of the year before; `proof` asks
    for proof pages. Raises Unreadable where `last` cannot be opened.
    """
    before = _last(last)
    wanted = ((shown(path), opened(path, url=url, last=before, language=language, proof=proof)) for path in paths)
    yield from (found for _, found in objects(wanted, jobs=jobs))


def _last(path: Path | None) -> tuple[str, bytes] | None:
    if path is None:
        return None
    body = load(path)
    if isinstance(body, Failed):
        raise Unreadable(f"{shown(path)}: {body.reason}")
    return shown(path), body
