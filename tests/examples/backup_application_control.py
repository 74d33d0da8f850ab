"""BK-14: AppLocker, App Control, and what events show."""

from __future__ import annotations

from typing import Any

from vmready.model import Verdict

from .harness import Of
from .terms import denied, service, together

FOLDER = r"C:\Packages\Plugins\Microsoft.Azure.RecoveryServices.VMSnapshot"
EXE = FOLDER + r"\1.0.92.0\IaaSBcdrExtension.exe"
APPLOCKER, INTEGRITY = "Microsoft-Windows-AppLocker/EXE and DLL", "Microsoft-Windows-CodeIntegrity/Operational"
SERVICES = "<RuleCollectionExtensions><ThresholdExtensions><Services EnforcementMode='{}'/></ThresholdExtensions></RuleCollectionExtensions>"
HASH = "0x9A1D2C3B9A1D2C3B9A1D2C3B9A1D2C3B9A1D2C3B9A1D2C3B9A1D2C3B9A1D2C3B"
MICROSOFT = "O=MICROSOFT CORPORATION, L=REDMOND, S=WASHINGTON, C=US"
NOT_DECIDING = [
    ("BK-14", "AppIDSvc", "without rules nothing depends on it"),
    ("BK-14", "'applocker' 'file'", "without rules nothing depends on it"),
]
NOTED, PERHAPS, BLOCKED = Verdict.NOTED, Verdict.WARNING, Verdict.NON_COMPLIANT


def rule(
    kind: str, action: str, conditions: str, *, name: str = "R", sid: str = "S-1-1-0", exceptions: str = ""
) -> str:
    but = f"<Exceptions>{exceptions}</Exceptions>" if exceptions else ""
    return f'<{kind} Id="1" Name="{name}" UserOrGroupSid="{sid}" Action="{action}"><Conditions>{conditions}</Conditions>{but}</{kind}>'


def path(where: str, action: str = "Allow", **more: Any) -> str:
    return rule("FilePathRule", action, f'<FilePathCondition Path="{where}"/>', **more)


def publisher(
    name: str = "*",
    product: str = "*",
    binary: str = "*",
    low: str = "*",
    high: str = "*",
    action: str = "Allow",
    **more: Any,
) -> str:
    versions = f'<BinaryVersionRange LowSection="{low}" HighSection="{high}"/>'
    condition = f'<FilePublisherCondition PublisherName="{name}" ProductName="{product}" BinaryName="{binary}">{versions}</FilePublisherCondition>'
    return rule("FilePublisherRule", action, condition, **more)


def hashed(data: str, action: str = "Allow") -> str:
    return rule(
        "FileHashRule",
        action,
        f'<FileHashCondition><FileHash Type="SHA256" Data="{data}" SourceFileName="x"/></FileHashCondition>',
    )


def policy(*rules: str, mode: str = "Enabled", services: str = "Enabled", running: bool = True) -> dict[str, Any]:
    """An effective policy; the service that enforces it runs."""
    extension = SERVICES.format(services) if services else ""
    rest = f'EnforcementMode="{mode}">{"".join(rules)}{extension}</RuleCollection></AppLockerPolicy>'
    xml = f'<AppLockerPolicy Version="1"><RuleCollection Type="Exe" {rest}'
    identity = {"AppIDSvc": {"status": "Running" if running else "Stopped", "startType": "Manual", "processId": 1}}
    return {"appLocker": {"effective": xml}, "services": identity}


def event(
    log: str,
    number: int,
    text: str = r"%OSDRIVE%\PACKAGES\PLUGINS\X\IAASBCDREXTENSION.EXE",
    time: str = "2026-11-19T02:10:00Z",
) -> dict[str, Any]:
    return {"logs": {log: {"events": [{"id": number, "provider": "x", "time": time, "level": 2, "data": [text]}]}}}


def guard(user: Any, **more: Any) -> dict[str, Any]:
    row = {"CodeIntegrityPolicyEnforcementStatus": 2, "UsermodeCodeIntegrityPolicyEnforcementStatus": user, **more}
    return {"wmi": {r"root\Microsoft\Windows\DeviceGuard": {"Win32_DeviceGuard": [row]}}}


