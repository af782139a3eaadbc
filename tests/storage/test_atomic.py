import errno
import os
import re
import stat

import pytest

from stateviz.core.errors import FileError, InputError
from stateviz.storage.atomic import atomic, check_apart, check_writable, write_text, write_zip


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_whole_when_the_block_ends(tmp_path):
    with atomic(tmp_path / "a.txt") as beside:
        beside.write_text("new")
        assert [beside.name] == names(tmp_path)
        assert re.fullmatch(r"a\.txt\.[0-9a-f]{8}\.partial", beside.name)
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "new"


@pytest.mark.parametrize("kind", [ValueError, KeyboardInterrupt])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, kind):
    (tmp_path / "a.txt").write_text("old")

    def fail():
        with atomic(tmp_path / "a.txt", overwrite=True) as beside:
            beside.write_text("half")
            raise kind

    with pytest.raises(kind):
        fail()
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_folder_is_replaced_as_a_whole_and_kept_on_failure(tmp_path):
    def write(text, fail=False):
        with atomic(tmp_path / "d", overwrite=True) as beside:
            beside.mkdir()
            (beside / text).write_text(text)
            if fail:
                raise ValueError

    write("one")
    with pytest.raises(ValueError):  # noqa: PT011
        write("two", fail=True)
    assert names(tmp_path) == ["d"]
    assert names(tmp_path / "d") == ["one"]
    write("three")
    assert names(tmp_path) == ["d"]
    assert names(tmp_path / "d") == ["three"]


def test_what_lies_beside_is_not_removed(tmp_path):
    (tmp_path / "a.txt.partial").mkdir()
    (tmp_path / "a.txt.partial" / "mine").write_text("mine")
    write_text(tmp_path / "a.txt", "new")
    assert names(tmp_path) == ["a.txt", "a.txt.partial"]
    assert (tmp_path / "a.txt.partial" / "mine").read_text() == "mine"


def test_two_writers_of_one_name_do_not_meet(tmp_path):
    with atomic(tmp_path / "a.txt", overwrite=True) as one, atomic(tmp_path / "a.txt", overwrite=True) as other:
        one.write_text("one")
        other.write_text("other")
    assert (tmp_path / "a.txt").read_text() == "one"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.skipif(os.name != "posix", reason="this system has no modes")
def test_a_file_that_is_replaced_keeps_its_mode_and_is_no_more_readable_meanwhile(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    os.chmod(tmp_path / "a.txt", 0o640)
    with atomic(tmp_path / "a.txt", overwrite=True) as beside:
        beside.write_text("new")
        assert stat.S_IMODE(beside.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640
    assert (tmp_path / "a.txt").read_text() == "new"


def test_what_is_written_is_on_the_disk_before_it_takes_its_name(tmp_path, monkeypatch):
    seen = []

    def note(descriptor):
        seen.append((os.path.isdir(f"/proc/self/fd/{descriptor}"), names(tmp_path)))

    monkeypatch.setattr(os, "fsync", note)
    write_text(tmp_path / "a.txt", "new")
    if os.path.isdir("/proc/self/fd"):
        assert [folder for folder, _ in seen] == [False, True]
        assert seen[0][1][0].endswith(".partial")
        assert seen[1][1] == ["a.txt"]


def test_an_output_that_is_read_is_refused_under_any_name(tmp_path):
    (tmp_path / "a.npy").write_bytes(b"states")
    (tmp_path / "link.npy").symlink_to(tmp_path / "a.npy")
    for given in (tmp_path / "a.npy", [tmp_path / "b", tmp_path / "a.npy"], {"x": tmp_path / "a.npy"}):
        with pytest.raises(InputError, match="read and written, too, and would be lost"):
            check_apart(tmp_path / "link.npy", given)
    check_apart(tmp_path / "c.npy", [tmp_path / "a.npy", str(tmp_path / "c.npy")])  # a str is a text


def test_text_keeps_its_newlines_and_characters(tmp_path):
    text = "a\r\nb\n\u0301🎉"
    assert write_text(tmp_path / "a", text).read_bytes() == text.encode()


def test_something_there_is_kept_without_force(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    with pytest.raises(FileError, match=r"a\.txt exists; .*--force"):
        write_text(tmp_path / "a.txt", "new", overwrite=False)
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_missing_folder_is_said_before_the_block_runs(tmp_path):
    ran = []

    def write():
        with atomic(tmp_path / "no" / "a.txt"):
            ran.append(1)

    with pytest.raises(FileError, match="does not exist; make it first"):
        write()
    assert not ran
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="is not a folder"):
        write_text(tmp_path / "file" / "a.txt", "")


def test_a_folder_that_cannot_be_written_is_said_before_the_block_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)  # an administrator may write everywhere
    with pytest.raises(FileError, match="cannot be written; choose another"):
        check_writable(tmp_path / "a.txt")


def test_a_file_does_not_take_the_place_of_a_folder(tmp_path):
    (tmp_path / "d").mkdir()
    with pytest.raises(FileError, match="a folder of that name"):
        write_text(tmp_path / "d", "x", overwrite=True)
    assert names(tmp_path) == ["d"]


def test_a_full_disk_is_one_line_that_names_the_output(tmp_path):
    def write():
        with atomic(tmp_path / "a.txt") as beside:
            beside.write_text("half")
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(FileError, match=r"cannot write .*a\.txt: No space left on device"):
        write()
    assert names(tmp_path) == []


def test_an_error_about_another_file_keeps_its_words(tmp_path):
    def write():
        with atomic(tmp_path / "a.txt"):
            (tmp_path / "other").read_text()

    with pytest.raises(FileNotFoundError, match="other"):
        write()


def test_a_name_too_long_is_one_line(tmp_path):
    with pytest.raises(FileError, match="cannot write"):
        write_text(tmp_path / ("x" * 300), "")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_or_device_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileError, match="device or a pipe"):
        write_text(tmp_path / "pipe", "")


def test_a_link_stays_a_link_and_its_file_is_written(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    write_text(tmp_path / "link", "new", overwrite=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_zips_of_the_same_members_are_the_same_bytes(tmp_path):
    write_zip(tmp_path / "a.zip", {"b": b"2", "a": b"1"})
    write_zip(tmp_path / "b.zip", {"a": b"1", "b": b"2"})
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
