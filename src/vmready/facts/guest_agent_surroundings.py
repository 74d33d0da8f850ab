"""What the Azure guest agent, a .NET program, needs of the machine: runtime settings, space on the system drive, two services of Windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from vmready.facts.guest_agent_log import GuestAgentLog
from vmready.facts.guest_agent_log_lines import Record
from vmready.facts.guest_agent_log_patterns import BY_ID
from vmready.facts.registry import UnreadableFact, fact, plain_value
from vmready.facts.settings import setting
from vmready.probes.answers import Answer, Observed, Reason, Why
from vmready.probes.readings import Instances, Key, Paths, XmlShape
from vmready.probes.readings import Tail as TailReading
from vmready.probes.vocabulary import Path, Probe, RegistryKey, Tail, Wmi, Xml

DOT_NET = RegistryKey(r"HKLM\SOFTWARE\Microsoft\.NETFramework", values=("Enable64Bit",))
#: What debugging of WCF leaves behind in machine.config; the agent's own services then fail to start.
DEBUGGING = "Microsoft.VisualStudio.Diagnostics.ServiceModelSink"
MACHINE_CONFIG = Xml(
    r"%windir%\Microsoft.NET\Framework64\v4.0.30319\Config\machine.config",
    elements=("configuration",),
    literals=(DEBUGGING,),
)
DISKS = Wmi("Win32_LogicalDisk", ("DeviceID", "FreeSpace", "Size"))
WINDOWS_FOLDER = Path("%windir%")
WINMGMT = RegistryKey(r"HKLM\SYSTEM\CurrentControlSet\Services\Winmgmt", values=("Start",))
#: What the agent's installer left when Windows was set up.
SETUP = Tail(r"%windir%\Panther\VmAgentInstaller.xml")
KEY_ISO = RegistryKey(r"HKLM\SYSTEM\CurrentControlSet\Services\KeyIso", values=("Start",))

MIB = 1024 * 1024
#: Below the first the agent cannot work, below the second it may soon not. Compared as bytes: 1,000 MB are no GB.
TOO_LITTLE, LITTLE = 100 * MIB, 1024 * MIB
_STARTS = {0: "boot", 1: "system", 2: "automatic", 3: "manual", 4: "disabled"}
_NAME = "guest_agent_surroundings"


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that the agent needs. ``problem``: why it cannot work; ``doubt``: what can be taken two ways; ``seen``: the value that decided.

    ``pattern``: what the agent's log shows where it is not so.
    """

    seen: Any
    problem: str = ""
    doubt: str = ""
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class GuestAgentSurroundings:
    """The answers by probe. Each condition stands alone: what could not be read makes only its own item undetermined."""

    answers: Mapping[Probe[Any], Answer[Any]]
    log: GuestAgentLog

    def logged(self, condition: Condition) -> tuple[str, ...]:
        """What the logs show of a condition: further evidence, which no verdict waits for."""
        hits = [str(hit) for hit in self.log.evidence(condition.pattern)] if condition.pattern else []
        setup = self.answers[SETUP]
        if condition.pattern and isinstance(setup, Observed):
            known = BY_ID[condition.pattern]
            if known.fits(Record(None, "", setup.value.text)):
                hits.append(f"{known.conclusion} [{known.id}, in VmAgentInstaller.xml]")
        return tuple(hits)

    def _read(self, probe: Probe[Any]) -> Any:
        return plain_value(_NAME, probe, self.answers[probe])

    def runtime(self) -> Condition:
        """``Enable64Bit``: 0 makes 64-bit programs of .NET run as 32-bit ones; absent is as good as 1."""
        key: Key | None = self._read(DOT_NET)
        found = setting(key, "Enable64Bit")
        if found.number == 0:
            return Condition(0, "Enable64Bit is 0: 64-bit programs of .NET run as 32-bit ones", pattern="L8")
        return Condition(found.number, doubt=f"Enable64Bit is {found}" if found.wrong_type else "", pattern="L8")

    def machine_config(self) -> Condition:
        """The .NET Framework's machine.config. Only its shape is read: it may hold keys."""
        shape: XmlShape | None = self._read(MACHINE_CONFIG)
        if shape is None:
            return Condition("absent", "there is no machine.config of the 64-bit .NET Framework 4")
        debugging = shape.literals.get(DEBUGGING)
        if not shape.well_formed:
            return Condition("not well-formed", "machine.config is no well-formed XML")
        if shape.elements.get("configuration") is None or debugging is None:
            why = Why(Reason.FAILED, "NoShape", "what machine.config holds is not told")
            raise UnreadableFact(_NAME, why, str(MACHINE_CONFIG))
        if not shape.elements["configuration"]:
            return Condition("no configuration", "machine.config has no element configuration")
        if debugging:
            return Condition("debugging", f"debugging of WCF is left on in machine.config ({DEBUGGING})", pattern="L9")
        return Condition("sound", pattern="L9")

    def space(self) -> Condition:
        """Free space of the system drive, which need not be C:."""
        windows: Paths | None = self._read(WINDOWS_FOLDER)
        disks: Instances | None = self._read(DISKS)
        names = [file.path[:2].upper() for file in windows.matches] if windows is not None else []
        for disk in disks.instances if disks is not None else ():
            name, free = str(disk.get("DeviceID")).upper(), disk.get("FreeSpace")
            if name not in names or not isinstance(free, int) or isinstance(free, bool):
                continue
            least = TOO_LITTLE if free < TOO_LITTLE else LITTLE
            text = f"{free / MIB:,.0f} MiB are free on {name}, less than {least // MIB:,} MiB"
            return Condition(
                "enough" if free >= LITTLE else f"less than {least // MIB} MiB",
                text if free < TOO_LITTLE else "",
                text if TOO_LITTLE <= free < LITTLE else "",
            )
        said = f"the free space of the system drive {', '.join(names) or '(it is not known which)'} is not told"
        raise UnreadableFact(_NAME, Why(Reason.FAILED, "NoDrive", said), str(DISKS))

    def management(self) -> Condition:
        """Windows Management Instrumentation starts with Windows: the agent's installer writes the registry through it."""
        start, text = self._start(WINMGMT)
        said = f"the start type of Winmgmt is {text}, not automatic"
        return Condition(start, said if start not in (2, 3) else "", said if start == 3 else "", "L12")

    def key_isolation(self) -> Condition:
        """CNG Key Isolation starts on demand: the agent's certificate is made through it. Automatic does no harm."""
        start, text = self._start(KEY_ISO)
        problem = "" if start in (2, 3) else f"the start type of KeyIso is {text}, not manual"
        return Condition(start, problem, pattern="L6")

    def _start(self, probe: RegistryKey) -> tuple[int | None, str]:
        key: Key | None = self._read(probe)
        if key is None:
            return None, "absent (there is no such service)"
        found = setting(key, "Start")
        return found.number, str(found) if found.number is None else _STARTS.get(found.number, str(found.number))


@fact
def guest_agent_surroundings(
    dot_net: Annotated[Answer[Key], DOT_NET],
    machine_config: Annotated[Answer[XmlShape], MACHINE_CONFIG],
    disks: Annotated[Answer[Instances], DISKS],
    windows: Annotated[Answer[Paths], WINDOWS_FOLDER],
    winmgmt: Annotated[Answer[Key], WINMGMT],
    key_iso: Annotated[Answer[Key], KEY_ISO],
    setup: Annotated[Answer[TailReading], SETUP],
    guest_agent_log: GuestAgentLog,
) -> GuestAgentSurroundings:
    """Enable64Bit, machine.config, space on the system drive, start types of Winmgmt and KeyIso."""
    return GuestAgentSurroundings(
        {
            DOT_NET: dot_net,
            MACHINE_CONFIG: machine_config,
            DISKS: disks,
            WINDOWS_FOLDER: windows,
            WINMGMT: winmgmt,
            KEY_ISO: key_iso,
            SETUP: setup,
        },
        guest_agent_log,
    )
