from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from vmready import files
from vmready.files import Appending, EvidenceError

posix = pytest.mark.skipif(os.name == "nt", reason="modes of files are POSIX's")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@posix
def test_folders_and_files_are_for_the_user_alone_whatever_the_umask(tmp_path):
    old = os.umask(0)
    try:
        files.make_folder(tmp_path / "reports" / "run")
        files.write(tmp_path / "reports" / "run" / "a.json", "{}")
        Appending(tmp_path / "reports" / "run" / "l").close()
    finally:
        os.umask(old)
    assert mode(tmp_path / "reports") == mode(tmp_path / "reports" / "run") == 0o700
    assert mode(tmp_path / "reports" / "run" / "a.json") == mode(tmp_path / "reports" / "run" / "l") == 0o600


def test_a_new_folder_has_to_be_new(tmp_path):
    files.make_folder(tmp_path / "run", new=True)
    with pytest.raises(EvidenceError, match="run: the folder could not be made: File exists"):
        files.make_folder(tmp_path / "run", new=True)


def test_writing_replaces_as_a_whole_and_leaves_nothing_behind(tmp_path):
    path = tmp_path / "report"
    files.write(path, "first")
    files.write(path, "zweite ü")
    assert path.read_bytes() == "zweite ü".encode()
    assert [entry.name for entry in tmp_path.iterdir()] == ["report"]


def test_a_failure_names_the_path_and_the_reason(tmp_path):
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "report.html"
    with pytest.raises(EvidenceError) as caught:
        files.write(path, "text")
    assert str(caught.value) == f"{path}: could not be written: Not a directory"


def test_reading_has_a_bound(tmp_path):
    (tmp_path / "big").write_bytes(b"x" * 101)
    assert len(files.read_bytes(tmp_path / "big", 101)) == 101
    with pytest.raises(EvidenceError, match="larger than 100 bytes"):
        files.read_bytes(tmp_path / "big", 100)


def test_appending_never_opens_an_existing_file(tmp_path):
    (tmp_path / "ledger").write_text("old\n")
    with pytest.raises(EvidenceError, match="could not be created"):
        Appending(tmp_path / "ledger")
    assert (tmp_path / "ledger").read_text() == "old\n"


def test_lines_are_with_the_system_at_once(tmp_path):
    growing = Appending(tmp_path / "ledger")
    growing.append("one")
    assert (tmp_path / "ledger").read_bytes() == b"one\n"
    growing.close()
    growing.close()
    with pytest.raises(EvidenceError, match="it is closed"):
        growing.append("two")


_FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from vmready.files import Appending, EvidenceError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
growing = Appending(Path(sys.argv[1]))
growing.append("a" * 1000)
resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))
try:
    growing.append("b" * 1000)
except EvidenceError as error:
    print(error)
"""


@posix
def test_a_line_that_does_not_fit_is_taken_back(tmp_path):
    path = tmp_path / "ledger"
    done = subprocess.run([sys.executable, "-c", _FULL_DISK, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"{path}: could not be written: File too large"
    assert path.read_text() == "a" * 1000 + "\n"
