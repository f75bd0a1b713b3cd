"""Proof pages: the original beside the cells read, each number linked to its place, for a person to check by eye."""

from archive.proof.index import Entry, entry, index_page
from archive.proof.page import proof_page, unread_page

__all__ = ["Entry", "entry", "index_page", "proof_page", "unread_page"]
