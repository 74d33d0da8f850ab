"""Replies of WS-Management, read without trust: UTF-8, no document type, bounded depth, and the fault in them by its parts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

MAX_DEPTH = 64
MAX_ELEMENTS = 50_000

SOAP = "{http://www.w3.org/2003/05/soap-envelope}"
ADDRESSING = "{http://schemas.xmlsoap.org/ws/2004/08/addressing}"
SHELL = "{http://schemas.microsoft.com/wbem/wsman/1/windows/shell}"
WSMAN_FAULT = "{http://schemas.microsoft.com/wbem/wsman/1/wsmanfault}"
WMI_ERROR = "{http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError}"

_MESSAGE_ID = re.compile(r"<a:MessageID[^>]*>([^<]+)</a:MessageID>")


class NotAnEnvelope(ValueError):
    """The text is no XML, or XML that is not taken (a document type, too deep), or no SOAP envelope. The message says which."""


@dataclass(frozen=True, slots=True)
class SoapFault:
    """A fault reply. ``code`` is Microsoft's number (WSManFault or MSFT_WmiError), None where the fault has none."""

    code: int | None
    subcode: str
    text: str


class _Refused(Exception):
    pass


def parse(body: bytes) -> Element:
    """The root of an envelope. Raises :class:`NotAnEnvelope`."""
    problem: str
    try:
        root = _build(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        problem = "it is not UTF-8"
    except _Refused as refusal:
        problem = str(refusal)
    except expat.ExpatError as error:
        problem = f"its XML is broken ({expat.errors.messages.get(error.code, 'unknown error')})"
    else:
        if root.tag == f"{SOAP}Envelope":
            return root
        problem = "it is no SOAP envelope"
    raise NotAnEnvelope(problem)


def _build(text: str) -> Element:
    builder = TreeBuilder()
    depth = count = 0

    def name(expanded: str) -> str:
        return "{" + expanded if "}" in expanded else expanded

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth += 1
        count += 1
        if depth > MAX_DEPTH or count > MAX_ELEMENTS:
            raise _Refused("it has too many or too deeply nested elements")
        builder.start(name(tag), {name(key): value for key, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(name(tag))

    def doctype(*_: object) -> None:
        raise _Refused("it has a document type, which is never taken")

    parser = expat.ParserCreate(namespace_separator="}")
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    # No document type, so no entity, internal or external, can be declared (RFC 7303 section 10; "billion laughs").
    parser.StartDoctypeDeclHandler = doctype
    # As text: an encoding that the declaration claims is not followed.
    parser.Parse(text, True)
    return builder.close()


def message_id(request: str) -> str:
    """The MessageID of a request that pywinrm built."""
    found = _MESSAGE_ID.search(request)
    if found is None:
        raise ValueError("a request without a MessageID")
    return found[1]


def relates_to(root: Element) -> str:
    """The MessageID that a reply answers, empty where it does not say."""
    return (root.findtext(f"{SOAP}Header/{ADDRESSING}RelatesTo") or "").strip()


def fault_of(root: Element) -> SoapFault | None:
    """The fault in a reply (SOAP 1.2 part 1 section 5.4; MS-WSMV 2.2.4.43 for WSManFault)."""
    fault = root.find(f"{SOAP}Body/{SOAP}Fault")
    if fault is None:
        return None
    subcode = (fault.findtext(f"{SOAP}Code/{SOAP}Subcode/{SOAP}Value") or "").strip()
    text = (fault.findtext(f"{SOAP}Reason/{SOAP}Text") or "").strip()
    code: int | None = None
    detail = fault.find(f"{SOAP}Detail/{WSMAN_FAULT}WSManFault")
    if detail is not None:
        code = _number(detail.get("Code"))
        message = " ".join("".join(detail.itertext()).split())
        text = message or text
    wmi = fault.find(f"{SOAP}Detail/{WMI_ERROR}MSFT_WmiError")
    if wmi is not None:
        code = _number(wmi.findtext(f"{WMI_ERROR}error_Code")) or code
        text = (wmi.findtext(f"{WMI_ERROR}Message") or "").strip() or text
    return SoapFault(code, subcode, text)


def _number(text: str | None) -> int | None:
    digits = (text or "").strip()
    return int(digits) if re.fullmatch(r"[0-9]{1,10}", digits) else None
