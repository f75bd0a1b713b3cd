"""What people read of a delay: by which rule a date counts, and one reason for each status."""

import re
from datetime import date

import pytest

from monitor import texts
from monitor.deadlines import Duty
from monitor.judge import Judgement, Status
from monitor.texts import Text, say
from monitor.why import why


@pytest.mark.parametrize("key", [key for key in texts.catalogue() if re.match(r"T0[2-5]", key)])
def test_who_is_late_or_missing_is_told_by_which_rule(key):
    english, chinese = (say(Text(key, date(2026, 1, 31), first=date(2026, 2, 5), year=2025), language)
                        for language in ("en", "zh"))
    assert re.search(r"local practice|the county's notice|by reference to article 49|Regulations of 2007", english)
    assert re.search(r"地方通行时限|本县通知|参照《条例》第四十九条|2007年《条例》第三十一条", chinese)


DUTY = Duty("370828111", "卜集镇", "370828", "金乡县", 2025, date(2026, 1, 31), date(2026, 3, 31), "…")


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("confirmed", [True, False])
def test_every_status_has_its_one_reason(status, confirmed):
    cause = Text("why_never") if status in (Status.UNKNOWN, Status.UNDATED) else None
    one = Judgement(DUTY, status, confirmed=confirmed, cause=cause)
    for language in ("en", "zh"):
        assert "{" not in say(why(one), language)
