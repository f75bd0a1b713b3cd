"""Prints reports as PDF in the manners that publishers have: ReportLab, Chromium, LibreOffice. For tests only."""

import io
import random
import subprocess
import tempfile
from html import escape
from pathlib import Path

import pypdfium2
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

from tests import forms

_FONT = "STSong-Light"
_BALANCE = ("new_received", "carried_in", "total_handled", "carried_out")
_RULES = {
    "all": [("GRID", (0, 0), (-1, -1), 0.5, "black")],
    "none": [],
    "level": [("LINEBELOW", (0, 0), (-1, -1), 0.5, "black"), ("LINEABOVE", (0, 0), (-1, 0), 0.5, "black")],
    "three": [("LINEABOVE", (0, 0), (-1, 0), 1, "black"), ("LINEBELOW", (0, -1), (-1, -1), 1, "black")],
    "zebra": [("ROWBACKGROUNDS", (0, 0), (-1, -1), ["white", "#eeeeee"])],
    "dashed": [("GRID", (0, 0), (-1, -1), 0.5, "black", None, (3, 2))],
    "upright": [("LINEBEFORE", (1, 0), (-1, -1), 0.5, "black"), ("BOX", (0, 0), (-1, -1), 0.5, "black")],
    "frame": [("BOX", (0, 0), (-1, -1), 0.5, "black")],
}


def figures(seed, form="2021", blanks=0):
    """Cells that satisfy the printed sums, mostly zeros, as texts; `blanks` of them are left empty."""
    chance = random.Random(seed)
    raw = {key: str(chance.choice([0, 0, 0, 1, 3, 12, 447228])) for key in forms.keys(form)}
    inner = [key for key, _, _ in forms.rows(form) if key not in _BALANCE]

    def small():
        return chance.choice([0, 0, 0, 0, 0, 0, 1, 2, 15, 130])

    for column in forms.PEOPLE[:6]:
        for key in inner:
            raw[f"t3.{key}.{column}"] = str(small())
        handled = sum(int(raw[f"t3.{key}.{column}"]) for key in inner)
        out, before = small(), chance.choice([0, 0, 1])
        before = min(before, handled + out)
        for key, value in (("total_handled", handled), ("carried_out", out), ("carried_in", before),
                           ("new_received", handled + out - before)):
            raw[f"t3.{key}.{column}"] = str(value)
    for key, _, _ in forms.rows(form):
        raw[f"t3.{key}.total"] = str(sum(int(raw[f"t3.{key}.{column}"]) for column in forms.PEOPLE[:6]))
    for block in forms.BLOCKS:
        for column in forms.OUTCOMES[:4]:
            raw[f"t4.{block}.{column}"] = str(chance.choice([0, 0, 0, 1, 22]))
        raw[f"t4.{block}.total"] = str(sum(int(raw[f"t4.{block}.{column}"]) for column in forms.OUTCOMES[:4]))
    if form == "2021":
        raw["t2.admin_fees.amount_wan_yuan"] = chance.choice(["0", "2.5", "96171.6"])
    for key in chance.sample(sorted(raw), blanks):
        raw[key] = ""
    return raw


def expected(raw):
    """What a reader must make of the texts."""
    return {key: (float(text) if "." in text else int(text)) if text else None for key, text in raw.items()}


def reportlab(raw, form="2021", rules="all", size=7, padding=3, align=0, valign="MIDDLE", space=0, scale=1.0, repeat=0,
              split=0, footer=None, **options):
    """A report of several pages; `space` points of blank before the tables move the page breaks."""
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    small = ParagraphStyle("cell", fontName=_FONT, fontSize=size, leading=size + 1, wordWrap="CJK", alignment=align)
    text = ParagraphStyle("text", fontName=_FONT, fontSize=11, leading=20, wordWrap="CJK")
    widths = ([110] * 4, [45, 60, 110, *[38] * 7], [31] * 15)
    parts = []
    for cells, wide in zip(forms.all_spans(raw, form), widths, strict=True):
        grid = [[""] * len(wide) for _ in range(max(r + h for r, _, h, _, _ in cells))]
        style = [*_RULES[rules], ("VALIGN", (0, 0), (-1, -1), valign)]
        style += [(f"{side}PADDING", (0, 0), (-1, -1), padding) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]
        for r, c, height, width, words in cells:
            grid[r][c] = Paragraph(escape(words), small)
            style.append(("SPAN", (c, r), (c + width - 1, r + height - 1)))
        parts.append(Table(grid, [w * scale for w in wide], style=style, splitInRow=split,
                           repeatRows=repeat if len(wide) == 10 else 0))
    story = []
    for line in forms.report(parts):
        story += [Paragraph(line, text)] if isinstance(line, str) else [Spacer(1, 6), line, Spacer(1, 6)]
    story.insert(1, Spacer(1, space))
    out = io.BytesIO()

    def foot(canvas, document):
        if footer:
            canvas.setFont(_FONT, 9)
            canvas.drawCentredString(300, 30, footer.format(page=document.page))

    SimpleDocTemplate(out, topMargin=50, bottomMargin=50, leftMargin=45, rightMargin=45, **options).build(
        story, onFirstPage=foot, onLaterPages=foot
    )
    return out.getvalue()


def page(raw, form="2021", style=""):
    """The report as HTML with a style of its own for printing."""
    sheet = f"<style>@page{{size:A4;margin:18mm 15mm}} table{{width:100%;font-size:12px}} {style}</style>"
    text = forms.as_html(raw, form).decode().replace("<head>", f"<head>{sheet}").replace("border='1'", "class='t'")
    return text.encode()


def chromium(html):
    """A page printed to PDF by the browser."""
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "page.html", Path(folder) / "page.pdf"
        source.write_bytes(html)
        command = ["/usr/bin/chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer",
                   f"--user-data-dir={folder}/profile", f"--print-to-pdf={out}", source.as_uri()]
        subprocess.run(command, capture_output=True, check=True, timeout=120)
        return out.read_bytes()


def office(body, suffix="docx"):
    """A document printed to PDF by LibreOffice, which must be installed."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / f"report.{suffix}"
        source.write_bytes(body)
        command = ["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "pdf",
                   "--outdir", folder, str(source)]
        subprocess.run(command, capture_output=True, check=True, timeout=180)
        return source.with_suffix(".pdf").read_bytes()


def turned(body, degrees):
    """The same pages with another rotation."""
    pdf = pypdfium2.PdfDocument(body)
    for index in range(len(pdf)):
        pdf[index].set_rotation(degrees)
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()
