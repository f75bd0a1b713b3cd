"""Scrapy's settings for one county's crawl: identity, pace, what is switched off and why."""

from importlib.metadata import version
from typing import Any

from scrapy.settings import Settings

from archive.bundles import Known

HANDLER = "crawler.browser.Handler"
CRAWLER = "nianbao-crawler/1"             # named in known.json: another version reads listings afresh
AGENT = "nianbao"                         # what robots.txt rules are looked up for
LOG_LEVEL = "WARNING"
# What a process of crawls is told; anything more here would override a county's own. Names resolve to addresses of both
# kinds, and Twisted asks the next one where one does not answer at once.
PROCESS = {"LOG_LEVEL": LOG_LEVEL, "TWISTED_DNS_RESOLVER": "scrapy.resolver.CachingHostnameResolver"}
TIMEOUT_SECONDS = 30.0
LARGEST = 64 * 1024 * 1024                # bytes of one body
SLOWEST = 60.0                            # seconds between two requests, however slow the server is


def settings(known: Known, timeout: float) -> Settings:
    """Settings for one county's crawl."""
    polite: dict[str, Any] = {
        "DOWNLOAD_DELAY": known.delay_seconds,
        "DOWNLOAD_DELAY_JITTER": 0.5,
        "CONCURRENT_REQUESTS_PER_DOMAIN": 1,
        "CONCURRENT_REQUESTS": 4,
        "AUTOTHROTTLE_ENABLED": known.delay_seconds > 0,   # no delay is a replica
        "AUTOTHROTTLE_START_DELAY": known.delay_seconds,
        "AUTOTHROTTLE_MAX_DELAY": SLOWEST,
        # Delays count from one request's start to the next one's: a slow server rests as long as it worked.
        "AUTOTHROTTLE_TARGET_CONCURRENCY": 0.5,
    }
    return Settings(_fixed(timeout) | {"USER_AGENT": user_agent(known.contact)} | polite)


def user_agent(contact: str | None) -> str:
    """Who asks, and whom to write to about it where somebody is named."""
    about = "; ".join(filter(None, ("annual report archive", contact)))
    return f"{AGENT}/{version('nianbao')} ({about})"


def _fixed(timeout: float) -> dict[str, Any]:
    return {
        "DOWNLOAD_HANDLERS": {"http": HANDLER, "https": HANDLER, "file": None, "ftp": None, "s3": None, "data": None},
        "DEFAULT_REQUEST_HEADERS": {
            "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5",
            "Accept-Encoding": "gzip, deflate",
        },
        "DOWNLOAD_TIMEOUT": timeout,
        "DOWNLOAD_MAXSIZE": LARGEST,
        "DOWNLOAD_FAIL_ON_DATALOSS": False,       # a torn body is recorded as torn
        "DOWNLOAD_VERIFY_CERTIFICATES": True,
        "REDIRECT_MAX_TIMES": 10,
        "METAREFRESH_ENABLED": False,             # fetch.py follows it where a page is nothing else
        "RETRY_ENABLED": False,                   # fetch.py tries again, and knows Retry-After
        "ROBOTSTXT_OBEY": False,                  # gate.py does: Scrapy's own allows all when robots.txt fails
        "TELNETCONSOLE_ENABLED": False,
        "REMOTE_CONTROL_ENABLED": False,
        "HTTPPROXY_ENABLED": False,
        "HTTPCACHE_ENABLED": False,
        "MEMUSAGE_ENABLED": False,
        "STATS_DUMP": False,
        "LOG_LEVEL": LOG_LEVEL,
        "TWISTED_REACTOR": "twisted.internet.asyncioreactor.AsyncioSelectorReactor",
        "DOWNLOADER_MIDDLEWARES": {
            "crawler.gate.Gate": 50,
            "crawler.recorder.Recorder": 950,     # nearest to the wire: sees redirects and encoded bodies
            "scrapy.downloadermiddlewares.httpcompression.HttpCompressionMiddleware": None,  # recorder.py decodes
        },
    }
