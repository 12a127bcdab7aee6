"""Module C over sockets on the simulated market: every source is read, any of them may be down, the past is honest."""

import pytest

from analysis.deriv_sentim import MODULE
from analysis.framework.answer import compute
from analysis.framework.question import Instrument, Listing, Request, Sources
from analysis.framework.reasons import Reason
from analysis.framework.runner import Runner
from analysis.sentiment.inputs import SentimentInputs, fetch
from analysis.sentiment.metrics import METRICS, SentimentSection
from analysis.sources.listing import resolve_listing
from tests.analysis.sandboxed import NOW, break_path
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.intervals import DAY
from utils.recorder.history import History
from utils.sandbox.exchange import ExchangeSandbox
from utils.units import PERCENT

UNTOLD = (
    dict.fromkeys(
        ("liq_seen_longs", "liq_seen_shorts", "liq_seen_share", "liq_listened"),
        "no record of liquidations at this time",
    )
    | dict.fromkeys(("dvol", "dvol_rank"), "there is no volatility index of BTC")
    | {"risk_reversal_z": "needs 168 recorded hours, has 0"}
)
"""What the simulated exchange does not send, and what is recorded alone."""
NO_VOTE = 0.2 / 1.2
"""The weight of the option skew, which has no recorded past here."""


async def read(exchange: BinanceAggregator, request: Request) -> SentimentInputs:
    sources = Sources(exchange, History(exchange, lambda: None))
    listing = (await resolve_listing(sources, request)).seen_from("futures")
    return await fetch(sources, listing, request, SentimentSection())


async def test_every_source_is_read_of_the_perpetual(runner: Runner) -> None:
    answer = await runner.run("sentiment", Request("BTCUSDT", "1h"), cost=True)
    assert (answer.market, answer.symbol) == ("futures", "BTCUSDT")
    assert answer.score is not None
    assert answer.coverage == pytest.approx(1 - NO_VOTE)
    assert {metric.id: str(metric.reason and metric.reason.text) for metric in answer.missing} == UNTOLD
    assert [note.params["source"] for note in answer.notes if note.code == "skew_from"] == ["Binance"]
    held, share = (answer.metric(name).value for name in ("open_interest", "oi_market_cap"))
    assert held is not None
    assert share == pytest.approx(PERCENT * held / 19.8e6)
    assert answer.cost is not None
    assert answer.cost.funding is not None


async def test_the_past_beyond_the_record_has_funding_and_flow_alone(exchange: BinanceAggregator) -> None:
    found = await read(exchange, Request("BTCUSDT", "1h", as_of=NOW - 40 * DAY))
    assert found.funding.settled is not None
    for name in ("open_interest", "global_accounts", "top_positions", "taker"):
        assert found.missing[name].code == "no_history", name
    assert found.missing["running"].code == found.missing["open_interest_now"].code == "no_history"


@pytest.mark.parametrize(
    "path",
    [
        "/fapi/v1/fundingRate",
        "/fapi/v1/fundingInfo",
        "/fapi/v1/premiumIndex",
        "/fapi/v1/openInterest",
        "/futures/data/openInterestHist",
        "/futures/data/globalLongShortAccountRatio",
        "/futures/data/topLongShortAccountRatio",
        "/futures/data/topLongShortPositionRatio",
        "/futures/data/takerlongshortRatio",
    ],
)
async def test_any_source_may_be_down(sandbox: ExchangeSandbox, runner: Runner, path: str) -> None:
    await break_path(sandbox.futures_url, path)
    answer = await runner.run("sentiment", Request("BTCUSDT", "1h"))
    assert answer.score is not None
    hit = {metric.id for metric in answer.missing}
    assert hit or path == "/fapi/v1/fundingInfo"
    assert all(metric.reason is not None for metric in answer.missing)
    assert hit < {spec.id for spec in METRICS}


async def test_a_coin_in_thousands_is_read_in_the_unit_of_its_perpetual(runner: Runner) -> None:
    thousands = await runner.run("sentiment", Request("SHIBUSDT", "1h"))
    assert (thousands.symbol, thousands.market) == ("1000SHIBUSDT", "futures")
    assert thousands.metric("cvd_gap").value is not None


async def test_without_a_perpetual_spot_s_flow_is_left_and_it_is_said(exchange: BinanceAggregator) -> None:
    sources, request = Sources(exchange, History(exchange, lambda: None)), Request("BTCUSDT", "1h")
    none = Reason("no_perpetual", {"symbol": "BTCUSDT"})
    alone = Listing(Instrument("spot", "BTCUSDT"), none, asset="BTC").seen_from("futures")
    found = await fetch(sources, alone, request, SentimentSection())
    assert found.bars.market == "spot"
    assert [note.code for note in found.notes] == ["perpetual_missing"]
    of_perpetual = ("funding", "running", "open_interest", "global_accounts", "taker", "mark", "brackets")
    assert [found.missing[name] for name in of_perpetual] == [none] * len(of_perpetual)
    answer = compute(MODULE, found, {}, MODULE.config())
    assert answer.score is None
    assert answer.metric("volume_imbalance_centred").value is not None
