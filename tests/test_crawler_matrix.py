"""Families of portal software times what goes wrong: nobody is accused falsely, and what is really missing is found."""

import matrix
import pytest

from archive.clock import local_day, parse_instant
from crawler.replicas.sites import families


@pytest.fixture(scope="module")
def results():
    # two of three, for time; `python -m tests.matrix` crawls them all
    return matrix.results([case for number, case in enumerate(matrix.cases()) if number % 3 != 2])


@pytest.mark.slow
def test_the_matrix_holds_two_hundred_combinations_and_every_family(results):
    assert len(results) >= 200
    assert {result.case.spec.family for result in results} == set(families.names())


@pytest.mark.slow
def test_no_report_that_is_there_is_called_missing(results):
    for result in results:
        absent = result.case.spec.absent(local_day(parse_instant(result.case.instant)))
        called = {key for key, status in result.statuses.items() if status == "missing"}
        assert called <= absent, f"{result.case.name}: {sorted(called - absent)}"


@pytest.mark.slow
def test_every_combination_comes_to_what_its_table_says(results):
    faults = {result.case.name: list(result.faults()) for result in results}
    assert {name: found for name, found in faults.items() if found} == {}
