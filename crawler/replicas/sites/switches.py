"""Every switch of a site but its family's own: name → what it does, in a sentence.

A switch that answers instead of the site takes a value that says where: nothing (everywhere but robots.txt), a role of
pages (`list`, `report`, `home`, `file`), a path's beginning (`/public/`), the number of a request (`#7`), all from one
on (`#7+`), the same until the site was left alone for some seconds (`#7+~2`), or `first`: each address once.
"""

from collections.abc import Mapping

from crawler.replicas.sites import columns, dress, papers, refusals, roads, robots, stocks, uploads, wire

SWITCHES: Mapping[str, str] = {
    **papers.SWITCHES, **columns.SWITCHES, **stocks.SWITCHES, **uploads.SWITCHES, **robots.SWITCHES,
    **refusals.SWITCHES, **wire.SWITCHES, **roads.SWITCHES, **dress.SWITCHES,
}
