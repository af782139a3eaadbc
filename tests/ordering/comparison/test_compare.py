"""compare(): what is in the table, what fails stays in it, and its forms."""

from __future__ import annotations

import csv
import io
import math
import pickle
from dataclasses import replace

import numpy as np
import pytest

from stateviz.core.errors import InputError, UnknownNameError
from stateviz.core.states import StateMatrix
from stateviz.ordering import CRITERIA, METHODS, Problem, Progress, compare, order
from stateviz.ordering.comparison.run import CHOSEN, QUICK
from stateviz.ordering.comparison.text_table import Column
from stateviz.ordering.methods import Method
from stateviz.similarity.metrics import METRICS

STATES = StateMatrix(np.random.default_rng(0).choice((-1, 1), (14, 30)))


def test_a_trial_is_what_order_finds():
    found = compare(STATES, methods=["mean", "greedy-insert+two-opt", "exact"], seed=4)
    for trial, method in zip(found.trials, ("mean", "greedy-insert,two-opt", "exact"), strict=True):
        alone = order(STATES, method=method, seed=4)
        assert trial.ordering is not None
        assert (trial.ordering.rows.tolist(), trial.ordering.length) == (alone.rows.tolist(), alone.length)
        assert found.gap(trial.ordering) == pytest.approx(alone.length / found.bound - 1)
    assert found.best.length == found.bound
    assert found.gap(found.best) == 0


def test_values_are_those_of_the_criteria():
    found = compare(STATES, methods=["spectral"], criteria=list(CRITERIA))
    trial = found.trials[0]
    values = trial.ordering.apply(STATES).values
    apart = np.array([[np.count_nonzero(a != b) for b in values] for a in values])
    for name, value in trial.values.items():
        assert value == pytest.approx(CRITERIA[name](apart if CRITERIA[name].needs == "distances" else values))
    assert trial.values["path-length"] == trial.ordering.length


def test_flipped_rows_are_judged_as_they_are_drawn():
    found = compare(STATES, methods=["exact"], criteria=["neumann-stress"], flip=True)
    trial = found.trials[0]
    drawn = trial.ordering.apply(STATES).values
    assert np.any(trial.ordering.signs < 0)
    assert trial.values["neumann-stress"] == CRITERIA["neumann-stress"](drawn)


def test_without_names_the_quick_methods_and_the_chosen_criteria_are_compared():
    found = compare(STATES, bound=False)
    assert [trial.name for trial in found.trials] == [
        name for name in QUICK if name.split(":")[0].split("+")[0] in METHODS
    ]
    assert found.criteria == CHOSEN
    assert [trial.reason for trial in found.trials] == [""] * len(found.trials)


def test_distances_alone_leave_out_what_needs_rows():
    apart = np.abs(np.subtract.outer(np.arange(6.0), np.arange(6.0)))
    found = compare(apart, metric="precomputed")
    assert not {"pca", "frequency"} & {trial.name for trial in found.trials}
    assert "neumann-stress" not in found.criteria
    asked = compare(apart, metric="precomputed", methods=["pca", "mds"], criteria=["neumann-stress"])
    assert "pca needs the rows" in asked.trials[0].reason
    assert math.isnan(asked.trials[1].values["neumann-stress"])


def test_a_method_that_fails_is_shown_with_the_reason(monkeypatch):
    def fall(*_: object, **__: object) -> None:
        raise ZeroDivisionError("no luck")

    monkeypatch.setitem(METHODS._rows, "broken", Method("broken", "falls", "x:y"))
    monkeypatch.setattr(Method, "load", lambda row: fall if row.name == "broken" else _load(row))
    found = compare(STATES, methods=["broken", "python-tsp-brute-force", "mean"])
    assert found.trials[0].reason == "failed: ZeroDivisionError: no luck"
    assert "at most 8 rows" in found.trials[1].reason
    assert found.trials[2].ordering is not None
    assert "ZeroDivisionError" in found.to_text() and "at most 8 rows" in found.to_csv()


_load = Method.load


def test_nothing_found_has_no_best():
    found = compare(STATES, methods=["python-tsp-brute-force"])
    assert found.bound is None
    with pytest.raises(InputError, match="no method found an order"):
        _ = found.best


def test_options_follow_a_colon():
    found = compare(STATES, methods=["hierarchical:linkage=single", "greedy-insert:tries=3+two-opt"], bound=False)
    assert found.trials[0].ordering.options["linkage"] == "single"
    assert found.trials[1].ordering.options["tries"] == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"methods": ["meen"]}, "did you mean 'mean'"),
        ({"criteria": ["inertai"]}, "did you mean 'inertia'"),
        ({"methods": ["hierarchical:linkag=ward"]}, "did you mean 'linkage'"),
        ({"methods": ["mean:x=1"]}, "unknown option of mean 'x'"),
        ({"frist": 3}, "did you mean 'first'"),
    ],
)
def test_unknown_names_are_refused_before_any_work(arguments, message):
    with pytest.raises(UnknownNameError, match=message):
        compare(STATES, **arguments)


