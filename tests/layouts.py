"""Pages as editors, word processors and content systems bend the tables of tests.forms. For tests only."""

import re

from tests import forms

HEADS = {1: 2, 2: 3, 3: 3}                 # rows of the head by table
WIDTHS = {1: 4, 2: 10, 3: 15}              # columns by table
FIGURE = r"<p><span>(-?[\d.+]+)</span></p>"
BLOCK_NAMES = ("行政复议", "未经复议直接起诉", "复议后起诉")


def rows_of(table):
    return re.findall(r"<tr>.*?</tr>", table, re.S)


def each_table(change):
    """A change of a page out of a change of a table and its number."""
    def changed(page):
        count = iter(range(1, 9))
        return re.sub(r"<table.*?</table>", lambda match: change(match.group(), next(count)), page, flags=re.S)
    return changed


def only(number, change):
    return each_table(lambda table, at: change(table) if at == number else table)


def in_pieces(*cuts):
    """A table cut into several; cuts are parts of its length, or None for the end of its head."""
    def cut(table, number):
        rows = rows_of(table)
        ends = [HEADS[number] if part is None else int(len(rows) * part) for part in cuts]
        pieces = [rows[low:high] for low, high in zip([0, *ends], [*ends, len(rows)], strict=True)]
        return "<p>- 3 -</p>".join(f"<table>{''.join(piece)}</table>" for piece in pieces)
    return each_table(cut)


def as_boxes(row, cell, table="<div>"):
    """A table drawn with boxes: the opening tags of its rows and cells."""
    def drawn(page, number):
        close = [f"</{re.match(r'<([a-z]+)', tag)[1]}>" for tag in (row, cell)]
        page = re.sub(r"<td[^>]*><p><span>", cell, page).replace("</span></p></td>", close[1])
        page = page.replace("<tr>", row).replace("</tr>", close[0])
        return page.replace("<table border='1'>", table).replace("</table>", "</div>")
    return each_table(drawn)


def outcome_values(table):
    return re.findall(r"<span>([^<]*)</span>", rows_of(table)[-1])


def outcomes_in_rows(table):
    values = outcome_values(table)
    cells = [*forms.OUTCOME_LABELS]
    rows = ["<tr><td colspan='2'></td>" + "".join(f"<td>{label}</td>" for label in cells) + "</tr>"]
    for index, name in enumerate(BLOCK_NAMES):
        group = "<td rowspan='2'>行政诉讼</td>" if index == 1 else ""
        group += f"<td colspan='{1 if index else 2}'>{name}</td>"
        rows.append(f"<tr>{group}" + "".join(f"<td>{v}</td>" for v in values[index * 5:index * 5 + 5]) + "</tr>")
    return f"<table>{''.join(rows)}</table>"


def outcomes_downwards(table):
    values, rows = outcome_values(table), []
    for at, value in enumerate(values):
        name = f"<td rowspan='5'>{BLOCK_NAMES[at // 5]}</td>" if at % 5 == 0 else ""
        rows.append(f"<tr>{name}<td>{forms.OUTCOME_LABELS[at % 5]}</td><td>{value}</td></tr>")
    return f"<table>{''.join(rows)}</table>"


def outcomes_in_tables(table):
    values = outcome_values(table)
    return "".join(
        f"<table><tr><td colspan='5'>{name}</td></tr><tr>" + "".join(f"<td>{x}</td>" for x in forms.OUTCOME_LABELS)
        + "</tr><tr>" + "".join(f"<td>{v}</td>" for v in values[index * 5:index * 5 + 5]) + "</tr></table>"
        for index, name in enumerate(BLOCK_NAMES)
    )


def values_below_a_page_break(table):
    rows = rows_of(table)
    return f"<table>{''.join(rows[:-1])}</table><p>第4页</p><table>{rows[-1]}</table>"


def blocks_side_by_side(table):
    rows = rows_of(table)
    pairs = [*zip(rows[:4], [*rows[4:7], ""], strict=True), *zip(rows[7:11], [*rows[11:14], ""], strict=True)]
    empty = "<td colspan='4'></td></tr>"
    return "<table>" + "".join(left[:-5] + (right[4:] if right else empty) for left, right in pairs) + "</table>"


def in_one_table(page):
    pieces = re.findall(r"<table border='1'>(.*?)</table>", page, re.S)
    page = re.sub(r"<table.*?</table>", "@", page, flags=re.S).replace("@", "", 2)
    return page.replace("@", f"<table>{''.join(pieces)}</table>")


