"""What the reports of a township say in figures, year after year: mostly nothing, and every sum right."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from random import Random

from crawler.replicas import form
from crawler.replicas.places import seeded

YEARS = (2021, 2022, 2023, 2024, 2025)
TOPICS = (
    "政策文件",
    "公告公示",
    "财政信息",
    "会议公开",
    "工作动态",
    "惠民政策",
    "应急管理",
    "乡村振兴",
    "社会救助",
    "规划总结",
)
_COMMON_OUTCOMES = (
    "granted",
    "granted",
    "granted",
    "partial",
    "unable_not_held",
    "unable_not_held",
    "unable_needs_creation",
    "refused_third_party",
    "not_handled_petition",
    "refused_admin_query",
)
_APPLICANTS = ("natural_person",) * 6 + ("business", "legal_service")


@dataclass(frozen=True, slots=True)
class Figures:
    """One report in numbers. `active` is the count of items disclosed, `topics` its parts (empty when not given)."""

    active: int
    cells: dict[str, form.Number]
    topics: tuple[tuple[str, int], ...] = ()
    trainings: int = 1
    asked: tuple[tuple[str, str], ...] = field(default=())  # (applicant, outcome) of what was handled this year


# What real reports of these townships print; the rest is invented.
_ACTIVE = {
    ("370828111", 2023): 14,
    ("370828111", 2025): 27,
    ("370828102", 2022): 19,
    ("371521116", 2023): 26,
    ("411526103", 2024): 91,
}
_ASKED: Mapping[tuple[str, int], tuple[tuple[str, str], ...]] = {
    ("370828111", 2025): (("natural_person", "unable_not_held"),),
    ("371521116", 2023): (("natural_person", "granted"),),
    ("370828111", 2023): (),
    ("370828102", 2022): (),
    ("411526103", 2024): (),
}


def figures(key: str, year: int) -> Figures:
    """The figures of one body and year; what is carried over agrees with the year before."""
    chance = seeded(key, year, "figures")
    cells = form.empty_cells()
    waiting, left = _waiting(key, year - 1), _waiting(key, year)
    asked = _asked(key, year)
    for applicant, outcome in (*asked, *waiting):
        _count(cells, f"t3.{outcome}", applicant)
        _count(cells, "t3.total_handled", applicant)
    for applicant, _ in (*asked, *left):
        _count(cells, "t3.new_received", applicant)
    for rows, counted in (("t3.carried_in", waiting), ("t3.carried_out", left)):
        for applicant, _ in counted:
            _count(cells, rows, applicant)
    _documents(cells, key, year)
    active = _ACTIVE.get((key, year)) or chance.randint(12, 160)
    return Figures(active, cells, _topics(chance, active), chance.randint(1, 4), (*asked, *waiting))


def with_wrong_total(found: Figures) -> Figures:
    """The same figures with one natural person, and totals that say two: rows are off, columns still agree."""
    cells = form.empty_cells() | {key: value for key, value in found.cells.items() if key.startswith("t2.")}
    for row in ("new_received", "granted", "total_handled"):
        cells |= {f"t3.{row}.natural_person": 1, f"t3.{row}.total": 2}
    return replace(found, cells=cells, asked=(("natural_person", "granted"),) * 2)


def with_one_more(found: Figures) -> Figures:
    """The same figures with one more request that was granted."""
    cells = dict(found.cells)
    for row in ("new_received", "granted", "total_handled"):
        _count(cells, f"t3.{row}", "natural_person")
    return replace(found, cells=cells, asked=(*found.asked, ("natural_person", "granted")))


def _count(cells: dict[str, form.Number], row: str, applicant: str) -> None:
    cells[f"{row}.{applicant}"] += 1
    cells[f"{row}.total"] += 1


def _asked(key: str, year: int) -> tuple[tuple[str, str], ...]:
    if (key, year) in _ASKED:
        return _ASKED[key, year]
    chance = seeded(key, year, "asked")
    number = chance.choices((0, 1, 2, 3, 5), (60, 20, 10, 7, 3))[0]
    return tuple((chance.choice(_APPLICANTS), chance.choice(_COMMON_OUTCOMES)) for _ in range(number))


def _waiting(key: str, year: int) -> tuple[tuple[str, str], ...]:
    """What came in late in a year, with how it will end in the next."""
    touches_known = (key, year) in _ASKED or (key, year + 1) in _ASKED
    if year < YEARS[0] or touches_known:
        return ()
    chance = seeded(key, year, "waiting")
    return ((chance.choice(_APPLICANTS), chance.choice(_COMMON_OUTCOMES)),) if chance.random() < 0.08 else ()


def _documents(cells: dict[str, form.Number], key: str, year: int) -> None:
    """Some bodies keep a stock of normative documents and take decisions; the stock follows from the flow."""
    if any((key, each) in _ASKED for each in YEARS) or seeded(key, "documents").random() < 0.6:
        return
    stock = seeded(key, "stock").randint(1, 4)
    for each in range(YEARS[0], year + 1):
        chance = seeded(key, each, "documents")
        issued, repealed = chance.choices((0, 1, 2), (6, 3, 1))[0], min(stock, chance.choices((0, 1), (8, 1))[0])
        stock += issued - repealed
    values = {"issued": issued, "repealed": repealed, "in_force": stock}
    cells.update({f"t2.normative_documents.{flow}": value for flow, value in values.items()})
    cells.update(
        {"t2.licensing.decisions": chance.choice((0, 0, 3, 17)), "t2.penalty.decisions": chance.choice((0, 0, 1, 6))}
    )


def _topics(chance: Random, active: int) -> tuple[tuple[str, int], ...]:
    if chance.random() < 0.45:
        return ()
    labels = chance.sample(TOPICS, chance.randint(3, 5))
    cuts = sorted(chance.sample(range(1, active), len(labels) - 1))
    parts = [after - before for before, after in zip([0, *cuts], [*cuts, active], strict=True)]
    return tuple(zip(labels, parts, strict=True))
