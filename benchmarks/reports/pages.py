"""Reports as web pages: plain, pasted from Word or Excel, inside layout tables, in any encoding, with bad markup."""

import re
from collections.abc import Callable
from html import escape
from random import Random

from benchmarks.reports.model import Cell, Line, Paper, Table

Inner = Callable[[str], str]
QUIRKS = {
    "layout table": 0.15,
    "copy for phones": 0.06,
    "heads as th": 0.1,
    "no spans": 0.05,
    "covered cells written": 0.05,
    "label in every row": 0.06,
    "table cut in two": 0.08,
    "wrong charset": 0.1,
    "gbk": 0.15,
    "utf-16": 0.02,
    "no closing tags": 0.06,
    "row of nothing": 0.06,
    "empty first column": 0.05,
    "comments": 0.1,
    "scripts": 0.2,
    "spaces round values": 0.2,
    "head in every table": 0.05,
    "vertical outcome": 0.1,
    "blank as &nbsp;": 0.5,
    "upper case tags": 0.08,
}


def _plain(text: str) -> str:
    return escape(text)


def _word(text: str) -> str:
    """A paragraph with a run for every script, as Word exports it."""
    runs = re.findall(r"[0-9.]+|[^0-9.]+", text) or [""]
    spans = "".join(
        f'<span lang="EN-US" style="font-size:10.5pt;mso-bidi-font-size:12.0pt">{escape(run)}</span>'
        if run[:1].isdigit()
        else f'<span style="font-family:仿宋_GB2312">{escape(run)}</span>'
        for run in runs
    )
    return f'<p class="MsoNormal" align="center" style="mso-pagination:widow-orphan">{spans}<o:p></o:p></p>'


def _glyphs(text: str) -> str:
    """Every character in a span of its own, as some editors leave it."""
    return "<p>" + "".join(f"<span>{escape(letter)}</span>" for letter in text) + "</p>"


def _fonts(text: str) -> str:
    runs = re.findall(r"[0-9.]+|[^0-9.]+", text) or [""]
    return "<div><font face='宋体'>" + "</font><font face='Times New Roman'>".join(map(escape, runs)) + "</font></div>"


def _broken(text: str) -> str:
    """Long labels are broken by hand."""
    return (
        "<p>" + escape(text[:7]) + "<br/>" + escape(text[7:]) + "</p>" if len(text) > 11 else f"<p>{escape(text)}</p>"
    )


STYLES: dict[str, tuple[str, Inner]] = {
    "plain": ("<table border='1'>", _plain),
    "word": ("<table class='MsoTableGrid' border='1' style='border-collapse:collapse;mso-border-alt:solid'>", _word),
    "excel": (
        "<table border=0 cellpadding=0 style='border-collapse:collapse;table-layout:fixed'>"
        "<colgroup><col width=72 style='mso-width-source:userset'></colgroup>",
        _plain,
    ),
    "glyphs": ("<table>", _glyphs),
    "fonts": ("<table width='100%' cellspacing='0'><tbody>", _fonts),
    "breaks": ("<table align='center' border='1' cellspacing='1'><tbody>", _broken),
}
_HEAD = "<!DOCTYPE html><html><head><meta charset='{charset}'><title>{title}</title>{scripts}</head><body>"
_SCRIPTS = (
    "<script>var t=[[1,2,3,4,5,6,7]];document.write('<table><tr><td>规章</td><td>9</td></tr></table>');</script>"
    "<style>.a{{width:33px}}</style>"
)
_FURNITURE = (
    "<div class='nav'><ul><li><a href='/'>首页</a></li><li><a href='/xxgk/'>政府信息公开</a></li></ul></div>"
    "<div class='meta'>发布时间：{Y}-01-20 09:30 浏览量：<span>118</span></div>"
)


def page(paper: Paper, chance: Random, quirks: frozenset[str]) -> bytes:
    """The report as the bytes of a page."""
    opening, inner = STYLES[chance.choice(sorted(STYLES))]
    parts = [_block(block, opening, inner, chance, quirks) for block in paper.blocks]
    body = "\n".join(parts)
    if "layout table" in quirks:
        body = f"<table width='980'><tr><td class='left'>&nbsp;</td><td>{body}</td></tr></table>"
    if "copy for phones" in quirks:
        body = f"<div class='pc'>{body}</div><div class='wap' style='display:none'>{body}</div>"
    if "upper case tags" in quirks:
        body = re.sub(r"</?[a-z]+", lambda match: match[0].upper(), body)
    return _encoded(paper, body, quirks)


