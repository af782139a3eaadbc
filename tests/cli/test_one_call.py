"""Every verb of the command line is one call into the library: the same words in Python give the same results."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

import stateviz as sv
from stateviz.analysis.tables import as_csv
from stateviz.cli import VERBS

WORDS = "In the beginning was the Word\nand the Word was with God\r\n"
SMALL = {"recipe": "quick", "steps": 3, "width": 8, "batch": 2, "length": 16}


def settled(path: Path) -> dict[str, bytes]:
    """The bytes of a file, or of every file in a folder, without the seconds that a run took."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    seconds = re.compile(rb'("seconds": |,)[0-9.e-]+(?=[,\n}])')
    return {
        str(file.relative_to(path)): seconds.sub(rb"\g<1>0", file.read_bytes())
        if file.suffix == ".json"
        else file.read_bytes()
        for file in files
        if file.is_file()
    }


def option_words(options: dict[str, object]) -> list[str]:
    return [word for name, value in options.items() for word in (f"--{name.replace('_', '-')}", str(value))]


@pytest.fixture
def same(cli, tmp_path):
    """Run words that write ``from-cli`` + ending, then a call that writes ``from-python`` + ending; compare."""

    def check(words: list[str], ending: str, call: Callable[[Path], object]) -> None:
        made, made_too = tmp_path / f"from-cli{ending}", tmp_path / f"from-python{ending}"
        done = cli(*words, "-o", made.name)
        assert done.code == 0, done.err
        call(made_too)
        assert settled(made) == settled(made_too)

    return check


@pytest.fixture
def words_file(tmp_path):
    (tmp_path / "words.txt").write_text(WORDS, newline="")
    return Path("words.txt")


def printed(cli, *words: str) -> str:
    done = cli(*words)
    assert done.code == 0, done.err
    return done.out


def test_record(same, words_file):
    same(["record", "words.txt"], ".zarr", lambda out: sv.record(sv.load_model(), words_file, out=out))
    same(
        ["record", "words.txt", "--predictions", "2", "--chunk", "7"],
        ".zarr.zip",
        lambda out: sv.record(sv.load_model(), words_file, predictions=2, chunk=7, out=out),
    )
    same(
        ["record", "words.txt", "--generate", "9", "--temperature", "0.5", "--seed", "2", "--positions=3,-1"],
        ".more.zarr",
        lambda out: sv.record(
            sv.load_model(), words_file, generate=9, temperature=0.5, seed=2, positions=[3, -1], out=out
        ),
    )


def test_record_statistics(same, words_file):
    def call(out: Path) -> None:
        (found,) = sv.record_statistics(sv.load_model(), words_file).values()
        sv.save_statistics(found, out)

    same(["record", "words.txt", "--keep", "statistics"], ".stats.npz", call)


@pytest.mark.parametrize(
    "options",
    [{"method": "greedy-insert,two-opt", "seed": 3}, {"flip": True, "groups": 3}, {"first": "4", "axis": "units"}],
)
def test_order(same, matrix, options):
    words = option_words({name: value for name, value in options.items() if value is not True})
    flags = [f"--{name}" for name, value in options.items() if value is True]
    same(["order", matrix.name, *words, *flags], ".json", lambda out: sv.write_order(sv.order(matrix, **options), out))


def test_order_of_distances_and_of_a_table_with_empty_cells(same, tmp_path):
    (tmp_path / "far.csv").write_text("0,5,1\n5,0,4\n1,4,0\n")
    far = {"metric": "precomputed", "method": "exact"}
    same(["order", "far.csv", *option_words(far)], ".json", lambda out: sv.write_order(sv.order("far.csv", **far), out))
    (tmp_path / "holes.csv").write_text("0.5,,2\n,1,2\n4,2,1\n")
    holes = {"metric": "euclidean", "missing": "pairwise"}
    call = lambda out: sv.write_order(sv.order("holes.csv", **holes), out)  # noqa: E731
    same(["order", "holes.csv", *option_words(holes)], ".json", call)


def test_compare(cli, matrix):
    methods, criteria = ["mean", "greedy-chain:grow=both", "greedy-insert+two-opt"], ["inertia", "moore-stress"]
    words = ("--methods", ",".join(methods), "--criteria", ",".join(criteria), "--ends", "mean", "--format", "csv")
    seconds = re.compile(r",\d+\.\d+(e-\d+)?(?=,[^,]*$)", re.MULTILINE)
    found = sv.compare(matrix, methods=methods, criteria=criteria, ends="mean").to_csv()
    assert seconds.sub(",0", printed(cli, "compare", matrix.name, *words)) == seconds.sub(",0", found)


