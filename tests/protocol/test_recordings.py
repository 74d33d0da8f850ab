"""The twin's answers against answers recorded from real hosts: same elements, attributes, states and fault texts.

The recorded requests are sent to the service as they are, with the ids that it gave out; both replies are reduced to what a
client can rely on. Ids, times, addresses and how often a host flushed its output are its own business.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path
from xml.etree.ElementTree import Element

import pytest
import yaml

from vmready.twin.envelopes import SHELL, NotAnEnvelope, parse_request, parse_xml
from vmready.twin.execution import Execution
from vmready.twin.wsman import Caller, Limits, Service, Wait
from vmready.twin.wsman_faults import FAULTS, Refused

RECORDINGS = Path(__file__).with_name("recordings")
#: Text that differs between any two exchanges.
OWN = {
    "MessageID",
    "RelatesTo",
    "ActivityId",
    "Address",
    "Selector",
    "ShellId",
    "CommandId",
    "Owner",
    "ClientIP",
    "Stream",
}
SINCE_2016 = "ActivityId"


def messages(name: str) -> list[dict]:
    return yaml.safe_load((RECORDINGS / f"{name}.yml").read_text(encoding="utf-8"))["messages"]


def shape(element: Element, path: str = "") -> list[tuple[str, tuple[tuple[str, str], ...], str]]:
    """(path with namespaces, attributes, text) of all elements; equal Stream elements in a row count once."""
    local = element.tag.rpartition("}")[2]
    if local == SINCE_2016:
        return []
    here = f"{path}/{element.tag}"
    own = {"CommandId", "Machine"}
    attributes = tuple(sorted((name, "*" if name in own else value) for name, value in element.attrib.items()))
    text = "*" if local in OWN and (element.text or "").strip() else (element.text or "")
    result = [(here, attributes, text)]
    for child in element:
        for row in shape(child, here):
            if not (row == result[-1] and row[0].endswith("}Stream")):
                result.append(row)
    return result


def output(replies: list[dict]) -> Execution:
    """What the recorded command wrote."""
    streams, code = {"stdout": b"", "stderr": b""}, 0
    for reply in replies:
        root = parse_xml(reply["response"].encode())
        for stream in root.iter(f"{{{SHELL}}}Stream"):
            streams[stream.attrib["Name"]] += base64.b64decode(stream.text or "")
        for found in root.iter(f"{{{SHELL}}}ExitCode"):
            code = int(found.text)
    return Execution(streams["stdout"], streams["stderr"], code)


class Recorded:
    def __init__(self, execution: Execution) -> None:
        self.execution, self.lines, self.stdin = execution, [], b""

    def execute(self, command_line: str, stdin: bytes) -> Execution:
        self.lines.append(command_line)
        self.stdin = stdin
        return self.execution


def replay(name: str):
    """Pairs (operation, recorded reply, the twin's reply) of a recording."""
    exchange = messages(name)
    machine = Recorded(output(exchange))
    service = Service("192.168.56.11", machine, Limits())
    ids: dict[str, str] = {}
    pairs = []
    for message in exchange:
        text = message["request"]
        for recorded, given in ids.items():
            text = text.replace(recorded, given)
        request = parse_request(text.encode())
        caller = Caller("vagrant", "192.168.56.1", "http://192.168.56.11:5985/wsman")
        try:
            answer, status = service.answer(request, caller, 0.0, 0.0), 200
        except Refused as refused:
            answer, status = refused.fault.envelope(request.message_id, "192.168.56.11"), 500
        assert not isinstance(answer, Wait)
        assert status == message.get("transport_error", {}).get("code", 200)
        assert f"<a:RelatesTo>{request.message_id}<" in answer
        for found in (r'Name="ShellId">([^<]+)', r"<rsp:CommandId>([^<]+)"):
            if (theirs := re.search(found, message["response"])) and (ours := re.search(found, answer)):
                ids[theirs[1]] = ours[1]
        pairs.append((request.operation, message["response"], answer))
    return pairs, machine


NAMES = [
    "standard",
    "stderr_rc",
    "send",
    "bad_cmd_id",
    "no_cmd_shell",
    "environment",
    "noprofile",
    "unicode",
    "fail_poll_process",
]


@pytest.mark.parametrize("name", NAMES)
def test_each_answer_has_the_recorded_shape(name):
    pairs, _ = replay(f"test_winrs_{name}")
    assert {"create", "delete"} <= {operation for operation, _, _ in pairs}
    for operation, recorded, answer in pairs:
        theirs, ours = shape(parse_xml(recorded.encode())), shape(parse_xml(answer.encode()))
        if name == "environment" and operation == "create":  # the host lost a backslash in a variable's name
            theirs = [
                (path, tuple((key, value.replace("/?", "/\\?")) for key, value in row), text)
                for path, row, text in theirs
            ]
        assert ours == theirs, operation


def test_optional_parts_of_a_shell_are_repeated_in_the_recorded_order():
    pairs, _ = replay("test_winrs_extra_opts")
    _, recorded, answer = pairs[0]
    assert shape(parse_xml(answer.encode())) == shape(parse_xml(recorded.encode()))


def test_the_recorded_input_and_command_line_reach_the_machine():
    _, machine = replay("test_winrs_send")
    assert machine.stdin == b'Write-Host "output 1";Write-Host "output 2";'
    _, machine = replay("test_winrs_standard")
    assert machine.lines == ["cmd.exe /c echo hi"]


@pytest.mark.parametrize(
    ("recording", "number", "fault"),
    [
        ("test_winrs_operation_timeout", 3, "timed-out"),
        ("test_winrs_bad_cmd_id", 2, "unknown-command"),
        ("test_winrs_no_cmd_shell", 1, "file-not-found"),
        ("test_winrs_fail_poll_process", 1, "invalid-parameter"),
        ("test_psrp_is_alive_invalid_selectors", 4, "unknown-shell"),
    ],
)
def test_each_recorded_fault_is_answered_element_by_element(recording, number, fault):
    recorded = messages(recording)[number]["response"]
    assert "<s:Fault>" in recorded
    ours = shape(parse_xml(FAULTS[fault].envelope("uuid:1", "192.168.56.11").encode()))
    theirs = shape(parse_xml(recorded.encode()))
    assert ours == theirs


def test_an_invalid_time_out_is_answered_as_recorded():
    message = messages("test_psrp_is_alive_other_wsman_error")[3]
    request = parse_request(message["request"].replace("PT20S", "PT-1S").encode())
    service = Service("127.0.0.1", Recorded(Execution()), Limits())
    with pytest.raises(Refused) as refused:
        service.answer(request, Caller("vagrant", "::1", ""), 0.0, 0.0)
    ours = refused.value.fault.envelope(request.message_id, "127.0.0.1")
    assert shape(parse_xml(ours.encode())) == shape(parse_xml(message["response"].encode()))


def test_a_time_out_comes_after_the_requests_operation_timeout_and_no_earlier():
    exchange = messages("test_winrs_operation_timeout")
    service = Service("h", Recorded(Execution(b"hi", seconds=30)), Limits())
    caller = Caller("vagrant", "192.168.56.1", "")
    reply = service.answer(parse_request(exchange[0]["request"].encode()), caller, 0.0, 0.0)
    shell = re.search(r"<rsp:ShellId>([^<]+)", reply)[1]
    recorded = re.search(r"<rsp:ShellId>([^<]+)", exchange[0]["response"])[1]
    reply = service.answer(parse_request(exchange[1]["request"].replace(recorded, shell).encode()), caller, 0.0, 0.0)
    command, theirs = (re.search(r"<rsp:CommandId>([^<]+)", text)[1] for text in (reply, exchange[1]["response"]))
    receive = parse_request(exchange[2]["request"].replace(recorded, shell).replace(theirs, command).encode())
    assert service.answer(receive, caller, 1.0, 1.0) == Wait(11.0)
    assert service.answer(receive, caller, 1.0, 10.9) == Wait(11.0)
    with pytest.raises(Refused) as refused:
        service.answer(receive, caller, 1.0, 11.0)
    assert refused.value.fault.code == 2150858793
    assert service.answer(receive, caller, 21.0, 22.0) == Wait(30.0)
    assert "CommandState/Done" in service.answer(receive, caller, 21.0, 30.0)


def test_output_beyond_the_envelope_comes_in_running_replies_shaped_as_recorded():
    exchange = messages("test_winrs_operation_timeout")
    data = bytes(range(256)) * 2_000
    service = Service("h", Recorded(Execution(data, b"e" * 100_000, 7)), Limits())
    caller = Caller("vagrant", "192.168.56.1", "")
    reply = service.answer(parse_request(exchange[0]["request"].encode()), caller, 0.0, 0.0)
    ids = {re.search(r"<rsp:ShellId>([^<]+)", exchange[0]["response"])[1]: re.search(r"<rsp:ShellId>([^<]+)", reply)[1]}

    def ask(number: int) -> str:
        text = exchange[number]["request"]
        for theirs, ours in ids.items():
            text = text.replace(theirs, ours)
        return service.answer(parse_request(text.encode()), caller, 0.0, 0.0)

    reply = ask(1)
    ids[re.search(r"<rsp:CommandId>([^<]+)", exchange[1]["response"])[1]] = re.search(r"<rsp:CommandId>([^<]+)", reply)[
        1
    ]
    replies = []
    while not replies or "CommandState/Done" not in replies[-1]:
        replies.append(ask(2))
    assert all(len(text) <= 153_600 for text in replies)
    assert len(replies) == 6
    assert shape(parse_xml(replies[0].encode())) == shape(parse_xml(exchange[2]["response"].encode()))
    assert output([{"response": text} for text in replies]) == Execution(data, b"e" * 100_000, 7)
    with pytest.raises(Refused) as refused:  # the command has ended
        ask(2)
    assert refused.value.fault.code == 2150858843


@pytest.mark.parametrize(
    "text",
    [
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        "<a" + "><a" * 5_000 + "/>",
        "<a>",
        "",
        "\x00",
        "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body/></s:Envelope>",
    ],
)
def test_what_is_no_soap_envelope_is_refused(text):
    with pytest.raises(NotAnEnvelope):
        parse_request(text.encode())
