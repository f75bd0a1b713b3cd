"""Laws that hold for every report: what is printed is read, and how it is laid out changes no figure."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.parse import parse
from benchmarks.reports import make, pages, paper, score, sheets, texts, words

ROUNDS = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 2**32)
# what a publisher may do to the form without changing a figure
LAYOUTS = {"label variants", "blocks apart", "values not merged", "other corner", "total beside", "group without name"}
PRINTED = {"units", "wide digits", "thousands", "signs"}
EMPTY = {"empty cells", "empty zeros", "empty tables", "empty form"}


def few(names):
    """Some of these quirks."""
    return st.frozensets(st.sampled_from(sorted(names)), max_size=5)


def read(sample):
    return score(sample, parse(sample.body, name=sample.name).cells)


def test_the_quirks_named_here_exist():
    assert {*LAYOUTS, *PRINTED, *EMPTY} <= paper.QUIRKS.keys()


@pytest.mark.parametrize("name", ["html", "docx", "tabs", "xlsx"])
def test_what_is_printed_is_read_back(name):
    @ROUNDS
    @given(seeds, few(PRINTED | EMPTY))
    def comes_back(seed, quirks):
        found = read(make(name, seed, quirks))
        assert found.exact, found
    comes_back()


@pytest.mark.parametrize(
    ("name", "own"),
    [("html", pages.QUIRKS), ("docx", words.QUIRKS), ("xlsx", sheets.QUIRKS), ("markdown", texts.QUIRKS)],
)
def test_how_a_report_is_laid_out_changes_no_figure(name, own):
    @ROUNDS
    @given(seeds, few(LAYOUTS), few(own))
    def stays(seed, layout, quirks):
        found = read(make(name, seed, layout | quirks))
        assert found.exact, found
    stays()


@pytest.mark.parametrize("name", ["lines", "spaces", "extracted", "page-text", "pdf-unruled"])
def test_where_columns_were_lost_a_figure_is_right_or_unread(name):
    @ROUNDS
    @given(seeds, few(LAYOUTS | PRINTED | EMPTY))
    def never_wrong(seed, quirks):
        found = read(make(name, seed, quirks))
        assert (found.wrong, found.invented) == ((), ()), found
    never_wrong()


def test_a_figure_in_two_lines_behind_a_row_that_lost_blanks_is_no_two_figures():
    found = read(make("extracted", 110, frozenset({"blocks apart", "empty zeros", "empty cells", "wide digits"})))
    assert (found.wrong, found.invented) == ((), ()), found
