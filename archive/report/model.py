"""A report as it was read: identity, cells with their sources, facts, sections, checks."""

from dataclasses import dataclass, field
from typing import Any, Literal

State = Literal["value", "zero", "blank", "dash", "text"]
Kind = Literal["township_report", "county_report", "department_report", "other_report", "not_a_report"]
Format = Literal["pre2019", "2019", "2021"]
Result = Literal["pass", "fail", "not_assessable", "not_applicable"]
Severity = Literal["error", "warning", "info"]
Attribution = Literal["publisher", "extractor", "unknown"]
Number = int | float


@dataclass(frozen=True, slots=True)
class Source:
    """Where a cell stands and what stands there. `certain` is False for a torn label or position alone."""

    raw: str
    state: State
    method: str
    unit: str | None = None
    confidence: float = 1.0
    page: int | None = None
    box: tuple[float, float, float, float] | None = None
    at: str | None = None
    certain: bool = True
    part: str | None = None           # the picture or file inside the body that page and box belong to


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose report of which year, as the document says. Days are ISO 8601."""

    title: str | None = None
    issuer: str | None = None
    county: str | None = None
    township: str | None = None
    division_code: str | None = None
    report_year: int | None = None
    period_start: str | None = None
    period_end: str | None = None
    published_on: str | None = None
    published_from: str | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One rule's worst result. `cells` are the keys it rests on, `places` where its text stands."""

    code: str
    result: Result
    severity: Severity
    attribution: Attribution | None = None
    message: str | None = None
    cells: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """Everything read out of one body. `cells` holds every key of the detected format."""

    sha256: str
    media_type: str
    parser: str
    kind: Kind
    format: Format | None
    identity: Identity
    cells: dict[str, Number | None] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    derived: dict[str, Number] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    sections: dict[str, bool] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    warnings: tuple[str, ...] = ()
    text: str = ""                    # the running text, for search and for comparing versions
