"""No verb replaces a file of the user's, its own input, or one output by another."""

import pytest

import stateviz as sv

# verb and options, and the option that names the output
WRITERS = [
    (["order", "{states}", "--method", "mean"], "-o", "a.json"),
    (["compare", "{states}", "--methods", "mean"], "-o", "a.txt"),
    (["compare", "{states}", "--methods", "mean"], "--picture", "a.png"),
    (["structure", "{states}"], "-o", "a.txt"),
    (["structure", "{states}", "--json"], "-o", "a.json"),
    (["correlate", "{states}"], "-o", "a.json"),
    (["correlate", "{states}"], "-o", "a.csv"),
    (["find"], "-o", "a.json"),
    (["match", "--span", "0:2"], "-o", "a.json"),
    (["horizon", "toy-10", "{text}"], "-o", "a.csv"),
    (["horizon", "toy-10", "{text}"], "--picture", "a.png"),
    (["view", "{states}"], "-o", "a.pdf"),
    (["view", "{states}", "--kind", "pixels"], "-o", "a.svg"),
    (["view", "{states}"], "-o", "a.html"),
    (["view", "{states}"], "-o", "a.png"),
    (["report"], "-o", "a.html"),
    (["print", "{states}", "--medium", "70x140mm"], "-o", "a.pdf"),
    (["print", "{states}", "--medium", "70x140mm"], "--proof", "a.png"),
    (["print", "{states}", "--medium", "70x140mm"], "--mockup", "a.png"),
    (["convert", "{states}"], "-o", "a.csv"),
    (["convert", "{states}"], "-o", "a.zarr.zip"),
    (["record", "{text}"], "-o", "a.zarr.zip"),
    (["record", "{text}", "--keep", "statistics"], "-o", "a.stats.npz"),
    (["train", "{text}"], "-o", "a.safetensors"),
    (["ngram", "{text}"], "-o", "a.safetensors"),
    (["sample", "toy-10"], "-o", "a.txt"),
    (["language", "bits"], "-o", "a.txt"),
    (["language", "bits"], "--truth", "a.npz"),
    (["train", "{text}", "-o", "m.safetensors"], "--curve", "a.csv"),
    (["train", "{text}", "-o", "m.safetensors"], "--curve", "a.png"),
    (["intervene", "toy-10", "{text}", "--units", "0"], "-o", "a.csv"),
    (["describe"], "--curve", "a.csv"),
    (["describe"], "--curve", "a.png"),
    (["apply", "phone-case", "{order}"], "-o", "a.safetensors"),
]


@pytest.fixture
def given(tmp_path):
    states = sv.export_states([[-1, 1, 1, -1], [1, 1, -1, -1], [1, -1, 1, 1]], tmp_path / "states.npy")
    (tmp_path / "text.txt").write_text("0110" * 20)
    order = sv.write_order(sv.order(states, method="mean"), tmp_path / "order.json")
    return {"states": str(states), "text": str(tmp_path / "text.txt"), "order": str(order)}


@pytest.mark.parametrize(("words", "option", "name"), WRITERS)
def test_a_file_of_the_user_is_refused_before_anything_is_done(cli, tmp_path, given, words, option, name):
    (tmp_path / name).write_text("the user's own")
    before = sorted(file.name for file in tmp_path.iterdir())
    result = cli(*(word.format(**given) for word in words), option, name)
    assert result.code == 1
    assert "--force (overwrite=True) to replace it" in result.err
    assert (tmp_path / name).read_text() == "the user's own"
    assert sorted(file.name for file in tmp_path.iterdir()) == before


def test_every_option_that_writes_is_tried():
    from stateviz.cli import VERBS, parser_of
    from stateviz.cli.files import OUTPUTS

    there = {(verb, action.dest) for verb in VERBS for action in parser_of(verb)._actions if action.dest in OUTPUTS}
    tried = {(words[0], "output" if option == "-o" else option[2:]) for words, option, _ in WRITERS}
    folders = {("demo", "output"), ("history", "output"), ("atlas", "output")}  # see their own tests
    tables = {"align", "counters", "factors", "probe", "sufficiency", "patch"}  # which check as find does
    assert {(verb, dest) for verb, dest in there - tried if verb not in tables} <= folders


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["order", "{states}", "-o", "{states}", "--force"], "read and written"),
        (["convert", "{states}", "-o", "{states}", "--force"], "read and written"),
        (["view", "{states}", "--order", "{order}", "-o", "{order}"], "read and written"),
        (["horizon", "toy-10", "{text}", "-o", "{text}", "--force"], "read and written"),
        (["apply", "phone-case", "{order}", "-o", "{order}", "--force"], "read and written"),
        (["judge", "{text}", "--against", "{states}"], None),
        (["compare", "{states}", "--picture", "o.png", "-o", "o.png"], "-o and --picture are both 'o.png'"),
        (["compare", "{states}", "--picture", "o.png", "-o", "./o.png"], "name two files"),
        (["print", "{states}", "--medium", "a6", "-o", "o.png", "--proof", "o.png"], "name two files"),
        (["language", "bits", "-o", "o.npz", "--truth", "o.npz"], "name two files"),
    ],
)
def test_no_file_is_named_for_two_things(cli, tmp_path, given, words, said):
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    result = cli(*(word.format(**given) for word in words))
    if said is not None:
        assert result.code == 1
        assert said in result.err
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_what_is_ours_is_replaced_unasked_and_keeps_its_mode(cli, tmp_path, given):
    import os
    import stat

    words = ["order", given["states"], "--method", "mean", "-o", "o.json"]
    assert cli(*words).code == 0
    os.chmod(tmp_path / "o.json", 0o640)
    assert cli(*words).code == 0
    assert stat.S_IMODE((tmp_path / "o.json").stat().st_mode) == 0o640
    (tmp_path / "o.json").write_text("mine")
    assert cli(*words).code == 1
    assert cli(*words, "--force").code == 0
    assert sv.read_order(tmp_path / "o.json").method == "mean"


