"""Module J: one channel carries the score, fits are independent of the history read, a jump is found."""

import pickle
from dataclasses import replace

import numpy as np
import pytest

from analysis.anomaly.channels import CHANNELS, GROUPS, IDS, p_metric
from analysis.anomaly.fit import fit
from analysis.anomaly.inputs import fit_keys, history, look_back
from analysis.anomaly.metrics import METRICS, RegimeAnomalyConfig
from analysis.features.tail_probability import anomaly_score, sidak
from analysis.framework.module import AnyTrace
from analysis.framework.reasons import Message
from analysis.framework.result import Analysis
from analysis.regime_anomal import MODULE
from tests.analysis.anomaly.readings import (
    SMALL,
    fits_of,
    hourly,
    inputs_of,
    read,
    traced,
    until,
    whole_of,
    with_jump,
)

BARS = hourly(1700, seed=21)
WHOLE = whole_of(BARS, latest=True)
ALL = whole_of(BARS)
LATEST_ONLY = {f"values.{spec.id}" for spec in METRICS if spec.latest_only}


@pytest.fixture(scope="module")
def path() -> AnyTrace:
    return traced(ALL)


@pytest.fixture(scope="module")
def answer() -> Analysis:
    return read(WHOLE)


def columns(found: AnyTrace) -> dict[str, np.ndarray]:
    named = {"score": found.score, "uncertainty": found.uncertainty, "coverage": found.coverage}
    for family in ("values", "signals", "groups", "scalars", "scalar_se"):
        named |= {f"{family}.{name}": column for name, column in getattr(found, family).items()}
    return named


@pytest.mark.parametrize("count", [1163, 1500])
def test_answer_as_of_t_is_the_row_of_a_longer_trace(path: AnyTrace, count: int) -> None:
    cut, whole = columns(traced(until(ALL, count))), columns(path)
    short = columns(traced(until(WHOLE, count)))
    for name in cut:
        if name not in LATEST_ONLY:
            np.testing.assert_allclose(
                cut[name][-1], whole[name][count - 1], rtol=1e-7, atol=1e-9, err_msg=name
            )
        np.testing.assert_allclose(short[name][-1], cut[name][-1], rtol=1e-7, atol=1e-9, err_msg=name)


def test_a_fit_does_not_depend_on_how_much_history_was_read() -> None:
    bars = hourly(2600, seed=4)
    needed = history(SMALL, "1h")
    longer, shorter = (whole_of(b, latest=True, from_listing=False) for b in (bars, bars.tail(needed)))
    assert fit_keys(longer, SMALL) == fit_keys(shorter, SMALL)
    at = fit_keys(shorter, SMALL)[0].refit_time
    first, second = (fit(inputs, SMALL, at) for inputs in (longer, shorter))
    assert set(first.ecdfs) == set(second.ecdfs)
    for name in ("returns", "range", "volume", "price_wave", "volume_wave", "deviation", "change"):
        np.testing.assert_allclose(first.ecdfs[name].knots, second.ecdfs[name].knots, rtol=1e-6, err_msg=name)
    assert first.change.level_threshold == pytest.approx(second.change.level_threshold, rel=1e-6)


def test_without_the_whole_listing_a_fit_waits_for_all_its_bars() -> None:
    bars = hourly(900)
    assert fit_keys(whole_of(bars, from_listing=False), SMALL) == ()
    assert len(fit_keys(whole_of(bars), SMALL)) == 8


def test_what_was_fitted_without_a_source_is_not_taken_for_its_fit_later() -> None:
    alone = inputs_of(BARS, latest=True)
    both = fit_keys(WHOLE, SMALL), fit_keys(alone, SMALL)
    assert len(both[0]) == len(both[1])
    assert not set(both[0]) & set(both[1])
    assert [key.refit_time for key in both[1]] == [key.refit_time for key in both[0]]
    assert {key.variant for key in both[0]} == {""}
    assert {key.variant for key in both[1]} == {"without counterpart, funding, open_interest"}


def test_the_dominant_channel_carries_the_whole_score(answer: Analysis, path: AnyTrace) -> None:
    assert answer.score is not None
    carrying = [metric for metric in answer.metrics if metric.contribution != 0]
    assert len(carrying) == 1
    assert abs(carrying[0].contribution - answer.score) < 1e-12
    assert abs(sum(group.contribution for group in answer.groups) - answer.score) < 1e-12
    known = {name: path.values[p_metric(name)][-1] for name in IDS}
    assert carrying[0].id == p_metric(min(known, key=lambda name: known[name]))
    assert [group.id for group in answer.groups] == list(GROUPS)


def test_the_score_is_minus_the_logarithm_of_sidak_s_p_of_the_independent_channels(path: AnyTrace) -> None:
    stack = np.stack([path.values[p_metric(name)] for name in IDS])
    independent = path.values["channels_independent"]
    combined = sidak(stack, independent)
    assert 3 < np.nanmedian(independent) < np.nanmedian(path.values["channels_known"])
    known = path.coverage >= 0.5
    np.testing.assert_allclose(path.score[known], np.minimum(1, -np.log10(combined[known]) / 4), rtol=1e-12)
    np.testing.assert_allclose(path.values["once_in"], 1 / combined, rtol=1e-12)
    np.testing.assert_allclose(path.scalars["redet.surprise"][known], combined[known], rtol=0)


def test_ordinary_bars_are_ordinary(path: AnyTrace) -> None:
    known = path.score[700:][np.isfinite(path.score[700:])]
    assert len(known) > 900
    assert np.mean(known >= 0.25) > 0.07
    assert np.mean(known >= 0.25) < 0.14
    assert np.mean(known >= 0.5) < 0.02
    for name in IDS:
        p = path.values[p_metric(name)]
        p = p[np.isfinite(p) & (p < 1)]
        assert 0.35 < np.median(p) < 0.65, name


