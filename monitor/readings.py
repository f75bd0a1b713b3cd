"""What commands ask of a home without changing it, and files read without any home."""

from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Any

from archive.children import Failed
from archive.errors import Unreadable
from archive.ledger import open_ledger
from archive.reading import objects
from archive.verify import Problem
from archive.verify import verify as verify_archive
from archive.volumes import Volumes
from monitor import digest as digests
from monitor import files, status
from monitor import findings as found
from monitor.work import Work

Row = dict[str, Any]


def named(paths: Sequence[Path]) -> list[Path]:
    """The files that are named, with those below folders, in order."""
    return list(files.walk(paths))


def documents(
    paths: Sequence[Path], *, url: str | None = None, last: Path | None = None, language: bool = False,
    jobs: int | None = None,
) -> Generator[list[Row], None, None]:
    """Each file as `nianbao parse --json` prints it, one object for each document inside; in the order of `paths`.

    What cannot be read is `{"file": …, "error": …}`. `last` is the same body's report of the year before. Raises
    Unreadable where that cannot be opened.
    """
    before = _last(last)
    wanted = ((files.shown(path), files.opened(path, url=url, last=before, language=language)) for path in paths)
    yield from (found for _, found in objects(wanted, jobs=jobs))


def _last(path: Path | None) -> tuple[str, bytes] | None:
    if path is None:
        return None
    body = files.load(path)
    if isinstance(body, Failed):
        raise Unreadable(f"{files.shown(path)}: {body.reason}")
    return files.shown(path), body


def duties(work: Work, counties: Sequence[str], year: int | None) -> list[Row]:
    """Duties as they stand at `work.now`, of some counties (codes) or all, of one report year or all."""
    with open_ledger(work.home, read_only=True) as db:
        return status.rows(status.judged(db, work.registry, work.settings, as_of=work.now, counties=counties,
                                         year=year))


def findings(work: Work, *, only_open: bool) -> list[Row]:
    """Findings as they were last judged."""
    with open_ledger(work.home, read_only=True) as db:
        return found.rows(db, only_open=only_open)


def digest(work: Work) -> tuple[str, str, str]:
    """Subject, text and HTML of the digest as of `work.now`."""
    with open_ledger(work.home, read_only=True) as db:
        made = digests.make(db, work.registry, work.settings, as_of=work.now)
    return digests.render(made, work.settings.language)


def verify(work: Work, progress: Callable[[int, int], None]) -> list[Problem]:
    """Everything that is off in the archive; `progress` gets bytes read and bytes in all."""
    with open_ledger(work.home, read_only=True) as db:
        return list(verify_archive(db, Volumes(work.home.warc), progress=progress))
