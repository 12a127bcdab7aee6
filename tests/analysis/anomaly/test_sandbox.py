"""Module J over sockets on the simulated market: its jumps and an ordered regime are found, a source may be down."""

import aiohttp
import numpy as np
import pytest

from analysis.anomaly.fit import AnomalyFit, fit
from analysis.anomaly.inputs import AnomalyInputs, fetch, fit_keys
from analysis.anomaly.metrics import RegimeAnomalyConfig
from analysis.anomaly.trace import trace
from analysis.framework.answer import compute
from analysis.framework.question import Request, Scope, Sources
from analysis.framework.result import Analysis
from analysis.regime_anomal import MODULE
from analysis.sources.listing import resolve_listing
from tests.analysis.sandboxed import NOW, break_path
from tests.support.clock import FakeClock
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.intervals import HOUR, MINUTE
from utils.recorder.history import History
from utils.sandbox.exchange import ExchangeSandbox

CONFIG = RegimeAnomalyConfig(
    rank_days=30, rank_bars_least=2000, refit_bars=1000, cusum_chains=50, forest_trees=20
)
ROWS = 7500
LARGE = 4.0  # deviations of a quarter of an hour


def sources_of(exchange: BinanceAggregator) -> Sources:
    return Sources(exchange, History(exchange, lambda: None))


async def answer_of(exchange: BinanceAggregator, request: Request) -> Analysis:
    inputs = await inputs_of(exchange, request)
    return compute(MODULE, inputs, fits_of(inputs), CONFIG)


async def inputs_of(exchange: BinanceAggregator, request: Request) -> AnomalyInputs:
    sources = sources_of(exchange)
    return await fetch(sources, await resolve_listing(sources, request), request, CONFIG)


def fits_of(inputs: AnomalyInputs) -> dict[int, AnomalyFit]:
    return {key.refit_time: fit(inputs, CONFIG, key.refit_time) for key in fit_keys(inputs, CONFIG)}


async def control(sandbox: ExchangeSandbox, method: str, path: str, **body: object) -> dict[str, object]:
    async with aiohttp.ClientSession() as session:
        url = f"{sandbox.spot_url}/_sandbox{path}"
        async with session.request(method, url, json=body or None) as response:
            assert response.status == 200, await response.text()
            found: dict[str, object] = await response.json()
            return found


async def test_large_true_jumps_are_rare_and_other_bars_are_not(
    sandbox: ExchangeSandbox, exchange: BinanceAggregator
) -> None:
    found, quiet = [], []
    for symbol in ("BTCUSDT", "SOLUSDT"):
        request = Request(symbol, "15m", scope=Scope(ROWS))
        inputs = await inputs_of(exchange, request)
        path = trace(inputs, fits_of(inputs), CONFIG, request.scope)
        bars, p = inputs.bars, path.values["p_returns"]
        first = int(bars.open_time[0])
        told = await control(sandbox, "GET", f"/truth?symbol={symbol}&from={first}&to={NOW}")
        quiet.append(p[np.isfinite(path.score)])
        found += [p[row] for row in _jump_rows(told, bars.open_time) if np.isfinite(path.score[row])]
    assert len(found) >= 5
    assert np.mean(np.array(found) < 0.01) >= 0.8
    assert np.mean(np.concatenate(quiet) < 0.01) < 0.02


def _jump_rows(told: dict[str, object], open_time: np.ndarray) -> list[int]:
    """Rows of jumps that are large beside what the bar's volatility moves it."""
    states, jumps = told["states"], told["jumps"]
    assert isinstance(states, dict)
    assert isinstance(jumps, list)
    sigma, hours = np.array(states["sigma"]) * np.sqrt(15), np.array(states["time"])
    rows = set()
    for jump in jumps:
        row = int(np.searchsorted(open_time, jump["time"], side="right")) - 1
        usual = sigma[min(int(np.searchsorted(hours, jump["time"], side="right")) - 1, len(sigma) - 1)]
        if 0 <= row < len(open_time) and abs(jump["size"]) >= LARGE * usual:
            rows.add(row)
    return sorted(rows)


async def test_an_ordered_regime_is_found_and_dated(
    sandbox: ExchangeSandbox, exchange: BinanceAggregator, clock: FakeClock
) -> None:
    request = Request("BTCUSDT", "15m")
    before = await answer_of(exchange, request)
    assert -1 not in before.series["volatility_change_points"]
    await control(sandbox, "POST", "/market/BTCUSDT", event="regime", name="calm")
    await clock.advance(15 * HOUR)
    after = await answer_of(exchange, request)
    fell = after.series["time"][after.series["volatility_change_points"] == -1]
    assert np.min(np.abs(fell - NOW)) <= 6 * 15 * MINUTE
    assert after.metric("volatility_change_side").value == -1


async def test_every_source_may_be_down_but_the_bars(
    sandbox: ExchangeSandbox, exchange: BinanceAggregator
) -> None:
    whole = await answer_of(exchange, Request("BTCUSDT", "4h"))
    assert whole.coverage == pytest.approx(1.0)
    assert whole.score is not None
    for path in ("/futures/data/openInterestHist", "/fapi/v1/fundingRate"):
        await break_path(sandbox.futures_url, path)
    past = Request("BTCUSDT", "4h", as_of=NOW - 90 * HOUR)
    broken = await answer_of(exchange, past)
    assert broken.coverage == pytest.approx(9 / 11)
    for name in ("p_open_interest", "p_funding"):
        reason = broken.metric(name).reason
        assert reason is not None
        assert reason.code == "source_down"
    assert broken.score is not None


async def test_a_moment_before_the_exchange_s_memory_has_no_open_interest(
    exchange: BinanceAggregator,
) -> None:
    answer = await answer_of(exchange, Request("BTCUSDT", "4h", as_of=NOW - 2_000 * HOUR))
    assert answer.coverage == pytest.approx(10 / 11)
    reason = answer.metric("p_open_interest").reason
    assert reason is not None
    assert reason.text == "open interest has no history for a past moment"
