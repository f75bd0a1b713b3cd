"""Templates filled in: everything that is not ours is text, and no page may do more than its policy says."""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from archive.proof import words as said
from archive.proof.blocks import visible
from archive.web.form import label
from archive.web.words import ATTRIBUTION, KIND, SEVERITY, Language, Word

LONGEST: Final = 500


def render(template: str, language: Language, **values: object) -> str:
    """A page of ours in a language. Raises KeyError for a word that words.py does not have."""
    def say(key: str) -> str:
        return _said(said.TEXT[key], language)

    def word(table: str, key: str) -> str:
        return _said(_WORDS[table][key], language) if key in _WORDS[table] else key

    return _environment().get_template(template).render(
        language=language, say=say, word=word, label=label, css=_part("proof.css"), script=_part("proof.js"),
        policy=_policy(), **values)


def _said(word: Word, language: Language) -> str:
    return word.zh if language == "zh" else word.en


_WORDS: Final[Mapping[str, Mapping[str, Word]]] = {
    "states": said.STATES, "fields": said.FIELDS, "kind": KIND, "severity": SEVERITY, "attribution": ATTRIBUTION,
}


def brief(text: str) -> str:
    """What somebody else wrote, on a line of ours: nothing unseen, and not too long."""
    text = visible(text[:LONGEST + 1])
    return text if len(text) <= LONGEST else text[:LONGEST - 1] + "…"


@cache
def _environment() -> Environment:
    made = Environment(loader=PackageLoader("archive.proof"), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)
    made.filters["brief"] = brief
    return made


@cache
def _part(name: str) -> Markup:
    """A file of ours that is written into the page as it is."""
    return Markup(files("archive.proof").joinpath("templates", name).read_text(encoding="utf-8"))  # noqa: S704


@cache
def _policy() -> str:
    """What a page may do: show its own images and styles, run our script and no other."""
    digest = base64.b64encode(hashlib.sha256(_part("proof.js").encode()).digest()).decode("ascii")
    return (f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; "
            "base-uri 'none'; form-action 'none'")
