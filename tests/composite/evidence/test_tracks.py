"""Verdicts and measurements of records, and the shipped file of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.framework.question import Request
from composite.declared import BY_NAME
from composite.evidence.direction import direction_record
from composite.evidence.estimate import Estimate, Resampling
from composite.evidence.measured import measured_records, read_records, shipped_records, write_records
from composite.evidence.persistence import Persistence, trailing_ranks
from composite.evidence.tracks import ENOUGH, direction_measurements, verdict
from composite.evidence.trading import Costs

FOUND, NONE = Estimate(0.05, 0.01, 0.09), Estimate(0.05, -0.01, 0.09)


@pytest.mark.parametrize(
    ("independent", "found", "gain", "code"),
    [
        (ENOUGH - 1, FOUND, FOUND, "record_too_short"),
        (ENOUGH, None, None, "record_too_short"),
        (ENOUGH, NONE, FOUND, "record_no_edge"),
        (ENOUGH, FOUND, NONE, "record_below_benchmark"),
        (ENOUGH, FOUND, None, "record_below_benchmark"),
        (ENOUGH, FOUND, Estimate(-0.05, -0.09, -0.01), "record_below_benchmark"),
        (ENOUGH, FOUND, FOUND, "record_beats_benchmark"),
        (ENOUGH, Estimate(-0.05, -0.09, -0.01), FOUND, "record_against"),
    ],
)
def test_a_verdict_says_no_more_than_its_intervals(
    independent: int, found: Estimate | None, gain: Estimate | None, code: str
) -> None:
    said = verdict(independent, found, gain, "momentum")
    assert said.code == code
    assert said.text


def test_measurements_name_what_they_stand_beside() -> None:
    rng = np.random.default_rng(1)
    score, opened = rng.standard_normal((600, 1)), np.exp(0.01 * rng.standard_normal((600, 1)).cumsum(axis=0))
    record = direction_record(
        score, opened, trailing_ranks(score, 200, 50), 1, Costs(0.001), Resampling(draws=20)
    )
    assert record is not None
    other = replace(record, ic=FOUND)
    found = {
        one.id: one for one in direction_measurements(record, -0.02, other, Persistence({}, float("nan")))
    }
    assert (found["rank_ic"].value, found["rank_ic"].null) == (record.ic.value, -0.02)
    assert found["rank_ic"].benchmark == FOUND.value
    assert found["hit_rate"].benchmark == record.base_rate
    assert found["mean_spread_bps"].value == pytest.approx(record.tenth.mean.value * 1e4)
    assert found["net_spread_bps"].value == pytest.approx(record.tenth.mean.value * 1e4 - 40)
    assert found["turnover"].value is None
    assert found["turnover"].reason is not None


def test_records_are_read_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "measured.json"
    write_records(file, shipped_records())
    assert read_records(file) == shipped_records()


def test_shipped_records_are_of_declared_scores_and_say_something() -> None:
    records = shipped_records()
    assert records
    for one in records:
        assert one.composite in BY_NAME
        assert one.since < one.until
        assert one.verdict.text
        assert one.measurements


def test_a_question_finds_the_newest_span_first() -> None:
    found = measured_records("trend_strength", Request("BTCUSDT", "4h", None))
    assert [one.until for one in found] == sorted((one.until for one in found), reverse=True)
    assert found
    assert {one.composite for one in found} == {"trend_strength"}
    assert {one.symbol for one in found} == {"BTCUSDT", None}
    assert [one.symbol is None for one in found if one.until == found[0].until] == sorted(
        one.symbol is None for one in found if one.until == found[0].until
    )


@pytest.mark.parametrize(("asked", "found"), [("15m", "1h"), ("1h", "1h"), ("8h", "4h"), ("1w", "4h")])
def test_a_question_finds_the_nearest_interval(asked: str, found: str) -> None:
    records = measured_records("trend_strength", Request("ETHUSDT", asked, None))
    assert {one.interval for one in records} == {found}


def test_every_score_has_a_record_and_a_word_that_is_none_has_not() -> None:
    assert {one.composite for one in shipped_records()} == set(BY_NAME)
    assert measured_records("no score", Request("BTCUSDT", "4h", None)) == ()
