"""What module G reads over the sandbox's sockets: live, past, with a key, without bitcoin's past, broken."""

import random
from dataclasses import replace

import aiohttp
import numpy as np
import pytest

from analysis.features.stress import EVENTS, CrashPath
from analysis.framework.look_back import DRAWN_BARS
from analysis.framework.question import Instrument, Request, Sources
from analysis.framework.reasons import Reason
from analysis.risk.cluster import cluster_price
from analysis.risk.inputs import RiskInputs, approximate_brackets, fetch, history
from analysis.sources.crashes import fetch_crash_paths, with_beta
from analysis.sources.listing import resolve_listing
from config.c_risk import RiskExposureConfig
from tests.analysis.risk.readings import BARS, CONFIG
from tests.analysis.sandboxed import NOW, QUICK, break_path, runner_on
from tests.support.clock import FakeClock
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.http.signing import credentials
from utils.binance_api.intervals import MINUTE
from utils.binance_api.urls import BinanceUrls
from utils.http.errors import SourceError
from utils.recorder.history import History
from utils.sandbox.exchange import ExchangeSandbox

ASKED = Request("BTCUSDT", "1h")
CRASH = EVENTS[3]


@pytest.fixture
def sources(exchange: BinanceAggregator) -> Sources:
    return Sources(exchange, History(exchange, lambda: None))


async def fetched(sources: Sources, request: Request) -> RiskInputs:
    return await fetch(sources, await resolve_listing(sources, request), request, CONFIG)


async def test_live_inputs_are_whole(sources: Sources) -> None:
    inputs = await fetched(sources, ASKED)
    assert len(inputs.bars) == history(CONFIG, "1h") == 2151 + 500 + 720 + DRAWN_BARS
    assert not inputs.from_listing
    assert inputs.bars.is_final.all()
    assert inputs.bars.close_time[-1] < inputs.as_of == NOW
    assert inputs.daily is not None
    assert inputs.daily.interval == "1d"
    assert inputs.daily.close_time[-1] < NOW
    assert inputs.approximate
    assert inputs.missing["yen_2024"] == Reason("not_yet", {"event": "August 2024"})
    assert len(inputs.stamps) == 3


async def test_a_past_moment_knows_nothing_later(sources: Sources) -> None:
    moment = CRASH.end - 1
    inputs = await fetched(sources, replace(ASKED, as_of=moment))
    assert inputs.bars.close_time[-1] < moment
    assert inputs.daily is not None
    assert inputs.daily.close_time[-1] < moment
    unknown = inputs.crashes.paths[CRASH.id]
    assert isinstance(unknown, Reason)
    assert unknown.code == "not_yet"
    assert inputs.missing["open_interest"] == Reason("no_history", {"what": "open interest"})
    assert inputs.positions.mark is not None
    assert inputs.positions.mark.close_time[-1] < moment
    after = await fetched(sources, replace(ASKED, as_of=CRASH.end))
    known = after.crashes.paths[CRASH.id]
    assert isinstance(known, CrashPath | Reason)
    assert not (isinstance(known, Reason) and known.code == "not_yet")


async def test_days_are_their_own_daily_bars(sources: Sources) -> None:
    inputs = await fetched(sources, replace(ASKED, interval="1d"))
    assert inputs.daily is inputs.bars
    assert len(inputs.stamps) == 2


@pytest.mark.parametrize("as_of", [None, NOW - 90 * MINUTE])
async def test_the_liquidation_cluster_is_the_same_on_every_interval(
    sources: Sources, as_of: int | None
) -> None:
    moment = NOW if as_of is None else as_of
    found = [
        await fetched(sources, replace(ASKED, interval=one, as_of=as_of)) for one in ("15m", "1h", "4h", "1d")
    ]
    for inputs in found:
        read = inputs.positions
        assert read.open_interest is not None
        assert read.half_hours is not None
        assert read.mark is not None
        assert read.open_interest.known_at[-1] <= moment
        assert max(read.half_hours.close_time[-1], read.mark.close_time[-1]) < moment
        assert read.half_hours.is_final.all()
    levels = {cluster_price(inputs, CONFIG) for inputs in found}
    assert len(levels) == 1
    assert np.isfinite(levels.pop())


