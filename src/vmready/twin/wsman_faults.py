"""The faults that a WinRM service answers with, by name. Shapes as recorded from real hosts; see each entry.

``FAULTS`` is what the service raises by itself and what a twin can be told to answer (`kind: access-denied` and so on).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

from vmready.twin.envelopes import ADDRESSING, attribute, fault_envelope

_ACTION = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
_DETAIL = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/"
_WSMANFAULT = 'xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"'
_CMD_PLUGIN = ("Shell cmd plugin", r"%systemroot%\system32\winrscmd.dll")
_SHELL_PROVIDER = ("Shell provider", r"%systemroot%\system32\WsmSvc.dll")


@dataclass(frozen=True, slots=True)
class WSManFault:
    """One fault. ``provider`` (name, path) wraps the message as the plug-in's; ``nested`` repeats the fault inside it;
    ``wmi`` puts the code into an MSFT_WmiError instead, which is how a user's quota is reported."""

    code: int
    side: str
    subcode: str
    reason: str
    message: str = ""
    detail: str = ""
    provider: tuple[str, str] | None = None
    nested: bool = False
    wmi: bool = False
    action: str = _ACTION

    def envelope(self, relates_to: str, machine: str) -> str:
        """The reply that carries this fault; goes out with HTTP status 500."""
        detail = f"<w:FaultDetail>{_DETAIL}{self.detail}</w:FaultDetail>" if self.detail else ""
        detail += self._wmi_error() if self.wmi else self._wsman_fault(machine)
        body = (
            f"<s:Fault><s:Code><s:Value>{self.side}</s:Value><s:Subcode><s:Value>{self.subcode}</s:Value></s:Subcode></s:Code>"
            f'<s:Reason><s:Text xml:lang="en-US">{escape(self.reason)}</s:Text></s:Reason>'
            f"<s:Detail>{detail}</s:Detail></s:Fault>"
        )
        return fault_envelope(self.action, relates_to, body)

    def _wsman_fault(self, machine: str) -> str:
        opening = f'<f:WSManFault {_WSMANFAULT} Code="{self.code}" Machine="{attribute(machine)}">'
        text = escape(self.message or self.reason)
        if self.provider:
            inner = f"{opening}<f:Message>{text}</f:Message></f:WSManFault>" if self.nested else text
            name, path = self.provider
            text = f'<f:ProviderFault provider="{name}" path="{path}">{inner}</f:ProviderFault>'
        return f"{opening}<f:Message>{text}</f:Message></f:WSManFault>"

    def _wmi_error(self) -> str:
        def value(name: str, kind: str, text: str | int | None) -> str:
            opening = f'<p:{name} xsi:type="cim:cim{kind}"'
            return f'{opening} xsi:nil="true"/>' if text is None else f"{opening}>{escape(str(text))}</p:{name}>"

        values = (
            value("CIMStatusCode", "UnsignedInt", 27),
            value("CIMStatusCodeDescription", "String", None),
            value("ErrorSource", "String", None),
            value("ErrorSourceFormat", "UnsignedShort", 0),
            value("ErrorType", "UnsignedShort", 0),
            value("Message", "String", self.message or self.reason),
            value("MessageID", "String", f"HRESULT {self.code:#x}"),
            value("OtherErrorSourceFormat", "String", None),
            value("OtherErrorType", "String", None),
            value("OwningEntity", "String", None),
            value("PerceivedSeverity", "UnsignedShort", 0),
            value("ProbableCause", "UnsignedShort", 0),
            value("ProbableCauseDescription", "String", None),
            value("error_Category", "UnsignedInt", 30),
            value("error_Code", "UnsignedInt", self.code),
            value("error_Type", "String", "HRESULT"),
            value("error_WindowsErrorMessage", "String", self.message or self.reason),
        )
        return (
            '<p:MSFT_WmiError b:IsCIM_Error="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
            'xmlns:b="http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd" '
            'xmlns:p="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/MSFT_WmiError" '
            f'xmlns:cim="http://schemas.dmtf.org/wbem/wscim/1/common" xsi:type="p:MSFT_WmiError_Type">{"".join(values)}'
            "</p:MSFT_WmiError>"
        )


class Refused(Exception):
    """The service answers a request with this fault."""

    def __init__(self, fault: WSManFault) -> None:
        super().__init__(fault.reason)
        self.fault = fault


_SELECTORS = "The WS-Management service cannot process the request because the request contained invalid selectors for the resource. "
_NO_COMMAND = (
    "The Windows Remote Shell received a request to perform an operation on a command identifier that does not exist. "
    "Either the command has completed execution or the client specified an invalid command identifier. "
)
_SHELLS = (
    "The WS-Management service cannot process the request. This user is allowed a maximum number of concurrent shells, "
    "which has been exceeded. Close existing shells or raise the quota for this user. "
)
_PER_SHELL = (
    "The WS-Management service cannot process the request. The maximum number of concurrent operations for this user "
    "has been exceeded. Close existing operations for this user, or raise the quota for this user. "
)
_TIMED_OUT = "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.  "
_HEADERS = (
    "The WS-Management service cannot process the request. The request contains one or more invalid SOAP headers. "
)

FAULTS: Mapping[str, WSManFault] = {
    # 0x80338029; the normal answer to a Receive without output in time
    "timed-out": WSManFault(2150858793, "s:Receiver", "w:TimedOut", _TIMED_OUT),
    # 0x8033805B, recorded for a command
    "unknown-command": WSManFault(
        2150858843, "s:Sender", "w:InvalidSelectors", _SELECTORS, _NO_COMMAND, "UnexpectedSelectors"
    ),
    # 0x8033805B, recorded for a shell: the provider's fault repeats the outer one
    "unknown-shell": WSManFault(
        2150858843, "s:Sender", "w:InvalidSelectors", _SELECTORS, "", "UnexpectedSelectors", _SHELL_PROVIDER, True
    ),
    "access-denied": WSManFault(5, "s:Sender", "w:AccessDenied", "Access is denied. "),
    # HRESULT of ERROR_FILE_NOT_FOUND, recorded with WINRS_SKIP_CMD_SHELL and a bare program name
    "file-not-found": WSManFault(
        2147942402,
        "s:Receiver",
        "w:InternalError",
        "The system cannot find the file specified. ",
        provider=_CMD_PLUGIN,
    ),
    "invalid-parameter": WSManFault(
        87, "s:Sender", "w:InvalidParameter", "The parameter is incorrect. ", "", "InvalidValue", _CMD_PLUGIN
    ),
    "invalid-timeout": WSManFault(
        2150858767,
        "s:Sender",
        "a:InvalidMessageInformationHeader",
        _HEADERS,
        "The WS-Management service cannot process the request. The XML contains an invalid timeout field in the SOAP header. ",
        action=f"{ADDRESSING}/fault",
    ),
    # 0x803381A5 and 0x803381A6: a user's quota
    "too-many-shells": WSManFault(2150859173, "s:Receiver", "w:InternalError", _SHELLS, wmi=True),
    "too-many-operations": WSManFault(2150859174, "s:Receiver", "w:InternalError", _PER_SHELL, wmi=True),
    # ERROR_BUSY, seen by others on Send under load
    "busy": WSManFault(170, "s:Receiver", "w:InternalError", "The requested resource is in use. "),
    "internal-error": WSManFault(1359, "s:Receiver", "w:InternalError", "An internal error occurred. "),
    "not-supported": WSManFault(50, "s:Sender", "a:ActionNotSupported", "The request is not supported. "),
}
