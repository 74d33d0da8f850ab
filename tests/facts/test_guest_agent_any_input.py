"""Parsers of what hosts send: any input gives a value or the parser's own error, in bounded time and memory, and never a silent permission."""

from __future__ import annotations

import json
import string
from datetime import UTC, datetime
from ipaddress import IPv4Address

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vmready.facts import aggregate_status, applocker, firewall_rules, vss_writers
from vmready.facts.fabric_address import NotOptions, dhcp_options
from vmready.facts.guest_agent_log_lines import LINE_LIMIT, RECORD_LIMIT, records
from vmready.facts.guest_agent_log_patterns import BY_ID, PATTERNS, start_version, unrecovered
from vmready.facts.guest_agent_versions import folder_version, program_of, within
from vmready.facts.sddl import LOCAL_SYSTEM_TOKEN

CONNECTION = firewall_rules.Connection(
    IPv4Address("168.63.129.16"), 80, frozenset({"waappagent.exe"}), frozenset({"rdagent"})
)
#: Pieces of which lines of the log, rules and policies are made: random text alone would never get past the first check.
LOG = st.sampled_from(
    [
        "[INFO]",
        "[00000007]",
        "[05/28/2019 12:58:50.90]",
        "[13/45/2019 99:58:50.90]",
        "2021-01-12T16:35:45Z",
        "\n",
        "\r\n",
        " ",
        "\0",
        "\ufeff",
    ]
    + [literal for pattern in PATTERNS for group in pattern.groups for literal in group]
    + ["ControlSystem initialized with version", "168.63.129.16:80", "168.63.129.16:99999", "--->", "٣٤"]
)
RULE = st.sampled_from(
    [
        "v2.31",
        "|",
        "=",
        "Action=Block",
        "Action=Allow",
        "Active=TRUE",
        "Dir=Out",
        "Protocol=6",
        "RPort=80",
        "RPort2_10=1-99999",
        "RA4=168.63.129.16",
        "RA4=168.63.0.0/255.255.0.0",
        "RA4=1.1.1.1-2.2.2.2",
        "RA4=999",
        "RA4=/",
        "RA4=-",
        "App=x",
        "LUAuth=O:SYD:(A;;CC;;;SY)",
        "LUAuth=",
        "Svc=*",
        "Profile=Public",
    ]
)
POLICY = st.sampled_from(
    [
        "<RuleCollection Type='Exe' EnforcementMode='Enabled'>",
        "</RuleCollection>",
        "<FilePathRule Action='Deny' UserOrGroupSid='S-1-1-0'>",
        "</FilePathRule>",
        "<Conditions>",
        "</Conditions>",
        "<FilePathCondition Path='%OSDRIVE%\\*'/>",
        "<FilePathCondition Path='***[?'/>",
        "<FileHashCondition/>",
        "<!DOCTYPE a>",
        "&a;",
        "<a/>",
    ]
)


def made_of(pieces: st.SearchStrategy[str], most: int = 30) -> st.SearchStrategy[str]:
    return st.lists(pieces | st.text(max_size=12), max_size=most).map("".join)


@given(st.text() | made_of(LOG), st.booleans())
@settings(max_examples=300, deadline=None)
@example("[" * 5000, False)
@example("[a]" + " " * 100_000 + "x", False)
@example("[INFO] a\n" + "b\n" * 200_000, True)
@example("٣/٤", False)
def test_any_text_is_a_log(text: str, inside: bool) -> None:
    found = list(records(text, inside=inside))
    assert len(found) <= text.count("\n") + 1
    for record in found:
        assert record.level in ("INFO", "WARN", "ERROR", "HEART", "TRACE")
        assert len(record.text) <= max(LINE_LIMIT, RECORD_LIMIT)
        assert record.time is None or record.time.tzinfo is UTC
    for hit in unrecovered(found, [pattern.id for pattern in PATTERNS]):
        assert hit.times >= 1
        assert str(hit)


@given(made_of(LOG))
@settings(max_examples=300, deadline=None)
def test_a_failure_with_nothing_after_it_is_always_shown(before: str) -> None:
    line = "[ERROR] GetVersions() failed with exception: Server Error: Service Unavailable"
    found = unrecovered(records(f"{before}\n{line}"), ["L2", "L3", "L3.other"])
    assert found, before


@given(made_of(LOG))
@settings(max_examples=200, deadline=None)
def test_a_good_line_at_the_end_takes_back_every_failure_of_the_way(before: str) -> None:
    text = f"{before}\n[00000001] [11/20/2026 09:00:00.00] [INFO]  ControlSystem initialized with version 2012-11-30."
    assert unrecovered(records(text), ["L2", "L3", "L3.other", "L5", "L10"]) == ()


