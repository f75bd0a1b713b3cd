"""Lists that a script fills, for the browser: pages whose entries come as data, under pagers of every make."""

import json

PAGES = 3


def rows(number, count=4):
    """The entries of one page."""
    return [{"url": f"/r/{number}-{place}.html", "title": f"第{number}页的报告{place}"} for place in range(count)]


def data(pages=PAGES):
    """The answers to the data requests of a list."""
    return {f"/data?page={number}": json.dumps({"pages": pages, "rows": rows(number)}).encode()
            for number in range(1, pages + 1)}


SCRIPT = """
var number = 0, pages = 0;
function fill(rows, keep) {
  var list = document.getElementById('list');
  if (!keep) { list.innerHTML = ''; }
  rows.forEach(function (row) {
    list.innerHTML += '<li><a class="entry" href="' + row.url + '">' + row.title + '</a></li>';
  });
}
function show(wanted, keep) {
  return fetch('/data?page=' + wanted).then(function (answer) { return answer.json(); }).then(function (found) {
    number = wanted; pages = found.pages; fill(found.rows, keep); turned();
  });
}
"""


def shown(pager, turned="", *, start="show(1);", more="", head=""):
    """A page with a list; `pager` is its HTML, `turned` what its script does after each page."""
    return f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>年报</title>{head}</head><body>
<ul class="menu"><li><a href="/">首页</a></li></ul><ul id="list"></ul><div id="pager" class="pager">{pager}</div>{more}
<script>{SCRIPT} function turned() {{ {turned} }} {start}</script></body></html>""".encode()


WORDS = shown('<a id="next" href="javascript:;" onclick="if (number < pages) show(number + 1)">下一页</a>')
