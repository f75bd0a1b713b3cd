"""The pages of a county of the world: its reports, its lists, what it answers instead."""

import html
from datetime import datetime
from functools import lru_cache

from archive.divisions import county as division
from archive.divisions import townships
from crawler.replicas import paper_html, prose
from crawler.replicas.figures import figures, with_one_more
from crawler.replicas.places import County as Portal
from crawler.replicas.places import Place
from tests.simulation.world import YEAR, County, Paper, State

REMARK = "<p>（本报告已更正：联系电话有变化，以本页为准。）</p>"


@lru_cache(maxsize=256)
def portal(code: str) -> Portal:
    """A county as the replicas know one."""
    one = division(code)
    places = tuple(Place(unit.code, unit.name, f"z{unit.code[6:]}") for unit in townships(code))
    return Portal(code, one.name, f"{one.province}{one.prefecture or ''}", f"x{code}", f"www.x{code}.gov.cn",
                  f"{code}0001", "0537", "272200", places)


def title(code: str, township: str, year: int) -> str:
    """The usual title of a report."""
    here = portal(code)
    return prose.title_of(here.issuer(here.place(township)), year)


@lru_cache(maxsize=4096)
def inner(code: str, township: str, year: int, more: int, remarks: int, wording: int) -> str:
    """A report's inner HTML. One with another year's wording says word for word what that year's said."""
    here = portal(code)
    told = figures(township, wording)
    for _ in range(more):
        told = with_one_more(told)
    text = paper_html.body(prose.compose(here.issuer(here.place(township)), wording, told))
    for step in range(2 if wording != year else 0):
        text = text.replace(str(wording + 1 - step), str(year + 1 - step))
    return text + REMARK * remarks


def report(county: County, paper: Paper, state: State) -> bytes:
    """The page of a report as it stands from an instant on."""
    name = title(county.code, paper.township, paper.year)
    day = state.claims.isoformat() if state.claims else None
    meta = f'<meta name="PubDate" content="{day} 09:30">' if day else ""
    line = f"<div>发布时间：{day} 来源：{html.escape(county.name)}人民政府</div>" if day else ""
    wording = state.wording if paper.year == YEAR else paper.year
    body = inner(county.code, paper.township, paper.year, state.more, state.remarks, wording)
    return (f'<html><head><meta charset="utf-8"><title>{name}</title><meta name="ArticleTitle" content="{name}">{meta}'
            f"</head><body><h1>{name}</h1>{line}<div id=zoom>{body}</div></body></html>").encode()


def listing(county: County, name: str, shown: list[tuple[str, str, str | None]], following: str | None) -> bytes:
    """A page of a list: (address, title, day) of each entry, and the page behind it."""
    rows = "".join(f'<li><a href="{url}">{title}</a><span>{day or ""}</span></li>' for url, title, day in shown)
    further = f'<a href="{following}">下一页</a>' if following else ""
    empty = "" if shown else "<p>暂无内容</p>"
    return (f'<html><head><meta charset="utf-8"><title>{name}-{county.name}人民政府</title></head>'
            f"<body><h2>{name}</h2><ul>{rows}</ul>{empty}{further}</body></html>").encode()


def home(county: County) -> bytes:
    """The front page."""
    return f"<html><head><title>{county.name}人民政府</title></head><body>{county.name}</body></html>".encode()


def day_of(paper: Paper, at: datetime) -> str | None:
    """The day that a list shows beside a link."""
    claims = paper.states[paper.number(at)].claims
    return claims.isoformat() if claims else None