def test_correlate(cli, matrix):
    options = {"measure": "switches", "lags": "0:2", "alpha": 0.3, "seed": 4}
    found = sv.correlate(matrix, measure="switches", lags=(0, 1, 2))
    assert cli("correlate", matrix.name, *option_words(options), "-o", "pairs.json").code == 0
    assert json.loads(Path("pairs.json").read_text())["pairs"] == found.significant(0.3, seed=4)
    assert cli("correlate", matrix.name, "--null", "none", "--top", "5", "-o", "pairs.csv").code == 0
    rows = [line.split(",") for line in Path("pairs.csv").read_text().splitlines()]
    assert rows[0] == ["unit", "other", "correlation"]
    best = sv.correlate(matrix).pairs(5)
    assert [(int(a), int(b), float(c)) for a, b, c in rows[1:]] == [tuple(pair.values()) for pair in best]
    assert "(overwrite=True)" in cli("correlate", matrix.name, "-o", "pairs.csv").err
    assert cli("correlate", matrix.name, "--null", "none", "-o", "pairs.csv", "--force").code == 0


def test_correlate_to_a_square_on_disk(same, cli, matrix):
    words = ["correlate", matrix.name, "--measure", "spearman", "--null", "none", "--device", "cpu"]
    same(words, ".zarr", lambda out: sv.correlate(matrix, measure="spearman", device="cpu", out=out))
    refused = cli("correlate", matrix.name, "--null", "none", "--top", "3", "-o", "all.zarr")
    assert (refused.code, "without --top" in refused.err) == (1, True)
    assert "without --null shift" in cli("correlate", matrix.name, "-o", "all.zarr").err


def test_find(same, cli):
    words = ["find", "--features", "vowel,space", "--feature", "vowel after consonant", "--alpha", "0.01"]
    names = ["vowel", "space", "vowel after consonant"]
    found = sv.find(sv.shipped_recording(), features=names, alpha=0.01)
    for ending in (".json", ".csv"):
        same(words, ending, found.save)
    assert printed(cli, *words, "--top", "3").rstrip("\n") == found.significant.to_text(3)


def test_intervene(same, words_file):
    options = {"how": "clamp", "value": 0.5, "seed": 2}
    words = ["intervene", "phone-case", "words.txt", "--units", "3,5", "--features", "letter", *option_words(options)]
    words_file.write_text(WORDS * 3)
    found = sv.intervene(sv.load_model("phone-case"), words_file, units=[3, 5], features=["letter"], **options)
    for ending in (".json", ".csv"):
        same(words, ending, found.save)


def test_counters(same):
    found = sv.counters(sv.shipped_recording(), confirm=0.6)
    for ending in (".json", ".csv"):
        same(["counters", "--confirm", "0.6"], ending, found.save)


def test_sufficiency(same, words_file):
    words = [
        "sufficiency",
        "hello",
        "words.txt",
        "--units",
        "0:2",
        "--beside",
        "last=2",
        "--random",
        "2",
        "--seed",
        "1",
    ]
    words_file.write_text("hello" * 20)
    found = sv.sufficiency(sv.load_model("hello"), words_file, [0, 1], beside={"last": [2]}, random=2, seed=1)
    for ending in (".json", ".csv"):
        same(words, ending, found.save)


def test_structure(cli, matrix):
    sv.write_order(sv.order(matrix, method="mean"), "order.json")
    found = sv.structure(matrix, orders={"in that order": sv.read_order("order.json")}, seed=3)
    words = ("structure", matrix.name, "--order", "order.json", "--seed", "3")
    assert printed(cli, *words) == found.to_text() + "\n"
    assert cli(*words, "--json", "-o", "structure.json").code == 0
    assert json.loads(Path("structure.json").read_text()) == json.loads(json.dumps(found.to_json()))


def test_view(same):
    options = {"kind": "text", "palette": "forest"}
    words = ["view", *option_words(options), "--units", "3,7", "--steps", "0:90"]
    same(words, ".html", lambda path: sv.view(sv.shipped_recording(), units=[3, 7], steps="0:90", **options).save(path))


def test_show(cli):
    page = sv.view(sv.shipped_recording(), steps="0:60")
    assert printed(cli, "show", "--steps", "0:60", "--columns", "60") == page.to_terminal(60, color=False) + "\n"


