"""Reads the statutory tables out of lines."""

from collections.abc import Sequence

from archive.report.rows import Findings
from archive.report.sections import Section


def read_torn(sections: Sequence[Section], formats: tuple[str, ...], *, complete: frozenset[str]) -> Findings:
    """The rows that lines of text show."""
    return Findings()
