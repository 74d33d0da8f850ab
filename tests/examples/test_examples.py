"""Every example is judged as it says."""

from __future__ import annotations

import pytest

from .harness import Example, judged
from .tables import ALL


@pytest.mark.parametrize("example", ALL, ids=str)
def test_example(example: Example) -> None:
    finding = judged(example)
    assert finding.verdict == example.verdict, f"{finding.verdict}: {finding.detail}"
    assert example.message in "\n".join([finding.detail, *finding.notes]), finding.detail
