"""Draws a whole report: whose it is, which quirks it has, what it prints and what is to be read."""

from random import Random

from benchmarks.reports.figures import EMPTY, figures, printed, wrong_sums
from benchmarks.reports.layout import disclosure_tables, dispute_table, request_table, wording
from benchmarks.reports.model import Block, Generation, Line, Number, Paper
from benchmarks.reports.prose import compose, issuer

# how often each quirk is switched on, none depending on another
QUIRKS = {
    "label variants": 0.35,
    "blocks apart": 0.15,
    "values not merged": 0.2,
    "local row": 0.1,
    "other corner": 0.2,
    "total beside": 0.5,
    "group without name": 0.08,
    "units": 0.06,
    "wide digits": 0.08,
    "thousands": 0.1,
    "signs": 0.3,
    "empty cells": 0.2,
    "empty zeros": 0.04,
    "empty tables": 0.03,
    "empty form": 0.03,
    "wrong sums": 0.12,
    "wrong year in text": 0.1,
    "single other row": 0.08,
}


def draw(chance: Random, *, without: frozenset[str], quirks: frozenset[str] | None) -> Paper:
    """A report with the quirks given, else with some of its own. `without` names those that the form cannot carry."""
    own = frozenset(name for name, share in QUIRKS.items() if chance.random() < share)
    quirks = (own if quirks is None else quirks & QUIRKS.keys()) - without
    year = chance.randint(2019, 2025)
    generation: Generation = "2019" if year < 2021 or chance.random() < 0.06 else "2021"
    single = generation == "2019" or "single other row" in quirks
    values = figures(chance, generation, single)
    if "wrong sums" in quirks:
        values = wrong_sums(chance, values)
    raw = printed(chance, values, quirks)
    return _paper(chance, raw, values, generation, single, year, quirks)


def _paper(
    chance: Random,
    raw: dict[str, str],
    values: dict[str, Number],
    generation: Generation,
    single: bool,
    year: int,
    quirks: frozenset[str],
) -> Paper:
    whose, word = issuer(chance, year), wording(chance, quirks)
    prose = compose(chance, whose, values, quirks)
    blocks: list[Block] = [Line(prose.title, -1), *prose.before]
    tables = (
        disclosure_tables(raw, generation, word, quirks),
        (request_table(chance, raw, single, word, quirks),),
        (dispute_table(raw, word),),
    )
    for heading, pieces in zip(prose.headings, tables, strict=True):
        blocks += [heading, *pieces]
    blocks += prose.after
    said: dict[str, Number | None] = {key: None if raw[key] in EMPTY else value for key, value in values.items()}
    identity = {
        "report_year": year,
        "township": whose.township.name,
        "county": whose.county.name,
        "division_code": whose.township.code,
    }
    return Paper(
        prose.title,
        generation,
        whose.county.code,
        tuple(blocks),
        raw,
        said,
        prose.facts,
        identity,
        tuple(sorted(quirks)),
    )
