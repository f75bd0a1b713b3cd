"""Two hundred generated reports, in every form that carries text: nothing wrong, invented or lost."""

import pytest

from archive.parse import parse
from benchmarks.reports import FORMS, make, score
from benchmarks.reports.make import available

NUMBERS = {"html": 36, "docx": 24, "pdf": 20, "xlsx": 16, "ofd": 14, "tabs": 14, "markdown": 14}
CASES = [(name, seed) for name in available(slow=False) for seed in range(NUMBERS.get(name, 10))]


@pytest.mark.parametrize(("name", "seed"), CASES)
def test_cells_come_back_as_they_were_printed(name, seed, tmp_path):
    sample = make(name, seed)
    found = score(sample, parse(sample.body, name=sample.name).cells)
    (tmp_path / sample.name).write_bytes(sample.body)
    assert found.exact, f"{found}\n{tmp_path / sample.name}: {', '.join(sample.quirks)}"


@pytest.mark.parametrize(("name", "seed"), [(name, seed) for name in ("html", "docx", "pdf") for seed in range(40, 46)])
def test_what_the_prose_says_in_numbers_is_read(name, seed):
    sample = make(name, seed)
    facts = parse(sample.body, name=sample.name).facts
    assert {key: facts[key] for key in sample.paper.facts} == sample.paper.facts


def test_there_are_two_hundred_of_them():
    assert len(CASES) >= 200


@pytest.mark.parametrize("name", ["html", "docx", "pdf", "xlsx", "ofd", "tabs", "markdown", "lines", "spaces"])
def test_a_form_that_nobody_filled_in_has_no_figures(name):
    sample = make(name, 1, frozenset({"empty form"}))
    cells = parse(sample.body, name=sample.name).cells
    assert set(sample.paper.values.values()) == {None}
    assert {key: value for key, value in cells.items() if value is not None} == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["picture"])
def test_figures_in_pictures_are_right_or_unread(name):
    sample = make(name, 3, frozenset({"label variants"}))
    found = score(sample, parse(sample.body, name=sample.name).cells)
    assert (found.wrong, found.invented) == ((), ())
    assert found.right >= 0.9 * len(sample.paper.values), found


def test_the_same_seed_makes_the_same_report():
    for name in ("html", "lines", "pdf"):
        assert make(name, 5).body == make(name, 5).body
    assert set(NUMBERS) <= set(FORMS)
