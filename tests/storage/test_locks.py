"""One writer at a time: who comes second is told who is first."""

import json
import os
import subprocess
import sys

import pytest

from stateviz.core.errors import FileError
from stateviz.storage.locks import Claim

HOLD = """
import sys
from stateviz.storage.locks import Claim
claim = Claim(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def test_another_process_is_named_and_its_end_frees_the_path(tmp_path, package):
    environment = os.environ | {"PYTHONPATH": str(package.parent)}
    words = [sys.executable, "-c", HOLD, str(tmp_path / "a.zarr")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True) as other:
        assert other.stdout.readline() == "held\n"
        for _ in range(2):  # the first look does not empty what the second reads
            with pytest.raises(FileError, match=rf"a\.zarr is being written by process {other.pid}; wait until"):
                Claim(tmp_path / "a.zarr")
        other.kill()
    claim = Claim(tmp_path / "a.zarr")  # killed, it left its file: that holds nobody up
    claim.release()
    assert list(tmp_path.iterdir()) == []


def test_a_second_writer_of_this_process_is_told_so(tmp_path):
    claim = Claim(tmp_path / "a.zarr")
    with pytest.raises(FileError, match="another writer of this process; close it first"):
        Claim(tmp_path / "a.zarr")
    claim.release()
    claim.release()
    Claim(tmp_path / "a.zarr").release()


def test_a_link_and_its_file_are_one_place(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "real")
    claim = Claim(tmp_path / "link")
    with pytest.raises(FileError, match="being written"):
        Claim(tmp_path / "real")
    claim.release()


def test_a_lock_file_that_was_removed_locks_nobody_out_and_nobody_in(tmp_path, monkeypatch):
    """Between opening and locking the last holder may remove the file: then the file that is there is locked."""
    from filelock import FileLock

    acquire, removed = FileLock.acquire, []

    def late(self, *rest, **options):
        found = acquire(self, *rest, **options)
        if not removed:
            removed.append(os.unlink(self.lock_file))
        return found

    monkeypatch.setattr(FileLock, "acquire", late)
    claim = Claim(tmp_path / "a.zarr")
    with pytest.raises(FileError, match="being written"):
        Claim(tmp_path / "a.zarr")
    claim.release()


@pytest.mark.parametrize("said", ["", "[]", "{", json.dumps({"pid": "x", "host": 1})])
def test_a_lock_that_says_nothing_of_use_is_held_by_another_process(tmp_path, said):
    claim = Claim(tmp_path / "a.zarr")
    (tmp_path / ".a.zarr.stateviz-lock").write_text(said)
    with pytest.raises(FileError, match="being written by another process; wait"):
        Claim(tmp_path / "a.zarr")
    claim.release()
