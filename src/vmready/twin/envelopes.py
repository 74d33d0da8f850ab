"""SOAP envelopes of WS-Man as WinRM writes them: requests are parsed, replies and faults are built. No input or output.

The element names, prefixes and their order follow exchanges recorded from real hosts; MS-WSMV section 2.2.4 and DSP0226
(DMTF WS-Management) name the parts.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat
from xml.sax.saxutils import escape

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
IDENTITY = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"
CMD = SHELL + "/cmd"
ANONYMOUS = ADDRESSING + "/role/anonymous"

#: Action URI of a request -> the operation's name in counts and faults.
OPERATIONS: Mapping[str, str] = {
    f"{TRANSFER}/Create": "create",
    f"{SHELL}/Command": "command",
    f"{SHELL}/Send": "send",
    f"{SHELL}/Receive": "receive",
    f"{SHELL}/Signal": "signal",
    f"{TRANSFER}/Delete": "delete",
}

_NAMESPACES = (
    f'xmlns:s="{SOAP}" xmlns:a="{ADDRESSING}" xmlns:x="{TRANSFER}" xmlns:w="{WSMAN}" xmlns:rsp="{SHELL}" '
    'xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"'
)
_FAULT_NAMESPACES = (
    f'xmlns:s="{SOAP}" xmlns:a="{ADDRESSING}" xmlns:x="{TRANSFER}" xmlns:e="http://schemas.xmlsoap.org/ws/2004/08/eventing" '
    f'xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration" xmlns:w="{WSMAN}" '
    'xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd"'
)
_MAX_DEPTH = 64
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")


class NotAnEnvelope(ValueError):
    """The request's body is no SOAP envelope that a service could read."""


@dataclass(frozen=True, slots=True)
class Request:
    """A WS-Man request. ``timeout`` (seconds, None when ``timeout_text`` is no duration) and ``max_envelope`` (bytes) limit
    the reply; ``body`` is s:Body."""

    operation: str
    action: str
    body: Element
    message_id: str = ""
    resource_uri: str = ""
    shell_id: str = ""
    timeout: float | None = 60.0
    timeout_text: str = ""
    max_envelope: int = 153_600
    options: Mapping[str, str] = field(default_factory=dict)


def duration(text: str) -> float | None:
    """Seconds of an xs:duration of days and smaller parts (``PT20S``, ``P0DT2H``); None when it is none."""
    found = _DURATION.fullmatch(text.strip())
    if not found or not any(found.groups()):
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return days * 86_400 + hours * 3_600 + minutes * 60 + seconds


def parse_xml(data: bytes) -> Element:
    """A document without a DTD as elements. Raises :class:`NotAnEnvelope`; entities and external parts are never read."""
    builder, depth = TreeBuilder(), 0
    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True

    def name(raw: str) -> str:
        return "{" + raw if "}" in raw else raw

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _MAX_DEPTH:
            raise NotAnEnvelope("elements are nested too deeply")
        builder.start(name(tag), {name(key): value for key, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name(tag))

    def refuse(*_: object) -> None:
        raise NotAnEnvelope("a document type declaration is not allowed in SOAP")  # SOAP 1.2 part 1, section 5

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise NotAnEnvelope(str(error)) from None
    return builder.close()


def parse_request(data: bytes) -> Request:
    """Read a request's envelope. Raises :class:`NotAnEnvelope`."""
    root = parse_xml(data)
    header, body = root.find(f"{{{SOAP}}}Header"), root.find(f"{{{SOAP}}}Body")
    if root.tag != f"{{{SOAP}}}Envelope" or body is None:
        raise NotAnEnvelope("the root is no SOAP 1.2 envelope with a body")
    if body.find(f"{{{IDENTITY}}}Identify") is not None:
        return Request("identify", "", body)
    if header is None:
        raise NotAnEnvelope("the envelope has no header")

    def text(namespace: str, tag: str) -> str:
        return (header.findtext(f"{{{namespace}}}{tag}") or "").strip()

    def named(group: str, tag: str) -> dict[str, str]:
        found = header.iterfind(f"{{{WSMAN}}}{group}/{{{WSMAN}}}{tag}")
        return {item.get("Name", ""): (item.text or "").strip() for item in found}

    action, limit, timeout = text(ADDRESSING, "Action"), text(WSMAN, "MaxEnvelopeSize"), text(WSMAN, "OperationTimeout")
    return Request(
        operation=OPERATIONS.get(action, "other"),
        action=action,
        body=body,
        message_id=text(ADDRESSING, "MessageID"),
        resource_uri=text(WSMAN, "ResourceURI"),
        shell_id=named("SelectorSet", "Selector").get("ShellId", ""),
        timeout=duration(timeout) if timeout else 60.0,
        timeout_text=timeout,
        max_envelope=int(limit) if limit.isdecimal() else 153_600,
        options={key.upper(): value for key, value in named("OptionSet", "Option").items()},
    )


def new_id() -> str:
    """A UUID in capitals, as WinRM writes shell, command and message ids."""
    return str(uuid.uuid4()).upper()


def attribute(text: str) -> str:
    """Text for a double-quoted attribute."""
    return escape(text, {'"': "&quot;"})


def envelope(action: str, relates_to: str, body: str, namespaces: str = _NAMESPACES) -> str:
    """A reply to the request whose MessageID is ``relates_to``."""
    return (
        f'<s:Envelope xml:lang="en-US" {namespaces}><s:Header><a:Action>{action}</a:Action>'
        f"<a:MessageID>uuid:{new_id()}</a:MessageID><p:ActivityId>{new_id()}</p:ActivityId><a:To>{ANONYMOUS}</a:To>"
        f"<a:RelatesTo>{escape(relates_to)}</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>"
    )


def fault_envelope(action: str, relates_to: str, body: str) -> str:
    """A fault's reply, with the namespaces that recorded faults declare."""
    return envelope(action, relates_to, body, _FAULT_NAMESPACES)


def identify_reply(product_version: str) -> str:
    """The answer to Identify (DSP0226 section 11); it has no addressing header."""
    return (
        f'<s:Envelope xml:lang="en-US" xmlns:s="{SOAP}"><s:Header/><s:Body><wsmid:IdentifyResponse xmlns:wsmid="{IDENTITY}">'
        f"<wsmid:ProtocolVersion>{WSMAN}</wsmid:ProtocolVersion><wsmid:ProductVendor>Microsoft Corporation</wsmid:ProductVendor>"
        f"<wsmid:ProductVersion>{product_version}</wsmid:ProductVersion></wsmid:IdentifyResponse></s:Body></s:Envelope>"
    )
