"""What real hosts answered is read as what it is: the exchanges recorded in tests/protocol/recordings."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from vmready.remote.envelope import fault_of, parse, relates_to

RECORDINGS = sorted((Path(__file__).parents[1] / "protocol" / "recordings").glob("test_*.yml"))
FAULTS = {
    "test_winrs_operation_timeout": (2150858793, "w:TimedOut"),
    "test_winrs_bad_cmd_id": (2150858843, "w:InvalidSelectors"),
    "test_winrs_fail_poll_process": (87, "w:InvalidParameter"),
    "test_winrs_no_cmd_shell": (2147942402, "w:InternalError"),
}


#: The last exchange of this recording was put together from two: its reply names a request that is not in it.
MISMATCHED = {("test_winrs_unicode", 4)}


def exchanges(path: Path) -> list[dict[str, str]]:
    return [each for each in yaml.safe_load(path.read_text(encoding="utf-8"))["messages"] if each.get("response")]


def test_there_are_recordings():
    assert len(RECORDINGS) >= 5


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_every_recorded_reply_is_an_envelope_that_names_its_request(path):
    for number, each in enumerate(exchanges(path)):
        if (path.stem, number) in MISMATCHED:
            continue
        asked = re.search(r"MessageID>([^<]+)<", each["request"])
        assert relates_to(parse(each["response"].encode())).lower() == asked[1].lower()


@pytest.mark.parametrize("path", [path for path in RECORDINGS if path.stem in FAULTS], ids=lambda path: path.stem)
def test_every_recorded_fault_has_its_code(path):
    faults = [fault_of(parse(each["response"].encode())) for each in exchanges(path)]
    found = {(fault.code, fault.subcode) for fault in faults if fault is not None}
    assert FAULTS[path.stem] in found
    assert all(fault.text for fault in faults if fault is not None)
