"""vmready proves that virtual machines in Azure are ready. These are the public names: what requirements and facts are written with."""

from __future__ import annotations

from vmready.facts.registry import FollowUp, Inputs, UnreadableFact, fact
from vmready.judging import advise, missing, not_applicable, note, observe
from vmready.model import Document, Kind, Requirement, Role, Severity, Source, Verdict
from vmready.probes.answers import Absent, Answer, Observed, Reason, Unreadable, Why
from vmready.requirement import info, must, requirement, should

__version__ = "0.1.0"

__all__ = [
    "Absent",
    "Answer",
    "Document",
    "FollowUp",
    "Inputs",
    "Kind",
    "Observed",
    "Reason",
    "Requirement",
    "Role",
    "Severity",
    "Source",
    "Unreadable",
    "UnreadableFact",
    "Verdict",
    "Why",
    "advise",
    "fact",
    "info",
    "missing",
    "must",
    "not_applicable",
    "note",
    "observe",
    "requirement",
    "should",
]