def test_horizon(cli, words_file):
    words = ["horizon", "phone-case", words_file.name, "--upto", "8", "--places", "20", "--no-changes"]
    found = sv.horizon(sv.load_model(), words_file, upto=8, places=20, changes=False)
    lines = printed(cli, *words).splitlines()[1:]
    assert [line.split()[:2] for line in lines] == [[str(row["tokens"]), f"{row['loss']:.3f}"] for row in found.rows()]


def test_match(same):
    words = ["match", "--phrase", "faith"]

    def call(path):
        found = sv.match(sv.shipped_recording(), "faith", most=20)
        path.write_text(as_csv(found.rows()))

    same(words, ".csv", call)


def test_probe(same, cli):
    pytest.importorskip("sklearn", reason="scikit-learn is of the extra probes")
    options = {"k": (1, 2), "shifts": 3, "seed": 2, "ngram": 2}
    found = sv.probe(sv.shipped_recording(), "vowel", **options)
    words = ["probe", "vowel", *option_words(options | {"k": "1,2"})]
    for ending in (".json", ".csv"):
        same(words, ending, found.save)
    assert printed(cli, *words, "--top", "3") == found.to_text(3) + "\n"


def test_factors(same, cli):
    pytest.importorskip("sklearn", reason="scikit-learn is of the extra probes")
    found = sv.factors(sv.shipped_recording(), 2, seed=5)
    same(["factors", "-k", "2", "--seed", "5"], ".json", found.save)
    assert printed(cli, "factors", "-k", "2", "--seed", "5") == found.to_text() + "\n"


def test_align(same, cli, tmp_path):
    other = sv.StateMatrix(sv.shipped_recording()["core.layer0.h"].values[::-1][:9])
    sv.export_states(other, tmp_path / "other.npy")
    shipped = sv.save_recording(sv.shipped_recording(), tmp_path / "shipped.zarr")
    options = {"method": "best", "shifts": 19, "seed": 3}
    found = sv.align(shipped, tmp_path / "other.npy", **options)
    words = ["align", "shipped.zarr", "other.npy", *option_words(options)]
    for ending in (".json", ".csv"):
        same(words, ending, found.save)
    assert printed(cli, *words, "--top", "3") == found.to_text(3) + "\n"


def test_report(same):
    words = ["report", "--features", "space,vowel"]
    same(words, ".html", lambda path: sv.report(sv.shipped_recording(), features=["space", "vowel"]).save(path))


def test_view_as_a_picture(same, matrix):
    def exact(out: Path) -> None:
        sv.write(sv.rasterize(matrix, palette="forest", gap=2), out, scale=3)

    same(["view", matrix.name], ".svg", lambda out: sv.save_figure(sv.heatmap(matrix), out))
    same(["view", matrix.name, "--kind", "pixels", "--palette", "forest", "--scale", "3"], ".png", exact)


def test_print(same, matrix):
    options = {"palette": "forest", "title": "Twelve", "bleed": "2mm", "bands": 2}
    words = ["print", matrix.name, "--medium", "a6", *option_words(options)]
    same(words, ".png", lambda out: sv.write(sv.print_sheet(matrix, "a6", **options), out))
    limited = lambda out: sv.write(sv.print_sheet(matrix, "a6", **options), out, ink_limit=280)  # noqa: E731
    same([*words, "--ink-limit", "280"], ".tif", limited)


def test_preflight(cli, matrix):
    sv.write(sv.print_sheet(matrix, "a6", ordering=None), "card.png")
    out = printed(cli, "preflight", "card.png", "--medium", "a6", "--against", matrix.name, "--json")
    assert json.loads(out) == sv.preflight("card.png", "a6", against=sv.load_states(matrix)).to_json()


@pytest.mark.parametrize("ending", [".csv", ".npy", ".zarr", ".zarr.zip", ".safetensors"])
def test_convert(same, matrix, ending):
    same(["convert", matrix.name], ending, lambda out: sv.export_states(matrix, out))
    same(["convert"], f"-shipped{ending}", lambda out: sv.export_states(sv.shipped_recording(), out))


def test_train(cli, tmp_path):
    (tmp_path / "text.txt").write_text("abc abd " * 40)
    assert cli("train", "text.txt", *option_words(SMALL), "--hold-out", "0.2", "-o", "m.safetensors").code == 0
    ours = sv.load_model("m.safetensors")
    theirs = sv.train(Path("text.txt"), hold_out=0.2, **SMALL)
    assert ours.digest() == theirs.digest()
    assert ours.provenance | {"seconds": 0} == theirs.provenance | {"seconds": 0}


