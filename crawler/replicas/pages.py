"""The frame that every page of a portal stands in: metas, navigation, footer. And the heads of articles."""

import html
from collections.abc import Iterable, Sequence
from datetime import datetime

from archive.clock import SHANGHAI
from crawler.replicas.places import County

Metas = Sequence[tuple[str, str]]
Link = tuple[str, str]


def frame(county: County, title: str, body: str, *, metas: Metas = (), menu: Iterable[Link] = ()) -> str:
    """A whole page. `menu` holds the portal's main navigation as (address, text)."""
    site = (("SiteName", county.site_name), ("SiteDomain", county.domain), ("SiteIDCode", county.site_id))
    head = "\n".join(f'<meta name="{name}" content="{html.escape(value)}" />' for name, value in (*site, *metas))
    bar = "".join(f"<li>{anchor(*link)}</li>" for link in menu)
    return f"""<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>{html.escape(title)}</title>
{head}
<link rel="icon" href="data:," />
</head>
<body>
<div class="header"><a href="/"><span class="logo">{county.site_name}</span></a>
<ul class="nav">{bar}</ul></div>
<div class="main">
{body}
</div>
<div class="footer">
<p>主办：{county.site_name}办公室　网站标识码：{county.site_id}</p>
<p>联系我们　网站地图　版权说明　<a href="https://zfwzgl.www.gov.cn/" rel="nofollow">我为政府网站找错</a></p>
</div>
</body>
</html>
"""


def column_metas(name: str, kind: str | None = None) -> Metas:
    """The metas of a column page."""
    return (("ColumnName", name), ("ColumnType", kind or name))


def anchor(address: str, text: str, title: str | None = None, css: str | None = None) -> str:
    """A link; `title` keeps the whole title where the text is cut."""
    extra = "".join(f' {name}="{html.escape(value)}"' for name, value in (("class", css), ("title", title)) if value)
    return f'<a href="{html.escape(address)}"{extra}>{html.escape(text)}</a>'


def crumbs(*links: Link) -> str:
    """The line that says where on the portal a page stands."""
    return '<div class="position">当前位置：' + " &gt; ".join(anchor(*link) for link in links) + "</div>"


def bullets(links: Iterable[Link], css: str = "list") -> str:
    """A plain list of links."""
    return f'<ul class="{css}">' + "".join(f"<li>{anchor(*link)}</li>" for link in links) + "</ul>"


def paragraphs(lines: Iterable[str]) -> str:
    """Running text."""
    return "".join(f"<p>{html.escape(line)}</p>" for line in lines)


def local(instant: datetime, pattern: str = "%Y-%m-%d %H:%M") -> str:
    """An instant as a portal prints it."""
    return instant.astimezone(SHANGHAI).strftime(pattern)


def shortened(title: str, length: int = 26) -> str:
    """A title as narrow lists cut it."""
    return title if len(title) <= length else title[: length - 1] + "..."
