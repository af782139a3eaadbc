"""What every noun owes: frozen, read-only, pickled, copied, compared by content, and a short word about itself."""

import base64
import copy
import dataclasses
import io
import pickle
import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import stateviz as sv
from stateviz.core.media import Medium
from stateviz.core.noun import FrozenDict, Noun
from stateviz.core.progress import Progress
from stateviz.core.sheets import Palette, PixelGrid
from stateviz.core.statistics import Statistics
from stateviz.printing.preflight.subject import CheckResult
from stateviz.rendering import rasterize

RNG = np.random.default_rng(0)
BITS = RNG.random((5, 40)) < 0.5
REAL = RNG.normal(size=(5, 40))
SITE = "core.<h>"


def states(values=BITS, **options):
    source = {"model": "m", "vocabulary": ["a"]}
    return sv.StateMatrix(values, tokens="<b>&" * 10, site=SITE, source=source, **options)


def recording():
    return sv.Recording(states().tokens, {SITE: states()}, {"text": "t"}, {"depth": np.arange(40)})


PASSED = CheckResult("dpi", "ok", "<1>")
TOY = sv.CharModel("ehlo", cell="rnn", width=3, blocks=0, embedding="one-hot")

MADE = {
    "StateMatrix": states,
    "StateMatrix, real": lambda: states(REAL, units=("u", 1, "<v>", 3, 4)),
    "Recording": recording,
    "StoredRecording": sv.shipped_recording,
    "Statistics": lambda: Statistics.of(states(REAL)),
    "Improvement": lambda: sv.order(states(), method="identity,two-opt", trace=True).trace[0],
    "Ordering": lambda: sv.order(states(), method="exact"),
    "Ordering, of steps": lambda: dataclasses.replace(
        sv.order(states(REAL), method="identity"), axis="steps", bound=None
    ),
    "Correlations": lambda: sv.correlate(states(REAL)),
    "Findings": lambda: sv.find(
        REAL[:, :40].repeat(5, axis=1), features={"<f>": np.arange(200) % 3 == 0}, confirm=None
    ),
    "Structure": lambda: sv.structure(states()),
    "Stickiness": lambda: sv.structure(states()).stickiness,
    "Synchrony": lambda: sv.structure(states()).synchrony,
    "UnitModule": lambda: sv.UnitModule((3, "<u>"), (1, -1)),
    "Finding": lambda: MADE["Findings"]().without[0],
    "Comparison": lambda: sv.compare(states(), methods=["identity", "exact"], criteria=["inertia"]),
    "Stability": lambda: sv.stability(states(REAL), method="two-opt", repeats=2),
    "InsertionTies": lambda: sv.insertion_ties(states(), tries=3),
    "PixelGrid": lambda: rasterize(states()),
    "Palette": lambda: Palette("<p>", ((0, 0, 0), (255, 255, 255))),
    "Medium": lambda: Medium("<m>", 70, 140, openings=((1, 1, 9, 9),)),
    "Sheet": lambda: sv.layout(rasterize(states()), "sticker-100", dpi=150),
    "Sheet, halftone": lambda: sv.print_sheet(states(REAL), "sticker-100", dpi=150),
    "PreflightReport": lambda: sv.PreflightReport(Path("<f>.png"), Medium("a", 1, 1), (PASSED,)),
    "Horizon": lambda: sv.horizon(sv.load_model("phone-case"), "the Jew first, and " * 4, upto=4, places=20),
    "Effects": lambda: sv.intervene(TOY, "hello" * 9, units=[1], how="flip", features={"<f>": np.arange(45) % 2 == 0}),
    "Counters": lambda: sv.counters(sv.StateMatrix(np.sin(np.arange(400.0))[None], tokens="ab" * 200)),
    "Counter": lambda: MADE["Counters"]()[0],
    "CounterShift": lambda: sv.shift_counter(TOY, "hello" * 60, symbol="l", names={"e": 1, "o": 2}, places=60),
    "Sufficiency": lambda: sv.sufficiency(sv.load_model("hello"), "hello" * 20, [1], random=1),
    "Patch": lambda: sv.patch(TOY, "he", "lo", units=[1]),
    "Effect": lambda: MADE["Effects"]()[0],
    "Update": lambda: sv.one_update(TOY, "hello"),
    "Judgement": lambda: sv.judge("a (b) c. " * 30),
    "ModelComparison": lambda: sv.compare_models([TOY, sv.ngram("hello" * 9, order=2)], "hello" * 9),
    "TemperatureTable": lambda: sv.judge_temperatures(TOY, temperatures=[1.0], length=60),
    "History": lambda: sv.history({0: sv.untrained(TOY), 5: TOY}, "hello" * 9, length=20, upto=4),
    "UnitChanges": lambda: MADE["History"]().changes[0],
    "ModelDescription": lambda: sv.describe(TOY),
    "Alignment": lambda: sv.align(REAL.repeat(5, axis=1), REAL[::-1].repeat(5, axis=1), shifts=19),
    "Matches": lambda: sv.match(states(), (3, 4)),
    "Page": lambda: sv.view(states(REAL)),
    "Progress": lambda: Progress("exact", 11.0, 10.0, count=3, total=9, unit="steps"),
}

