"""What commands ask of a home without changing what it holds."""

from collections.abc import Callable, Sequence
from typing import Any

from archive.ledger import open_ledger
from archive.verify import Problem
from archive.verify import verify as verify_archive
from archive.volumes import Volumes
from monitor import digest as digests
from monitor import findings as found
from monitor import status, verified
from monitor.letter import Letter, render
from monitor.work import Work

Row = dict[str, Any]


def duties(work: Work, counties: Sequence[str], year: int | None) -> list[Row]:
    """Duties as they stand at `work.now`, of some counties (codes) or all, of one report year or all."""
    with open_ledger(work.home, read_only=True) as db:
        return status.rows(status.judged(db, work.registry, work.settings, as_of=work.now, counties=counties,
                                         year=year))


def findings(work: Work, *, only_open: bool) -> list[Row]:
    """Findings as they were last judged."""
    with open_ledger(work.home, read_only=True) as db:
        return found.rows(db, only_open=only_open)


def digest(work: Work, counties: Sequence[str] = ()) -> Letter:
    """The digest as of `work.now`, of some counties (codes) or all, in the home's language."""
    with open_ledger(work.home, read_only=True) as db:
        made = digests.make(db, work.registry, work.settings, as_of=work.now)
    return render(made.limited(counties), work.settings.language)


def verify(work: Work, progress: Callable[[int, int], None]) -> list[Problem]:
    """Everything that is off in the archive, and remember when; `progress` gets bytes read and bytes in all."""
    with open_ledger(work.home, read_only=True) as db:
        lengths = dict(db.execute("SELECT name, length FROM volumes").fetchall())
        problems = list(verify_archive(db, Volumes(work.home.warc), progress=progress))
    errors = sum(problem.severity == "error" for problem in problems)
    verified.remember(work.home, lengths, errors, at=work.later().now)
    return problems
