"""Module B over sockets: live and past, each source broken, recorded volatility, the true states recovered."""

from pathlib import Path

import aiohttp
import numpy as np
import pytest
from scipy.stats import rankdata

from analysis.arrays import Floats
from analysis.framework.answer import compute
from analysis.framework.module import AnyTrace
from analysis.framework.question import Request, Sources
from analysis.framework.result import Analysis
from analysis.framework.runner import Runner
from analysis.regime.inputs import fetch
from analysis.sources.listing import resolve_listing
from analysis.volat_regime import MODULE
from config.c_volat import VolatilityConfig
from tests.analysis.regime.readings import fits_of
from tests.analysis.sandboxed import break_path
from tests.store.databases import fresh_sqlite
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.intervals import DAY, HOUR
from utils.http.errors import Rejected
from utils.recorder.history import History
from utils.recorder.names import BINANCE_OPTIONS
from utils.sandbox.exchange import ExchangeSandbox
from utils.store.option_summaries import OptionSummary
from utils.store.store import open_store

LIVE = Request("BTCUSDT", "4h")
PAST = Request("BTCUSDT", "4h", as_of=1_710_000_000_000)
QUARTERLY = {"basis_annual", "days_to_delivery"}


async def test_a_live_answer_is_whole_but_for_the_quarterly(runner: Runner) -> None:
    answer = await runner.run("regime", LIVE)
    assert answer.score is not None
    assert answer.coverage == pytest.approx(1.0)
    assert set(answer.labels) == {"regime_label", "volatility_state"}
    assert {m.id: m.reason.code for m in answer.missing if m.reason} == dict.fromkeys(
        QUARTERLY, "no_quarterly"
    )
    implied = answer.metric("iv30").value
    assert implied is not None
    assert answer.curves["cone_implied"][5] == pytest.approx(implied)  # two ways to the 30-day figure
    assert answer.series["implied"][-1] == implied


async def test_a_past_answer_reads_nothing_live(runner: Runner) -> None:
    answer = await runner.run("regime", PAST)
    missing = {m.id: m.reason.code for m in answer.missing if m.reason}
    options = dict.fromkeys(("iv30", "iv_premium", "iv_rv_spread"), "no_history")
    assert missing == options | dict.fromkeys(QUARTERLY, "no_quarterly")
    assert answer.as_of == PAST.as_of
    assert answer.bar_close < answer.as_of
    assert np.isnan(answer.curves["cone_implied"]).all()


async def test_broken_sources_cost_their_metrics_alone(sandbox: ExchangeSandbox, runner: Runner) -> None:
    await break_path(sandbox.futures_url, "/fapi/v1/premiumIndexKlines")
    await break_path(sandbox.options_url, "/eapi/v1/mark")
    answer = await runner.run("regime", LIVE)
    assert named(answer, "source_down") == {"premium_bps", "premium_z", "iv30", "iv_premium", "iv_rv_spread"}
    assert answer.score is not None


async def test_without_the_futures_market_the_bars_still_speak(
    sandbox: ExchangeSandbox, runner: Runner
) -> None:
    await break_path(sandbox.futures_url, "/fapi/v1/*")
    answer = await runner.run("regime", LIVE)
    assert named(answer, "source_down") == QUARTERLY | {"premium_bps", "premium_z", "funding_8h"}
    assert answer.score is not None
    assert answer.coverage == pytest.approx(1.0)


def named(answer: Analysis, code: str) -> set[str]:
    return {m.id for m in answer.missing if m.reason is not None and m.reason.code == code}


async def test_a_coin_without_options_says_so(runner: Runner) -> None:
    reason = (await runner.run("regime", Request("SOLUSDT", "1d"))).metric("iv30").reason
    assert reason is not None
    assert reason.text == "no options are listed on SOL"


async def test_an_unknown_symbol_is_refused(runner: Runner) -> None:
    with pytest.raises(Rejected):
        await runner.run("regime", Request("NOSUCHUSDT", "4h"))


async def test_recorded_volatility_speaks_for_a_past_moment(
    exchange: BinanceAggregator, tmp_path: Path
) -> None:
    moment = PAST.as_of or 0
    stamps = [moment - hours * HOUR for hours in (200, 5, 1)] + [moment + HOUR]
    rows = [
        OptionSummary(BINANCE_OPTIONS, "BTCUSDT", at, at + 60_000, 60_000.0, {"atm_iv_30d_pct": 50.0 + k}, [])
        for k, at in enumerate(stamps)
    ]
    config = VolatilityConfig()
    async with open_store(fresh_sqlite(tmp_path)) as store:
        await store.option_summaries.append(rows)
        sources = Sources(exchange, History(exchange, lambda: store))
        inputs = await fetch(sources, await resolve_listing(sources, PAST), PAST, config)
    answer = compute(MODULE, inputs, fits_of(inputs, config), config)
    bars = inputs.bars
    age = (bars.close_time[-1] - (stamps[1] + 60_000)) / HOUR
    assert age < config.option_age_hours
    newest = 52.0 if bars.close_time[-1] >= stamps[2] + 60_000 else 51.0
    assert answer.metric("iv30").value == newest
    assert answer.curves["cone_implied"][5] == newest
    assert np.nanmin(answer.series["implied"]) == 50.0
    assert bars.close_time[-1] < moment < stamps[3] + DAY


def area_under_curve(values: Floats, positive: np.ndarray) -> float:
    """The chance that a positive row's value is above another's (Mann and Whitney 1947)."""
    known = np.isfinite(values)
    ranks, chosen = rankdata(values[known]), positive[known]
    count = int(chosen.sum())
    return float((ranks[chosen].sum() - count * (count + 1) / 2) / (count * (len(chosen) - count)))


async def true_storms(sandbox: ExchangeSandbox, path: AnyTrace) -> np.ndarray:
    opened = path.time - HOUR + 1
    query = {"symbol": "BTCUSDT", "from": str(opened[0]), "to": str(opened[-1] + HOUR)}
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{sandbox.spot_url}/_sandbox/truth", params=query) as response,
    ):
        states = (await response.json())["states"]
    assert states["time"] == opened.tolist()
    return np.array([name == "storm" for name in states["regime"]])


@pytest.mark.slow
async def test_the_true_storms_are_recovered(sandbox: ExchangeSandbox, runner: Runner) -> None:
    path = await runner.trace("regime", Request("BTCUSDT", "1h"), 6000)
    storm = await true_storms(sandbox, path)
    assert 0.01 < storm.mean() < 0.3
    assert area_under_curve(path.values["markov_stressed"], storm) > 0.8
    assert area_under_curve(path.values["stress_level"], storm) > 0.85
    noise = np.random.default_rng(1).uniform(size=len(storm))
    assert area_under_curve(noise, storm) == pytest.approx(0.5, abs=0.1)
