"""Reads one body, whatever it is, with no home and no network."""

import dataclasses
import hashlib
from typing import Any

from archive.documents import read_document
from archive.report import PARSER, read_report
from archive.report.model import Check, Report, Source

__all__ = ["PARSER", "as_json", "parse"]


def parse(
    body: bytes, *, name: str | None = None, url: str | None = None, declared: str | None = None,
    county: str | None = None,
) -> Report:
    """The report in a body. `declared` is a charset or Content-Type, `county` the code of the portal's county.

    Raises Unreadable, with the reason in words, for what no reader understands.
    """
    document = read_document(body, name=name, declared=declared)
    return read_report(document, sha256=hashlib.sha256(body).hexdigest(), url=url, county=county)


def as_json(report: Report, file: str | None = None) -> dict[str, Any]:
    """The report as `nianbao parse --json` prints it; `file` comes first where it is given."""
    return {
        **({"file": file} if file is not None else {}),
        "sha256": report.sha256,
        "media_type": report.media_type,
        "parser": report.parser,
        "kind": report.kind,
        "format": report.format,
        "identity": dataclasses.asdict(report.identity),
        "cells": report.cells,
        "sources": {key: _source(source) for key, source in report.sources.items()},
        "derived": report.derived,
        "facts": report.facts,
        "sections": report.sections,
        "checks": [_check(check) for check in report.checks],
        "warnings": list(report.warnings),
    }


def _check(check: Check) -> dict[str, Any]:
    return {**dataclasses.asdict(check), "cells": list(check.cells), "places": list(check.places)}


def _source(source: Source) -> dict[str, Any]:
    """A source without what it does not know."""
    return {key: value for key, value in dataclasses.asdict(source).items() if value is not None}
