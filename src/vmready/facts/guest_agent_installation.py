"""The Azure guest agent as it is installed: its services, the programs that they name, its folders."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from vmready.facts.guest_agent_versions import Version, folder_version, program_of, within
from vmready.facts.proven import or_unknown, proven
from vmready.facts.registry import FollowUp, UnreadableFact, fact, plain_value
from vmready.facts.services import GUEST_AGENT, RD_AGENT
from vmready.probes.answers import Absent, Answer, Observed, Reason, Why
from vmready.probes.readings import File, Key, Paths, version_of
from vmready.probes.readings import Service as ServiceReading
from vmready.probes.vocabulary import Path, Probe, RegistryKey, Service

_WINDOWS_AZURE = "%SystemDrive%\\WindowsAzure\\"
PROGRAMS: Mapping[str, str] = {RD_AGENT.name: "WaAppAgent.exe", GUEST_AGENT.name: "WindowsAzureGuestAgent.exe"}
RD_AGENT_FILES = Path(_WINDOWS_AZURE + r"*\WaAppAgent.exe")
GUEST_AGENT_FILES = Path(_WINDOWS_AZURE + r"*\WindowsAzureGuestAgent.exe")
FOLDERS = Path(_WINDOWS_AZURE + "GuestAgent_*")
PACKAGE = Path(r"%windir%\OEM\GuestAgent\VMAgentPackage.zip")
OLD_FOLDER = Path(_WINDOWS_AZURE + "OLD")
UNINSTALL = RegistryKey(
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall",
    values=("DisplayName", "Publisher", "DisplayVersion"),
    depth=1,
)
UNINSTALL_32 = RegistryKey(
    r"HKLM\SOFTWARE\Wow6432Node\Microsoft\Windows\CurrentVersion\Uninstall",
    values=("DisplayName", "Publisher", "DisplayVersion"),
    depth=1,
)
_ASKED_PATH = re.compile(r'(?:[A-Za-z]:|%[A-Za-z]{1,20}%)\\[^\x00-\x1f/<>|":*?]{1,240}')


@dataclass(frozen=True, slots=True)
class Program:
    """A service and the program that it runs. ``files``: programs of its name below ``WindowsAzure``; ``image``: what its ImagePath names."""

    service: str
    answer: Answer[ServiceReading]
    files: Answer[Paths]
    image: Answer[Paths] | None

    @property
    def name(self) -> str:
        return PROGRAMS[self.service]

    @property
    def candidates(self) -> tuple[File, ...]:
        """The programs below ``WindowsAzure``, copies that a manual repair moved to ``OLD`` left out."""
        found = self.files.value.matches if isinstance(self.files, Observed) else ()
        return tuple(file for file in found if not file.directory and not _in_old(file.path))

    def image_path(self) -> str:
        """The program that the service names. UnreadableFact where no source told it."""
        service: ServiceReading | None = plain_value("guest_agent_installation", Service(self.service), self.answer)
        if service is None or not service.image:
            why = Why(Reason.FAILED, "NotTold", f"no source told the ImagePath of the service {self.service}")
            raise UnreadableFact("guest_agent_installation", why)
        return program_of(service.image)

    def running_file(self) -> File | None:
        """The file that the service's ImagePath names; None where there is none. UnreadableFact where that is not known."""
        wanted = self.image_path()
        for file in self.candidates:
            if within(wanted, file.path[:2]) == file.path.lower():
                return file
        if self.image is None:
            if _ASKED_PATH.fullmatch(wanted) is None:
                return None
            raise UnreadableFact("guest_agent_installation", Why(Reason.NOT_COLLECTED), wanted)
        found: Paths | None = plain_value("guest_agent_installation", Path(wanted), self.image)
        return next((file for file in found.matches if not file.directory), None) if found else None

    def seen(self) -> str:
        """The first thing that is wrong, in two words; ``installed`` where nothing is."""
        questions = {
            "no service": self.missing_service,
            "no program": self.missing_file,
            "wrong ImagePath": self.wrong_image,
        }
        return or_unknown(lambda: next((name for name, question in questions.items() if question()), "installed"))

    def missing_service(self) -> str:
        service = plain_value("guest_agent_installation", Service(self.service), self.answer)
        return f"the service {self.service} is not registered" if service is None else ""

    def missing_file(self) -> str:
        if self.candidates or (isinstance(self.answer, Observed) and self.running_file() is not None):
            return ""
        plain_value("guest_agent_installation", Path(self.name), self.files)
        return f"{self.name} lies nowhere below WindowsAzure"

    def wrong_image(self) -> str:
        if isinstance(self.answer, Absent):
            return ""
        path = self.image_path()
        if path.lower().rpartition("\\")[2] != self.name.lower():
            return f"the service {self.service} runs {path[:200]}, not {self.name}"
        if self.running_file() is None:
            return f"the ImagePath of {self.service} names {path[:200]}, where no file is"
        return ""


