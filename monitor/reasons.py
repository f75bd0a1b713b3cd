"""What a crawl or a reader gives as its reason, in the words of either language; reasons.toml is their table."""

import re
import tomllib
from functools import cache, lru_cache
from importlib.resources import files

from monitor.settings import Language

# Chinese text sets its own stops between what was English before.
_STOPS = ((re.compile(r"(?<=[一-鿿）\d]), "), "，"), (re.compile(r"(?<=[一-鿿）\d]); "), "；"),
          (re.compile(r": (?=[一-鿿])"), "："))


@cache
def _table() -> tuple[tuple[re.Pattern[str], dict[str, str]], ...]:
    rows = tomllib.loads(files("monitor").joinpath("reasons.toml").read_text(encoding="utf-8"))["reason"]
    return tuple((re.compile(row["match"]), row) for row in rows)


@lru_cache(maxsize=4096)
def words(reason: str, language: Language) -> str:
    """A reason in words; what the table does not know stays as it is."""
    for pattern, row in _table():
        reason = pattern.sub(row[language], reason)
    for pattern, stop in _STOPS if language == "zh" else ():
        reason = pattern.sub(stop, reason)
    return reason
