"""Characters of symbol fonts, which Word keeps as font and code: the ones that say something in a report."""

_PRIVATE = 0xF000
# by font in lower case, codes as in the font; checkboxes are the usual ones of forms
_WRITTEN: dict[str, dict[int, str]] = {
    "wingdings": {0x6F: "□", 0x6E: "■", 0x71: "□", 0xA8: "□", 0xFB: "✗", 0xFC: "✓", 0xFD: "☒", 0xFE: "☑", 0x6C: "●"},
    "wingdings 2": {0x2A: "□", 0x50: "✓", 0x51: "☒", 0x52: "☑", 0xA3: "□", 0x4F: "✗"},
    "symbol": {0x2D: "-", 0x2F: "/", 0xB7: "·", 0xB1: "±", 0xB4: "×", 0xA3: "≤", 0xB3: "≥"},
}
_LATIN = ("symbol",)                              # fonts whose figures are figures


def written(font: str, code: int) -> str:
    """The character that a reader sees; its code in the private area where nobody knows, so that it is not lost."""
    name, own = font.strip().lower(), code - _PRIVATE if _PRIVATE <= code < _PRIVATE + 256 else code
    known = _WRITTEN.get(name, {}).get(own)
    if known:
        return known
    if name in _LATIN and chr(own).isdecimal() and own < 128:
        return chr(own)
    if code >= _PRIVATE or name in _WRITTEN or name.startswith(("wingdings", "webdings")):
        return chr(_PRIVATE + own) if own < 256 else chr(code)
    return chr(code)