@dataclass(frozen=True, slots=True)
class GuestAgentInstallation:
    """The agent's two programs and its versioned folders (``GuestAgent_<version>_<time>``)."""

    programs: tuple[Program, ...]
    folders: Answer[Paths]

    def program(self, service: str) -> Program:
        return {program.service: program for program in self.programs}[service]

    def problems(self) -> tuple[str, ...]:
        """What is missing or wrong, each named. UnreadableFact where nothing is, as far as could be read, but something could not be."""
        questions = [
            question
            for program in self.programs
            for question in (program.missing_service, program.missing_file, program.wrong_image)
        ]
        return proven(*questions, self._read_folders)

    def seen(self) -> Mapping[str, str]:
        """What is wrong with each service in two words: a value that stays the same."""
        return {program.service: program.seen() for program in self.programs}

    def _read_folders(self) -> str:
        plain_value("guest_agent_installation", FOLDERS, self.folders)
        return ""

    @property
    def versions(self) -> tuple[Version, ...]:
        """The versions of the folders, once for each folder."""
        found = self.folders.value.matches if isinstance(self.folders, Observed) else ()
        return tuple(v for file in found if file.directory and (v := folder_version(file.name)) is not None)

    @property
    def doubts(self) -> Iterator[str]:
        """What is odd, but lets the agent run."""
        if not self.versions:
            yield "there is no folder GuestAgent_<version> below WindowsAzure: the agent never updated itself"
        for program in self.programs:
            if _in_old(program.image_path()):
                yield f"the service {program.service} runs from the folder OLD, which is left over from a manual repair"
            elif "\\windowsazure\\" not in program.image_path().lower():
                yield f"the service {program.service} runs {program.image_path()[:200]}, outside of the agent's folder"


def _in_old(path: str) -> bool:
    return "\\windowsazure\\old\\" in path.lower()


def _image_probe(answer: Answer[ServiceReading], files: Answer[Paths]) -> Path | None:
    """What confirms an ImagePath that is none of the programs found by pattern."""
    image = program_of(answer.value.image or "") if isinstance(answer, Observed) else ""
    found = files.value.matches if isinstance(files, Observed) else ()
    known = [file.path for file in found if not file.directory and not _in_old(file.path)]
    if _ASKED_PATH.fullmatch(image) is None or any(within(image, path[:2]) == path.lower() for path in known):
        return None
    return None if {".", ".."} & set(image.split("\\")) else Path(image)


def _confirm(
    rd_agent: Answer[ServiceReading],
    guest_agent: Answer[ServiceReading],
    rd_agent_files: Answer[Paths],
    guest_agent_files: Answer[Paths],
) -> Iterator[Probe[Any]]:
    for answer, files in ((rd_agent, rd_agent_files), (guest_agent, guest_agent_files)):
        probe = _image_probe(answer, files)
        if probe is not None:
            yield probe


@fact(follow_up=_confirm)
def guest_agent_installation(
    rd_agent: Annotated[Answer[ServiceReading], RD_AGENT],
    guest_agent: Annotated[Answer[ServiceReading], GUEST_AGENT],
    rd_agent_files: Annotated[Answer[Paths], RD_AGENT_FILES],
    guest_agent_files: Annotated[Answer[Paths], GUEST_AGENT_FILES],
    folders: Annotated[Answer[Paths], FOLDERS],
    followed: FollowUp,
) -> GuestAgentInstallation:
    """Services, programs and folders. An ImagePath outside the usual folders is looked up in a second round."""
    programs = []
    for name, answer, files in (
        (RD_AGENT.name, rd_agent, rd_agent_files),
        (GUEST_AGENT.name, guest_agent, guest_agent_files),
    ):
        probe = _image_probe(answer, files)
        programs.append(Program(name, answer, files, None if probe is None else followed.get(probe)))
    return GuestAgentInstallation(tuple(programs), folders)


@fact
def guest_agent_package(package: Annotated[Paths | None, PACKAGE]) -> bool:
    """Whether the package that provisioning installs the agent from is there."""
    return package is not None and any(not file.directory for file in package.matches)


@fact
def guest_agent_left_over(folder: Annotated[Paths | None, OLD_FOLDER]) -> bool:
    r"""Whether ``WindowsAzure\OLD`` is there, which the documented manual repair makes."""
    return folder is not None and any(file.directory for file in folder.matches)


@dataclass(frozen=True, slots=True)
class ProgramEntry:
    """The agent's entry in Programs and Features; None where it tells no version or is not there."""

    name: str
    version: str | None


@fact
def guest_agent_program_entry(
    uninstall: Annotated[Answer[Key], UNINSTALL], uninstall_32: Annotated[Answer[Key], UNINSTALL_32]
) -> ProgramEntry | None:
    """The entry ``Windows Azure VM Agent - <version>``, which only an installation by MSI leaves; None where there is none."""
    for answer in (uninstall, uninstall_32):
        for _, entry in answer.value.read_keys if isinstance(answer, Observed) else ():
            name = entry.text("DisplayName") or ""
            if name.lower().startswith(("windows azure vm agent", "windows azure guest agent")):
                return ProgramEntry(name[:80], entry.text("DisplayVersion"))
    for probe, answer in ((UNINSTALL, uninstall), (UNINSTALL_32, uninstall_32)):
        key: Key | None = plain_value("guest_agent_program_entry", probe, answer)
        hidden = [name for name, node in key.keys.items() if not isinstance(node, Key)] if key else []
        if hidden or (key is not None and key.more):
            why = Why(Reason.FAILED, "Hidden", "an entry of the installed programs could not be read")
            raise UnreadableFact("guest_agent_program_entry", why, str(probe))
    return None


def version_of_file(file: File | None) -> Version | None:
    """A program's numeric file version."""
    return version_of(file.version) if file is not None else None
