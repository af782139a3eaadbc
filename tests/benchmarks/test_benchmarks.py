"""The benchmarks: options, the line under a table, the rows they order, and what they give the solvers of others."""

from __future__ import annotations

import importlib
import json
import re
import signal
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
if not FOLDER.is_dir():
    pytest.skip("the benchmarks are not part of what is installed", allow_module_level=True)
SHARED = {"tables", "trainings", "instances", "lstm", "simulated", "solvers"}
COMMANDS = sorted({path.stem for path in FOLDER.glob("*.py")} - SHARED - {"readme"})


@pytest.fixture(autouse=True)
def _importable(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(FOLDER), *sys.path])
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if name in SHARED or name in COMMANDS:
            del sys.modules[name]


def module(name: str) -> ModuleType:
    return importlib.import_module(name)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_is_needed(name):
    text = module(name).parser().format_help()
    assert "Needs " in text
    assert f"python benchmarks/{name}.py" in text
    assert "--quick" in text


def test_the_table_of_commands_names_each_and_what_it_fills():
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `(\w+)\.py[^`]*` \|", text, re.MULTILINE)
    assert sorted(named) == COMMANDS
    filled = {
        name for row in re.findall(r"^\| `\w+\.py.*$", text, re.MULTILINE) for name in re.findall(r"[\w-]+\.md", row)
    }
    assert filled == {path.name for path in (FOLDER / "results").glob("*.md")}


def test_every_table_says_what_it_was_measured_with():
    for path in (FOLDER / "results").glob("*.md"):
        assert re.search(r"^Measured with stateviz \d", path.read_text(encoding="utf-8"), re.MULTILINE), path.name


def test_a_quick_table_is_shown_and_not_written(tmp_path, monkeypatch, capsys):
    tables = module("tables")
    monkeypatch.setattr(tables, "RESULTS", tmp_path / "measured")
    text = tables.table(("what", "time"), [("a", "1 s")])
    tables.publish("one", text, tables.parser("").parse_args(["--quick"]), "no-such-package")
    shown = capsys.readouterr().out
    assert "| a | 1 s |" in shown
    assert "no-such-package not installed" in shown
    assert f"numpy {np.__version__}" in shown
    assert not (tmp_path / "measured").exists()
    tables.publish("one", text, tables.parser("").parse_args([]))
    assert "| a | 1 s |" in (tmp_path / "measured" / "one.md").read_text(encoding="utf-8")


def test_quick_states_are_those_listed_and_are_made_once(tmp_path, monkeypatch, capsys):
    states, instances = module("make_states"), module("instances")
    monkeypatch.setattr(sys, "argv", ["make_states.py", str(tmp_path), "--quick"])
    states.main()
    shown = capsys.readouterr().out
    made = json.loads((tmp_path / "states.json").read_text(encoding="utf-8"))["made"]
    assert set(made) == set(instances.names(instances.QUICK))
    rows = re.findall(r"^\| ([\w-]+) \|.*\| ([^|]+) \|$", shown, re.MULTILINE)[1:]
    assert {name for name, found in rows if found.startswith("as listed")} == set(made)
    assert all(found == "as listed, to the byte" for name, found in rows if name.startswith(("clustered", "uniform")))
    assert {one.name: one.digest for one in instances.load(tmp_path)} == {
        name: row["sha256"] for name, row in made.items()
    }
    times = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    states.main()
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == times


def test_states_changed_by_hand_are_refused(tmp_path, monkeypatch):
    states, instances = module("make_states"), module("instances")
    monkeypatch.setattr(sys, "argv", ["make_states.py", str(tmp_path), "--quick", "--only", "uniform-128"])
    states.main()
    np.save(tmp_path / "uniform-128.npy", np.zeros((128, 2)))
    with pytest.raises(SystemExit, match="uniform-128"):
        list(instances.load(tmp_path))


