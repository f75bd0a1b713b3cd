"""A portal of a few pages on loopback that notes when it was asked for what, and crawls of it in a child process."""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from archive import bundles, divisions
from archive.bundles import Known
from archive.clock import iso, parse_instant

DAY = parse_instant("2026-02-16T01:00:00Z")
COUNTY, NAME = "411526", "潢川县"
UNITS = [unit for unit in divisions.townships(COUNTY) if unit.owes_by_kind]
FOOT = "<p>本网站由县人民政府办公室主办，县政务服务和大数据管理局承办，联系电话见首页。</p>"
HEADERS = (("Content-Type", "text/html; charset=utf-8"),)


def page(title, body, *, column=None):
    """A page in UTF-8 with some text of its own; `column` is what a column calls itself."""
    meta = f'<meta name="ColumnName" content="{column}">' if column else ""
    return f"<!DOCTYPE html><html><head><title>{title}</title>{meta}</head><body>{body}{FOOT}</body></html>".encode()


def report_title(unit):
    return f"{unit.name}2025年政府信息公开工作年度报告"


def pages(units=UNITS[:4]):
    """A home page, one column with a report of each unit, the reports."""
    rows = "".join(f'<li><a href="/r/{unit.code}.html">{report_title(unit)}</a> 2026-01-20</li>' for unit in units)
    link = '<ul><li><a href="/nb/">政府信息公开年报</a></li></ul>'
    made = {"/": page(f"{NAME}人民政府", link), "/nb/": page("年报", f"<ul>{rows}</ul>", column="政府信息公开年报")}
    return made | {f"/r/{unit.code}.html": page(report_title(unit), "<p>本报告依据条例编制。</p>" * 20)
                   for unit in units}


class SmallPortal(ThreadingHTTPServer):
    """`answers`: path -> body, or a function that gets the handler and answers. `asked`: (seconds, path) in order."""

    daemon_threads = True

    def __init__(self, answers):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.asked = []
        self.agents = []

    @property
    def home(self):
        return f"http://127.0.0.1:{self.server_port}/"

    def times(self, path):
        """When a path was asked for."""
        return [at for at, asked in self.asked if asked == path]

    def crawl(self, folder, *, delay=0.0, timeout=5.0, script=None, known=None, hosts=(), entry="", environ=None):
        """Crawl this portal: its bundle folder and crawl.json. `script` runs instead of `-m crawler`.

        `hosts` are other servers that belong to it, `entry` more lines of its registry entry.
        """
        names = json.dumps([other.home.split("/")[2] for other in hosts])
        (folder / "portals").mkdir(exist_ok=True)
        (folder / "portals" / "small.toml").write_text(
            f'code = "{COUNTY}"\nhome = "{self.home}"\nsince = 2025\nhosts = {names}\n{entry}', encoding="utf-8")
        told = known or Known(COUNTY, (2025,), delay_seconds=delay, allow_private_addresses=True)
        bundles.write(folder / "known.json", told)
        program = ["-c", script] if script else ["-m", "crawler"]
        ended = subprocess.run(
            [sys.executable, *program, COUNTY, "--portals", str(folder / "portals"), "--known",
             str(folder / "known.json"), "--out", str(folder / "out"), "--timeout", str(timeout)],
            env=os.environ | {"NIANBAO_NOW": iso(DAY)} | (environ or {}), capture_output=True, text=True, timeout=120,
            check=False)
        assert ended.returncode == 0, ended.stderr
        event = [json.loads(line) for line in ended.stdout.splitlines()][-1]
        path = folder / "out" / event["bundle"].rpartition("/")[2]
        return path, bundles.read_crawl(path / bundles.CRAWL_NAME)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((time.monotonic(), self.path))
        self.server.agents.append(self.headers["User-Agent"])
        answer = self.server.answers.get(self.path)
        if callable(answer):
            answer(self)
        elif answer is None:
            self.give(b"<html><head><title>404</title></head></html>", status=404)
        else:
            self.give(answer)

    def give(self, body, *, status=200, headers=HEADERS, length=None):
        """Answer; `length` is what Content-Length says, where it is not the truth."""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextmanager
def serving(answers):
    """The small portal while the block runs."""
    with SmallPortal(answers) as portal:
        thread = threading.Thread(target=portal.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield portal
        finally:
            portal.shutdown()
            thread.join()
