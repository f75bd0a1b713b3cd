"""Files that reading once stumbled over: each is read or refused, and no figure is read that is not printed."""

import json
from pathlib import Path

import pytest

from benchmarks.fuzzing import judge
from benchmarks.reports import make

FOUND = Path(__file__).with_name("found")
CASES = sorted(path.parent.name for path in FOUND.glob("*/case.json"))


@pytest.mark.parametrize("name", CASES)
def test_a_damaged_file_is_read_or_refused_and_no_figure_is_invented(name):
    case = json.loads((FOUND / name / "case.json").read_text("utf-8"))
    body = (FOUND / name / case["body"]).read_bytes()
    assert judge(body, case["body"], case["figures"], cuts="cut off" in case["from"]) == ("", "")


def test_a_figure_that_was_not_printed_is_told():
    sample = make("html", 0, frozenset())
    printed = dict(sample.paper.values)
    assert judge(sample.body, sample.name, printed) == ("", "")
    printed["t4.review.total"] = None
    assert judge(sample.body, sample.name, printed)[0] == "invented"


def test_a_cut_off_figure_may_be_read_short():
    body = "三、收到和处理政府信息公开申请情况\n".encode()
    assert judge(body, "cut.txt", {}, cuts=True) == ("", "")
    assert judge(b"", "empty.txt", {}) == ("", "")