def row_of_a_fiftieth() -> int:
    """A row that is met once in 50 bars or so."""
    p = traced(WHOLE).values["p_combined"]
    return int(np.flatnonzero((p < 0.03) & (p > 0.01))[-1]) + len(BARS) - len(p)


def test_a_jump_is_found_named_and_worded() -> None:
    found = read(whole_of(with_jump(BARS, 1699, -0.08), latest=True))
    assert found.score is not None
    assert found.score > 0.45
    assert found.labels["driver"] in {"returns", "range", "joint", "price_wave", "deviation"}
    assert found.verdict is not None
    assert found.verdict.code == "rarer_than"
    assert found.verdict.text.startswith("rarer than anything in ")
    often = read(until(WHOLE, row_of_a_fiftieth() + 1))
    assert often.verdict is not None
    assert often.verdict.text.startswith(f"once in {round(often.metric('once_in').value or 0)} bars: the ")
    end = next(note for note in often.notes if note.code == "scale_end")
    assert often.score is not None
    assert 0.4 < float(end.params["score"]) < 0.8
    assert float(end.params["score"]) == pytest.approx(np.log10(float(end.params["bars"])) / 4, abs=0.01)
    assert found.series["driver"][-1] == IDS.index(found.labels["driver"])
    assert found.metric("return_z").value == -6


def test_an_ordinary_bar_is_said_to_be_one(path: AnyTrace) -> None:
    row = int(np.flatnonzero(path.values["p_combined"][1400:] > 0.5)[0]) + 1400
    found = read(until(WHOLE, row + 1))
    assert found.verdict == Message("ordinary_bar")
    assert found.labels["driver"] == "none"


def test_a_jump_in_one_source_alone_is_that_channel_s() -> None:
    interest, funding = WHOLE.open_interest, WHOLE.funding
    assert interest is not None
    assert funding is not None
    amount = interest.open_interest.copy()
    amount[-1] *= 0.7
    found = read(replace(WHOLE, open_interest=replace(interest, open_interest=amount)))
    assert found.metric("p_open_interest").value == pytest.approx(1 / 721, rel=0.01)
    rate = funding.rate.copy()
    row = int(np.searchsorted(BARS.open_time, funding.time[-1])) - 1
    rate[-1] += 0.01
    settled = read(until(replace(WHOLE, funding=replace(funding, rate=rate)), row + 1))
    assert settled.metric("p_funding").value == pytest.approx(1 / 210, rel=0.2)
    quiet = read(until(WHOLE, row + 2)).metric("p_funding")
    assert quiet.value == 1.0


def test_series_fit_together(answer: Analysis) -> None:
    assert {len(column) for column in answer.series.values()} == {300}
    needed = {"time", "open", "high", "low", "close", "score", "driver", "change_points", "alarms"}
    assert needed | {f"group_{group}" for group in GROUPS} <= set(answer.series)
    assert answer.series["time"][-1] == BARS.open_time[-1]
    rarest = np.max([answer.series[f"group_{group}"] for group in GROUPS], axis=0)
    assert (rarest >= 4 * answer.series["score"] - 1e-9).all()


def test_a_change_of_level_is_dated_and_drawn() -> None:
    drift = np.exp(np.where(np.arange(1700) >= 1660, -0.006 * (np.arange(1700) - 1659), 0.0))
    moved = {name: getattr(BARS, name) * drift for name in ("open", "high", "low", "close")}
    found = read(whole_of(replace(BARS, **moved), latest=True))
    ago, side = found.metric("change_bars_ago").value, found.metric("change_side").value
    assert side == -1
    assert ago is not None
    assert 20 <= ago <= 45
    assert found.series["change_points"][299 - int(ago)] == -1
    assert found.series["alarms"].min() == -1
    assert (found.metric("cusum_alarms").value or 0) >= 1


def test_a_fit_is_small_enough_to_keep_many() -> None:
    assert len(pickle.dumps(next(iter(fits_of(WHOLE).values())))) < 200_000


def test_declarations_fit_together() -> None:
    assert list(IDS) == list(SMALL.model_dump()["weights"])
    assert {channel.group for channel in CHANNELS} == set(GROUPS)
    assert 6 <= sum(spec.on_card for spec in METRICS) <= 9
    assert MODULE.labels == {"driver": (*IDS, "none")}


def test_a_channel_of_weight_zero_is_shown_and_not_tested(answer: Analysis) -> None:
    config = RegimeAnomalyConfig.model_validate(SMALL.model_dump() | {"weights": dict.fromkeys(IDS[:-1], 0)})
    found = read(WHOLE, config)
    assert found.metric("p_returns").value == answer.metric("p_returns").value
    assert found.metric("channels_known").value == 1
    assert found.metric("p_combined").value == pytest.approx(found.metric("p_change").value)
    assert [group.weight for group in found.groups] == [0, 0, 0, 0, 0, 1]


def test_the_highest_score_is_that_of_the_smallest_p() -> None:
    config = RegimeAnomalyConfig()
    lengths = {interval: look_back(config, interval) for interval in ("15m", "1h", "4h", "1d")}
    assert lengths == {"15m": 8784, "1h": 8760, "4h": 2190, "1d": 2000}
    smallest = {name: sidak(np.full((11, 1), 1 / (count + 1))) for name, count in lengths.items()}
    highest = {name: round(float(anomaly_score(p)[0]), 2) for name, p in smallest.items()}
    assert highest == {"15m": 0.73, "1h": 0.73, "4h": 0.58, "1d": 0.57}
