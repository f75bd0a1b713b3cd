"""Three counties with what is said of their portals: sites of their own, known by name."""

from collections.abc import Mapping

from crawler.replicas.sites.world import Spec

SCENARIOS: Mapping[str, Spec] = {
    "jinxiang": Spec("xxgk", "370828", "own", (("status_412", ""),)),
    "yanggu": Spec("channel_doc", "371521", "own", (("script_filled", ""),)),
    "huangchuan": Spec("henan", "411526", "own", ()),
}