async def test_a_coin_without_a_perpetual_has_no_open_positions(sources: Sources) -> None:
    absent = Reason("no_perpetual", {"symbol": "BTCUSDT"})
    listing = replace(await resolve_listing(sources, ASKED), counterpart=absent)
    inputs = await fetch(sources, listing, ASKED, CONFIG)
    assert [inputs.missing[name] for name in ("open_interest", "half_hours", "mark")] == 3 * [absent]


async def test_the_runner_answers_with_a_score(exchange: BinanceAggregator, clock: FakeClock) -> None:
    async with runner_on(exchange, clock) as runner:
        answer = await runner.run("risk", replace(ASKED, interval="15m"))
    assert answer.score is not None
    assert 0 <= answer.score <= 1
    assert answer.verdict is not None
    assert answer.cost is None
    assert all(metric.reason is not None for metric in answer.missing)


async def test_other_sources_degrade_and_the_own_bars_do_not(
    sources: Sources, sandbox: ExchangeSandbox
) -> None:
    await break_path(sandbox.futures_url, "/fapi/v1/klines")
    inputs = await fetched(sources, ASKED)
    assert inputs.brackets is not None
    assert inputs.missing["half_hours"].code == "source_down"
    await break_path(sandbox.spot_url, "/api/v3/klines")
    with pytest.raises(SourceError):
        await fetched(sources, replace(ASKED, symbol="ETHUSDT"))
    paths = await fetch_crash_paths(sources, Instrument("spot", "SOLUSDT"), NOW)
    assert {p.code for p in paths.values() if isinstance(p, Reason)} == {"source_down", "not_yet"}


async def test_a_coin_without_a_past_moves_by_its_beta(sources: Sources) -> None:
    inputs: RiskInputs = await fetched(sources, ASKED)
    low = np.array([-0.2, -0.5])
    absent = {e.id: Reason("not_traded_then", {"symbol": "X", "event": e.title}) for e in EVENTS}
    own: dict[str, CrashPath | Reason] = {**absent, CRASH.id: CrashPath(np.arange(2), low, low)}
    young = replace(inputs.bars, symbol="YOUNGUSDT")
    crashes = await with_beta(sources, own, young, 200, NOW)
    assert crashes.beta == pytest.approx(1.0)
    assert crashes.paths[CRASH.id] is own[CRASH.id]
    for event in EVENTS:
        path = inputs.crashes.paths[event.id]
        if event is not CRASH and isinstance(path, CrashPath):
            assert event.id in crashes.by_beta
            moved = crashes.paths[event.id]
            assert isinstance(moved, CrashPath)
            np.testing.assert_allclose(moved.low, path.low)
        elif event is not CRASH:
            assert crashes.paths[event.id] == absent[event.id]
    alone = await with_beta(sources, own, inputs.bars, 200, NOW)
    assert alone.beta is None


async def test_the_exchanges_brackets_with_a_key(clock: FakeClock, sandbox: ExchangeSandbox) -> None:
    key, secret = "readonly" * 8, "neverlog" * 8
    body = {"key": {"api_key": key, "secret": secret}, "balances": [], "positions": []}
    async with (
        aiohttp.ClientSession() as session,
        session.put(f"{sandbox.spot_url}/_sandbox/account", json=body) as response,
    ):
        assert response.status == 200, await response.text()
    async with aiohttp.ClientSession() as session:
        urls = BinanceUrls(sandbox.spot_url, sandbox.futures_url, sandbox.options_url)
        keys, rng = credentials(key, secret), random.Random(1)
        signed = BinanceAggregator(
            urls, session=session, clock=clock, rng=rng, credentials=keys, tuning=QUICK
        )
        await signed.open()
        sources = Sources(signed, History(signed, lambda: None))
        inputs = await fetched(sources, ASKED)
        past = await fetched(sources, replace(ASKED, as_of=NOW - 86_400_000))
        await signed.close()
    assert not inputs.approximate
    assert inputs.brackets is not None
    assert inputs.brackets.max_leverage[0] > 20
    assert past.approximate


def test_the_history_is_a_year_and_the_first_fit() -> None:
    config = RiskExposureConfig()
    assert history(config, "1h") == 2151 + 500 + 8760 + DRAWN_BARS
    assert history(config, "15m") == 2151 + 500 + 8784 + DRAWN_BARS
    assert history(config, "1d") == 2151 + 500 + 365 + DRAWN_BARS
    assert len(BARS) == history(CONFIG, "1h")
    assert approximate_brackets(config).cap[-1] == 40_000_000.0
