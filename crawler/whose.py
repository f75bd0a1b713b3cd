"""Which county's portal a home page is, by what it says (pure)."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from archive import divisions
from archive.divisions import County
from archive.names import area_short
from crawler.pages import Page, squeeze

SITE_WORDS = re.compile(
    r"(?:人民政府)?(?:门户|官方|政务|政府)*(?:网站|网|站|平台)+$|人民政府$|^(?:欢迎(?:光临|访问|来到)?|首页|中国)")
PARTS = re.compile(r"[-_|—–·>»\s]+")
SITE_CODE = re.compile(r"\d{10}")


def counties_of(page: Page) -> tuple[County, ...]:
    """The county that a home page names: one, or several that are called so, or none that can be told.

    The name of the site counts first, then the title, then what the text names most often.
    """
    for text in (page.metas.get("sitename", ""), page.title):
        found = _called(text)
        if found:
            return _narrowed(found, page)
    counted = Counter(divisions.mentioned_counties(page.text)).most_common(2)
    if counted and (len(counted) == 1 or counted[0][1] > counted[1][1]):
        return _narrowed((counted[0][0],), page)
    return tuple(county for county, _ in counted)


def _called(text: str) -> tuple[County, ...]:
    """Counties whose name is part of a site's name."""
    for part in _parts(text):
        found = divisions.counties_called(part)
        if found:
            return found
    return divisions.mentioned_counties(text)


def _parts(text: str) -> Iterator[str]:
    for part in PARTS.split(squeeze(text)):
        bare = SITE_WORDS.sub("", SITE_WORDS.sub("", part))
        if len(bare) > 1:
            yield bare


def _narrowed(found: Sequence[County], page: Page) -> tuple[County, ...]:
    """Of several with one name that whose site code, prefecture or townships the page names."""
    if len(found) < 2:
        return tuple(found)
    code = SITE_CODE.match(page.metas.get("siteidcode", ""))
    coded = [county for county in found if code and county.code == code[0][:6]]
    if coded:
        return tuple(coded)
    points = {county: _points(county, page.text) for county in found}
    most = max(points.values())
    return tuple(county for county in found if points[county] == most)


def _points(county: County, text: str) -> int:
    areas = sum(area_short(area) in text for area in {county.prefecture, county.province})
    return 5 * areas + len(divisions.mentioned_townships(text, county.code))
