"""``vmready``: the few commands that are not tests. Audits are pytest runs: ``pytest --hosts INVENTORY``."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import vmready

Command = Callable[[argparse.Namespace, list[str]], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives its exit code. Mistakes of the user are one line on stderr and exit code 4."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and not options.passes_on:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        code: int = options.run(options, rest)
    except KeyboardInterrupt:
        return 2
    except BrokenPipeError:
        return 0
    except Exception as error:
        if getattr(error, "user_error", False) or isinstance(error, _user_errors()):
            sys.stderr.write(f"vmready: {error}\n")
            return 4
        raise
    return code


def _user_errors() -> tuple[type[Exception], ...]:
    from vmready.declared import DeclarationError  # noqa: PLC0415
    from vmready.files import EvidenceError  # noqa: PLC0415
    from vmready.stored import StoredError  # noqa: PLC0415

    return (DeclarationError, StoredError, EvidenceError)


class _Parser(argparse.ArgumentParser):
    """Ends with 4 for a wrong command line, as pytest does; argparse's own 2 is an interrupted audit."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(4, f"{self.prog}: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="vmready", description=__doc__, allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"vmready {vmready.__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Command, text: str, *, passes_on: bool = False) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
        added.set_defaults(run=run, passes_on=passes_on)
        return added

    demo = command("demo", _demo, "start the demo fleet of twins on loopback and audit it", passes_on=True)
    demo.add_argument("--inventory", type=Path, default=None, help="another inventory of twins (default: the demo's)")
    twin = command("twin", _twin, "serve the hosts of an inventory as twins on loopback, until interrupted")
    twin.add_argument("inventories", nargs="+", type=Path)
    command(
        "plan",
        _plan,
        "list what each host would be asked, without connecting (takes pytest's and vmready's options)",
        passes_on=True,
    )
    listing = command("list", _list, "list the requirements")
    listing.add_argument("--json", action="store_true", help="as JSON, with everything that is declared")
    explain = command("explain", _explain, "tell what a requirement asks, why, and what to do where a host deviates")
    explain.add_argument(
        "id",
        help="a requirement or item, such as UM-11 or GA-12.80, or an error code of Azure Backup, such as UserErrorUnsupportedDiskSize",
    )
    explain.add_argument(
        "--run", dest="folder", type=Path, metavar="RUN", help="a run's folder: tell also what was said there"
    )
    resume = command(
        "resume",
        _resume,
        "go on with a run: judge what it has, visit the hosts that it lacks (takes further options of pytest)",
        passes_on=True,
    )
    resume.add_argument(
        "folder", metavar="RUN", type=Path, help="the run's folder, such as reports/2026-11-20T10-00-00Z-3f9a"
    )
    waive = command(
        "waive", _waive, "write a waiver for a deviation that a run found, with the observed value filled in"
    )
    waive.add_argument("folder", metavar="RUN", type=Path, help="the run's folder")
    waive.add_argument("id", help="a requirement or item, such as UM-10 or GA-12.80")
    waive.add_argument("host", help="the host's name in that run")
    waive.add_argument("--reason", required=True, help="why the deviation is accepted")
    waive.add_argument("--approver", required=True, help="who answers for it")
    waive.add_argument("--expires", required=True, metavar="YYYY-MM-DD", help="the last day that it covers")
    waive.add_argument("--ticket", default="", help="a ticket's id or address")
    waive.add_argument("--file", type=Path, default=Path("waivers.yaml"), help="default: waivers.yaml")
    waive.add_argument(
        "--waiver-days", type=int, default=366, metavar="N", help="how far ahead it may expire (default 366)"
    )
    doctor = command(
        "doctor", _doctor, "examine a host step by step: what keeps it from being audited; changes nothing"
    )
    doctor.add_argument(
        "targets", nargs="*", metavar="HOST", help="a host of the inventory, or winrm://USER@HOST[:PORT]"
    )
    doctor.add_argument("--hosts", help="the inventory that names the host (without HOST: all of its hosts)")
    doctor.add_argument("--limit", metavar="HOSTS", help="hosts of the inventory, such as 'web-*,role:session-host'")
    doctor.add_argument("--credential", metavar="REF", help="env:NAME, file:PATH, keyring:SERVICE/USER or ask")
    doctor.add_argument("--tls-fingerprint", metavar="SHA256", help="of the certificate to trust, for a winrm:// host")
    doctor.add_argument("--json", type=Path, metavar="FILE", help="write the same as JSON, without secrets")
    records = command(
        "records",
        _records,
        "tell the records that Microsoft's troubleshooter for Update Management would make, as JSON",
    )
    records.add_argument("snapshot", metavar="SNAPSHOT", type=Path, help="a host's snapshot of a run")
    records.add_argument("--compact", action="store_true", help="the five fields of -returnCompactFormat")
    records.add_argument(
        "--location", metavar="REGION", help="the Automation account's (default: the region of the collection's inputs)"
    )
    collector = command(
        "collector", _collector, "write the collector as one script, for a machine that WinRM does not reach"
    )
    collector.add_argument(
        "--for", dest="target", required=True, metavar="HOST-OR-ROLE", help="a host of the inventory, or a role"
    )
    collector.add_argument("--hosts", help="the inventory that names the host")
    collector.add_argument(
        "--input",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="an input, where it is for a role (repeatable)",
    )
    collector.add_argument("-o", "--output", type=Path, default=Path("collect.ps1"), help="default: collect.ps1")
    return parser


