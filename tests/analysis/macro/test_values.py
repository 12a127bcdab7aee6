"""Module F's metrics on small series by hand: signs, units, ages, and one provider's topic at a time."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.framework.answer import compute
from analysis.framework.result import Analysis
from analysis.macro.daily import facts_of, over_days, placed
from analysis.macro.inputs import MacroInputs
from analysis.macro.metrics import MacroSection
from analysis.macro.values import daily_metrics
from analysis.onchain import MODULE
from tests.modules.inputs import macro as made
from utils.onchain_api.facts import BALANCES, ETF, FLOWS, PROFIT, SOPR, STABLECOINS, VALUATION
from utils.providers import ProviderSeries, TopicSeries

DAY = 86_400_000
CONFIG = MacroSection()
WHOLE = made.whole()
FIRST = int(WHOLE.bars.open_time[0])


def topic(lag_ms: int = 0, start: int = FIRST, **facts: list[float]) -> TopicSeries:
    def series(values: list[float]) -> ProviderSeries:
        day = start + DAY * np.arange(len(values), dtype=np.int64)
        return ProviderSeries(day, day + DAY + lag_ms, np.array(values), "hand", start)

    return TopicSeries("Hand", {name: series(values) for name, values in facts.items()})


def values(name: str, given: TopicSeries, **more: TopicSeries) -> dict[str, list[float]]:
    inputs = replace(WHOLE, topics={name: given, **more})
    return {key: column.tolist() for key, column in daily_metrics(inputs, CONFIG)[name].values.items()}


def with_topic(name: str, given: TopicSeries, inputs: MacroInputs = WHOLE) -> Analysis:
    return compute(MODULE, replace(inputs, topics={**inputs.topics, name: given}), {}, CONFIG)


def test_stablecoins_grow_in_percent_over_days_of_the_calendar() -> None:
    supply = [100.0 + n for n in range(31)]
    found = values(STABLECOINS, topic(supply_usd=supply))
    assert found["stable_1d"][-1] == pytest.approx(100 * (130 / 129 - 1))
    assert found["stable_7d"][-1] == pytest.approx(100 * (130 / 123 - 1))
    assert found["stable_30d"][-1] == pytest.approx(30)
    assert found["stable_supply"][-1] == pytest.approx(130 / 1e9)


def test_net_inflow_is_a_share_and_dollars_follow_the_close_where_none_are_told() -> None:
    told = topic(
        inflow_native=[10.0] * 8, outflow_native=[8.0] * 8, inflow_usd=[5e6] * 8, outflow_usd=[4e6] * 8
    )
    found = values(FLOWS, told)
    assert found["cex_net_7d"][-1] == pytest.approx(20)
    assert np.isnan(found["cex_net_7d"][5])
    assert [found["cex_net"][-1], found["cex_net_usd"][-1]] == pytest.approx([2.0, 1.0])
    bare = values(FLOWS, topic(inflow_native=[10.0] * 8, outflow_native=[8.0] * 8))
    close = float(WHOLE.bars.close[7])
    assert bare["cex_net_usd"][-1] == pytest.approx(2 * close / 1e6)


def test_balances_change_over_thirty_days() -> None:
    found = values(BALANCES, topic(balance_native=[1000.0 - n for n in range(31)]))
    assert found["balance_30d"][-1] == pytest.approx(-3)
    assert found["balance_30d_coins"][-1] == pytest.approx(-30)


def test_etf_flow_is_daily_cumulative_and_in_streaks() -> None:
    found = values(ETF, topic(flow_usd=[1e6, 2e6, -3e6, -4e6, -5e6, 6e6]))
    assert found["etf_flow"] == [1, 2, -3, -4, -5, 6]
    assert found["etf_total"][-1] == pytest.approx(-0.003)
    assert found["etf_5d"][-1] == pytest.approx(-4)
    assert found["etf_streak"] == [1, 2, -1, -2, -3, 1]


def test_valuation_is_one_vote_of_mvrv_z() -> None:
    found = values(VALUATION, topic(market_cap_usd=[2e12, 3e12], mvrv=[2.0, 1.5]))
    assert found["nupl"] == pytest.approx([0.5, 1 / 3])
    assert found["realised_cap"] == pytest.approx([1000, 2000])
    voting = [spec.id for spec in MODULE.metrics if spec.group == "valuation"]
    assert voting == ["mvrv_z"]


def test_realised_profit_is_a_share_of_market_cap() -> None:
    cap = topic(market_cap_usd=[1e12] * 8, mvrv=[2.0] * 8)
    found = values(PROFIT, topic(realised_pnl_usd=[1e9] * 8), valuation=cap)
    assert found["realised_profit"][-1] == pytest.approx(0.1)
    assert found["realised_profit_usd"][-1] == pytest.approx(1000)
    assert values(SOPR, topic(sopr=[1.02] * 8))["sopr_7d"][-1] == pytest.approx(2)


@pytest.mark.parametrize(
    ("metric", "name", "fact", "sign"),
    [
        ("balance_30d", BALANCES, "balance_native", -1),
        ("stable_30d", STABLECOINS, "supply_usd", 1),
    ],
)
def test_what_leaves_exchanges_and_what_is_issued_support(
    metric: str, name: str, fact: str, sign: int
) -> None:
    noise = np.random.default_rng(2).standard_normal(900)
    rising = np.cumsum(np.where(np.arange(900) > 860, 4.0, noise)) + 1_000
    told = topic(-7_200_000, **{fact: rising.tolist()})
    found = with_topic(name, told).metric(metric)
    assert found.value is not None
    assert found.value > 0
    assert found.signal is not None
    assert found.signal * sign > 0.5
    assert found.contribution * sign > 0


def test_a_hole_of_days_leaves_a_sum_over_days_unknown() -> None:
    facts = facts_of(topic(sopr=[1.0] * 10))
    holed = replace(facts, day=np.where(np.arange(10) > 4, facts.day + DAY, facts.day))
    found = over_days(holed, np.ones(10), 3)
    np.testing.assert_array_equal(np.isfinite(found), [0, 0, 1, 1, 1, 0, 0, 1, 1, 1])


def test_a_value_is_used_from_the_moment_it_was_known_until_it_is_too_old() -> None:
    daily = daily_metrics(replace(WHOLE, topics={SOPR: topic(3_600_000, sopr=[1.0, 2.0])}), CONFIG)[SOPR]
    moments = FIRST + np.array([DAY, DAY + 3_600_000, 2 * DAY + 3_600_000, 5 * DAY, 9 * DAY])
    found = placed(daily, daily.values["sopr"], moments, 4 * DAY)
    np.testing.assert_array_equal(found, [np.nan, 1, 2, 2, np.nan])


def test_a_day_that_was_known_late_holds_back_what_grows_over_it() -> None:
    series = topic(sopr=[1.0, 2.0, 3.0]).series["sopr"]
    late = replace(series, known_at=series.known_at + np.array([0, 9 * DAY, 0]))
    facts = facts_of(TopicSeries("Hand", {"sopr": late}))
    assert facts.known_at.tolist() == [FIRST + DAY, FIRST + 11 * DAY, FIRST + 11 * DAY]


def test_old_values_are_shown_and_do_not_count() -> None:
    known = WHOLE.topics[SOPR].series["sopr"]
    cut = known.time < WHOLE.as_of - 8 * DAY
    old = ProviderSeries(known.time[cut], known.known_at[cut], known.value[cut], "made", known.fetched_at)
    answer = with_topic(SOPR, TopicSeries("Made", {"sopr": old}))
    metric = answer.metric("sopr_7d")
    assert metric.value is not None
    assert (metric.signal, metric.contribution) == (None, 0)
    assert metric.reason is not None
    assert metric.reason.code == "stale_value"
    assert answer.coverage < 1
    assert "too_old" in [note.code for note in answer.notes]


def test_the_backdrop_is_as_old_as_the_newest_publication_that_counts() -> None:
    hour = DAY // 24
    later = compute(MODULE, replace(WHOLE, as_of=WHOLE.as_of + 5 * hour), {}, CONFIG).scalars[0]
    assert (later.as_of, later.period_s) == (int(WHOLE.bars.close_time[-1]) + 1 - 2 * hour, 86400.0)
    bare = compute(MODULE, replace(WHOLE, topics={}), {}, CONFIG).scalars[0]
    assert (bare.value, bare.as_of) == (None, int(WHOLE.bars.close_time[-1]))


def test_provider_and_day_stand_beside_every_metric() -> None:
    answer = compute(MODULE, WHOLE, {}, CONFIG)
    newest = int(WHOLE.topics[ETF].series["flow_usd"].time[-1])
    for metric in answer.metrics:
        assert metric.source == "Made", metric.id
        assert metric.as_of == newest + DAY - 1, metric.id
    assert {note.code for note in answer.notes} >= {"from_etf", "from_flows", "from_valuation"}


@pytest.mark.parametrize("days", [1, 7, 30])
def test_the_supply_of_stablecoins_is_labelled_as_following(days: int) -> None:
    assert "it follows the price" in MODULE.spec(f"stable_{days}d").help
