"""Figures of one report: mostly zero as in villages, sums right or (seldom) wrong as publishers leave them."""

from random import Random

from benchmarks.reports.labels import (
    BLOCKS,
    DISCLOSURE_2019,
    DISCLOSURE_2021,
    GROUPS,
    OTHERS,
    OUTCOMES,
    PEOPLE,
    Columns,
)
from benchmarks.reports.model import Generation, Number

EMPTY = ("", "", "", "/", "-", "—", "无", "\\", "－")


def disclosure(generation: Generation) -> tuple[tuple[str, Columns, Columns], ...]:
    """The blocks of table 2."""
    return DISCLOSURE_2021 if generation == "2021" else DISCLOSURE_2019


def second(generation: Generation) -> str:
    """The key of table 2."""
    return "t2" if generation == "2021" else "t2_2019"


def ending_rows(single: bool) -> tuple[str, ...]:
    """The keys of the rows that tell how requests ended; `single` where （六）其他处理 has one row."""
    last = ("other_all",) if single else tuple(key for key, _ in OTHERS)
    return ("granted", "partial", *(key for _, rows in GROUPS for key, _ in rows), *last)


def figures(chance: Random, generation: Generation, single: bool) -> dict[str, Number]:
    """Every cell of the form with its true value."""
    size = chance.choice((0, 0, 3, 12, 60, 900, 40_000))
    return {**_disclosure(chance, generation, size), **_requests(chance, single, size), **_disputes(chance, size)}


def _number(chance: Random, size: int) -> int:
    return chance.choice((0, 0, chance.randint(0, min(size, 9)), chance.randint(0, size))) if size else 0


def _disclosure(chance: Random, generation: Generation, size: int) -> dict[str, Number]:
    found: dict[str, Number] = {}
    for _, columns, rows in disclosure(generation):
        for row, _ in rows:
            for column, _ in columns:
                found[f"{second(generation)}.{row}.{column}"] = _disclosed(chance, row, column, max(size, 5))
    return found


def _disclosed(chance: Random, row: str, column: str, size: int) -> Number:
    if column in ("amount_wan_yuan", "amount"):
        return chance.choice((0, 0, _number(chance, size), round(chance.uniform(0, size), chance.choice((1, 2, 6)))))
    if column == "change":
        return chance.choice((0, 0, -_number(chance, 9), _number(chance, 9)))
    return 0 if row == "regulations" and chance.random() < 0.8 else _number(chance, size)


def _requests(chance: Random, single: bool, size: int) -> dict[str, Number]:
    """Columns and rows add up: what came in equals what was handled and what is left."""
    found: dict[str, Number] = {}
    endings = ending_rows(single)
    for person in PEOPLE[:-1]:
        busy = size if chance.random() < (0.9 if person == "natural_person" else 0.4) else 0
        handled = {row: _number(chance, busy) if chance.random() < 0.4 else 0 for row in endings}
        total, left = sum(handled.values()), _number(chance, min(busy, 9))
        brought = chance.randint(0, min(total + left, 9)) if chance.random() < 0.3 else 0
        column = {
            "new_received": total + left - brought,
            "carried_in": brought,
            **handled,
            "total_handled": total,
            "carried_out": left,
        }
        found.update({f"t3.{row}.{person}": value for row, value in column.items()})
    for row in ("new_received", "carried_in", *endings, "total_handled", "carried_out"):
        found[f"t3.{row}.total"] = sum(found[f"t3.{row}.{person}"] for person in PEOPLE[:-1])
    return found


def _disputes(chance: Random, size: int) -> dict[str, Number]:
    found: dict[str, Number] = {}
    for block in BLOCKS:
        parts = [_number(chance, min(size, 30)) for _ in OUTCOMES[:-1]]
        found.update({f"t4.{block}.{one}": part for one, part in zip(OUTCOMES, (*parts, sum(parts)), strict=True)})
    return found


def printed(chance: Random, values: dict[str, Number], quirks: frozenset[str]) -> dict[str, str]:
    """What each cell prints, with the units, wide digits or signs that the quirks ask for."""
    raw = {key: _one(value, key, quirks) for key, value in values.items()}
    for key in _empty_ones(chance, sorted(raw), quirks):
        raw[key] = chance.choice(EMPTY)
    return raw


def _empty_ones(chance: Random, keys: list[str], quirks: frozenset[str]) -> list[str]:
    if "empty form" in quirks:
        return keys
    if "empty tables" in quirks:
        kept = chance.choice(("t2", "t3", "t4"))
        return [key for key in keys if not key.startswith(kept)]
    if "empty zeros" in quirks:
        return chance.sample(keys, len(keys) * 2 // 3)
    return chance.sample(keys, chance.randint(1, 20)) if "empty cells" in quirks else []


def _one(value: Number, key: str, quirks: frozenset[str]) -> str:
    text = f"{value:,}" if "thousands" in quirks else f"{value}"
    if key.endswith(".change") and value > 0 and "signs" in quirks:
        text = f"+{text}"
    if "wide digits" in quirks:
        text = text.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    return text + _unit(key) if "units" in quirks else text


def _unit(key: str) -> str:
    if key.endswith("amount_wan_yuan"):
        return "万元"
    return "" if key.startswith(("t4", "t2_2019")) else "件"


def wrong_sums(chance: Random, values: dict[str, Number]) -> dict[str, Number]:
    """The same figures with a few that no longer add up."""
    found = dict(values)
    for key in chance.sample([key for key in sorted(values) if not key.startswith("t2")], chance.randint(1, 4)):
        found[key] += chance.randint(1, 3)
    return found
