"""Prose in Traditional characters, which copies of pages use, as the form writes it."""

import re
from functools import cache
from typing import Any

# Signs that simplified writing does not have, of the words that every report says.
_TRADITIONAL = re.compile("[縣鎮鄉區開關報統計數據條與國務門處辦個請訴訟複議結轉費聯繫電話郵編網絡機構員會業為於應"
                          "無實際總經過這後將對發動產環衛農財稅學醫藥規劃標準責單維護書時間內題現問進點們來說讓認識]")
_ENOUGH = 2                            # one alone may be a name's


@cache
def _converter() -> Any:
    import opencc  # pages in such writing are few, and its dictionary takes a while to load

    return opencc.OpenCC("t2s")


def is_traditional(text: str) -> bool:
    """Whether a text is in Traditional characters."""
    return any(number >= _ENOUGH for number, _ in enumerate(_TRADITIONAL.finditer(text), start=1))


def simplified(text: str, *, sure: bool = False) -> str:
    """A line as mainland pages print it; one that is not in Traditional characters stays as it is, unless `sure`."""
    return str(_converter().convert(text)) if sure or is_traditional(text) else text