def written_out(table, number):
    """Merged cells gone: every cell of the matrix stands there, most of them empty."""
    width, taken, lines = WIDTHS[number], {}, []
    for at, row in enumerate(rows_of(table)):
        cells = iter(re.findall(r"<td( rowspan='(\d+)')?( colspan='(\d+)')?>(.*?)</td>", row, re.S))
        line = []
        while len(line) < width:
            if taken.get((at, len(line))):
                line.append("")
                continue
            _, tall, _, wide, text = next(cells, ("", "", "", "", ""))
            for down in range(int(tall or 1)):
                for right in range(int(wide or 1)):
                    taken[at + down, len(line) + right] = True
            line.append(text)
        lines.append("<tr>" + "".join(f"<td>{text}</td>" for text in line) + "</tr>")
    return f"<table>{''.join(lines)}</table>"


WIDTH_ROW = "<![if supportMisalignedColumns]><tr height=0 style='display:none'>{}</tr><![endif]>"
LAYOUTS = {
    "a hidden row of widths behind, as spreadsheets paste it": each_table(lambda t, n: t.replace(
        "</tr></table>", "</tr>" + WIDTH_ROW.format("<td width=64></td>" * WIDTHS[n]) + "</table>")),
    "a row of widths above": each_table(lambda t, n: t.replace(
        "<tr>", "<tr>" + "<td width=64></td>" * WIDTHS[n] + "</tr><tr>", 1)),
    "each row a table": each_table(lambda t, n: "".join(f"<table>{row}</table>" for row in rows_of(t))),
    "head and body in two tables": in_pieces(None),
    "a page break in the middle": in_pieces(0.5),
    "two page breaks": in_pieces(0.34, 0.67),
    "all in one table": in_one_table,
    "merged cells written out": each_table(written_out),
    "deep in layout tables": each_table(
        lambda t, n: "<table><tr><td>" * 3 + t + "</td></tr></table>" * 2 + "</td><td>x</td></tr></table>"),
    "each text in a table of its own": each_table(
        lambda t, n: re.sub(r"<p><span>(.*?)</span></p>", r"<table><tr><td>\1</td></tr></table>", t)),
    "boxes": as_boxes("<div class='row'>", "<div class='cell'>"),
    "boxes as table cells": as_boxes("<div style='display:table-row'>", "<div style='display:table-cell'>"),
    "lists": as_boxes("<ul>", "<li>"),
    "boxes in a line": as_boxes("<div class='r'>", "<span class='c'>"),
    "figures in form fields": each_table(lambda t, n: re.sub(FIGURE, r"<input type='text' value='\1' readonly>", t)),
    "figures in text fields": each_table(lambda t, n: re.sub(FIGURE, r"<textarea>\1</textarea>", t)),
    "raised marks of notes": each_table(lambda t, n: re.sub(FIGURE, r"<p><span>\1</span><sup>1</sup></p>", t)),
    "notes as circled figures": each_table(lambda t, n: re.sub(FIGURE, r"<p>\1①</p>", t)),
    "a hidden copy for print": lambda page: re.sub(
        FIGURE, r"<p>\1<span class='paper'>\1</span></p>", page).replace(
        "</head>", "<style>@media screen{.x{color:red}} .a, .paper { display : none; }</style></head>"),
    "a foot before the body": each_table(
        lambda t, n: f"<table><tfoot>{rows_of(t)[-1]}</tfoot><tbody>{''.join(rows_of(t)[:-1])}</tbody></table>"),
    "cells and rows that are never closed": each_table(
        lambda t, n: t.replace("</td>", "").replace("</tr>", "")),
    "figures in full width with signs that nobody sees": each_table(lambda t, n: re.sub(
        r"<span>(\d+)</span>",
        lambda m: "<span>\u200b" + "&#8203;".join(f"&#{ord(d) + 0xfee0};" for d in m[1]) + "</span>", t)),
    "labels broken over lines": each_table(
        lambda t, n: re.sub(r"<span>([\u4e00-\u9fff]{3})([\u4e00-\u9fff]+)", r"<span>\1<br>\2", t)),
    "table 4 by rows": only(3, outcomes_in_rows),
    "table 4 downwards": only(3, outcomes_downwards),
    "table 4 in three": only(3, outcomes_in_tables),
    "the values of table 4 on the next page": only(3, values_below_a_page_break),
    "table 3 without its head": only(2, lambda t: f"<table>{''.join(rows_of(t)[3:])}</table>"),
    "table 2 without the titles of its blocks": only(
        1, lambda t: f"<table>{''.join(row for row in rows_of(t) if '第二十条' not in row)}</table>"),
    "table 2 in another order": only(1, lambda t: f"<table>{''.join([*rows_of(t)[7:], *rows_of(t)[:7]])}</table>"),
    "everything again for telephones": lambda page: page.replace(
        "</body>", "<div>" + "".join(re.findall(r"<table.*?</table>", page, re.S)) + "</div></body>"),
}
