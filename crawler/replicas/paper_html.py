"""A report as the body of a web page: clean tables, tables as Word leaves them, or pictures of tables."""

import html
from collections.abc import Callable

from crawler.replicas.figures import figures
from crawler.replicas.form import Cell, Table
from crawler.replicas.noise import Note
from crawler.replicas.pages import paragraphs
from crawler.replicas.places import County, seeded
from crawler.replicas.prose import Line, Paper, compose


def body(paper: Paper, *, picture: Callable[[Table], str] | None = None) -> str:
    """The report's inner HTML. `picture` gives an image address for a table that is shown as a picture."""
    chance = seeded(paper.title, "html")
    paragraph, table = chance.choice(
        ((_plain_line, _plain_table), (_word_line, _word_table), (_plain_line, _old_table))
    )
    parts = [f'<p style="text-align:center"><strong>{html.escape(paper.title)}</strong></p>']
    for block in paper.blocks:
        if isinstance(block, Line):
            parts.append(paragraph(block))
        elif picture:
            parts.append(f'<p style="text-align:center"><img src="{html.escape(picture(block))}" alt="" /></p>')
        else:
            parts.append(table(block))
    return "\n".join(parts)


def of_note(county: County, note: Note) -> str:
    """The inner HTML of an ordinary article, or of a department's report."""
    if note.department is None:
        return paragraphs(note.paragraphs)
    issuer = county.department(note.department)
    return body(compose(issuer, note.year, figures(issuer.key, note.year)))


def _plain_line(line: Line) -> str:
    text = html.escape(line.text)
    return f"<p>{text}</p>" if line.level == 0 else f"<p><strong>{text}</strong></p>"


def _word_line(line: Line) -> str:
    style = "font-size:21px;font-family:仿宋_GB2312" if line.level == 0 else "font-size:21px;font-family:黑体"
    spans = "".join(f'<span style="{style}">{html.escape(piece)}</span>' for piece in _pieces(line.text))
    return f'<p class="MsoNormal" style="text-indent:43px;line-height:37px">&nbsp;&nbsp;{spans}<o:p></o:p></p>'


def _pieces(text: str) -> list[str]:
    """Word splits a run wherever the typist stopped."""
    return [text[start : start + 23] for start in range(0, len(text), 23)]


def _plain_table(table: Table) -> str:
    return _table(table, '<table border="1" cellspacing="0" width="100%"><tbody>', lambda cell: html.escape(cell.text))


def _word_table(table: Table) -> str:
    def inner(cell: Cell) -> str:
        text = html.escape(cell.text)
        return f'<p class="MsoNormal" align="center"><span style="font-size:14px">{text}</span><o:p></o:p></p>'

    return _table(table, '<table class="MsoTableGrid" border="1" style="border-collapse:collapse"><tbody>', inner)


def _old_table(table: Table) -> str:
    def inner(cell: Cell) -> str:
        return (
            f"<p>&nbsp;{html.escape(cell.text)}&nbsp;</p>" if cell.value else f"<p><b>{html.escape(cell.text)}</b></p>"
        )

    return _table(table, '<table cellpadding="0" cellspacing="0" border="1" uetable="null">', inner)


def _table(table: Table, opening: str, inner: Callable[[Cell], str]) -> str:
    rows = ("<tr>" + "".join(_cell(cell, inner(cell)) for cell in row) + "</tr>" for row in table.rows)
    closing = "</tbody></table>" if opening.endswith("<tbody>") else "</table>"
    return opening + "\n".join(rows) + closing


def _cell(cell: Cell, inner: str) -> str:
    spans = "".join(
        f' {name}="{span}"' for name, span in (("rowspan", cell.rowspan), ("colspan", cell.colspan)) if span > 1
    )
    return f"<td{spans}>{inner}</td>"
