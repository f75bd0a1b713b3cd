"""The rooms between a portal's home page and its columns, and the frame of its pages, for software of plain pages.

    home → 政务公开 → 政府信息公开 → 乡镇街道 → a township → its 政府信息公开年报         (own)
    home → 政务公开 → 政府信息公开 → the columns of all bodies                         (shared)
"""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from crawler.replicas.pages import anchor, bullets, column_metas, crumbs, frame, local, paragraphs
from crawler.replicas.places import Place, credit_code, seeded, token
from crawler.replicas.sites.model import Column, Paper, Site
from crawler.replicas.web import Answer, page

HOME, OPEN, DISCLOSURE, TOWNS = "home", "open", "disclosure", "towns"
DATELESS = 0.25                     # of the articles carry no PubDate


@dataclass(frozen=True, slots=True)
class Room:
    """A page that only leads on; `doors` are keys of rooms and columns."""

    key: str
    name: str
    above: str
    doors: tuple[str, ...] = ()
    place: Place | None = None


def rooms(site: Site) -> dict[str, Room]:
    """Every room of a site by its key."""
    towns = tuple(column for column in site.reports if column.place is not None)
    shared = tuple(column.key for column in site.reports if column.place is None)
    beside = tuple(column.key for column in site.others[1:])
    doors = (*beside, *shared, *((TOWNS,) if towns else ()))
    found = [Room(OPEN, "政务公开", HOME, (DISCLOSURE, *beside[-1:])), Room(DISCLOSURE, "政府信息公开", OPEN, doors)]
    if towns:
        found.append(Room(TOWNS, "乡镇街道", DISCLOSURE, tuple(_town(column) for column in towns)))
    for column in towns:
        assert column.place is not None
        found.append(Room(_town(column), column.place.name, TOWNS, (_office(column), column.key), column.place))
        found.append(Room(_office(column), "机构职能", _town(column), (), column.place))
    return {room.key: room for room in found}


def _town(column: Column) -> str:
    return f"t-{column.key}"


def _office(column: Column) -> str:
    return f"o-{column.key}"


def way(site: Site, key: str) -> tuple[str, ...]:
    """The rooms above a room or column, from below the home page on, and itself."""
    known = rooms(site)
    if key in known:
        above = known[key].above
    else:
        above = next((room.key for room in reversed(known.values()) if key in room.doors), HOME)
    return (*way(site, above), key) if above != HOME else (key,)


@dataclass(frozen=True)
class Layout:
    """Draws the pages of one site; `address` gives where a room or column stands, from its key (also `home`)."""

    site: Site
    address: Callable[[str], str]

    def home(self) -> Answer:
        """The front page: latest news and the main navigation."""
        news = self.site.others[0]
        titles = paragraphs(paper.title for paper in news.papers[:6])
        body = f"<h2>{self.site.county.name}要闻</h2>{titles}"
        return page(frame(self.site.county, f"{self.site.county.site_name}门户网站", body, menu=self._menu()))

    def room(self, key: str) -> Answer | None:
        """A page that leads on."""
        room = rooms(self.site).get(key)
        if room is None:
            return None
        body = self.crumbs(key) + f"<h2>{room.name}</h2>" + bullets(
            ((self.address(door), self.name(door)) for door in room.doors), "gl-list")
        if not room.doors:
            body += paragraphs([f"{room.place.name if room.place else ''}{room.name}。"])
        return self.framed(room.name, body, room.place)

    def listing(self, column: Column, inner: str) -> Answer:
        """A page of a column's list."""
        return self.framed(column.name, self.crumbs(column.key) + inner, column.place)

    def framed(self, name: str, body: str, place: Place | None = None) -> Answer:
        """A column page called `name`."""
        title = "-".join([name, *([place.name] if place else []), self.site.county.site_name])
        return page(frame(self.site.county, title, body, metas=column_metas(name), menu=self._menu()))

    def article(self, column: Column, paper: Paper, inner: str, *, dated: bool = False) -> Answer:
        """An article's page: metas and the frame round `inner`; `dated` articles never go without PubDate."""
        metas = [*column_metas(column.name), ("ArticleTitle", paper.title)]
        if dated or seeded(paper.number, "PubDate").random() >= DATELESS:
            metas.append(("PubDate", moment(paper)))
        metas.append(("ContentSource", source(self.site, paper)))
        body = self.crumbs(column.key) + inner + '<div class="share">分享到：微信 微博　【打印】【关闭】</div>'
        title = f"{paper.title}-{self.site.county.site_name}"
        return page(frame(self.site.county, title, body, metas=metas, menu=self._menu()))

    def crumbs(self, key: str) -> str:
        """The line that says where on the portal a page stands."""
        trail = [(self.address(one), self.name(one)) for one in way(self.site, key)]
        return crumbs((self.address(HOME), "首页"), *trail)

    def name(self, key: str) -> str:
        """What a room or column is called."""
        column = self.site.column(key)
        return column.name if column is not None else rooms(self.site)[key].name

    def _menu(self) -> Sequence[tuple[str, str]]:
        news = self.site.others[0]
        return ((self.address(HOME), "首页"), (self.address(news.key), news.name), (self.address(OPEN), "政务公开"))