WINDOWS, PROGRAMS = path(r"%WINDIR%\*"), path(r"%PROGRAMFILES%\*")
DEFAULTS = (WINDOWS, PROGRAMS)
EVERYTHING = path("*", sid="S-1-5-32-544", name="Administrators")
NOT_INSTALLED = {"files": {FOLDER: None}}
BK_14 = Of("BK-14", "backup")


def _decides(title: str, verdict: Verdict, *rules: str, message: str = "") -> Any:
    words = (
        message
        or {NOTED: "is allowed by the allow rule", BLOCKED: "is denied by", PERHAPS: "may be denied by"}[verdict]
    )
    make = BK_14.deviating if verdict is not NOTED else None
    return (
        make(title, words, verdict, **policy(*rules)) if make else BK_14.trap(title, verdict, words, **policy(*rules))
    )


EXAMPLES = [
    BK_14.compliant("no AppLocker, no App Control"),
    BK_14.deviating(
        "the default rules without administrators, for services too",
        "AppLocker: 2 rules for programs; they are enforced; they hold for services, too (Services extension); "
        f"{EXE} is denied by no rule, and what no rule allows is denied",
        **policy(*DEFAULTS),
    ),
    BK_14.deviating(
        "AppLocker blocked it",
        "AppLocker blocked IaaSBcdrExtension.exe (event 8004, 1 in 7 days, last 2026-11-19 02:10 UTC)",
        **event(APPLOCKER, 8004),
    ),
    BK_14.deviating(
        "App Control blocked it", "App Control blocked IaaSBcdrExtension.exe (event 3077", **event(INTEGRITY, 3077)
    ),
    BK_14.deviating(
        "it crashed",
        "IaaSBcdrExtension.exe crashed (event 1000",
        logs={
            "Application": {
                "events": [
                    {
                        "id": 1000,
                        "provider": "Application Error",
                        "time": "2026-11-19T02:10:00Z",
                        "data": ["IaaSBcdrExtension.exe"],
                    }
                ]
            }
        },
    ),
    BK_14.deviating("App Control enforces", "App Control enforces a policy for programs", PERHAPS, **guard(2)),
    BK_14.deviating(
        "rules, and the service does not run",
        "AppIDSvc is stopped: they may come into force",
        PERHAPS,
        **policy(*DEFAULTS, running=False),
    ),
    BK_14.deviating(
        "not installed yet, and its folder is denied",
        "(not installed yet) is denied by the deny rule",
        PERHAPS,
        **together(policy(EVERYTHING, path(r"%OSDRIVE%\Packages\*", "Deny")), NOT_INSTALLED),
    ),
    BK_14.deviating(
        "not installed yet, and nothing allows its folder",
        "(not installed yet) is denied by no rule",
        PERHAPS,
        **together(policy(*DEFAULTS), NOT_INSTALLED),
    ),
    BK_14.absent(
        "no AppLocker on this Windows", "", Verdict.COMPLIANT, os={"missingCommands": ["Get-AppLockerPolicy"]}
    ),
    BK_14.absent(
        "none of the logs and classes",
        "",
        Verdict.COMPLIANT,
        logs={APPLOCKER: None, INTEGRITY: None, "Application": None},
        wmi={r"root\Microsoft\Windows\DeviceGuard": None},
    ),
    BK_14.unreadable(
        "AppLocker's cmdlets are not there, and its service runs",
        "its rules are not told",
        **together(service("AppIDSvc", status="Running"), {"os": {"missingCommands": ["Get-AppLockerPolicy"]}}),
    ),
    BK_14.unreadable(
        "its log is switched off", f"the log {APPLOCKER} is switched off", logs={APPLOCKER: {"enabled": False}}
    ),
    BK_14.unreadable(
        "App Control's log is switched off",
        f"the log {INTEGRITY} is switched off",
        logs={INTEGRITY: {"enabled": False}},
    ),
    BK_14.trap(
        "blocked, and App Control's log is switched off",
        BLOCKED,
        "AppLocker blocked",
        logs={**event(APPLOCKER, 8004)["logs"], INTEGRITY: {"enabled": False}},
    ),
    BK_14.trap(
        "audited so often that older events are left out",
        NOTED,
        "AppLocker would have blocked",
        logs={APPLOCKER: {"events": event(APPLOCKER, 8003)["logs"][APPLOCKER]["events"] * 60}},
    ),
    BK_14.unreadable("its log may not be read", "access denied", **denied(f"log:{APPLOCKER}")),
    BK_14.unreadable(
        "WMI refuses",
        "could not be read",
        wmi={r"root\Microsoft\Windows\DeviceGuard": {"Win32_DeviceGuard": {"error": "access-denied"}}},
    ),
    BK_14.unreadable("App Control is not told", "is not told", **guard(None)),
    BK_14.unreadable(
        "a policy that is no XML",
        "AppLocker's policy: it is no well-formed XML",
        appLocker={"effective": '<RuleCollection Type="Exe"><a></RuleCollection>'},
    ),
    BK_14.unreadable(
        "a policy that breaks off is not one without rules",
        "AppLocker's policy: it is no well-formed XML",
        appLocker={
            "effective": '<AppLockerPolicy Version="1"><RuleCollection Type="Exe" EnforcementMode="Enabled"><FilePathRule'
        },
    ),
    BK_14.unreadable("a policy with a rule without an action", "has no action", **policy("<FilePathRule/>")),
    BK_14.unreadable("a mode that nobody knows", "enforcement mode", **policy(WINDOWS, mode="Perhaps")),
    BK_14.unreadable(
        "the files may not be listed", "access denied", **together(policy(*DEFAULTS), denied(r"C:\Packages"))
    ),
    BK_14.trap(
        "rules for users only",
        NOTED,
        "they do not hold for services (no Services extension), and the extension runs as LocalSystem",
        **policy(*DEFAULTS, services=""),
    ),
    BK_14.trap(
        "the extension for services is not configured",
        NOTED,
        "they do not hold for services",
        **policy(*DEFAULTS, services="NotConfigured"),
    ),
    BK_14.trap("rules that are audited only", NOTED, "they are audited only", **policy(*DEFAULTS, mode="AuditOnly")),
    BK_14.trap(
        "rules without a mode are enforced",
        BLOCKED,
        "their mode is not configured, so they are enforced",
        **policy(*DEFAULTS, mode="NotConfigured"),
    ),
    BK_14.trap("enforced, without rules", Verdict.COMPLIANT, "", **policy()),
    BK_14.trap(
        "audited, and it would have been blocked",
        NOTED,
        "AppLocker would have blocked IaaSBcdrExtension.exe (event 8003",
        **event(APPLOCKER, 8003),
    ),
    BK_14.trap(
        "App Control audits", NOTED, "App Control would have blocked", **together(event(INTEGRITY, 3076), guard(1))
    ),
    BK_14.trap("App Control for drivers only", Verdict.COMPLIANT, "", **guard(0)),
    BK_14.trap("another program was blocked", Verdict.COMPLIANT, "", **event(APPLOCKER, 8004, r"%OSDRIVE%\OTHER.EXE")),
    BK_14.trap(
        "blocked more than a week ago", Verdict.COMPLIANT, "", **event(APPLOCKER, 8004, time="2026-11-13T09:59:00Z")
    ),
    BK_14.trap(
        "a program of another name crashed",
        Verdict.COMPLIANT,
        "",
        logs={
            "Application": {
                "events": [
                    {
                        "id": 1000,
                        "provider": "Application Error",
                        "time": "2026-11-19T02:10:00Z",
                        "data": ["NotIaaSBcdrExtension.exe"],
                    }
                ]
            }
        },
    ),
    BK_14.trap(
        "blocked, and the policy may not be read",
        BLOCKED,
        "AppLocker blocked",
        **together(
            event(APPLOCKER, 8004), {"appLocker": {"effective": '<RuleCollection Type="Exe"><a></RuleCollection>'}}
        ),
    ),
    BK_14.trap(
        "not installed yet, and a publisher may allow it",
        PERHAPS,
        "it is not known whether it fits",
        **together(policy(*DEFAULTS, publisher(MICROSOFT)), NOT_INSTALLED),
    ),
    BK_14.trap(
        "not installed yet, and its folder is allowed",
        NOTED,
        "is allowed by",
        **together(policy(*DEFAULTS, path(r"%OSDRIVE%\Packages\*")), NOT_INSTALLED),
    ),
    _decides("everything, for administrators", NOTED, *DEFAULTS, EVERYTHING),
    _decides("its folder", NOTED, path(r"%OSDRIVE%\PACKAGES\PLUGINS\*")),
    _decides("its folder, without a variable", NOTED, path(r"c:\packages\*\iaasbcdrextension.exe")),
    _decides("its publisher", NOTED, publisher(MICROSOFT.lower())),
    _decides(
        "its publisher and product",
        NOTED,
        publisher(MICROSOFT, "Microsoft Azure Backup", "IaaSBcdrExtension.exe", "1.0.92.0", "1.0.92.0"),
    ),
    _decides("every signed program", NOTED, publisher()),
    _decides("its hash", NOTED, hashed(HASH)),
    _decides("another folder", BLOCKED, path(r"%PROGRAMFILES%\*"), message="is denied by no rule"),
    _decides("a removable drive", BLOCKED, path(r"%REMOVABLE%\*")),
    _decides("another publisher", BLOCKED, publisher("O=CONTOSO, C=US")),
    _decides("another product", BLOCKED, publisher(MICROSOFT, "WINDOWS")),
    _decides("later versions only", BLOCKED, publisher(MICROSOFT, low="1.0.93.0")),
    _decides("earlier versions only, as numbers", BLOCKED, publisher(MICROSOFT, high="1.0.91.9")),
    _decides("another hash", BLOCKED, hashed("0x00")),
    _decides("for another account", BLOCKED, path("*", sid="S-1-5-21-1-2-3-1001")),
    _decides(
        "a deny beats an allow",
        BLOCKED,
        EVERYTHING,
        path(r"%OSDRIVE%\Packages\*", "Deny", name="No packages"),
        message="is denied by the deny rule “No packages”",
    ),
    _decides(
        "an allow with an exception for it",
        BLOCKED,
        path("*", exceptions=r'<FilePathCondition Path="%OSDRIVE%\Packages\*"/>'),
    ),
    _decides(
        "a deny with an exception for it",
        NOTED,
        EVERYTHING,
        path("*", "Deny", exceptions=r'<FilePathCondition Path="%OSDRIVE%\Packages\*"/>'),
    ),
    _decides("a deny for others", NOTED, EVERYTHING, path("*", "Deny", sid="S-1-5-21-1-2-3-1001")),
    _decides("a condition that nobody knows", PERHAPS, rule("FileMoodRule", "Allow", "<FileMoodCondition/>")),
    _decides(
        "a deny of which nobody knows whether it fits",
        PERHAPS,
        EVERYTHING,
        rule("FileMoodRule", "Deny", "<FileMoodCondition/>"),
    ),
    _decides("a variable that nobody knows", PERHAPS, path(r"%MOON%\*")),
    _decides("an exception that nobody knows", PERHAPS, path("*", exceptions="<FileMoodCondition/>")),
    BK_14.trap(
        "an unsigned file",
        BLOCKED,
        "is denied by no rule",
        **together(policy(publisher()), {"files": {EXE: {"appLocker": {"publisher": None}}}}),
    ),
    BK_14.trap(
        "a file of unknown hash",
        PERHAPS,
        "may be denied",
        **together(policy(hashed("0x00")), {"files": {EXE: {"appLocker": {"hash": None}}}}),
    ),
    BK_14.trap(
        "rules, the service stopped, and a block of yesterday",
        BLOCKED,
        "AppLocker blocked",
        **together(policy(*DEFAULTS, running=False), event(APPLOCKER, 8004)),
    ),
    BK_14.trap(
        "no rules: nobody asks for the service",
        Verdict.COMPLIANT,
        "",
        **service("AppIDSvc", status="Stopped", startType="Disabled"),
    ),
]
