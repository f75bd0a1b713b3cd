"""Writes OFD files by hand after GB/T 33190, as the programs of different makers do. For tests only."""

import io
import zipfile
from html import escape

from tests import forms

NAMESPACE = "http://www.ofdspec.org/2016"
WIDTH, HEIGHT, MARGIN = 210.0, 297.0, 15.0
SIZE, LEADING = 3.2, 4.6                 # millimetres
WIDTHS = ([45.0] * 4, [14.0, 20.0, 50.0, *[13.5] * 7], [12.0] * 15)


def is_wide(letter):
    return ord(letter) > 0x2E7F


class Pages:
    """Puts lines of text and tables on pages, from top to bottom; a table goes on on the next page."""

    def __init__(self, ruled=True, style="strokes", runs=False, height=HEIGHT):
        self.ruled, self.style, self.runs, self.height = ruled, style, runs, height
        self.pages, self.y = [[]], MARGIN

    def add(self, element):
        self.pages[-1].append(element)

    def turn(self):
        self.pages.append([])
        self.y = MARGIN

    def line(self, text):
        for start in range(0, len(text), 50):
            if self.y + LEADING > self.height - MARGIN:
                self.turn()
            self.text(MARGIN, self.y, text[start:start + 50])
            self.y += LEADING + 2

    def text(self, x, y, text, size=SIZE):
        """One TextObject: the steps are written one by one or with `g`."""
        steps = [size if is_wide(letter) else size / 2 for letter in text[:-1]]
        written = " ".join(f"{step:g}" for step in steps)
        if self.runs and steps and len(set(steps)) == 1:
            written = f"g {len(steps)} {steps[0]:g}"
        delta = f" DeltaX='{written}'" if steps else ""
        self.add(
            f"<ofd:TextObject ID='{{id}}' Boundary='{x:g} {y:g} {size * len(text):g} {size:g}' Font='1' "
            f"Size='{size:g}'>"
            f"<ofd:TextCode X='0' Y='{0.86 * size:g}'{delta}>{escape(text)}</ofd:TextCode></ofd:TextObject>"
        )

    def rule(self, x0, y0, x1, y1):
        if self.style == "fills":
            wide, high = max(x1 - x0, 0.2), max(y1 - y0, 0.2)
            self.add(
                f"<ofd:PathObject ID='{{id}}' Boundary='{x0:g} {y0:g} {wide:g} {high:g}' Stroke='false' Fill='true'>"
                f"<ofd:AbbreviatedData>M 0 0 L {wide:g} 0 L {wide:g} {high:g} L 0 {high:g} C</ofd:AbbreviatedData>"
                "</ofd:PathObject>"
            )
        elif self.style == "absolute":
            self.add(
                f"<ofd:PathObject ID='{{id}}' Boundary='0 0 {WIDTH:g} {self.height:g}' LineWidth='0.2'>"
                f"<ofd:AbbreviatedData>M {x0:g} {y0:g} L {x1:g} {y1:g}</ofd:AbbreviatedData></ofd:PathObject>"
            )
        else:
            # the coordinates inside are points, brought to millimetres by the matrix
            scale = 25.4 / 72
            self.add(
                f"<ofd:PathObject ID='{{id}}' Boundary='{x0:g} {y0:g} {x1 - x0:g} {y1 - y0:g}' "
                f"CTM='{scale:.6f} 0 0 {scale:.6f} 0 0'><ofd:StrokeColor Value='0 0 0'/>"
                f"<ofd:AbbreviatedData>M 0 0 L {(x1 - x0) / scale:.4f} {(y1 - y0) / scale:.4f}</ofd:AbbreviatedData>"
                "</ofd:PathObject>"
            )

    def table(self, cells, widths):
        """A table of (row, column, rowspan, colspan, text)."""
        lefts = [MARGIN + sum(widths[:i]) for i in range(len(widths) + 1)]
        rows = max(r + h for r, _, h, _, _ in cells)
        heights = [LEADING + 1.5] * rows
        for r, c, height, width, text in cells:
            per_line = max(1, int((lefts[c + width] - lefts[c] - 1) / SIZE))
            needed = len(self._wrapped(text, per_line)) * LEADING + 1.5
            if height == 1:
                heights[r] = max(heights[r], needed)
        for r, c, height, width, text in cells:
            per_line = max(1, int((lefts[c + width] - lefts[c] - 1) / SIZE))
            needed = len(self._wrapped(text, per_line)) * LEADING + 1.5
            lacking = needed - sum(heights[r:r + height])
            if lacking > 0:
                heights[r + height - 1] += lacking
        first = 0
        while first < rows:
            last, used = first, 0.0
            while last < rows and self.y + used + heights[last] < self.height - MARGIN:
                used += heights[last]
                last += 1
            if last == first:
                self.turn()
                continue
            self._part(cells, lefts, heights, first, last)
            self.y += used + 4
            first = last
            if first < rows:
                self.turn()

    @staticmethod
    def _wrapped(text, per_line):
        lines, room = [""], float(per_line)
        for letter in text:
            width = 1.0 if is_wide(letter) else 0.5
            if room < width:
                lines.append("")
                room = float(per_line)
            lines[-1] += letter
            room -= width
        return lines

    def _part(self, cells, lefts, heights, first, last):
        """The rows of a table that stand on one page."""
        tops = {row: self.y + sum(heights[first:row]) for row in range(first, last + 1)}
        for r, c, height, width, text in cells:
            start, end = max(r, first), min(r + height, last)
            if start >= end:
                continue
            left, right, top, bottom = lefts[c], lefts[c + width], tops[start], tops[end]
            if self.ruled:
                self.rule(left, top, right, top)
                self.rule(left, bottom, right, bottom)
                self.rule(left, top, left, bottom)
                self.rule(right, top, right, bottom)
            if start != r:
                continue
            lines = self._wrapped(text, max(1, int((right - left - 1) / SIZE)))
            y = max(top + 0.5, (top + bottom) / 2 - len(lines) * LEADING / 2)
            for line in lines:
                if line:
                    self.text(left + 0.8, y, line)
                y += LEADING


