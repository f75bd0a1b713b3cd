"""The printed sums of a report: which hold, which do not, and which cannot be checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from archive.proof.marks import number
from archive.report.model import Number
from archive.report.sums import equations

_Cells = Mapping[str, Number | None]


@dataclass(frozen=True, slots=True)
class Total:
    """One printed sum: whether it `holds`, `fails` or stays `open`, its terms, and how far its sides are `apart`."""

    state: Literal["holds", "fails", "open"]
    words: str
    apart: str = ""

    @property
    def sign(self) -> str:
        """The sum as one character."""
        return {"holds": "✓", "fails": "✗", "open": "–"}[self.state]


def totals(cells: _Cells, formats: tuple[str, ...]) -> dict[tuple[str, str], Total]:
    """Every printed sum by its kind and its total's cell: `row`, `outcomes` (over a column), `balance` (carried)."""
    return {
        (_kind(left, right), right[-1]): _total(cells, left, right)
        for left, right in equations(formats) if {*left, *right} <= cells.keys()
    }


def confirmed(cells: _Cells, formats: tuple[str, ...]) -> set[str]:
    """The cells that stand in a sum which holds."""
    return {
        key for left, right in equations(formats) if {*left, *right} <= cells.keys()
        if _total(cells, left, right).state == "holds" for key in (*left, *right)
    }


def _kind(left: Sequence[str], right: Sequence[str]) -> str:
    if len(right) > 1:
        return "balance"
    return "row" if left[0].rpartition(".")[0] == right[0].rpartition(".")[0] else "outcomes"


def _total(cells: _Cells, left: Sequence[str], right: Sequence[str]) -> Total:
    words = " = ".join(_side(cells, side) for side in (left, right))
    if any(cells[key] is None for key in (*left, *right)):
        return Total("open", words)
    one, other = (sum(cells[key] or 0 for key in side) for side in (left, right))
    if one == other:
        return Total("holds", words)
    return Total("fails", words.replace("=", "≠"), f"{number(one)} ≠ {number(other)}")


def _side(cells: _Cells, keys: Sequence[str]) -> str:
    """One side of a sum; of many terms those that are not zero."""
    values = [cells[key] for key in keys]
    told = values if len(values) < 3 else [value for value in values if value != 0]
    return " + ".join("?" if value is None else number(value) for value in told) or "0"
