"""Replies are read without trust."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vmready.remote.envelope import NotAnEnvelope, fault_of, parse, relates_to

S = 'xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
BOMB = '<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'


def envelope(inner: str = "", before: str = "") -> bytes:
    return f"{before}<s:Envelope {S}>{inner}</s:Envelope>".encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"<html></html>",
        b"\xff\xfe<\x00s\x00",
        envelope("&b;", BOMB),
        envelope("", "<!DOCTYPE s SYSTEM 'file:///etc/passwd'>"),
        envelope("<a>" * 100 + "</a>" * 100),
        envelope("<a/>" * 60_000),
        envelope("&undefined;"),
        envelope("\x00"),
        envelope()[:-3],
        envelope() + b"<more/>",
        b'<?xml version="1.0" encoding="utf-7"?>+ADw-a/+AD4-',
    ],
    ids=str,
)
def test_what_is_no_plain_envelope_is_refused(body):
    with pytest.raises(NotAnEnvelope):
        parse(body)


def test_an_encoding_that_is_claimed_is_not_followed():
    root = parse(b'<?xml version="1.0" encoding="UTF-16"?>' + envelope("<t>é世</t>"))
    assert root[0].text == "é世"


def test_relates_to_and_the_parts_of_a_fault():
    root = parse(
        envelope(
            '<s:Header><a:RelatesTo xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"> uuid:1 </a:RelatesTo></s:Header>'
            "<s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode><s:Value>w:AccessDenied</s:Value></s:Subcode></s:Code>"
            "<s:Reason><s:Text>Outer.</s:Text></s:Reason><s:Detail>"
            '<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="5">'
            "<f:Message>Inner\n text.</f:Message></f:WSManFault></s:Detail></s:Fault></s:Body>"
        )
    )
    assert relates_to(root) == "uuid:1"
    fault = fault_of(root)
    assert (fault.code, fault.subcode, fault.text) == (5, "w:AccessDenied", "Inner text.")
    assert fault_of(parse(envelope("<s:Body/>"))) is None
    assert relates_to(parse(envelope())) == ""


@pytest.mark.parametrize("number", ["", "x", "-5", "5.0", "9" * 4000])
def test_a_code_that_is_no_number_is_none(number):
    root = parse(
        envelope(
            "<s:Body><s:Fault><s:Detail>"
            f'<f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="{number}"/>'
            "</s:Detail></s:Fault></s:Body>"
        )
    )
    assert fault_of(root).code is None


@given(st.binary(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_an_envelope_or_refused(body):
    for text in (body, envelope()[: len(body) + 20] + body):
        with contextlib.suppress(NotAnEnvelope):
            parse(text)