def key_at(site: Site, address: Callable[[str], str], path: str) -> str | None:
    """The room or column that stands at a path."""
    keys = (*rooms(site), *(column.key for column in site.columns))
    return next((key for key in keys if address(key) == path), None)


def pages_of(site: Site, column: Column) -> int:
    """How many pages a column's list has; an empty one has one."""
    return max(1, -(-len(column.papers) // site.per_page))


def on_page(site: Site, column: Column, number: int) -> tuple[Paper, ...]:
    """The articles on a page of a list, counted from 0."""
    return column.papers[number * site.per_page:(number + 1) * site.per_page]


def source(site: Site, paper: Paper) -> str:
    """Who an article says that it comes from."""
    return f"{site.county.name}{paper.place.body}" if paper.place else f"{site.county.name}人民政府办公室"


def moment(paper: Paper) -> str:
    """When an article says that it was published."""
    return f"{paper.claimed.isoformat()} {local(paper.appears, '%H:%M')}"


def row(href: str, paper: Paper, extra: str = "", shown: str | None = None) -> str:
    """A list's row: the link with its whole title, and the day."""
    return f"<li{extra}>{anchor(href, shown or paper.title, paper.title)}<span>{paper.claimed.isoformat()}</span></li>"


def facts(site: Site, paper: Paper, published: str = "发布日期") -> tuple[tuple[str, str], ...]:
    """What the table at the head of an article says."""
    number = f"{credit_code(site.county.code, 1)}/{paper.claimed.year}-{token(7, paper.number)}"
    return (("名称", paper.title), ("索引号", number), (published, paper.claimed.isoformat()),
            ("发布机构", source(site, paper)), ("文号", ""), ("主题词", "年度报告"))


def head_table(pairs: Sequence[tuple[str, str]], css: str = "headInfo") -> str:
    """Facts two by two."""
    cells = [f"<td><b>{label}：</b></td><td>{html.escape(value)}</td>" for label, value in pairs]
    rows = ("".join(cells[start:start + 2]) for start in range(0, len(cells), 2))
    return f'<table class="{css}">' + "".join(f"<tr>{one}</tr>" for one in rows) + "</table>"


def disposition(name: str, form: str = "") -> tuple[str, str]:
    """A Content-Disposition header: by RFC 5987, percent-encoded, or the raw bytes of `utf-8` or `gbk`."""
    if form in ("utf-8", "gbk"):
        value = f'attachment; filename="{name.encode(form).decode("latin-1")}"'
    else:
        value = "attachment; filename" + ("=" if form == "percent" else "*=UTF-8''") + quote(name)
    return "Content-Disposition", value
