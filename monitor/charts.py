"""A digest's charts as small PNG pictures: mail programs show neither SVG nor pictures from elsewhere.

Drawn wider than a mail shows them, in letters that can still be read on a phone. Where no Chinese font is installed
there are no charts: the tables below them hold the same numbers.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from monitor.figures import Curve

# the number is that of the simplified form within the file
FONTS = (
    (Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"), 2),
    (Path("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc"), 2),
    (Path("/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc"), 2),
    (Path("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"), 0),
    (Path("/usr/share/fonts/wqy-zenhei/wqy-zenhei.ttc"), 0),
    (Path("/System/Library/Fonts/STHeiti Medium.ttc"), 0),
)
WIDTH = 780
SIZE, SMALL = 26, 24  # half as high on a phone
LINE = 38
COLOURS = 32
PAPER, INK, GREY, GRID = "#ffffff", "#1f2328", "#59636e", "#d8dee4"
NOW, BEFORE = "#0a53a8", "#9aa4ae"

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the chart of shares: its name, what stands behind it, and parts as (number, colour)."""

    name: str
    share: str
    parts: tuple[tuple[int, str], ...]


@cache
def has_font() -> bool:
    """Whether charts can be drawn here."""
    try:
        _font(SIZE)
    except FileNotFoundError:
        return False
    return True


def over_time(curve: Curve, days: Sequence[str], now: str, before: str) -> bytes:
    """Two lines over the days of a season; `days` are written below, `now` and `before` name the lines."""
    height, left, right, top, bottom = 400, 80, 64, 72, 54
    image, draw = _paper(height)
    first, span = curve.days[0], (curve.days[-1] - curve.days[0]).days
    across = [left + (WIDTH - left - right) * (day - first).days / span for day in curve.days]
    unit = (height - top - bottom) / max(curve.of, 1)
    _grid(draw, curve.of, left, WIDTH - right, height - bottom, unit)
    _days(draw, across, days, height - bottom + 10)

    def points(counts: Sequence[int | None]) -> list[Point]:
        return [(at, height - bottom - count * unit) for at, count in zip(across, counts, strict=True)
                if count is not None]

    if curve.before is not None:
        _line(draw, points(curve.before), BEFORE, 4)
    drawn = points(curve.now)
    _line(draw, drawn, NOW, 5)
    last = max(count for count in curve.now if count is not None)
    draw.text((drawn[-1][0] + 12, drawn[-1][1] - 8), str(last), NOW, _font(SIZE), anchor="ls")
    _legend(draw, [(now, NOW)] + ([(before, BEFORE)] if curve.before is not None else []), left)
    return _png(image)


def shares(bars: Sequence[Bar], legend: Sequence[tuple[str, str]]) -> bytes:
    """A bar for each county, divided by status; `legend` says what each colour means."""
    line, left, right = 44, 200, 110
    top = round(_places(legend, 16)[-1][1]) + 24
    image, draw = _paper(top + line * len(bars) + 10)
    for number, bar in enumerate(bars):
        middle = top + number * line + line // 2
        draw.text((left - 16, middle), _fit(bar.name, left - 24), INK, _font(SIZE), anchor="rm")
        draw.text((WIDTH - right + 16, middle), bar.share, INK, _font(SIZE), anchor="lm")
        at, unit = float(left), (WIDTH - left - right) / max(sum(count for count, _ in bar.parts), 1)
        for count, colour in bar.parts:
            if count:
                draw.rectangle((round(at), middle - 14, round(at + count * unit) - 1, middle + 14), colour)
            at += count * unit
    _legend(draw, legend, 16)
    return _png(image)


def size(png: bytes) -> tuple[int, int]:
    """Width and height of a picture."""
    with Image.open(io.BytesIO(png)) as image:
        return image.size


def _paper(height: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.new("RGB", (WIDTH, height), PAPER)
    return image, ImageDraw.Draw(image)


def _grid(draw: ImageDraw.ImageDraw, most: int, left: int, right: int, base: int, unit: float) -> None:
    """Lines across at whole numbers, the highest at the number of townships."""
    step = max(1, -(-most // 4))
    for count in {*range(0, most - step // 2, step), most}:
        height = base - count * unit
        draw.line((left, height, right, height), GRID, 2)
        draw.text((left - 12, height), str(count), GREY, _font(SMALL), anchor="rm")


def _days(draw: ImageDraw.ImageDraw, across: Sequence[float], days: Sequence[str], height: int) -> None:
    """The days below the lines, but for those that have no room beside the one before."""
    free = 0.0
    for at, day in zip(across, days, strict=True):
        half = draw.textlength(day, _font(SMALL)) / 2
        if at - half >= free:
            draw.text((at, height), day, GREY, _font(SMALL), anchor="ma")
            free = at + half + 14


def _line(draw: ImageDraw.ImageDraw, points: Sequence[Point], colour: str, width: int) -> None:
    draw.line(list(points), colour, width, joint="curve")
    for across, down in points:
        draw.ellipse((across - width, down - width, across + width, down + width), colour)


def _legend(draw: ImageDraw.ImageDraw, entries: Sequence[tuple[str, str]], left: float) -> None:
    """What each colour means, in one line or as many as it takes."""
    for (across, down), (name, colour) in zip(_places(entries, left), entries, strict=True):
        draw.rectangle((across, down - 11, across + 22, down + 11), colour)
        draw.text((across + 30, down), name, INK, _font(SMALL), anchor="lm")


def _places(entries: Sequence[tuple[str, str]], left: float) -> list[Point]:
    """Where each entry of a legend stands: the middle of its left end."""
    places: list[Point] = []
    across, down = left, 26.0
    for name, _ in entries:
        width = 30 + _font(SMALL).getlength(name)
        if places and across + width > WIDTH - 8:
            across, down = left, down + LINE
        places.append((across, down))
        across += width + 24
    return places


def _fit(name: str, width: int) -> str:
    """As much of a name as has room."""
    font = _font(SIZE)
    if font.getlength(name) <= width:
        return name
    while name and font.getlength(f"{name}…") > width:
        name = name[:-1]
    return f"{name}…"


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    """The first font that is there and whole. Raises FileNotFoundError."""
    for path, number in FONTS:
        try:
            return ImageFont.truetype(path, size, index=number)
        except OSError:
            continue
    raise FileNotFoundError("no Chinese font")


def _png(image: Image.Image) -> bytes:
    """Few colours make a small file."""
    file = io.BytesIO()
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(file, "PNG", optimize=True)
    return file.getvalue()
