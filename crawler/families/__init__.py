"""One module per family of portal software: what its list pages hold and how they go on. All pure.

A family is told per page, never per county: one county mixes several.
"""


from crawler.families import (
    channel_doc,
    epoint,
    generic,
    gkmlpt,
    hanweb,
    henan,
    jpaas,
    kaipu,
    lonsun,
    shapes,
    trs,
    truecms,
    vsb,
    xxgk,
)
from crawler.families.model import Earlier, Family, Listed, Seen
from crawler.pages import Page

__all__ = ["FAMILIES", "Earlier", "Family", "Listed", "Seen", "detect", "family_of"]

# Strongest signs first; the generic reader takes whatever is left.
FAMILIES: tuple[Family, ...] = (
    gkmlpt.FAMILY, jpaas.FAMILY, xxgk.FAMILY, hanweb.FAMILY, truecms.FAMILY, channel_doc.FAMILY, henan.FAMILY,
    trs.FAMILY, vsb.FAMILY, lonsun.FAMILY, kaipu.FAMILY, epoint.FAMILY, *shapes.FAMILIES, generic.FAMILY,
)


def detect(page: Page) -> Family:
    """The family whose software wrote this page."""
    return next(family for family in FAMILIES if family.wrote(page))


def family_of(name: str) -> Family | None:
    """The family that a registry entry or an earlier crawl names, without what stands behind a `/`."""
    base = name.partition("/")[0]
    return next((family for family in FAMILIES if family.name == base), None)