def pack(pages, *, prefix="ofd", absolute=False, slash="/", title="年报", resources="", files=(), height=HEIGHT,
         template="", extra=()):
    """The file around pages of objects. `prefix` '' writes the namespace as the default one."""
    def named(xml):
        tags = xml if prefix == "ofd" else xml.replace("<ofd:", "<").replace("</ofd:", "</")
        return f"<?xml version='1.0' encoding='UTF-8'?>\n{tags}"

    declared = f"xmlns{':ofd' if prefix else ''}='{NAMESPACE}'"
    root = "/Doc_0/" if absolute else ""
    document = f"{'/' if absolute else ''}Doc_0/Document.xml"
    listed = [f"<ofd:Page ID='{n + 10}' BaseLoc='{root}Pages/Page_{n}/Content.xml'/>" for n in range(len(pages))]
    ids = iter(range(100, 10_000_000))
    members = {
        "OFD.xml": f"<ofd:OFD {declared} DocType='OFD' Version='1.0'><ofd:DocBody><ofd:DocInfo>"
                   f"<ofd:Title>{title}</ofd:Title></ofd:DocInfo><ofd:DocRoot>{document}</ofd:DocRoot>"
                   "</ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml":
            f"<ofd:Document {declared}><ofd:CommonData><ofd:MaxUnitID>9</ofd:MaxUnitID><ofd:PageArea>"
            f"<ofd:PhysicalBox>0 0 {WIDTH:g} {height:g}</ofd:PhysicalBox></ofd:PageArea>"
            f"<ofd:DocumentRes>{root}DocumentRes.xml</ofd:DocumentRes>"
            + (f"<ofd:TemplatePage ID='7' BaseLoc='{root}Tpls/Tpl_0/Content.xml'/>" if template else "")
            + "</ofd:CommonData><ofd:Pages>"
            + "".join(listed) + "</ofd:Pages></ofd:Document>",
        "Doc_0/DocumentRes.xml": f"<ofd:Res {declared} BaseLoc='Res'>{resources}</ofd:Res>",
    }
    used = "<ofd:Template TemplateID='7' ZOrder='Background'/>" if template else ""
    if template:
        members["Doc_0/Tpls/Tpl_0/Content.xml"] = _content(declared, template, "")
    for number, objects in enumerate(pages):
        drawn = "".join(element.replace("{id}", str(next(ids))) for element in objects)
        members[f"Doc_0/Pages/Page_{number}/Content.xml"] = _content(declared, drawn, used)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, xml in members.items():
            archive.writestr(name.replace("/", slash), named(xml))
        for name, data in (*files, *extra):
            archive.writestr(name, data)
    return out.getvalue()


def _content(declared, drawn, used):
    return (
        f"<ofd:Page {declared}>{used}<ofd:Content><ofd:Layer ID='5' Type='Body'>{drawn}</ofd:Layer></ofd:Content>"
        "</ofd:Page>"
    )


def as_ofd(raw, form="2021", *, ruled=True, style="strokes", runs=False, height=HEIGHT, start=0, **how):
    """A whole report; `start` empty lines in front move the page breaks."""
    pages = Pages(ruled, style, runs, height)
    pages.y += start
    tables = zip(forms.all_spans(raw, form), WIDTHS, strict=True)
    for line in forms.report([None, None, None]):
        if line is None:
            pages.table(*next(tables))
        else:
            pages.line(line)
    return pack(pages.pages, height=height, **how)
