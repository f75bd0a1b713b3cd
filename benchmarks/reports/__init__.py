"""Reports with known figures, written in every form in which publishers leave them. Deterministic for a seed."""

from benchmarks.reports.make import FORMS, Form, make
from benchmarks.reports.model import Sample
from benchmarks.reports.score import Score, score

__all__ = ["FORMS", "Form", "Sample", "Score", "make", "score"]
