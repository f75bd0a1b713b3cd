"""Values that a page's scripts write down: object literals with bare keys and single quotes (pure)."""

import json
import re

TOKEN = re.compile(
    r"""\s+|//[^\n]*|/\*.*?\*/|(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`)"""
    r"""|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<word>[A-Za-z_$][\w$]*)|(?P<sign>[{}\[\],:])""", re.S)
WORDS = {"true": "true", "false": "false", "null": "null", "undefined": "null"}
ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.S)
PLAIN = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "\n": ""}


def value_of(script: str, name: str) -> object | None:
    """The literal that a script gives to a name (`name: …`, `name = …`); None where it is none or does not end."""
    for match in re.finditer(rf"""(?<![\w$]){re.escape(name)}["']?\s*[:=](?!=)\s*""", script):
        found = literal(script, match.end())
        if found is not None:
            return found
    return None


def literal(script: str, start: int = 0) -> object | None:
    """The literal that begins at `start`."""
    pieces: list[str] = []
    depth = 0
    while (match := TOKEN.match(script, start)) is not None:
        start = match.end()
        piece = _piece(match, script[start:start + 40])
        if not piece:
            continue
        if piece in ("}", "]") and pieces and pieces[-1] == ",":
            pieces.pop()
        pieces.append(piece)
        depth += (piece in ("{", "[")) - (piece in ("}", "]"))
        if depth <= 0:
            return _loaded("".join(pieces))
    return None


def _piece(match: re.Match[str], rest: str) -> str:
    """A token as JSON writes it; nothing for blanks and comments."""
    if match["text"]:
        return json.dumps(ESCAPE.sub(_escaped, match["text"][1:-1]))
    if match["word"]:
        is_key = rest.lstrip().startswith(":")
        return json.dumps(match["word"]) if is_key else WORDS.get(match["word"], "?")
    if match["number"]:
        return f'"{match["number"]}"' if rest.lstrip().startswith(":") else match["number"]
    return match["sign"] or ""


def _escaped(match: re.Match[str]) -> str:
    sign = match[1]
    return chr(int(sign[1:], 16)) if len(sign) > 1 else PLAIN.get(sign, sign)


def _loaded(text: str) -> object | None:
    try:
        found: object = json.loads(text)
    except ValueError:
        return None
    return found