def test_sample(cli):
    options = {"prime": "In the ", "length": 20, "temperature": 0.5, "seed": 4}
    found = sv.sample(sv.load_model(), **options)
    assert printed(cli, "sample", *option_words(options)) == f"In the {found}\n"
    assert printed(cli, "sample", "--length", "9") == f"{sv.sample(sv.load_model(), length=9)}\n"


def test_language(cli):
    text, _ = sv.language("dyck", kinds=3).generate(50, seed=4)
    words = ("--option", "kinds=3", "--characters", "50", "--seed", "4")
    assert printed(cli, "language", "dyck", *words) == f"{text}\n"


def test_ngram(same, words_file):
    call = lambda out: sv.ngram(words_file, order=3, smoothing="witten-bell", hold_out=0.2, out=out)  # noqa: E731
    words = ["ngram", "words.txt", "--order", "3", "--smoothing", "witten-bell", "--hold-out", "0.2"]
    same(words, ".safetensors", call)


def test_judge(cli, words_file):
    found = sv.judge(words_file, against=[words_file], stretch=5)
    words = ("--against", "words.txt", "--stretch", "5")
    assert printed(cli, "judge", "words.txt", *words) == found.to_text()
    assert json.loads(printed(cli, "judge", "words.txt", *words, "--json")) == found.to_json()


def test_describe(cli):
    found = sv.describe("phone-case")
    assert printed(cli, "describe") == f"{found}\n"
    assert json.loads(printed(cli, "describe", "phone-case", "--json", "--curve", "a.csv")) == found.to_json()
    assert Path("a.csv").read_text() == sv.save_curve(sv.load_model("phone-case"), "b.csv").read_text()


def test_history(same, words_file, tmp_path):
    sv.train(
        tmp_path / words_file, out=tmp_path / "m.safetensors", hold_out=0.2, sample_at=[1, 2], **(SMALL | {"length": 8})
    )
    options = {"length": 30, "upto": 4, "seed": 2}
    words = ["history", "m.safetensors", "words.txt", *option_words(options)]
    same(words, ".folder", lambda out: sv.history("m.safetensors", words_file, **options).save(out))


def test_apply(cli, tmp_path):
    recording = sv.record(sv.load_model(), "In the beginning")
    sv.write_order(sv.order(recording, method="greedy-insert", flip=True), "order.json")
    assert cli("apply", "phone-case", "order.json", "-o", "from-cli.safetensors").code == 0
    ours, theirs = sv.load_model("from-cli.safetensors"), sv.apply(sv.load_model(), sv.read_order("order.json"))
    assert ours.digest() == theirs.digest()
    assert ours.provenance == theirs.provenance
    again = cli("apply", "phone-case", "order.json", "-o", "from-cli.safetensors")
    assert (again.code, "from-cli.safetensors" in again.err) == (1, True)
    assert cli("apply", "phone-case", "order.json", "-o", "from-cli.safetensors", "--force").code == 0
    twice = cli("apply", "from-cli.safetensors", "order.json", "-o", "twice.safetensors")
    assert (twice.code, "the order is for model" in twice.err) == (1, True)


def test_sites(cli):
    lines = printed(cli, "sites").splitlines()
    assert {line.split()[0]: int(line.split()[1]) for line in lines} == sv.sites(sv.load_model())


@pytest.mark.parametrize(
    "table", ["METHODS", "METRICS", "CRITERIA", "MEASURES", "CELLS", "LANGUAGES", "SMOOTHINGS", "READERS", "MEDIA"]
)
def test_list(cli, table):
    names = [line.split("  ")[0].strip() for line in printed(cli, "list", table.lower()).splitlines()]
    assert names == list(getattr(sv, table))


def test_atlas(same):
    two = sv.load_states(sv.shipped_recording()).select(units=[30, 53])
    sv.save_recording(sv.Recording(two.tokens, {two.site: two}, two.source), "two.zarr")
    words = ["atlas", "two.zarr", "--features", "space,vowel", "--shifts", "19", "--title", "<t>"]
    options = {"features": ["space", "vowel"], "shifts": 19, "title": "<t>"}
    same(words, "-atlas", lambda folder: sv.atlas("two.zarr", folder, **options))


def test_demo(same, words_file):
    options = {"medium": "a6", "palette": "forest"}
    words = ["demo", "--text", "words.txt", *option_words(options)]
    same(words, "-demo", lambda folder: sv.demo(folder, text=words_file, **options))


def test_every_verb_is_here():
    assert {verb for verb in VERBS if f"test_{verb}" not in globals()} == set()
