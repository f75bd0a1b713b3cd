"""A crawl whose clock no portal shares cannot say what was there on a day."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import smallportal

from archive.bundles import Verdict
from monitor.reasons import words

pytestmark = pytest.mark.slow


def crawled(tmp_path, monkeypatch, *, ago, now=""):
    """A small portal's crawl by this machine's clock; the portal's answers are dated `ago` before it."""
    dated = format_datetime(datetime.now(UTC) - ago, usegmt=True)
    monkeypatch.setattr(smallportal._Handler, "date_time_string", lambda _self, _timestamp=None: dated)
    with smallportal.serving(smallportal.pages()) as portal:
        return portal.crawl(tmp_path, environ={"NIANBAO_NOW": now})[1]


@pytest.mark.parametrize("ago", [timedelta(days=40), timedelta(days=-40)], ids=["ahead", "behind"])
def test_no_look_is_complete_by_a_clock_that_the_portal_does_not_share(tmp_path, monkeypatch, ago):
    crawl = crawled(tmp_path, monkeypatch, ago=ago)
    assert crawl.verdict is Verdict.PARTIAL
    assert not any(look.complete for look in crawl.looks)
    (reason,) = {look.reason for look in crawl.looks}
    assert reason in {f"clock: this machine and the portal differ by {days} days" for days in (39, 40)}
    assert "时钟" in words(reason, "zh")


def test_some_hours_are_no_doubt(tmp_path, monkeypatch):
    crawl = crawled(tmp_path, monkeypatch, ago=timedelta(hours=20))
    assert any(look.complete for look in crawl.looks)


def test_a_replayed_day_is_held_against_nothing(tmp_path, monkeypatch):
    crawl = crawled(tmp_path, monkeypatch, ago=timedelta(days=40), now="2026-02-16T01:00:00Z")
    assert any(look.complete for look in crawl.looks)
