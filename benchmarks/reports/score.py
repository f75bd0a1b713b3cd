"""Compares what was read with what was printed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.reports.model import Number, Sample


@dataclass(frozen=True, slots=True)
class Score:
    """Cells by what became of them. `lost` were printed, kept apart by the form, and not read all the same."""

    right: int = 0
    wrong: tuple[str, ...] = field(default=())
    invented: tuple[str, ...] = field(default=())
    lost: tuple[str, ...] = field(default=())
    unread: int = 0  # printed and not read, where the form does not keep them apart

    @property
    def exact(self) -> bool:
        """Nothing wrong, nothing invented, and everything read that the form keeps."""
        return not (self.wrong or self.invented or self.lost)


def score(sample: Sample, cells: Mapping[str, Number | None]) -> Score:
    """The score of one document; a cell that the form does not have counts as not read."""
    wrong, invented, lost, right, unread = [], [], [], 0, 0
    for key, value in sample.paper.values.items():
        got = cells.get(key)
        if got == value:
            right += 1
        elif value is None:
            invented.append(f"{key}: {got}, printed {sample.paper.raw[key]!r}")
        elif got is not None:
            wrong.append(f"{key}: {got}, printed {sample.paper.raw[key]!r}")
        elif key in sample.kept:
            lost.append(key)
        else:
            unread += 1
    strange = [
        f"{key}: {got}, not in the form"
        for key, got in cells.items()
        if got is not None and key not in sample.paper.values
    ]
    return Score(right, tuple(wrong), (*invented, *strange), tuple(lost), unread)
