"""Sites by name: three counties with what is said of their portals, and layouts that take several switches."""

from collections.abc import Mapping

from crawler.replicas.sites.world import Spec, spec

SCENARIOS: Mapping[str, Spec] = {
    # 412 to every automaton, also to an ordinary browser that one drives
    "jinxiang": spec("xxgk", "370828", "own", "status_412"),
    # entry /channel_x_0.0_12478/, townships below /site_<slug>/, lists that only a script fills
    "yanggu": spec("channel_doc", "371521", "own", "scripted"),
    # /YYYY/MM-DD/<n>.html below /zfxxgk/, a pager whose pagecount counts records, a second address on the mobile host
    "huangchuan": spec("henan", "411526", "own", "records", "mobile_host"),
    # the same with one shared list that is long enough for several pages, and addresses of an import
    "huangchuan-shared": spec("henan", "411526", "shared", "records", "import_date"),
}
