"""stateviz compare: tables to stdout or a file, the picture, and what it refuses."""

from __future__ import annotations

import csv

import pytest


def test_the_table_goes_to_stdout(cli, matrix):
    result = cli("compare", str(matrix), "--methods", "mean,greedy-insert+two-opt,exact")
    assert result.code == 0
    assert [line.split()[0] for line in result.out.splitlines()] == ["method", "mean", "greedy-insert+two-opt", "exact"]
    assert "optimal" in result.out.splitlines()[-1]


def test_csv_goes_to_a_file_with_all_criteria(cli, matrix, tmp_path):
    from stateviz.ordering import CRITERIA

    words = ("--methods", "identity,spectral", "--criteria", "all", "--format", "csv", "-o", "table.csv")
    result = cli("compare", str(matrix), *words)
    assert (result.code, result.out) == (0, "")
    with (tmp_path / "table.csv").open() as file:
        head, *rows = csv.reader(file)
    assert [name for name in head if name in CRITERIA] == list(CRITERIA)
    assert [row[0] for row in rows] == ["identity", "spectral"]


def test_markdown(cli, matrix):
    out = cli("compare", str(matrix), "--methods", "mean,exact", "--criteria", "inertia", "--format", "markdown").out
    assert out.startswith("| method | length | bound | gap | inertia | seconds |\n| --- | ---: |")


def test_every_order_is_drawn_on_one_sheet(cli, matrix, tmp_path):
    from PIL import Image

    from stateviz.rendering import PALETTES

    words = ("--methods", "identity,mean,python-tsp-brute-force,exact", "--picture", "orders.png")
    result = cli("compare", str(matrix), *words)
    assert result.code == 0
    assert "at most 8 rows" in result.out
    one, other = PALETTES["navy"].colors
    with Image.open(tmp_path / "orders.png") as picture:
        counts = {colour: count for count, colour in picture.convert("RGB").getcolors(2**20)}
    # Three panels of 12 x 40 cells, every order of the same cells.
    assert min(counts[one], counts[other]) > 3 * 12 * 40


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--methods", "meen"], "did you mean 'mean'"),
        (["--criteria", "inertai"], "did you mean 'inertia'"),
        (["--picture", "orders"], "has no ending"),
        (["--palette", "navy"], "--palette is for --picture"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(cli, matrix, words, message):
    result = cli("compare", str(matrix), *words)
    assert (result.code, result.out) == (1, "")
    assert message in result.err.splitlines()[-1]


def test_all_methods_are_given_the_same_ends(cli, matrix):
    words = ("--methods", "mean,spectral", "--criteria", "path-length", "--format", "csv")
    free, fixed = (cli("compare", str(matrix), *words, *more).out for more in ((), ("--first", "3", "--last", "7")))
    assert free != fixed
    assert cli("compare", str(matrix), *words, "--first", "nobody").err.startswith("12 units")


def test_a_table_with_empty_cells_is_compared_but_not_drawn(cli, tmp_path):
    (tmp_path / "holes.csv").write_text("0.5,,2\n,1,2\n4,2,1\n", encoding="utf-8")
    words = ("compare", "holes.csv", "--missing", "pairwise", "--metric", "euclidean", "--methods", "mean,exact")
    assert cli(*words).code == 0
    result = cli(*words, "--picture", "a.png")
    assert result.code == 1
    assert "--picture shows states without gaps" in result.err
    assert not (tmp_path / "a.png").exists()
