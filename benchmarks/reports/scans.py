"""Reports as pictures: scanned pages in a PDF, or tables as pictures in a page. Slow to read."""

import base64
import io
from random import Random

import numpy as np
import pypdfium2
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from benchmarks.reports import prints
from benchmarks.reports.model import Line, Paper

QUIRKS = {"150 dpi": 0.25, "300 dpi": 0.25, "crooked": 0.4, "specks": 0.3, "grey paper": 0.3, "strong jpeg": 0.3}


def scan(paper: Paper, chance: Random, quirks: frozenset[str]) -> bytes:
    """The report as a PDF of which every page is a picture."""
    dpi = 150 if "150 dpi" in quirks else 300 if "300 dpi" in quirks else 200
    out = io.BytesIO()
    sheet = Canvas(out, invariant=1)
    for image in _pages(prints.pdf(paper, chance, frozenset({"table over two pages"})), dpi):
        worn = _worn(image, chance, quirks)
        width, height = worn.width * 72 / dpi, worn.height * 72 / dpi
        sheet.setPageSize((width, height))
        sheet.drawImage(ImageReader(worn), 0, 0, width, height)
        sheet.showPage()
    sheet.save()
    return out.getvalue()


def pictured(paper: Paper, chance: Random, quirks: frozenset[str]) -> bytes:
    """A page whose running text is text and whose tables are pictures inside it."""
    dpi = 150 if "150 dpi" in quirks else 200
    parts = []
    for block in paper.blocks:
        if isinstance(block, Line):
            parts.append(f"<p>{block.text}</p>")
            continue
        lone = Paper(paper.title, paper.generation, paper.county, (block,), paper.raw, paper.values, {}, {})
        for image in _pages(prints.pdf(lone, chance, frozenset({"tight rows"})), dpi):
            out = io.BytesIO()
            _trimmed(_worn(image, chance, quirks - {"crooked"})).save(out, "PNG")
            parts.append(f"<p><img src='data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}'/></p>")
    head = f"<head><meta charset='utf-8'><title>{paper.title}</title></head>"
    return f"<html>{head}<body>{''.join(parts)}</body></html>".encode()


def _pages(body: bytes, dpi: int) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(body)
    pages = [page.render(scale=dpi / 72).to_pil().convert("L") for page in document]
    document.close()
    return pages


def _worn(image: Image.Image, chance: Random, quirks: frozenset[str]) -> Image.Image:
    """The page as a scanner gives it."""
    if "crooked" in quirks:
        image = image.rotate(chance.uniform(-1.2, 1.2), Image.Resampling.BICUBIC, fillcolor=255)
    pixels = np.asarray(image).astype(np.float32) * (0.88 if "grey paper" in quirks else 1)
    if "specks" in quirks:
        pixels += np.random.default_rng(chance.randrange(1 << 32)).normal(0, 9, pixels.shape)
    out = io.BytesIO()
    made = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    made.save(out, "JPEG", quality=45 if "strong jpeg" in quirks else 85)
    return Image.open(io.BytesIO(out.getvalue()))


def _trimmed(image: Image.Image) -> Image.Image:
    """What is printed, with a margin."""
    box = image.point(lambda value: 255 if value < 128 else 0).getbbox() or (0, 0, *image.size)
    return image.crop((max(0, box[0] - 12), max(0, box[1] - 12), box[2] + 12, box[3] + 12))