def _encoded(paper: Paper, body: str, quirks: frozenset[str]) -> bytes:
    charset = "utf-16" if "utf-16" in quirks else "gb18030" if "gbk" in quirks else "utf-8"
    declared = (
        {"utf-8": "gb2312", "gb18030": "utf-8", "utf-16": "utf-8"}[charset] if "wrong charset" in quirks else charset
    )
    scripts = _SCRIPTS if "scripts" in quirks else ""
    head = _HEAD.format(charset=declared, title=escape(paper.title), scripts=scripts)
    furniture = _FURNITURE.replace("{Y}", str(int(str(paper.identity["report_year"])) + 1))
    return f"{head}{furniture}{body}<div class='foot'>主办：人民政府 ICP备案 12345678号</div></body></html>".encode(
        charset
    )


def _block(block: Line | Table, opening: str, inner: Inner, chance: Random, quirks: frozenset[str]) -> str:
    if isinstance(block, Line):
        tag = {-1: "h1", 1: "p"}.get(block.level, "p")
        text = inner(block.text) if "<p" in inner("") else f"<{tag}>{escape(block.text)}</{tag}>"
        return text if block.level < 1 else text.replace("<p>", "<p><strong>", 1).replace("</p>", "</strong></p>")
    if "table cut in two" in quirks and block.name == "t3":
        return "".join(
            _table(piece, opening, inner, quirks) for piece in cut(block, chance.randint(6, block.height - 3))
        )
    return _table(block, opening, inner, quirks)


def cut(table: Table, at: int) -> tuple[Table, Table]:
    """The table as two, as where a page ended: labels that run over the cut are empty in the second."""
    first = [cell for cell in table.cells if cell.row < at]
    upper = tuple(Cell(c.text, c.row, c.column, min(c.rowspan, at - c.row), c.colspan, c.key) for c in first)
    over = tuple(Cell("", 0, c.column, c.row + c.rowspan - at, c.colspan) for c in first if c.row + c.rowspan > at)
    lower = tuple(Cell(c.text, c.row - at, c.column, c.rowspan, c.colspan, c.key) for c in table.cells if c.row >= at)
    return (
        Table(table.name, table.width, at, upper, table.heads),
        Table(table.name, table.width, table.height - at, (*over, *lower), 0),
    )


def _table(table: Table, opening: str, inner: Inner, quirks: frozenset[str]) -> str:
    rows = [
        [_cell(cell, inner, quirks, number < table.heads) for cell in row]
        for number, row in enumerate(spread(table, quirks))
    ]
    if "row of nothing" in quirks:
        rows.insert(table.heads, ["<td></td>"] * table.width)
    if "empty first column" in quirks:
        rows = [["<td></td>", *row] for row in rows]
    closing, end = ("", "") if "no closing tags" in quirks else ("</tr>", "</tbody>" if "<tbody>" in opening else "")
    text = opening + "\n".join(f"<tr>{''.join(row)}{closing}" for row in rows) + f"{end}</table>"
    return text.replace("</td>", "") if "no closing tags" in quirks else text


def spread(table: Table, quirks: frozenset[str]) -> list[list[Cell]]:
    """The rows with merged cells taken apart as the quirks say."""
    if "covered cells written" in quirks:
        return _apart(table, lambda _cell, _column: "")
    if "label in every row" in quirks:
        return _apart(table, lambda cell, column: cell.text if column == cell.column and not cell.key else "")
    return table.rows()


def _apart(table: Table, text: Callable[[Cell, int], str]) -> list[list[Cell]]:
    """Every position as a cell of its own; `text` says what a covered one shows."""
    found: list[list[Cell]] = [[] for _ in range(table.height)]
    for cell in table.cells:
        for row in range(cell.row, cell.row + cell.rowspan):
            for column in range(cell.column, cell.column + cell.colspan):
                origin = (row, column) == (cell.row, cell.column)
                found[row].append(
                    Cell(cell.text if origin else text(cell, column), row, column, key=cell.key if origin else None)
                )
    return [sorted(row, key=lambda cell: cell.column) for row in found]


def _cell(cell: Cell, inner: Inner, quirks: frozenset[str], head: bool) -> str:
    spans = (
        ""
        if "no spans" in quirks
        else "".join(
            f" {name}='{count}'" for name, count in (("rowspan", cell.rowspan), ("colspan", cell.colspan)) if count > 1
        )
    )
    tag = "th" if head and "heads as th" in quirks else "td"
    return f"<{tag}{spans}>{_text(cell, inner, quirks)}</{tag}>"


def _text(cell: Cell, inner: Inner, quirks: frozenset[str]) -> str:
    if not cell.text:
        return "&nbsp;" if "blank as &nbsp;" in quirks else ""
    if "vertical outcome" in quirks and cell.rowspan > 10:
        return "".join(f"<p>{letter}</p>" for letter in cell.text)
    text = inner(cell.text)
    if "comments" in quirks:
        text = f"<!--[if gte mso 9]><xml>9</xml><![endif]-->{text}"
    return f"\n  &nbsp;{text} \n" if "spaces round values" in quirks and cell.key else text
