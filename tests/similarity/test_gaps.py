"""Missing values: each pair of rows is compared over the steps that both have."""

from __future__ import annotations

import numpy as np
import pytest

from stateviz.core.errors import FileError, InputError, UnknownNameError
from stateviz.core.states import StateMatrix
from stateviz.ordering import order, stability
from stateviz.similarity.gaps import pairwise_complete
from stateviz.similarity.metrics import distances
from stateviz.storage import read_order


@pytest.fixture
def holes() -> np.ndarray:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(6, 40))
    rows[rng.random(rows.shape) < 0.2] = np.nan
    return rows


@pytest.mark.parametrize("metric", ["hamming", "correlation", "cosine", "euclidean"])
@pytest.mark.parametrize("flip", [False, True])
def test_without_holes_it_is_the_complete_distance(metric, flip):
    rng = np.random.default_rng(1)
    states = StateMatrix(rng.choice((-1, 1), (5, 20)) if metric == "hamming" else rng.normal(size=(5, 20)))
    _, found, _ = pairwise_complete(states.values, metric, flip=flip)
    assert found == pytest.approx(distances(states, metric, flip=flip), abs=1e-6)


def test_correlation_is_over_the_steps_in_common(holes):
    _, found, _ = pairwise_complete(holes)
    for a in range(6):
        for b in range(a):
            both = ~np.isnan(holes[a]) & ~np.isnan(holes[b])
            assert found[a, b] == pytest.approx(1 - np.corrcoef(holes[a, both], holes[b, both])[0, 1])


def test_rows_that_share_nothing_are_unrelated():
    rows = np.array([[1.0, 2.5, np.nan, np.nan], [np.nan, np.nan, 2.0, 1.0]])
    assert pairwise_complete(rows, "correlation")[1][0, 1] == 1
    assert np.all(np.isfinite(pairwise_complete(rows, "euclidean")[1]))


def test_order_takes_them_on_request(holes, tmp_path):
    found = order(holes, missing="pairwise")
    assert found.metric == "correlation"
    assert found.proven
    np.save(tmp_path / "holes.npy", holes)
    assert order(tmp_path / "holes.npy", missing="pairwise").rows.tolist() == found.rows.tolist()
    with pytest.raises(InputError, match="not finite"):
        order(holes)
    assert set(order(holes, missing="pairwise", flip=True).signs.tolist()) <= {-1, 1}


def test_what_cannot_be_compared_is_refused(holes):
    with pytest.raises(InputError, match="'dot' has no form for missing values"):
        order(holes, missing="pairwise", metric="dot")
    with pytest.raises(InputError, match="unit 0 has no value at all"):
        order(np.array([[np.nan, np.nan], [1.0, 2.0]]), missing="pairwise")
    with pytest.raises(InputError, match="infinite"):
        order(np.array([[np.inf, 1.0], [1.0, 2.0]]), missing="pairwise")
    with pytest.raises(UnknownNameError, match="unknown way with missing values 'drop'"):
        order(holes, missing="drop")


def test_empty_cells_of_a_table_are_missing_values(tmp_path):
    (tmp_path / "a.csv").write_text("0.5,,2\n,1,2\n4,2,1\n", encoding="utf-8")
    found = order(tmp_path / "a.csv", missing="pairwise", metric="euclidean")
    holes = np.array([[0.5, np.nan, 2], [np.nan, 1, 2], [4, 2, 1]])
    assert found.length == order(holes, missing="pairwise", metric="euclidean").length
    with pytest.raises(FileError, match="line 1, column 2: an empty cell is not a number"):
        order(tmp_path / "a.csv")


def test_steps_are_not_resampled_where_some_are_missing(holes):
    with pytest.raises(InputError, match="without missing values"):
        stability(holes, missing="pairwise", repeats=2)


def test_the_command_line_turns_a_matrix_with_gaps_and_says_so(tmp_path):
    from stateviz.cli import main

    holes = np.array([[0.5, 1.0, np.nan], [2.0, 0.25, 1.0], [0.0, 3.0, 4.0], [1.0, 2.0, 0.5]])
    np.save(tmp_path / "a.npy", holes.T)
    words = ["order", str(tmp_path / "a.npy"), "--missing", "pairwise", "--transpose", "-o", str(tmp_path / "o.json")]
    assert main(words) == 0
    turned = order(tmp_path / "a.npy", missing="pairwise", transpose=True)
    assert turned.rows.tolist() == order(holes, missing="pairwise").rows.tolist() == read_order(words[-1]).rows.tolist()
    assert repr(turned).startswith("Ordering(array: 4 units x 3 steps, from columns by")
    with pytest.raises(InputError, match=r"or order them with missing='pairwise' \(--missing pairwise\)"):
        order(holes)