if find_spec("sklearn") is not None:
    MADE["Probes"] = lambda: sv.probe(REAL.repeat(10, axis=1), {"<f>": np.arange(400) % 7 < 3}, k=(1,), shifts=1)
    MADE["Factors"] = lambda: sv.factors(states(REAL), 2)


@pytest.fixture(scope="module")
def made():
    return {name: make() for name, make in MADE.items()}


@pytest.fixture(params=list(MADE))
def noun(request, made):
    return made[request.param]


def arrays(part):
    """Every array that a noun holds, at any depth."""
    if isinstance(part, np.ndarray):
        yield part
    elif isinstance(part, dict):
        for value in part.values():
            yield from arrays(value)
    elif isinstance(part, Noun):
        yield from arrays(vars(part))


def mappings(part):
    if isinstance(part, Noun):
        for value in vars(part).values():
            if isinstance(value, dict):
                yield value
            yield from mappings(value)


@pytest.mark.parametrize("again", [lambda x: pickle.loads(pickle.dumps(x)), copy.deepcopy, copy.copy])  # noqa: S301
def test_it_is_pickled_and_copied(noun, again):
    found = again(noun)
    assert type(found) is type(noun)
    assert found == noun
    assert hash(found) == hash(noun)
    assert repr(found) == repr(noun)
    assert all(not array.flags.writeable for array in arrays(found))
    assert all(isinstance(held, FrozenDict) for held in mappings(found))


def test_it_is_compared_by_content(made):
    for name, one in made.items():
        assert one == one
        assert one != repr(one)
        for other_name, other in made.items():
            assert (one == other) == (name == other_name)


@pytest.mark.parametrize("name", [name for name in MADE if name != "StoredRecording"])
def test_what_is_made_twice_alike_is_equal(made, name):
    again = MADE[name]()
    assert again is not made[name]
    assert again == made[name]


def test_it_is_told_in_a_line(noun):
    assert type(noun).__name__.removeprefix("Stored") in repr(noun)
    assert len(repr(noun)) < 200
    assert "\n" not in repr(noun)


def test_it_is_frozen(noun):
    names = [name for name in dir(noun) if not name.startswith("_") and not callable(getattr(type(noun), name, None))]
    assert names
    for name in [*names, "anything"]:
        with pytest.raises(AttributeError):
            setattr(noun, name, None)
    with pytest.raises(AttributeError):
        delattr(noun, names[0])


def test_its_arrays_and_mappings_are_read_only(noun):
    for array in arrays(noun):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    for held in mappings(noun):
        for change in (
            lambda held: held.update(a=1),
            lambda held: held.__setitem__("a", 1),
            lambda held: held.clear(),
            lambda held: held.pop("a"),
            lambda held: held.setdefault("a"),
        ):
            with pytest.raises(TypeError, match="read-only"):
                change(held)


def test_a_notebook_shows_it_with_everything_escaped(noun):
    from PIL import Image

    html = noun._repr_html_()
    # A page is shown as itself, in a frame.
    assert html.startswith("<iframe " if isinstance(noun, sv.Page) else "<div><code>")
    assert not re.search(r"<(?!/?(div|code|table|tr|th|td|img|iframe)\b)", html)
    sources = re.findall(r'src="data:image/png;base64,([^"]+)"', html)
    pictured = ("StateMatrix", "Recording", "StoredRecording", "Ordering", "Correlations", "PixelGrid", "Palette")
    assert len(sources) == 1 or type(noun).__name__ not in pictured
    for data in sources:
        with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
            assert picture.format == "PNG"
            assert min(picture.size) > 0
            assert max(picture.size) <= 480
            picture.load()


def test_a_small_picture_shows_the_states():
    from PIL import Image

    data = re.search(r"base64,([^\"]+)", states()._repr_html_())[1]
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))))
    times = pixels.shape[0] // 5
    assert pixels.shape == (5 * times, 40 * times)
    assert np.array_equal(pixels[::times, ::times] == 0, BITS)


def test_finished_statistics_see_no_more():
    found = Statistics.of(states(REAL))
    with pytest.raises(sv.InputError, match="sees no more"):
        found.sketch.add(REAL)
    with pytest.raises(sv.InputError, match="sees no more"):
        found.sketch.merge(found.sketch)


def test_every_public_noun_is_tested_here(made):
    public = {
        name for name in sv.__all__ if isinstance(getattr(sv, name), type) and issubclass(getattr(sv, name), Noun)
    }
    assert public <= {type(noun).__name__ for noun in made.values()}
    assert {"StateMatrix", "Recording", "Statistics", "Ordering", "PixelGrid", "Palette", "Medium", "Sheet"} <= public


def test_other_numbers_are_not_equal():
    one = states(REAL)
    changed = REAL.copy()
    changed[2, 3] += 1
    assert one != states(changed)
    assert one != states(REAL, units=range(1, 6))
    assert PixelGrid([[0, 1]], MADE["Palette"]()) != PixelGrid([[1, 0]], MADE["Palette"]())
