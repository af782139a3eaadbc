"""Shared by all tests: no display, steady hypothesis runs, the command line in this process or in its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

import stateviz
from stateviz.cli import main

os.environ.setdefault("MPLBACKEND", "Agg")

# Shared machines stall: a deadline an example would fail at random.
settings.register_profile("stateviz", deadline=None, derandomize=True)
settings.load_profile("stateviz")

PACKAGE = Path(stateviz.__file__).parent
ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Outcome:
    """What a command did."""

    code: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def no_figure_stays_open() -> Iterator[None]:
    """What a test draws is gone when the next one starts."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")


@pytest.fixture(scope="session", autouse=True)
def no_disk_is_waited_for() -> Iterator[None]:
    """No test survives a crash of the machine: what is written stays in the system's memory, which is faster."""
    real = os.fsync
    os.fsync = lambda descriptor: None
    yield
    os.fsync = real


@pytest.fixture(scope="session")
def package() -> Path:
    """The folder of the package under test, installed or not."""
    return PACKAGE


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the repository."""
    return ROOT


@pytest.fixture
def cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run ``stateviz`` in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Outcome:
        capfd.readouterr()
        code = main(list(words))
        captured = capfd.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture(scope="session")
def python() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run python in a process of its own, with the package under test on its path."""

    def run(*words: str, cwd: Path | None = None, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        env = os.environ | {"PYTHONPATH": str(PACKAGE.parent), "MPLBACKEND": "Agg"}
        return subprocess.run(
            [sys.executable, *words], cwd=cwd, env=env, timeout=timeout, capture_output=True, text=True, check=False
        )

    return run


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    """A file of 12 binary units x 40 steps, from seed 0."""
    path = tmp_path / "states.npy"
    np.save(path, np.where(np.random.default_rng(0).random((12, 40)) < 0.5, -1, 1).astype(np.int8))
    return path
