"""stateviz order: orders to a file or stdout, and what it refuses."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

from stateviz.core.orders import Ordering


def test_order_goes_to_stdout(cli, matrix):
    result = cli("order", str(matrix))
    assert result.code == 0
    ordering = Ordering.from_json(result.out)
    assert sorted(ordering.rows) == list(range(12))
    assert "12 units x 40 steps" in result.err
    assert "proven optimal" in result.err


def test_order_goes_to_a_file(cli, matrix, tmp_path):
    result = cli("order", str(matrix), "--method", "greedy-insert,two-opt", "--seed", "3", "-o", "order.json")
    assert (result.code, result.out) == (0, "")
    body = json.loads((tmp_path / "order.json").read_text())
    assert (body["method"], body["seed"], body["schema"]) == ("greedy-insert,two-opt", 3, 1)
    assert [path.name for path in tmp_path.iterdir() if "partial" in path.name] == []


def test_same_command_same_bytes(cli, matrix):
    first, second = (json.loads(cli("order", str(matrix), "--method", "random", "--seed", "5").out) for _ in range(2))
    assert first | {"seconds": 0} == second | {"seconds": 0}


def test_csv_with_a_header_holds_one_row_a_step(cli, tmp_path):
    (tmp_path / "table.csv").write_text("left,right,both\n1,0,1\n1,1,1\n0,1,1\n1,0,0\n")
    result = cli("order", "table.csv")
    assert result.code == 0
    assert "3 units x 4 steps" in result.err
    assert set(json.loads(result.out)["units"]) == {"left", "right", "both"}


def test_transpose_steps_and_metric(cli, tmp_path):
    np.save(tmp_path / "real.npy", np.random.default_rng(1).normal(size=(30, 7)))
    result = cli("order", "real.npy", "--transpose", "--steps", "5:25", "--metric", "cosine", "--flip")
    assert result.code == 0
    assert "7 units x 20 steps" in result.err
    body = json.loads(result.out)
    assert (body["metric"], body["flip"], len(body["rows"])) == ("cosine", True, 7)


def test_a_square_of_distances(cli, tmp_path):
    line = np.array([0.0, 5.0, 1.0, 3.0])
    np.save(tmp_path / "distances.npy", np.abs(line[:, None] - line))
    result = cli("order", "distances.npy", "--metric", "precomputed", "--method", "exact")
    assert json.loads(result.out)["rows"] in ([0, 2, 3, 1], [1, 3, 2, 0])
    assert json.loads(result.out)["length"] == 5


def test_a_constant_unit_is_named(cli, tmp_path):
    np.save(tmp_path / "real.npy", np.vstack([np.random.default_rng(1).normal(size=(4, 30)), np.full((1, 30), 0.5)]))
    result = cli("order", "real.npy")
    assert result.code == 0
    assert "stateviz: warning: " in result.err
    assert "4" in result.err.split("warning: ")[1]


def refuse(cli, *words: str) -> str:
    """The message of a command that must fail and leave nothing behind."""
    result = cli(*words, "-o", "out.json")
    assert (result.code, result.out) == (1, "")
    lines = [line for line in result.err.splitlines() if line.startswith("stateviz: error: ")]
    assert lines == [result.err.splitlines()[-1]]
    return lines[0]


def nothing_written(tmp_path) -> bool:
    return not any(path.name.startswith("out") for path in tmp_path.iterdir())


def test_a_typo_in_the_method_is_answered_with_the_nearest(cli, matrix, tmp_path):
    message = refuse(cli, "order", str(matrix), "--method", "2opt")
    assert "unknown method '2opt'" in message
    assert "did you mean 'two-opt'?" in message
    assert nothing_written(tmp_path)


def test_a_typo_in_the_metric_is_answered_with_the_nearest(cli, matrix, tmp_path):
    assert "did you mean 'hamming'?" in refuse(cli, "order", str(matrix), "--metric", "haming")
    assert nothing_written(tmp_path)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["missing.npy"], "missing.npy"),
        (["{matrix}", "--steps", "90:95"], "steps"),
        (["{matrix}", "--steps", "a:b"], "a:b"),
        (["{matrix}", "--option", "kicks"], "KEY=VALUE"),
        (["{matrix}", "--method", "mean", "--option", "warp=9"], "warp"),
        (["--transpose"], "--transpose"),
    ],
)
def test_bad_arguments_are_named(cli, matrix, tmp_path, words, expected):
    assert expected in refuse(cli, "order", *(word.format(matrix=matrix) for word in words))
    assert nothing_written(tmp_path)


def test_nan_and_infinity_are_named_by_unit_and_step(cli, tmp_path):
    values = np.random.default_rng(0).normal(size=(4, 9))
    values[2, 5] = np.nan
    np.save(tmp_path / "holes.npy", values)
    message = refuse(cli, "order", "holes.npy")
    assert "unit 2" in message
    assert "step 5" in message


def test_zero_rows_are_refused_and_one_row_works(cli, tmp_path):
    np.save(tmp_path / "none.npy", np.zeros((0, 9)))
    np.save(tmp_path / "one.npy", np.array([[1, -1, 1]]))
    assert "empty" in refuse(cli, "order", "none.npy")
    assert json.loads(cli("order", "one.npy").out)["rows"] == [0]


def test_a_pickle_in_disguise_is_not_opened(cli, tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    (tmp_path / "trap.npy").write_bytes(pickle.dumps(Trap()))
    np.save(tmp_path / "objects.npy", np.array([Trap()], dtype=object), allow_pickle=True)
    for name in ("trap.npy", "objects.npy"):
        refuse(cli, "order", name)
    assert not (tmp_path / "sprung").exists()


def test_an_output_folder_that_is_not_there(cli, matrix):
    result = cli("order", str(matrix), "-o", "no/such/folder/order.json")
    assert result.code == 1
    assert "no/such/folder" in result.err
    assert "units x" not in result.err  # told before the input was even read


def test_the_shipped_recording_is_the_default_and_is_named(cli):
    result = cli("order", "--method", "greedy-insert")
    assert result.code == 0
    assert "no INPUT" in result.err
    assert "128 units x 274 steps" in result.err
    assert len(json.loads(result.out)["rows"]) == 128


@pytest.mark.parametrize("flip", [[], ["--flip"]])
def test_the_shipped_recording_is_ordered_with_proof(cli, flip):
    result = cli("order", *flip)
    assert json.loads(result.out)["proven"] is True
