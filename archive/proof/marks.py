"""How each cell read is shown: its number or what stands there instead, and what is doubtful about it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from archive.report.model import Check, Number, Report, Source

BLANK: Final = "·"
SURE: Final = 0.8                     # a reader's confidence below which somebody should look
_LONGEST: Final = 12


@dataclass(frozen=True, slots=True)
class Mark:
    """A cell as a proof page shows it. `state` is a Source's state, or `unsure`, or `unread` for what was not found.

    `shown` is the number, or what is printed instead; `raw` all that is printed; `codes` the checks it fails.
    """

    key: str
    shown: str
    state: str
    value: Number | None = None
    raw: str | None = None
    where: str | None = None
    derived: str | None = None
    codes: tuple[str, ...] = ()

    @property
    def doubtful(self) -> bool:
        """Whether a person should look here first."""
        return self.state in ("unsure", "text") or bool(self.codes)


def marks(report: Report, confirmed: Collection[str]) -> dict[str, Mark]:
    """The mark of every cell of the report, by key; what a printed sum has confirmed is in no doubt."""
    codes = _codes(report.checks)
    return {
        key: _mark(key, value, report, codes.get(key, ()), key in confirmed) for key, value in report.cells.items()
    }


def _codes(checks: Iterable[Check]) -> Mapping[str, tuple[str, ...]]:
    """The failed checks by the cells that they rest on."""
    found: dict[str, list[str]] = defaultdict(list)
    for check in checks:
        if check.result == "fail":
            for key in dict.fromkeys(check.cells):
                found[key].append(check.code)
    return {key: tuple(dict.fromkeys(codes)) for key, codes in found.items()}


def _mark(key: str, value: Number | None, report: Report, codes: tuple[str, ...], confirmed: bool) -> Mark:
    source = report.sources.get(key)
    derived = report.derived.get(key)
    told = None if derived is None else number(derived)
    if source is None:
        return Mark(key, "" if value is None else number(value), "unread", value, derived=told, codes=codes)
    state = _state(value, source, confirmed)
    return Mark(key, _shown(value, source), state, value, source.raw, where(source), told, codes)


def _state(value: Number | None, source: Source, confirmed: bool) -> str:
    if source.state in ("blank", "dash"):
        return source.state
    if value is None:
        # figures that two readers read differently
        return "unsure" if source.state != "text" or not source.certain else "text"
    sure = confirmed or (source.certain and source.confidence >= SURE)
    return source.state if sure else "unsure"


def _shown(value: Number | None, source: Source) -> str:
    if value is not None:
        return number(value)
    raw = " ".join(source.raw.split())
    return (raw if len(raw) <= _LONGEST else raw[:_LONGEST - 1] + "…") or BLANK


def number(value: Number) -> str:
    """A number as people write it: no decimals where there are none."""
    return str(int(value)) if float(value).is_integer() else str(value)


def where(source: Source) -> str | None:
    """The place of a source in words."""
    page = None if source.page is None else f"page {source.page}"
    return ", ".join(filter(None, (source.part, page, source.at))) or None
