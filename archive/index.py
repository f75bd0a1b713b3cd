"""Search in Chinese: SQLite's tokenizer takes a run of Chinese as one word, so every character becomes its own.

The index stores `spaced` text, and a query must be spaced in the same way and asked for as a phrase.
"""

import re
import unicodedata

CJK = re.compile(r"[\u3005-\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def spaced(text: str) -> str:
    """Text with a blank round each CJK character; full-width letters and digits become plain ones."""
    return " ".join(CJK.sub(r" \g<0> ", unicodedata.normalize("NFKC", text)).split())


def phrase(words: str) -> str:
    """An FTS5 query that finds the words of `words`, each as it stands, in any order."""
    return " ".join('"' + spaced(word).replace('"', '""') + '"' for word in words.split())