def test_statistics_of_several_sites_are_refused_before_the_text_is_read(cli, tmp_path, given):
    (tmp_path / "s.core.layer0.h.stats.npz").write_text("the user's own")
    result = cli("record", "no-such-model.safetensors", given["text"], "--keep", "statistics", "-o", "s.stats.npz")
    assert result.code == 1
    assert "s.core.layer0.h.stats.npz is there" in result.err


def test_what_is_not_ours_stays_where_a_recording_is_written(cli, tmp_path, given):
    for name, content in (("notes", "mine"), ("progress.json", '{"written": 3}'), ("zarr.json", "{}")):
        partial = tmp_path / "a.zarr.partial"
        partial.mkdir()
        (partial / name).write_text(content)
        result = cli("record", "toy-10", given["text"], "-o", "a.zarr", "--force")
        assert result.code == 1
        assert "a.zarr.partial is in the way, and no recording that was interrupted: it is not removed" in result.err
        assert (partial / name).read_text() == content
        (partial / name).unlink()
        partial.rmdir()
    assert not [file.name for file in tmp_path.iterdir() if "zarr" in file.name]


def test_a_second_record_to_one_name_is_told_of_the_first(cli, tmp_path, given):
    with sv.RecordingWriter(tmp_path / "a.zarr", {"h": 1}) as writer:
        writer.append(["a"], {"h": [[0.5]]})
        for more in ([], ["--force"], ["--resume"]):
            result = cli("record", "toy-10", given["text"], "-o", "a.zarr", *more)
            assert (result.code, "a.zarr is being written by" in result.err) == (1, True)
    assert sv.open_recording(tmp_path / "a.zarr").tokens == ("a",)


def test_a_text_named_like_a_factory_is_a_text(cli, tmp_path):
    (tmp_path / "Romans:one").write_text("For I am not ashamed")
    assert cli("record", "Romans:one", "-o", "a.zarr").code == 0
    assert "".join(sv.open_recording(tmp_path / "a.zarr").tokens) == "For I am not ashamed"


def test_a_media_file_in_a_folder_that_ends_like_one(cli, tmp_path, given):
    row = '[mug]\nwidth = "21cm"\nheight = 95\ncitation = "a ruler"\n'
    (tmp_path / "mine.toml.d").mkdir()
    (tmp_path / "mine.toml.d" / "x.toml").write_text(row)
    (tmp_path / "a.toml:b.toml").write_text(row)
    for medium in ("mine.toml.d/x.toml", "mine.toml.d/x.toml:mug", "a.toml:b.toml", "a.toml:b.toml:mug"):
        result = cli("print", given["states"], "--medium", medium, "--plan")
        assert result.code == 0, result.err
        assert '"medium": "mug"' in result.out


def test_an_interrupted_compare_writes_no_empty_table(cli, tmp_path, given, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("stateviz.ordering.comparison.run.order_task", interrupt)
    result = cli("compare", given["states"], "--methods", "mean", "-o", "a.txt")
    assert result.code == 130
    assert not (tmp_path / "a.txt").exists()


@pytest.mark.parametrize(
    ("medium", "dpi", "said"),
    [
        ("100000000x100000000mm", "300", "no length may be over 100 m"),
        ("1x100000.1mm", "300", "no length may be over 100 m"),
        ("100000x100000mm", "9600", "more than 1e+12 in all; give a lower dpi"),
    ],
)
def test_sizes_of_a_print_are_checked_before_anything_is_laid_out(cli, given, medium, dpi, said):
    result = cli("print", given["states"], "--medium", medium, "--dpi", dpi, "--plan")
    assert (result.code, said in result.err) == (1, True), result.err


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "there is not enough memory for this; make it smaller"),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4000000 bytes. Error 12"),
            "there is not enough memory for this (4000000 bytes more were asked for)",
        ),
        (RuntimeError("CUDA out of memory. Tried to allocate 20.00 GiB."), "(20.00 GiB more were asked for)"),
    ],
)
def test_memory_that_runs_out_is_one_line(cli, given, monkeypatch, error, said):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr("stateviz.ordering.order", fail)
    result = cli("order", given["states"])
    assert (result.code, said in result.err) == (1, True), result.err
    assert "Traceback" not in result.err
