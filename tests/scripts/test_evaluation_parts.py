"""The parts of the evaluation beside bars: withheld rows, changed formulas, daily facts, funding, streams, baskets."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.arrays import Floats
from analysis.features.allocation_methods import EQUAL, ERC
from analysis.features.walk_forward import Performance
from analysis.framework.question import SourceStamp
from analysis.framework.reasons import Reason
from analysis.sources.funding import SettledFunding
from composite.defaults import default_specs
from composite.evidence.estimate import Estimate
from composite.panel import Panel
from composite.record import TrackRecord
from scripts.evaluation.baskets import Basket, lead, said_of
from scripts.evaluation.cases import AFTER, BASE, case_of
from scripts.evaluation.daily import LAG, backdrop_of, funding_scalars, series_of, with_funding
from scripts.evaluation.markets import Markets, RecordedMarket, market_of, scalar_column
from scripts.evaluation.results import Measured
from scripts.evaluation.storage import read_results, write_result
from scripts.evaluation.streams import BENCHMARK, HORIZON_S, Seconds, correlation, independent
from scripts.evaluation.study import Span
from scripts.evaluation.variants import ScoredRows, Variant, recommended, scored
from scripts.evaluation.withheld import withheld_of
from tests.support.recorded import walk_bars
from utils.providers import TopicSeries
from utils.units import DAY_MS, HOUR_MS

RISK = ("regime.vol_percentile", "regime.stress", "risk.tail", "risk.market", "redet.surprise")


def risk_market(rows: int = 1200, seed: int = 3) -> RecordedMarket:
    """A market whose risk scalars are noise."""
    bars, rng = walk_bars(rows, seed=seed, interval="4h"), np.random.default_rng(seed)
    columns = {name: scalar_column(name, rng.random(rows), bars) for name in RISK}
    absent = {"macro": Reason("no_data", {"what": "record"})}
    return RecordedMarket("AAAUSDT", bars, Panel(bars.close_time, columns, absent))


def test_a_calm_group_has_no_say_in_the_worst_and_keeps_its_share_of_the_mean() -> None:
    whole = risk_market()
    alarmed = whole.panel.columns["redet.surprise"]
    values = np.where(np.arange(1200) % 2 == 0, 0.0, 1.0)
    columns = {**whole.panel.columns, "redet.surprise": replace(alarmed, values=values)}
    markets = Markets("4h", (replace(whole, panel=replace(whole.panel, columns=columns)),))
    base = case_of("risk_exposure", markets).base
    found = {one.name: one for one in recommended(base)}
    own, calm = (
        scored(one, markets).raw
        for one in (Variant(BASE, "base", base), found["surprise not in the worst group"])
    )
    known = np.isfinite(own[:, 0]) & np.isfinite(calm[:, 0])
    apart = [np.corrcoef(raw[known, 0], values[known])[0, 1] for raw in (own, calm)]
    assert apart[0] < apart[1] < -0.1  # an alarm still raises the mean, and far less
    assert set(found) == {
        "rank of the HAR forecast for volatility",
        "surprise not in the worst group",
        "both",
    }
    assert not list(recommended(default_specs()["anomaly_alert"]))


def test_what_came_after_a_withheld_score_stands_beside_what_came_after_a_shown_one() -> None:
    bars = walk_bars(900, seed=5, interval="4h")
    case = case_of("risk_exposure", Markets("4h", (replace(risk_market(900, 5), bars=bars),)))
    later = np.full((900, 1), 0.5)
    gated = np.zeros((900, 1), np.bool_)
    gated[::3] = True
    score = np.where(gated, np.nan, later)
    found = withheld_of(ScoredRows(score, later, gated, np.zeros_like(gated)), case, slice(0, 900))
    assert found.gated == pytest.approx(1 / 3)
    assert (found.vague, found.missing) == (0.0, 0.0)
    assert found.gap.value == pytest.approx(found.hidden - found.shown)
    assert found.gap.low < 0 < found.gap.high
    none = withheld_of(
        ScoredRows(later, later, np.zeros_like(gated), np.zeros_like(gated)), case, slice(0, 900)
    )
    assert np.isnan(none.hidden)
    assert np.isnan(none.gap.value)


def settled(count: int = 1500) -> SettledFunding:
    time = walk_bars(1, interval="1d").open_time[0] - 400 * DAY_MS + 8 * HOUR_MS * np.arange(count)
    rate = 1e-4 + 1e-4 * np.random.default_rng(2).standard_normal(count).round(2)
    return SettledFunding(time, rate, SourceStamp("made", int(time[-1]), 0, count))


def test_funding_alone_says_what_was_settled_by_then() -> None:
    bars, whole = walk_bars(60, seed=1, interval="1d"), settled()
    found = funding_scalars(bars, whole)
    assert {name: bool(np.isfinite(one).all()) for name, one in found.items()} == dict.fromkeys(found, True)
    row = 40
    later = whole.time > bars.close_time[row] + 1
    spoiled = replace(whole, rate=np.where(later, 0.05, whole.rate))
    again = funding_scalars(bars, spoiled)
    for name, one in found.items():
        assert np.array_equal(one[: row + 1], again[name][: row + 1]), name
    assert not np.array_equal(found["sentiment.tilt"], again["sentiment.tilt"])


def test_a_market_with_funding_names_it_and_asks_it_by_the_hour() -> None:
    market = with_funding(market_of(walk_bars(60, seed=1, interval="1d"), (), None), settled(), "1h")
    case = case_of("macro_sentiment", Markets("1d", (market,)))
    assert case.variant == "macro_sentiment[C-funding]"
    assert market.panel.columns["sentiment.crowding"].horizon_s == 3600
    assert "macro.backdrop" in case.untested


def test_a_day_is_known_a_day_after_its_end() -> None:
    bars = walk_bars(1400, seed=4, interval="1d")
    mvrv = 1.5 + 0.5 * np.sin(np.arange(1400) / 30)
    facts = {
        "mvrv": series_of(bars.open_time, mvrv),
        "market_cap_usd": series_of(bars.open_time, 1e9 * bars.close),
    }
    assert np.array_equal(facts["mvrv"].known_at, bars.open_time + LAG)
    balance = 1e6 * np.exp(0.001 * np.random.default_rng(3).standard_normal(1400).cumsum())

    def told(changed: Floats) -> Floats:
        topics = {
            "valuation": TopicSeries("made", facts),
            "balances": TopicSeries("made", {"balance_native": series_of(bars.open_time, changed)}),
        }
        return backdrop_of(bars, topics)[0]

    own, other = told(balance), told(np.where(np.arange(1400) >= 1300, 2e6, balance))
    assert np.isfinite(own[1200:]).any()
    assert np.array_equal(own[:1301], other[:1301], equal_nan=True)
    assert not np.array_equal(own[1301:], other[1301:], equal_nan=True)


def seconds(symbol: str, seed: int, skill: float) -> Seconds:
    rng = np.random.default_rng(seed)
    moves = rng.standard_normal(300)
    mid = 100 * np.exp(1e-4 * np.concatenate([[0.0], np.cumsum(moves)]))
    known = np.concatenate([skill * moves, [0.0]]) + rng.standard_normal(301)
    return Seconds(symbol, 1000 * np.arange(301), mid, {BASE: known, BENCHMARK: rng.standard_normal(301)})


def test_streams_rank_inside_each_recording_and_count_common_minutes_once() -> None:
    found = [seconds("A", 1, 1.0), seconds("B", 2, 1.0)]
    after = [one.after(1) for one in found]
    skilful = correlation([one.columns[BASE] for one in found], after, 1)
    noise = correlation([one.columns[BENCHMARK] for one in found], after, 1)
    assert skilful.low > 0.4
    assert noise.low < 0 < noise.high
    assert independent(found) == 301 // HORIZON_S
    assert np.isnan(correlation([np.ones(301)], after[:1], 1).value)


def of_days(days: int, gap: Estimate) -> Basket:
    done = Performance(0.5, 0.6, 0.4, 1.2, 0.3, 2.0)
    return Basket("coins", AFTER, days, {ERC: done, EQUAL: done}, {EQUAL: gap}, 0.5)


@pytest.mark.parametrize(
    ("days", "ends", "code"),
    [
        (366, (0.1, 0.3), "record_too_short"),
        (1461, (0.1, 0.3), "record_beats_benchmark"),
        (1461, (-0.1, 0.3), "record_not_apart"),
        (1461, (-0.3, -0.1), "record_below_benchmark"),
    ],
)
def test_a_basket_says_no_more_than_its_interval(days: int, ends: tuple[float, float], code: str) -> None:
    said = said_of(of_days(days, Estimate(sum(ends) / 2, *ends)))
    assert said.code == code
    assert said.text


def test_a_lead_compares_the_same_days() -> None:
    rng = np.random.default_rng(6)
    base = 0.02 * rng.standard_normal(800)
    better = base + 0.004
    better[:100] = np.nan
    found = lead(better, base)
    assert found.low > 0
    assert lead(base, base).value == 0.0


def measured(
    name: str, label: str, symbols: Sequence[str], records: tuple[TrackRecord, ...] = ()
) -> Measured:
    return Measured(name, f"{name}[X]", label, "1d", tuple(symbols), ("line",), records, {})


def test_results_are_read_by_score_and_the_usual_markets_first(tmp_path: Path) -> None:
    for one in (
        measured("optimal_allocation", "", ("A",)),
        measured("trend_strength", "40 surviving perpetuals", "ABCDEFGHIJ"),
        measured("trend_strength", "B alone", "B"),
        measured("trend_strength", "", "AB"),
    ):
        write_result(tmp_path, one)
    assert [(one.name, one.label) for one in read_results(tmp_path)] == [
        ("trend_strength", ""),
        ("trend_strength", "B alone"),
        ("trend_strength", "40 surviving perpetuals"),
        ("optimal_allocation", ""),
    ]


def test_a_span_has_the_rows_up_to_its_end() -> None:
    assert Span("x", 10, 30).rows(np.array([5, 10, 20, 30])) == slice(1, 3)