def test_a_flood_of_interfaces_is_bounded() -> None:
    lines = "\n".join(f"[ERROR] Did not discover fabric address on interface {n}" for n in range(10_000))
    assert {hit.what for hit in unrecovered(records(lines), ["L5"])} == {str(n) for n in range(9_936, 10_000)}


def test_times_of_both_forms() -> None:
    text = "[00000007] [05/28/2019 12:58:50.90] [INFO]  a\n[1] 2021-01-12T16:35:45.123456789Z [WARN]b\n[ERROR] c\n at d"
    first, second, third = records(text)
    assert first.time == datetime(2019, 5, 28, 12, 58, 50, 900_000, UTC)
    assert second.time == datetime(2021, 1, 12, 16, 35, 45, tzinfo=UTC)
    assert (third.time, third.text) == (second.time, "c\n at d")


def test_a_line_that_was_cut_at_its_start_is_left_out() -> None:
    text = "tServices() [INFO] half\n continued\n[INFO] whole"
    assert [record.text for record in records(text, inside=True)] == ["whole"]


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: pattern.id)
def test_patterns_say_what_they_mean(pattern: object) -> None:
    assert BY_ID[pattern.id] is pattern  # type: ignore[attr-defined]
    assert all((pattern.conclusion, pattern.confirm, pattern.by))  # type: ignore[attr-defined]


@given(st.text() | made_of(RULE))
@settings(max_examples=400, deadline=None)
@example("v2.31|" + "RA4=1.1.1.1|" * 5000)
@example("v2.31|Action=Block|Active=TRUE|Dir=Out|RPort=٣|")
def test_any_text_is_a_rule_or_none(text: str) -> None:
    try:
        rule = firewall_rules.parse(text)
    except firewall_rules.NotRule:
        return
    assert firewall_rules.fits(rule, CONNECTION) in firewall_rules.Fit


@given(made_of(RULE.filter(lambda piece: "Action" not in piece and "Active" not in piece and "Dir" not in piece)))
@settings(max_examples=400, deadline=None)
def test_a_rule_that_is_not_understood_is_never_harmless(rest: str) -> None:
    """Whatever a block rule says besides: it fits, perhaps fits, or a condition that is understood rules it out."""
    try:
        rule = firewall_rules.parse(f"v2.31|Action=Block|Active=TRUE|Dir=Out|{rest}")
    except firewall_rules.NotRule:
        return
    known = {"app", "apppkgid", "icmp4", "icmp6", "iftype", "luauth", "luown", "protocol", "svc"}
    narrowing = [name for name in rule.fields if name in known or name.startswith(("ra4", "ra6", "rport"))]
    assert narrowing or firewall_rules.fits(rule, CONNECTION) is not firewall_rules.Fit.NO


@given(st.text() | made_of(POLICY))
@settings(max_examples=400, deadline=None)
@example("<a>" * 10_000)
@example("<!DOCTYPE a [<!ENTITY b 'c'>]><RuleCollection Type='Exe'>&b;</RuleCollection>")
def test_any_text_is_a_policy_or_none(text: str) -> None:
    try:
        collection = applocker.parse(text)
    except applocker.NotPolicy:
        return
    program = applocker.Program(r"C:\Packages\x.exe", ("O=A", "B", "C", "1.0"), "0xab")
    assert applocker.decide(collection, program, LOCAL_SYSTEM_TOKEN).allowed in applocker.Fit


@given(
    made_of(st.sampled_from(["*", "?", "%OSDRIVE%", "\\", "[", "]", "packages", "x.exe", "%"]), 200),
    st.text(max_size=200),
)
@settings(max_examples=300, deadline=None)
@example("*a" * 500, "a" * 260)
def test_any_path_rule_is_decided_in_bounded_time(pattern: str, path: str) -> None:
    condition = applocker.Element("FilePathCondition", {"Path": pattern})
    rule = applocker.Rule("r", "FilePathRule", True, "S-1-1-0", (condition,), ())
    collection = applocker.Collection("enabled", True, (rule,))
    assert applocker.decide(collection, applocker.Program(path), LOCAL_SYSTEM_TOKEN).allowed in applocker.Fit


