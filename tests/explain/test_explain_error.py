"""``vmready explain CODE``: every documented code is there, its rows are rows, and a run says what they said."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from audits import GOOD, audits

from vmready.catalogue import requirements
from vmready.cli import main
from vmready.commands.backup_errors import ERRORS, find

DECIDED = yaml.safe_load((Path(__file__).parents[1] / "examples" / "catalogue.yaml").read_text(encoding="utf-8"))
#: The codes that the document names in its headings.
DOCUMENTED = (
    "UserErrorGuestAgentStatusUnavailable",
    "GuestAgentSnapshotTaskStatusError",
    "UserErrorVmProvisioningStateFailed",
    "UserErrorRpCollectionLimitReached",
    "UserErrorKeyvaultPermissionsNotConfigured",
    "ExtensionSnapshotFailedNoNetwork",
    "ExtensionOperationFailedForManagedDisks",
    "BackUpOperationFailed",
    "BackUpOperationFailedV2",
    "UserErrorUnsupportedDiskSize",
    "UserErrorBackupOperationInProgress",
    "UserErrorCrpReportedUserError",
    "UserErrorBcmDatasourceNotPresent",
)


@pytest.mark.parametrize("code", DOCUMENTED)
def test_every_documented_code_is_known(code: str) -> None:
    error = find(f" {code.upper()} ")
    assert error is not None
    assert error.code == code
    assert error.means.endswith(".")
    assert error.rows


def test_rows_of_codes_are_rows() -> None:
    for error in ERRORS.values():
        assert set(error.rows) <= set(DECIDED), error.code
        assert len(error.rows) == len(set(error.rows)), error.code
        assert error.rows or error.outside, error.code


def test_rows_of_the_guest_are_requirements() -> None:
    declared = {of.requirement.id for of in requirements()}
    outside = {"BK-02", "BK-04", "GA-08A", "BK-17", "BK-18", "BK-19", "BK-20"}
    linux = {"BK-01L", "BK-07", "BK-09", "BK-12", "BK-13", "BK-15L"}
    rows = {row for error in ERRORS.values() for row in error.rows}
    assert rows - declared - outside - linux <= {"VD-10"}


def test_a_code_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "usererrorunsupporteddisksize"]) == 0
    said = capsys.readouterr().out
    assert "UserErrorUnsupportedDiskSize" in said
    assert "BK-16    No disk is larger than 32 TiB" in said


def test_a_code_that_nothing_in_the_machine_shows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "UserErrorRequestDisallowedByPolicy"]) == 0
    assert "nothing in the machine shows it" in capsys.readouterr().out


def test_a_mistyped_code_is_hinted_at(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "UserErrorUnsuportedDiskSize"]) == 4
    assert "did you mean UserErrorUnsupportedDiskSize?" in capsys.readouterr().err


def test_a_run_that_is_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["explain", "BackUpOperationFailed", "--run", str(tmp_path / "none")]) == 4
    assert "none" in capsys.readouterr().err


def test_what_the_rows_said_in_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    machine = {**GOOD, "services": {"RdAgent": {"status": "Stopped", "startType": "Automatic"}}}
    with audits(tmp_path, {"files-01": machine}) as given:
        done = given.pytest("-k", "GA-03 or BK-06 or UM-02")
    assert main(["explain", "BackUpOperationFailed", "--run", str(done.report)]) == 0
    said = capsys.readouterr().out
    assert "non-compliant: GA-03.RdAgent: the service RdAgent is stopped" in said
    assert "compliant: BK-06" in said
    assert "UM-02" not in said
    assert "not in this run: GA-12" in said
    assert main(["explain", "GA-03.RdAgent", "--run", str(done.report)]) == 0
    said = capsys.readouterr().out
    assert "What it said in the run" in said
    assert "the service RdAgent is stopped" in said
    assert "GA-03.WindowsAzureGuestAgent:" not in said.split("What it said")[1]
