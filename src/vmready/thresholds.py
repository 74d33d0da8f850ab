"""``--thresholds FILE``: limits for a CI gate, from YAML or JSON."""

from __future__ import annotations

from pathlib import Path

from vmready.declared import DeclarationError, read
from vmready.evidence.gate import ThresholdError, Thresholds


def read_thresholds(path: Path) -> Thresholds:
    """The limits of a file. DeclarationError or ThresholdError name the file and what is wrong."""
    declaration = read(path)
    if declaration.problems:
        raise DeclarationError(declaration.problems)
    try:
        return Thresholds.parse(declaration.value)
    except ThresholdError as error:
        raise ThresholdError(f"{path}: {error}") from None