def test_an_option_without_a_value_is_refused():
    with pytest.raises(InputError, match="KEY=VALUE"):
        compare(STATES, methods=["hierarchical:linkage"])


def test_ends_are_the_same_for_every_method():
    found = compare(STATES, methods=["random", "greedy-edge", "exact"], first=3, last=5)
    assert {(int(t.ordering.rows[0]), int(t.ordering.rows[-1])) for t in found.trials} == {(3, 5)}
    assert found.bound == order(STATES, method="exact", first=3, last=5).length


def test_an_interrupt_leaves_the_rest_out(monkeypatch):
    seen = []

    def watch(progress: Progress) -> None:
        seen.append(progress.stage)
        if progress.stage == "pca":
            raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="interrupted: 1 of 3 methods ran"):
        found = compare(STATES, methods=["mean", "pca", "exact"], watch=watch)
    assert seen == ["mean", "pca"]
    assert [trial.reason for trial in found.trials] == ["", "interrupted", "interrupted"]
    assert found.bound is None


def test_an_interrupt_before_any_order_leaves_no_empty_table():
    def watch(progress: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(STATES, methods=["mean", "pca"], watch=watch)


def test_text_marks_the_best_and_lines_up():
    text = compare(STATES, methods=["identity", "exact"]).to_text().splitlines()
    assert text[0].split() == ["method", "length", "bound", "gap", *CHOSEN, "seconds"]
    assert "*" in text[2] and "optimal" in text[2]
    assert len({line.index(word) for line, word in zip(text[1:], ("identity", "exact"), strict=True)}) == 1


def test_csv_reads_back_in_full():
    found = compare(STATES, methods=["mean", "python-tsp-brute-force"], criteria=["two-sum"])
    rows = list(csv.DictReader(io.StringIO(found.to_csv())))
    assert [row["method"] for row in rows] == ["mean", "python-tsp-brute-force"]
    assert float(rows[0]["two-sum"]) == found.trials[0].values["two-sum"]
    assert float(rows[0]["gap"]) == found.gap(found.trials[0].ordering)
    assert (rows[1]["length"], rows[1]["two-sum"]) == ("", "")


def test_markdown_is_a_table():
    lines = compare(STATES, methods=["identity", "exact"], criteria=["inertia"]).to_markdown().splitlines()
    assert lines[0] == "| method | length | bound | gap | inertia | seconds |"
    assert {line.count("|") for line in lines} == {7}
    assert "| **" in lines[3]


def test_pandas_gets_a_frame_by_method():
    frame = compare(STATES, methods=["identity", "exact"], criteria=["inertia"]).to_pandas()
    assert list(frame.index) == ["identity", "exact"]
    assert frame.loc["exact", "gap"] == 0
    assert frame["inertia"].dtype == float


def test_the_best_of_a_column_is_marked_only_where_there_is_a_choice():
    assert Column("x", [2.0, 1.0, None, math.nan], str, "lower").best() == [False, True, False, False]
    assert Column("x", [2.0, 1.0, 2.0], str, "higher").best() == [True, False, True]
    assert Column("x", [2.0, 2.0], str, "lower").best() == [False, False]


def test_input_is_read_and_distances_are_made_once(monkeypatch, tmp_path):
    import stateviz.storage

    np.save(tmp_path / "rows.npy", STATES.values)
    reads, squares = [], []
    load = stateviz.storage.load_input

    def counted_load(*args: object, **options: object) -> object:
        reads.append(args)
        return load(*args, **options)

    def square(states: StateMatrix, flip: bool) -> np.ndarray:
        squares.append(states)
        return METRICS["hamming"].square(states, flip)

    monkeypatch.setattr(stateviz.storage, "load_input", counted_load)
    row = replace(METRICS["hamming"], square=square)
    found = compare(tmp_path / "rows.npy", methods=["mean", "spectral", "greedy-insert+two-opt", "pca"], metric=row)
    assert (len(reads), len(squares)) == (1, 1)
    assert found.bound is not None
    assert [trial.reason for trial in found.trials] == [""] * 4


def backwards(problem: Problem, **_: object) -> np.ndarray:
    return np.arange(problem.size)[::-1]


def test_functions_and_rows_of_ones_own_are_methods():
    row = Method("own", "rows from the last to the first", backwards)
    assert METHODS.with_row(row)["own"].load() is backwards
    found = compare(STATES, methods=[backwards, row, "exact"], criteria=[])
    assert [trial.name for trial in found.trials] == ["backwards", "own", "exact"]
    assert found.trials[0].ordering.length == found.trials[1].ordering.length == order(STATES, method=row).length
    with pytest.raises(InputError, match="3 is no method"):
        compare(STATES, methods=[3])


def test_a_comparison_pickles_and_compares_by_content():
    found = compare(STATES, methods=["identity", "python-tsp-brute-force"])
    copy = pickle.loads(pickle.dumps(found))  # noqa: S301
    assert copy == found and copy is not found
    assert copy != compare(STATES, methods=["mean", "python-tsp-brute-force"])
    assert repr(found).startswith("Comparison(2 methods x 4 criteria")
    assert repr(found.trials[1]) == "Trial(python-tsp-brute-force: no order)"
