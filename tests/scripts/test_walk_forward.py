"""Walks that are measured equal the live answers, their CPU seconds add up, and their files read back the same."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from scripts.past_files import read_past, write_past
from scripts.walked import Metered, Walked, sample, walk
from tests.support.recorded import walk_bars

BARS = walk_bars(900, seed=8, interval="1h")


@pytest.fixture(scope="module")
def walked() -> Walked:
    with ThreadPoolExecutor(1) as executor:
        return walk("trend", BARS, executor, 2)


def test_a_sampled_walk_equals_the_live_answers(walked: Walked) -> None:
    assert walked.sampled.difference < 1e-9
    assert walked.cpu_s > 0
    assert walked.ratio == pytest.approx(walked.sampled.live_s * 900 / walked.cpu_s)


def test_another_past_is_noticed(walked: Walked) -> None:
    moved = replace(walked.past, score=walked.past.score + 0.1)
    assert sample("trend", BARS, moved, 2).difference == pytest.approx(0.1)
    silent = replace(walked.past, score=np.full(900, np.nan))
    assert sample("trend", BARS, silent, 2).difference == float("inf")
    assert sample("trend", BARS, silent, 0).difference == 0


def test_files_read_back_what_was_written(walked: Walked, tmp_path: Path) -> None:
    file = write_past(walked.past, tmp_path / "pasts")
    assert file.name == "BTCUSDT-1h-trend.npz"
    found = read_past(file)
    assert (found.module, found.symbol, found.interval) == ("trend", "BTCUSDT", "1h")
    np.testing.assert_array_equal(found.score, walked.past.score)
    assert list(found.scalars) == list(walked.past.scalars)
    for name, column in walked.past.scalars.items():
        np.testing.assert_array_equal(found.scalars[name], column)
    assert set(found.scalar_se) == set(walked.past.scalar_se)


def test_metered_jobs_hand_on_results_and_errors() -> None:
    with ThreadPoolExecutor(1) as executor:
        metered = Metered(executor)
        assert list(metered.map(abs, [-1, 2])) == [1, 2]
        with pytest.raises(ZeroDivisionError):
            metered.submit(divmod, 1, 0).result()
    assert metered.cpu_s > 0