def test_training_goes_on_where_it_was_interrupted(tmp_path):
    lstm, instances = module("lstm"), module("instances")
    text, network = lstm.corpus(None, 100), instances.Network(8, 6, 5e-3)
    whole = lstm.train(text, network, tmp_path / "whole", lambda *_: None)
    seen = []

    def stop(done: int, _loss: float, _seconds: float) -> None:
        seen.append(done)
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lstm.train(text, network, tmp_path / "part", stop)
    again = lstm.train(text, network, tmp_path / "part", lambda done, *_: seen.append(done))
    assert seen == [1, 2, 3, 4, 5, 6]
    for one, other in zip(whole.parameters(), again.parameters(), strict=True):
        assert one.equal(other)
    with pytest.raises(SystemExit, match="another text or network"):
        lstm.train(text, instances.Network(8, 7, 5e-3), tmp_path / "part", lambda *_: None)


def test_a_text_that_is_not_there_is_named(tmp_path):
    with pytest.raises(SystemExit, match="holds kjv.txt"):
        module("lstm").corpus(tmp_path, 100)


def test_distances_for_others_are_ours():
    import stateviz as sv

    solvers, instances = module("solvers"), module("instances")
    rng = np.random.default_rng(0)
    real, bits = rng.normal(size=(9, 30)), rng.integers(0, 2, (9, 30)) * 2 - 1
    rows = rng.permutation(9)
    for values, metric in ((real, "correlation"), (real, "euclidean"), (bits, "hamming")):
        square = solvers.distances(instances.Instance("", "", values, metric))
        ours = sv.order(values[rows], method="identity", metric=metric, bound=False).length
        assert square[rows[:-1], rows[1:]].sum() == pytest.approx(ours, rel=1e-6)


@pytest.mark.parametrize("place", range(7))
def test_solvers_of_others_order_all_rows(place):
    solvers, instances = module("solvers"), module("instances")
    peer = solvers.PEERS[place]
    pytest.importorskip(peer.module, reason=f"{peer.package} is one of the extra bench")
    # Points on a line, shuffled: 11 long as it should be, about 48 in a random order.
    places = np.random.default_rng(0).permutation(12)
    square = solvers.distances(instances.Instance("", "", places[:, None].astype(float), "euclidean"))
    rows, seconds = solvers.solve(peer, square, 0.5, 1)
    assert sorted(rows) == list(range(12))
    assert seconds > 0
    assert np.abs(np.diff(places[rows])).sum() <= 30


def test_a_training_goes_on_where_it_was_stopped_and_is_made_once(tmp_path, monkeypatch):
    trainings, text = module("trainings"), "the cat sat on the mat. " * 5_000
    recipe = trainings.sv.Recipe("", cell="gru", width=4, blocks=0, batch=2, length=8, steps=6)
    whole, seconds = trainings.trained(tmp_path / "whole.safetensors", text, recipe, 0.01)
    assert seconds > 0
    train = trainings.sv.train

    def stopped(*texts, watch, **options):
        def stop(progress):
            watch(progress)
            if progress.count == 3:
                signal.raise_signal(signal.SIGINT)

        return train(*texts, watch=stop, **options)

    monkeypatch.setattr(trainings.sv, "train", stopped)
    with pytest.raises(KeyboardInterrupt):
        trainings.trained(tmp_path / "m.safetensors", text, recipe, 0.01)
    monkeypatch.setattr(trainings.sv, "train", train)
    resumed, _ = trainings.trained(tmp_path / "m.safetensors", text, recipe, 0.01)
    assert resumed.digest() == whole.digest() and resumed.provenance["resumed_at"] == 3
    again, kept = trainings.trained(tmp_path / "whole.safetensors", text, recipe, 0.01)
    assert (again.digest(), kept) == (whole.digest(), seconds)
    other = trainings.sv.Recipe("", cell="gru", width=4, blocks=0, batch=2, length=8, steps=7)
    with pytest.raises(SystemExit, match="was trained by another recipe"):
        trainings.trained(tmp_path / "m.safetensors", text, other, 0.01)
