"""Where something stands, in the words that a person finds it by."""

Box = tuple[float, float, float, float]


def in_words(at: str | None, page: int | None, box: Box | None, part: str | None) -> str | None:
    """`table 3, row 4, column 2`, or `page 2, box 71 120 310 134`; behind an inner file's name where it is in one."""
    inside = [f"page {page}"] if page is not None else []
    if at:
        inside.append(at)
    elif box is not None:
        inside.append("box " + " ".join(f"{edge:.0f}" for edge in box))
    return ", ".join([*([part] if part else []), *inside]) or None
