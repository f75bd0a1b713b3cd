"""How each cell read is shown: its number or what stands there instead, and what is doubtful about it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from archive.report.model import Check, Number, Report, Source

BLANK: Final = "·"
SUMS: Final = frozenset(("B01", "B02", "B03", "C01", "C02", "C03"))
SURE: Final = 0.8                     # a reader's confidence below which somebody should look
_LONGEST: Final = 12


@dataclass(frozen=True, slots=True)
class Mark:
    """A cell as a proof page shows it. `state` is a Source's state, or `unsure`, or `unread` for what was not found.

    `shown` is the number, or what is printed instead; `raw` all that is printed; `codes` the failed checks it may be
    to blame for, `wrong` whether one of them is an error.
    """

    key: str
    shown: str
    state: str
    value: Number | None = None
    raw: str | None = None
    where: str | None = None
    derived: str | None = None
    codes: tuple[str, ...] = ()
    wrong: bool = False

    @property
    def doubtful(self) -> bool:
        """Whether a person should look here first."""
        return self.state in ("unsure", "text") or self.wrong


def marks(report: Report, confirmed: Collection[str]) -> dict[str, Mark]:
    """The mark of every cell of the report, by key; what a printed sum has confirmed is in no doubt."""
    failed = _failed(report.checks, confirmed)
    return {
        key: _mark(key, value, report, failed.get(key, []), key in confirmed) for key, value in report.cells.items()
    }


def _failed(checks: Iterable[Check], confirmed: Collection[str]) -> Mapping[str, list[Check]]:
    """The failed checks by the cells that may be to blame."""
    found: dict[str, list[Check]] = defaultdict(list)
    for check in checks:
        if check.result == "fail":
            for key in _suspects(check, confirmed):
                found[key].append(check)
    return found


def _suspects(check: Check, confirmed: Collection[str]) -> Collection[str]:
    """The cells of a failed check; of a sum those that no other sum confirms, where there are any."""
    keys = dict.fromkeys(check.cells)
    left = [key for key in keys if key not in confirmed] if check.code in SUMS else []
    return left or keys


def _mark(key: str, value: Number | None, report: Report, failed: Sequence[Check], confirmed: bool) -> Mark:
    source = report.sources.get(key)
    derived = report.derived.get(key)
    return Mark(
        key,
        shown=_shown(value, source),
        state="unread" if source is None else _state(value, source, confirmed),
        value=value,
        raw=source.raw if source else None,
        where=where(source) if source else None,
        derived=None if derived is None else number(derived),
        codes=tuple(dict.fromkeys(check.code for check in failed)),
        wrong=any(check.severity == "error" for check in failed),
    )


def _state(value: Number | None, source: Source, confirmed: bool) -> str:
    if source.state in ("blank", "dash"):
        return source.state
    if value is None:
        # figures that two readers read differently
        return "unsure" if source.state != "text" or not source.certain else "text"
    sure = confirmed or (source.certain and source.confidence >= SURE)
    return source.state if sure else "unsure"


def _shown(value: Number | None, source: Source | None) -> str:
    if value is not None:
        return number(value)
    if source is None:
        return ""
    raw = " ".join(source.raw.split())
    return (raw if len(raw) <= _LONGEST else raw[:_LONGEST - 1] + "…") or BLANK


def number(value: Number) -> str:
    """A number as people write it: no decimals where there are none."""
    return str(int(value)) if float(value).is_integer() else str(value)


def where(source: Source) -> str | None:
    """The place of a source in words."""
    page = None if source.page is None else f"page {source.page}"
    return ", ".join(filter(None, (source.part, page, source.at))) or None
