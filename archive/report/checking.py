"""What a rule knows and what it answers."""

from dataclasses import dataclass
from typing import Any

from archive.documents.model import Document
from archive.report.model import Identity, Kind
from archive.report.sections import Section
from archive.report.tables import Tables


@dataclass(frozen=True, slots=True)
class Known:
    """Everything read out of one document."""

    document: Document
    sections: tuple[Section, ...]
    tables: Tables
    kind: Kind
    identity: Identity
    facts: dict[str, Any]
