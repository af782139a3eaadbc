"""Every verb that reads a recording obeys --allow-large."""

import numpy as np
import pytest

from stateviz.cli import VERBS, parser_of


@pytest.mark.parametrize("verb", VERBS)
def test_verbs_that_read_states_take_it(verb):
    options = {action.dest for action in parser_of(verb)._actions}
    if "site" in options and "input" in options:
        assert "allow_large" in options


def test_what_grows_beyond_measure_is_read_where_it_is_allowed(cli, tmp_path, monkeypatch):
    monkeypatch.setattr("stateviz.storage.limits.GROWN", 1000)
    monkeypatch.setattr("stateviz.storage.limits.MOST_GROWTH", 1)
    np.savez_compressed(tmp_path / "a.npz", h=np.zeros((16, 64)))
    done = cli("convert", "a.npz", "-o", "a.npy")
    assert done.code == 1 and "give --allow-large" in done.err and not (tmp_path / "a.npy").exists()
    assert cli("convert", "a.npz", "-o", "a.npy", "--allow-large").code == 0
    assert np.load(tmp_path / "a.npy").shape == (16, 64)
    assert cli("convert", "a.npz", "-o", "b.npy").code == 1