def _collector(options: argparse.Namespace, rest: list[str]) -> int:
    del rest
    from vmready.commands.collector import write  # noqa: PLC0415

    sys.stdout.write(write(options.target, options.hosts, options.input, options.output) + "\n")
    return 0


def _doctor(options: argparse.Namespace, rest: list[str]) -> int:
    del rest
    from vmready.commands.doctor import Wanted, doctor  # noqa: PLC0415

    return doctor(
        Wanted(options.targets, options.hosts, options.limit, options.credential, options.tls_fingerprint, options.json)
    )


def _records(options: argparse.Namespace, rest: list[str]) -> int:
    del rest
    from vmready.commands.records import records  # noqa: PLC0415

    text, said, code = records(options.snapshot, compact=options.compact, location=options.location)
    sys.stdout.write(text + "\n")
    for line in said:
        sys.stderr.write(f"vmready: {line}\n")
    return code


def _resume(options: argparse.Namespace, rest: list[str]) -> int:
    from vmready.commands.resume import resume  # noqa: PLC0415

    return resume(options.folder, rest)


def _waive(options: argparse.Namespace, rest: list[str]) -> int:
    del rest
    from datetime import UTC, datetime  # noqa: PLC0415

    from vmready.commands.waive import Wanted, waive  # noqa: PLC0415

    wanted = Wanted(options.id, options.host, options.reason, options.approver, options.expires, options.ticket)
    today = datetime.now(UTC).date()
    sys.stdout.write(waive(options.folder, wanted, options.file, today=today, longest=options.waiver_days) + "\n")
    return 0


def _demo(options: argparse.Namespace, rest: list[str]) -> int:
    from vmready import demo  # noqa: PLC0415

    return demo.run(options.inventory, rest)


def _twin(options: argparse.Namespace, rest: list[str]) -> int:
    del rest
    from vmready import demo  # noqa: PLC0415

    return demo.serve(options.inventories)


def _plan(options: argparse.Namespace, rest: list[str]) -> int:
    del options
    if not any(word.split("=")[0] in ("--hosts", "--snapshots") for word in rest):
        sys.stderr.write(
            "vmready: plan lists what is asked of hosts: add --hosts INVENTORY or --hosts winrm://USER@HOST\n"
        )
        return 4
    from vmready.commands.pytest_run import run_pytest  # noqa: PLC0415

    return run_pytest(["--collect-only", "-qq", "--plan", *_where(rest), *rest])


def _where(rest: Sequence[str]) -> list[str]:
    """The requirements that come with vmready, unless the arguments name tests themselves."""
    named = any(not word.startswith("-") and (Path(word.split("::")[0]).exists() and "test" in word) for word in rest)
    return [] if named or "--pyargs" in rest else ["--pyargs", "tests_infra"]


def _list(options: argparse.Namespace, rest: list[str]) -> int:
    del rest
    from vmready import catalogue  # noqa: PLC0415

    found = [catalogue.described(of) for of in catalogue.requirements()]
    if options.json:
        json.dump(found, sys.stdout, indent=2)
        sys.stdout.write("\n")
        return 0
    for one in found:
        parts = f" ({len(one['items'])} items)" if len(one["items"]) > 1 else ""
        sys.stdout.write(
            f"{one['id']:8} {one['kind']:6} {one['severity']:8} {', '.join(one['roles'])}: {one['title']}{parts}\n"
        )
    sys.stdout.write(f"{len(found)} requirements, {sum(len(one['items']) for one in found)} items\n")
    return 0


def _explain(options: argparse.Namespace, rest: list[str]) -> int:
    del rest
    import difflib  # noqa: PLC0415

    from vmready import catalogue  # noqa: PLC0415
    from vmready.commands import backup_errors, explain_error, explain_requirement  # noqa: PLC0415

    error = backup_errors.find(options.id)
    if error is not None:
        sys.stdout.write(explain_error.explained(error, options.folder))
        return 0
    found = list(catalogue.requirements())
    wanted = options.id.strip().upper()
    for of in found:
        if wanted in (of.requirement.id.upper(), *(case.id.upper() for case in of.cases)):
            said = explain_error.in_run(options.folder, of.requirement.id, wanted)
            sys.stdout.write(explain_requirement.explained(of) + said)
            return 0
    known = {name.upper(): name for of in found for name in (of.requirement.id, *(case.id for case in of.cases))}
    known.update({error.code.upper(): error.code for error in backup_errors.ERRORS.values()})
    near = difflib.get_close_matches(wanted, known, 1)
    hint = f"; did you mean {known[near[0]]}?" if near else "; `vmready list` names them all"
    sys.stderr.write(f"vmready: no requirement, item or error code {options.id}{hint}\n")
    return 4


if __name__ == "__main__":
    sys.exit(main())
