"""A table as a picture, as if pasted from a screen."""

import functools
import io
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from crawler.replicas.form import Table
from crawler.replicas.paper_pdf import placed

_FONTS = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"),
    Path("/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc"),
)
_WIDTHS = {"t2": (220, 150, 150, 150), "t3": (60, 110, 250, *(56,) * 7), "t4": (52,) * 15}
_SIZE, _LEADING, _MARGIN = 14, 19, 12
_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def picture(table: Table) -> bytes:
    """The table as PNG bytes. Without a Chinese font its characters are boxes, as on a machine that lacks one."""
    font = _font()
    widths = _WIDTHS[table.name]
    lefts = [_MARGIN + sum(widths[:column]) for column in range(table.width + 1)]
    heights = _heights(table, widths)
    tops = [_MARGIN + sum(heights[:row]) for row in range(len(heights) + 1)]
    image = Image.new("L", (lefts[-1] + _MARGIN, tops[-1] + _MARGIN), 255)
    draw = ImageDraw.Draw(image)
    for row, column, cell in placed(table):
        left, top = lefts[column], tops[row]
        right, bottom = lefts[column + cell.colspan], tops[row + cell.rowspan]
        draw.rectangle((left, top, right, bottom), outline=0)
        for number, line in enumerate(_wrapped(cell.text, right - left)):
            draw.text((left + 4, top + 3 + number * _LEADING), line, fill=0, font=font)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def _heights(table: Table, widths: tuple[int, ...]) -> list[int]:
    heights = [_LEADING + 8] * len(table.rows)
    for row, column, cell in placed(table):
        if cell.rowspan == 1:
            lines = len(_wrapped(cell.text, sum(widths[column : column + cell.colspan])))
            heights[row] = max(heights[row], lines * _LEADING + 8)
    return heights


def _wrapped(text: str, width: int) -> list[str]:
    fit = max(1, (width - 8) // _SIZE)
    return [text[start : start + fit] for start in range(0, len(text), fit)] or [""]


@functools.cache
def _font() -> _Font:
    path = next((path for path in _FONTS if path.exists()), None)
    return ImageFont.truetype(path, _SIZE) if path else ImageFont.load_default(_SIZE)