@given(st.sampled_from(["Allow", "Deny"]), st.text(alphabet=string.ascii_letters, min_size=1, max_size=12))
def test_conditions_that_nobody_knows_decide_nothing(action: str, name: str) -> None:
    text = (
        f"<RuleCollection Type='Exe' EnforcementMode='Enabled'><R{name} Action='{action}' UserOrGroupSid='S-1-1-0'>"
        f"<Conditions><Q{name}/></Conditions></R{name}></RuleCollection>"
    )
    decided = applocker.decide(applocker.parse(text), applocker.Program("c:\\x.exe"), LOCAL_SYSTEM_TOKEN)
    assert decided.allowed is applocker.Fit.PERHAPS


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.just("Ready"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "aggregateStatus",
                    "guestAgentStatus",
                    "handlerAggregateStatus",
                    "status",
                    "runtimeSettingsStatus",
                    "settingsStatus",
                    "timestampUTC",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.text() | JSON.map(str) | JSON.map(json.dumps))
@settings(max_examples=400, deadline=None)
@example('{"aggregateStatus":' * 5000)
@example('{"aggregateStatus":{"guestAgentStatus":{"status":1e999},"handlerAggregateStatus":null}}')
def test_any_text_is_a_status_or_none(text: str) -> None:
    try:
        status = aggregate_status.parse(text)
    except aggregate_status.NotStatus:
        return
    assert all(isinstance(handler.status, str) for handler in status.handlers)
    assert "Ready" in text or status.agent != "Ready"


@given(
    st.text()
    | made_of(
        st.sampled_from(["'", "\n", "   ", "{e8132975-6f93-4464-a53e-1050253ae220}", "[1]", "[99]", ":", "Writer"])
    )
)
@settings(max_examples=300, deadline=None)
@example("'" * 10_000)
def test_any_text_is_a_listing_of_writers(text: str) -> None:
    for writer in vss_writers.parse(text):
        assert writer.state is None or 0 <= writer.state <= 999
        assert str(writer)


@given(st.binary(max_size=400))
@settings(max_examples=300, deadline=None)
@example(b"\xff" * 400)
def test_any_bytes_are_dhcp_options_or_none(data: bytes) -> None:
    try:
        found = list(dhcp_options(data))
    except NotOptions:
        return
    assert sum(20 + (len(value) + 3) // 4 * 4 for _, value in found) >= len(data) - 3


@given(st.text())
@settings(max_examples=300, deadline=None)
@example('"' * 5000)
@example("a " * 5000)
@example("GuestAgent_" + "9" * 5000 + ".1.1")
def test_any_text_is_an_image_path(text: str) -> None:
    assert isinstance(program_of(text), str)
    assert isinstance(within(text, "C:"), str)
    folder_version(text)
    start_version(text)


@pytest.mark.parametrize(
    ("image", "program"),
    [
        (r"C:\WindowsAzure\Packages\WaAppAgent.exe", r"C:\WindowsAzure\Packages\WaAppAgent.exe"),
        (r'"C:\Windows Azure\a b.exe" -x', r"C:\Windows Azure\a b.exe"),
        (r"C:\Windows Azure\a b.exe -x y.exe", r"C:\Windows Azure\a b.exe"),
        (r"C:\WINDOWS AZURE\A B.EXE -x", r"C:\WINDOWS AZURE\A B.EXE"),
        (r"C:\a.exe.config\b.exe -k", r"C:\a.exe.config\b.exe"),
        (r"\??\C:\a.exe", r"C:\a.exe"),
        ("  svchost -k x", "svchost"),
        ("", ""),
    ],
)
def test_the_program_of_an_image_path(image: str, program: str) -> None:
    assert program_of(image) == program


def test_a_line_whose_time_is_in_other_digits_is_no_entry() -> None:
    [record] = records("[ERROR] x\n[05/28/\u0662\u0660\u0661\u0669 12:58:50.90] [INFO]  y")
    assert record.text.startswith("x\n")


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_failure_is_counted(times: int) -> None:
    [hit] = unrecovered(records("[ERROR] Did not discover fabric address on interface 7\n" * times), ["L5"])
    assert hit.times == times


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("GuestAgent_2.7.41491.1183_2026-01-05_100000", (2, 7, 41491, 1183)),
        ("guestagent_2.7.41491", (2, 7, 41491)),
        ("GuestAgent_2.7.41491.1183", (2, 7, 41491, 1183)),
        ("GuestAgent_2.7", None),
        ("GuestAgent_2.7.41491.1.2", None),
        ("Packages_202185_155650", None),
        ("GuestAgent", None),
        ("Gue\u017ftAgent_2.7.41491.1183", None),
        ("x GuestAgent_2.7.41491.1183", None),
    ],
)
def test_versions_of_folders(name: str, version: tuple[int, ...] | None) -> None:
    assert folder_version(name) == version
