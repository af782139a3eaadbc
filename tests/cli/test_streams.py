"""stdin, stdout and stderr: closed, of another encoding, full; and what a terminal would obey."""

import io
import json
import subprocess
import sys

import pytest

import stateviz as sv
from stateviz.cli import main
from stateviz.cli.files import ending_of
from stateviz.core.escapes import one_line, printable, xml_text

HOSTILE = "core\x1b[31m.h\u202e\x9b\u2066"


def named(tmp_path, site):
    """A recording whose site and tokens are hostile."""
    states = sv.StateMatrix([[-1, 1, 1], [1, -1, 1]], tokens=("a\x1b]0;x\x07", "\u202eb", "c"), site=site)
    return str(sv.save_recording(sv.Recording(states.tokens, {site: states}), tmp_path / "a.zarr"))


def test_a_closed_stdout_is_told_before_anything_is_computed(cli, monkeypatch, capfd):
    monkeypatch.setattr(sys, "stdout", None)
    assert main(["order", "--method", "exact"]) == 1
    assert capfd.readouterr().err == (
        "stateviz: error: stdout is closed, and the result would go there; name a file with -o, or open it\n"
    )


def test_a_closed_stdout_and_stderr_are_no_matter_where_a_file_is_named(cli, monkeypatch, tmp_path, matrix):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert main(["order", str(matrix), "--method", "mean", "-o", str(tmp_path / "o.json")]) == 0
    assert sys.stdout is None
    assert sv.read_order(tmp_path / "o.json").method == "mean"


def test_a_closed_stdin_is_one_line(cli, monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    result = cli("judge", "-")
    assert (result.code, result.err.count("\n")) == (1, 1)
    assert "stdin is closed" in result.err


def test_streams_closed_by_the_shell(tmp_path, matrix, package):
    """In processes of their own: no file of the user's becomes stdout by its number."""
    words = f"{sys.executable} -m stateviz order {matrix} --method mean"
    script = f"{words} >&-; echo $?; {words} -o {tmp_path}/o.json <&- >&- 2>&-; echo $?"
    found = subprocess.run(
        ["sh", "-c", script], env={"PYTHONPATH": str(package.parent)}, capture_output=True, text=True, check=False
    )
    assert found.stdout == "1\n0\n"
    assert "stdout is closed" in found.stderr
    assert "Traceback" not in found.stderr
    assert json.loads((tmp_path / "o.json").read_text())["method"] == "mean"


def test_what_another_encoding_lacks_is_escaped_and_not_lost(monkeypatch, tmp_path):
    (tmp_path / "a.txt").write_text("é" * 3, encoding="utf-8")
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", stream)
    assert main(["describe", "phone-case"]) == 0
    assert stream.errors == "strict"  # as it was
    stream.flush()
    assert b"\\u2019" in stream.buffer.getvalue()


def test_a_full_stdout_is_one_line(python, package):
    code = "import sys; from stateviz.cli import main; sys.exit(main(['list', 'media']))"
    with open("/dev/full", "w") as full:
        found = subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONPATH": str(package.parent)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert found.returncode == 1
    assert found.stderr == "stateviz: error: the system: No space left on device\n"


@pytest.mark.parametrize(
    "words",
    [
        ["list", "sites", "{}"],
        ["show", "{}", "--color", "never"],
        ["show", "{}", "--kind", "text", "--color", "never"],
        ["match", "{}", "--span", "0:1"],
        ["order", "{}", "--method", "mean"],
        ["order", "{}", "--site", HOSTILE + "?"],
        ["order", HOSTILE],
        [HOSTILE],
        ["order", "--" + HOSTILE],
        ["correlate", "{}", "--null", "none"],
        ["structure", "{}"],
    ],
)
def test_no_name_and_no_token_reaches_the_terminal_as_it_is(cli, tmp_path, words):
    path = named(tmp_path, HOSTILE)
    result = cli(*(word.format(path) for word in words))
    for text in (result.out, result.err):
        assert not [letter for letter in "\x1b\u202e\x9b\u2066\x07" if letter in text], text


def test_json_is_ascii_under_every_locale(cli, tmp_path):
    path = named(tmp_path, "höhe")
    assert cli("order", path, "--method", "mean").out.isascii()
    assert json.loads(cli("order", path, "--method", "mean").out)["site"] == "höhe"


def test_an_error_is_a_line_that_can_be_read(cli):
    for words in (["order", "x" * 50_000 + ".npy"], ["order", "--" + "y" * 50_000], ["z" * 50_000]):
        result = cli(*words)
        assert result.code in (1, 2)
        assert max(map(len, result.err.splitlines())) < 1600


def test_escapes():
    assert printable("a\x1b\u202e\u2028\ud800\ufffe\n\té\u200d") == "a\\x1b\\u202e\\u2028\\ud800\\ufffe\n\té\u200d"
    assert one_line("a" * 1000 + "\n" + "b" * 1000).startswith("a" * 100)
    assert one_line("a" * 1000 + "\n" + "b" * 1000).endswith("b" * 100)
    assert xml_text("a\x00\x1b\ud800\ufffe\t\n&") == "a\ufffd\ufffd\ufffd\ufffd\t\n&"
    assert str(sv.InputError("site \x1b[0m\nis none")) == "site \\x1b[0m is none"


def test_a_library_error_holds_no_controls_either():
    with pytest.raises(sv.UnknownNameError) as caught:
        _ = sv.METHODS["\x1b[31m"]
    assert "\x1b" not in str(caught.value)


@pytest.mark.parametrize(
    ("words", "given"),
    [
        (["order", "-", "--method", "mean", "-o", "-"], "states.npy"),
        (["order", "-", "--method", "mean"], "states.csv"),
        (["order", "-", "--method", "mean"], "states.zarr.zip"),
        (["order", "-", "--method", "mean"], "states.safetensors"),
        (["print", "{npy}", "--medium", "70x140mm", "--plan", "--order", "-"], "order.json"),
    ],
)
def test_stdin_and_stdout_by_a_dash(cli, tmp_path, monkeypatch, words, given):
    npy = str(sv.export_states([[-1, 1, 1, -1], [1, 1, -1, -1], [1, -1, 1, 1]], tmp_path / "in.npy"))
    if given == "order.json":
        path = sv.write_order(sv.order(npy, method="mean"), tmp_path / given)
    else:
        path = sv.export_states(npy, tmp_path / given)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    result = cli(*(word.format(npy=npy) for word in words))
    assert result.code == 0, result.err
    json.loads(result.out)
    assert not (tmp_path / "-").exists()


def test_an_ending_by_what_a_file_holds(tmp_path):
    for name in ("a.npy", "a.npz", "a.csv", "a.tsv", "a.parquet", "a.hdf5", "a.safetensors", "a.zarr.zip"):
        path = sv.export_states([[1, -1], [-1, 1]], tmp_path / name)
        assert ending_of(path) == name[1:]


def test_stdin_is_read_once_and_a_dash_is_no_name_of_a_file(cli, matrix):
    assert "named twice" in cli("structure", "-", "--order", "-").err
    for words in (
        ["view", "-o", "-"],
        ["record", "a.txt", "-o", "-"],
        ["compare", "--picture", "-"],
        ["demo", "-o", "-"],
    ):
        result = cli(*words)
        assert (result.code, "- is stdout" in result.err) == (1, True), words
