"""Module C's columns: joined by stamp, known when told, and honest about what is not there."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from analysis.arrays import Floats
from analysis.deriv_sentim import MODULE
from analysis.framework.answer import compute
from analysis.framework.result import Analysis
from analysis.sentiment.columns import moments_of
from analysis.sentiment.funding_rows import funding_rows
from analysis.sentiment.inputs import Funding, SentimentInputs
from analysis.sentiment.interest_rows import interest_rows
from analysis.sentiment.liquidation_rows import heatmaps, seen_per_bar
from analysis.sentiment.ratio_rows import LAG, ratio_rows, returns_to
from analysis.sources.funding import SettledFunding
from tests.modules.inputs.sentiment import STAMP, bare, config, cut, garbage, whole
from utils.binance_api.intervals import DAY, HOUR

CONFIG = config()


def answer(inputs: SentimentInputs) -> Analysis:
    return compute(MODULE, inputs, {}, CONFIG)


def settled(hours: list[int], rates: list[float]) -> Funding:
    times = np.cumsum(np.array(hours, np.int64)) * HOUR + 7
    return Funding(SettledFunding(times, np.array(rates), STAMP), None, None)


def test_rates_of_a_shortened_interval_are_compared_at_eight_hours() -> None:
    hours = [8] * 40 + [4] * 40 + [1] * 40
    rates = [1e-4] * 40 + [5e-5] * 40 + [1.25e-5] * 39 + [3e-5]
    funding = settled(hours, rates)
    assert funding.settled is not None
    found = funding_rows(funding, funding.settled.time + 10, CONFIG).values
    np.testing.assert_allclose(found["funding_8h"][:-1], 0.01)
    np.testing.assert_allclose(found["funding_baseline"], 0.01)
    assert found["funding_8h"][-1] == pytest.approx(0.024)
    assert found["funding_hours"][[39, 79, 119]].tolist() == [8, 4, 1]
    assert found["funding_annual"][-1] == pytest.approx(3e-5 * 8760 * 100)


def test_a_rate_counts_from_its_settlement_on_and_not_for_ever() -> None:
    funding = settled([8, 8, 8], [1e-4, 2e-4, 3e-4])
    assert funding.settled is not None
    last = int(funding.settled.time[-1])
    moments = np.array([last - 1, last, last + DAY, last + DAY + 1], np.int64)
    found = funding_rows(funding, moments, CONFIG).values["funding_rate"]
    np.testing.assert_allclose(found, [0.02, 0.03, 0.03, np.nan])


def test_the_interval_in_force_now_is_the_exchange_s() -> None:
    funding = replace(settled([8, 8, 8], [1e-4, 2e-4, 3e-4]), hours=4)
    assert funding.settled is not None
    found = funding_rows(funding, funding.settled.time, CONFIG).values
    assert found["funding_hours"].tolist() == [8, 8, 4]
    assert found["funding_8h"][-1] == pytest.approx(0.03)  # the settled rate was for eight hours


def test_a_ratio_is_measured_against_the_return_half_an_hour_before_its_stamp() -> None:
    inputs = whole()
    assert inputs.half_hours is not None
    stamp = inputs.bars.close_time[200:201] + 1
    halves, logs = inputs.half_hours, np.log(inputs.half_hours.close)
    ends = halves.close_time + 1
    now, before = (logs[np.flatnonzero(ends == stamp - LAG - back)[0]] for back in (0, DAY))
    assert returns_to(halves, stamp - LAG, 24)[0] == pytest.approx(now - before)


def test_a_ratio_that_mirrors_the_return_says_nothing() -> None:
    inputs = whole()
    ratio = inputs.positions.global_accounts
    assert ratio is not None
    assert inputs.half_hours is not None
    mirrored = np.nan_to_num(returns_to(inputs.half_hours, ratio.stamp - LAG, 24))
    positions = replace(inputs.positions, global_accounts=replace(ratio, ratio=np.exp(0.3 - 4 * mirrored)))
    found = ratio_rows(replace(inputs, positions=positions), moments_of(inputs), CONFIG).values
    assert abs(found["ls_global"][-1] - 0.3) > 1e-3
    assert abs(found["ls_global_residual"][-1]) < 1e-9


def test_changes_of_open_interest_are_taken_by_stamp_over_missing_rows() -> None:
    inputs = whole()
    history = inputs.positions.open_interest
    assert history is not None
    found = interest_rows(inputs, moments_of(inputs), CONFIG).values["oi_change_4h"]
    held = dict(zip(history.stamp.tolist(), history.open_interest.tolist(), strict=True))
    for row in range(100, 140):
        moment = int(inputs.bars.close_time[row]) + 1
        stamp = moment if moment in held else moment - HOUR
        before = stamp - 4 * HOUR if stamp - 4 * HOUR in held else stamp - 5 * HOUR
        assert found[row] == pytest.approx(100 * np.log(held[stamp] / held[before]))


def test_positioning_of_now_does_not_wait_for_the_bar_to_close() -> None:
    inputs = cut(whole(), 700)
    later = whole()
    asked = replace(
        later, bars=inputs.bars, as_of=inputs.as_of + 5 * HOUR, funding=later.funding, scope=inputs.scope
    )
    now = interest_rows(asked, moments_of(asked), CONFIG).values["open_interest"]
    then = interest_rows(inputs, moments_of(inputs), CONFIG).values["open_interest"]
    np.testing.assert_array_equal(now[:-1], then[:-1])
    history = later.positions.open_interest
    assert history is not None
    assert now[-1] == history.known(asked.as_of).open_interest[-1] != then[-1]


@pytest.mark.parametrize(
    ("price", "interest", "label"),
    [(1, 1, "new_longs"), (1, -1, "short_covering"), (-1, 1, "new_shorts"), (-1, -1, "long_liquidation")],
)
def test_the_quadrant_is_named(price: int, interest: int, label: str) -> None:
    inputs = whole()
    history, halves = inputs.positions.open_interest, inputs.half_hours
    assert history is not None
    assert halves is not None
    rise = np.exp(interest * 1e-4 * np.arange(len(history)))
    path: Floats = 100 * np.exp(price * 1e-4 * np.arange(len(halves)))
    moved = replace(halves, close=path)
    positions = replace(inputs.positions, open_interest=replace(history, open_interest=1e5 * rise))
    found = answer(replace(inputs, positions=positions, half_hours=moved))
    assert found.labels["oi_quadrant"] == label
    assert label in {note.code for note in found.notes}
    signal = found.metric("oi_with_price").value
    assert signal is not None
    assert np.sign(signal) == price * interest


def test_a_special_settlement_is_an_event_and_moves_nothing() -> None:
    inputs = whole()
    funding = inputs.funding
    assert funding.settled is not None
    special = ((inputs.as_of - 30 * DAY, 0.05), (inputs.as_of - 5 * HOUR, -0.012))
    eventful = replace(inputs, funding=replace(funding, settled=replace(funding.settled, special=special)))
    found, plain = answer(eventful), answer(inputs)
    texts = [note.text for note in found.notes if note.code == "special_funding"]
    assert texts == ["special funding of -1.2% was settled on 2023-02-08 07:00 UTC"]
    assert found.metrics == plain.metrics


def test_crowded_longs_are_above_zero_and_both_heatmaps_are_told() -> None:
    inputs = whole()
    settled_funding = inputs.funding.settled
    assert settled_funding is not None
    rate = settled_funding.rate.copy()
    rate[-1] = 0.01
    changes: dict[str, Any] = {}
    for name in ("global_accounts", "top_accounts", "top_positions"):
        ratio = getattr(inputs.positions, name)
        high = ratio.ratio.copy()
        high[-1] *= 20
        changes[name] = replace(ratio, ratio=high)
    crowded = replace(
        inputs,
        funding=replace(inputs.funding, settled=replace(settled_funding, rate=rate)),
        positions=replace(inputs.positions, **changes),
    )
    found = answer(crowded)
    assert [one.value for one in found.headlines] == [pytest.approx(1.0)]
    assert {one.id for one in found.heatmaps} == {"liquidations_estimated", "liquidations_seen"}
    assert [one.name for one in found.scalars] == [
        "sentiment.tilt",
        "sentiment.crowding",
        "sentiment.surprise",
    ]
    assert {one.as_of for one in found.scalars} == {inputs.as_of}
    surprise = found.scalars[2].value
    assert surprise is not None
    assert surprise < 0.1


def test_what_was_seen_is_summed_per_bar_and_unknown_before_the_record() -> None:
    inputs = whole()
    seen = inputs.liquidations.seen
    assert seen is not None
    columns = seen_per_bar(inputs)
    total = np.nansum(columns["seen_longs"]) + np.nansum(columns["seen_shorts"])
    assert total == pytest.approx(seen.notional.sum())
    assert np.isnan(columns["seen_longs"][inputs.bars.close_time < seen.since]).all()
    (map_,) = heatmaps(None, inputs, CONFIG)
    drawn = seen.time >= map_.time[0]
    assert np.nansum(map_.values) == pytest.approx(seen.notional[drawn].sum())


def test_without_brackets_or_record_the_rest_is_answered() -> None:
    inputs = whole()
    bare = replace(inputs, liquidations=replace(inputs.liquidations, brackets=None, seen=None))
    found = answer(bare)
    assert found.score == answer(inputs).score
    assert found.heatmaps == ()
    assert found.metric("liq_below").value is None


def test_a_coin_without_a_perpetual_has_no_crowding_for_that_reason() -> None:
    found = answer(bare())
    assert [one.value for one in found.headlines] == [None]
    assert [reason.code for reason in found.headlines[0].null_reasons] == ["no_perpetual"]
    assert found.metric("volume_imbalance").value is not None


def test_garbage_is_garbage() -> None:
    """The wild numbers of the contract tests reach every source."""
    inputs = whole()
    spoilt = garbage(inputs, 500)
    assert answer(spoilt).metric("open_interest").value != answer(inputs).metric("open_interest").value
    assert answer(spoilt).metric("ls_global").value != answer(inputs).metric("ls_global").value
    assert answer(spoilt).metric("funding_rate").value != answer(inputs).metric("funding_rate").value
