"""Fixtures every room's tests share."""

import os
from pathlib import Path

import pytest

from tests.support.clock import FakeClock

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--data", default=None, help="folder with the recorded market data")


@pytest.fixture(scope="session")
def shared_data(request: pytest.FixtureRequest) -> Path:
    """The folder of recorded market data, read in place; tests that need it are skipped aloud without it."""
    named = request.config.getoption("--data") or os.environ.get("SANDBOX_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"recorded market data not found at {folder}; name it with --data")
    return folder


@pytest.fixture
def clock() -> FakeClock:
    """A clock at 2023-11-14T22:13:20Z that moves only by ``advance``."""
    return FakeClock()
