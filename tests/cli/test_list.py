"""stateviz list shows every row of every table."""

from __future__ import annotations

import pytest

from stateviz.cli.list_ import TABLES


def tables():
    from stateviz.analysis import FEATURES, INTERVENTIONS, MEASURES, ORACLES
    from stateviz.models import CELLS, LANGUAGES, MODELS, RECIPES, SMOOTHINGS
    from stateviz.ordering import CRITERIA, METHODS
    from stateviz.printing import HALFTONES, MEDIA, SCENES
    from stateviz.recording import ENCODERS, SOURCES
    from stateviz.rendering import DIVERGING, PALETTES, WRITERS
    from stateviz.similarity.metrics import METRICS
    from stateviz.storage import EXPORTERS, READERS
    from stateviz.views import VIEWS

    return {
        "methods": METHODS,
        "metrics": METRICS,
        "criteria": CRITERIA,
        "measures": MEASURES,
        "oracles": ORACLES,
        "interventions": INTERVENTIONS,
        "features": FEATURES,
        "palettes": PALETTES,
        "diverging": DIVERGING,
        "halftones": HALFTONES,
        "scenes": SCENES,
        "media": MEDIA,
        "cells": CELLS,
        "recipes": RECIPES,
        "languages": LANGUAGES,
        "models": MODELS,
        "smoothings": SMOOTHINGS,
        "sources": SOURCES,
        "encoders": ENCODERS,
        "readers": READERS,
        "exporters": EXPORTERS,
        "writers": WRITERS,
        "views": VIEWS,
    }


def test_each_table_can_be_listed():
    assert set(tables()) == set(TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_every_row_is_listed_with_a_word_about_it(cli, name):
    result = cli("list", name)
    lines = dict(line.split(maxsplit=1) for line in result.out.splitlines())
    assert list(lines) == list(tables()[name])
    assert all(lines.values())


def test_everything_at_once(cli):
    out = cli("list").out
    assert all(row in out for table in tables().values() for row in table)


def test_sites_of_the_shipped_recording(cli):
    result = cli("list", "sites")
    assert "128 units x 274 steps, binary" in result.out
    assert "no INPUT" in result.err


def test_input_is_for_sites_only(cli):
    assert cli("list", "methods", "rec.zarr").code == 1
