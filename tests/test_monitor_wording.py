"""What people read never calls a township's delay a breach of law: no text names a date for townships."""

import re
from datetime import date
from pathlib import Path

import pytest

from monitor import texts
from monitor.deadlines import Duty
from monitor.judge import Judgement, Status
from monitor.texts import Text, say
from monitor.why import why

ROOT = Path(__file__).parent.parent
LAW = re.compile(r"违法|违规|违反|非法|unlawful|illegal|violat|breach|offen[cs]e|infring", re.IGNORECASE)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_sentence_speaks_of_a_breach(language):
    said = {key: sentence[language] for key, sentence in texts.catalogue().items()}
    assert {key: sentence for key, sentence in said.items() if LAW.search(sentence)} == {}


def test_no_page_or_sheet_speaks_of_a_breach():
    read = [*ROOT.glob("monitor/templates/*"), *ROOT.glob("archive/web/**/*.html"), *ROOT.glob("archive/**/*.toml")]
    written = [path for path in read if "portals" not in path.parts]
    assert written
    assert [path.name for path in written if LAW.search(path.read_text(encoding="utf-8"))] == []


def test_every_sentence_is_there_in_both_languages_with_the_same_blanks():
    for key, sentence in texts.catalogue().items():
        assert set(sentence) == {"en", "zh"}, key
        blanks = [set(re.findall(r"{(\w+)}", sentence[language])) for language in ("en", "zh")]
        assert blanks[0] == blanks[1], key


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
