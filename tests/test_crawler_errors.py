"""Why an address brought nothing is said in words that a reader of a digest can use."""

import pytest
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from archive.bundles import Outcome
from crawler.errors import failure_of

LOST = Failure(ConnectionLost())


@pytest.mark.parametrize(("error", "outcome", "words"), [
    (DownloadFailedError(str([LOST])), Outcome.UNREACHABLE, "ConnectionLost: Connection to the other side was lost"),
    (DownloadFailedError(str([LOST, LOST])), Outcome.UNREACHABLE, "ConnectionLost: Connection to the other side was"),
    (DownloadTimeoutError("no answer in 30 seconds"), Outcome.TIMEOUT, "DownloadTimeoutError: no answer in 30 seconds"),
    (DownloadFailedError("[<twisted.python.failure.Failure OpenSSL.SSL.Error: [('SSL routines', '', 'bad')]>]"),
     Outcome.TLS, "Error: [('SSL routines'"),
])
def test_a_failure_is_told_without_the_wrapping_of_the_library(error, outcome, words):
    told = failure_of(error)
    assert told[0] is outcome
    assert told[1].startswith(words)
    assert "twisted" not in told[1]
