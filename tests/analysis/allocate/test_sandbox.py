"""Module I over sockets on the simulated market: every coin is read, and each source down leaves an answer."""

import pytest

from analysis.allocate.fit import AllocateFit, fit
from analysis.allocate.inputs import AllocateInputs, fetch, fit_keys
from analysis.allocate.metrics import AllocateSection
from analysis.allocate.table_specs import PURCHASES, WEIGHTS
from analysis.features.stress import EVENTS
from analysis.framework.answer import compute
from analysis.framework.question import Basket, Instrument, Request, Sources, asked_of
from analysis.framework.result import Analysis
from analysis.port_alloc import MODULE
from analysis.sources.listing import resolve_listing
from tests.analysis.sandboxed import break_path
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.intervals import DAY
from utils.http.errors import SourceError
from utils.recorder.history import History
from utils.sandbox.exchange import ExchangeSandbox

CONFIG = AllocateSection(fit_bars=120, min_bars=90, walk_bars=90, spa_draws=100, null_draws=20)
COINS = Basket(tuple(Instrument("spot", f"{coin}USDT") for coin in ("ETH", "BTC", "SOL")))


async def inputs_of(exchange: BinanceAggregator, basket: Basket = COINS) -> AllocateInputs:
    sources, request = Sources(exchange, History(exchange, lambda: None)), asked_of(basket, "1d")
    return await fetch(sources, await resolve_listing(sources, request), request, CONFIG)


def answer_of(inputs: AllocateInputs) -> Analysis:
    fits: dict[int, AllocateFit | None] = {
        key.refit_time: fit(inputs, CONFIG, key.refit_time) for key in fit_keys(inputs, CONFIG)
    }
    return compute(MODULE, inputs, fits, CONFIG)


def weights_of(answer: Analysis) -> dict[str, float]:
    table = answer.table(WEIGHTS)
    assert table is not None
    return table.column("")


async def test_every_source_is_read(exchange: BinanceAggregator) -> None:
    inputs = await inputs_of(exchange)
    assert [bars.symbol for bars in inputs.members] == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]
    assert inputs.market is not None
    assert {symbol: rows.at(inputs.as_of) for symbol, rows in inputs.supplies.items()} == {
        "BTCUSDT": 19.8e6,
        "ETHUSDT": 120.5e6,
        "SOLUSDT": 510e6,
    }
    assert set(inputs.lots) == {"BTCUSDT", "ETHUSDT", "SOLUSDT"}
    assert all(lot.step and lot.least == 5.0 for lot in inputs.lots.values())
    assert set(inputs.quotes) == set(inputs.lots)
    assert all(0 < quote.bid <= quote.ask for quote in inputs.quotes.values())
    assert any(stamp.name == "binance.spot.bookTicker" for stamp in inputs.stamps)
    assert [bars.symbol for bars in inputs.leaders] == ["BTCUSDT", "ETHUSDT"]
    assert set(inputs.crash_paths) == {event.id for event in EVENTS}
    weights = weights_of(answer_of(inputs))
    assert list(weights) == ["BTC", "ETH", "SOL", "USDT"]
    assert sum(weights.values()) == pytest.approx(1.0)


async def test_a_coin_has_the_price_of_now_and_a_basket_none(exchange: BinanceAggregator) -> None:
    basket, sources = await inputs_of(exchange), Sources(exchange, History(exchange, lambda: None))
    request = Request("BTCUSDT", "1d")
    alone = await fetch(sources, await resolve_listing(sources, request), request, CONFIG)
    assert alone.price == (await exchange.spot.ticker_price("BTCUSDT")).value.price
    assert alone.price != alone.bars.close[-1]
    assert alone.changes.day is not None
    assert (basket.price, basket.price_time) == (None, basket.as_of)


async def test_supplies_and_lots_may_be_down(sandbox: ExchangeSandbox, exchange: BinanceAggregator) -> None:
    await break_path(sandbox.futures_url, "/f*")
    inputs = await inputs_of(exchange)
    assert not inputs.supplies
    assert weights_of(answer_of(inputs))


async def test_without_quotes_purchases_are_at_the_last_closes(
    sandbox: ExchangeSandbox, exchange: BinanceAggregator
) -> None:
    await break_path(sandbox.spot_url, "/api/v3/ticker/bookTicker")
    inputs = await inputs_of(exchange)
    assert not inputs.quotes
    assert inputs.missing["quotes"].code == "source_down"
    assert _paid(inputs) == pytest.approx(inputs.members[0].close[-1])


async def test_purchases_are_at_the_best_ask(exchange: BinanceAggregator) -> None:
    inputs = await inputs_of(exchange)
    assert _paid(inputs) == pytest.approx(inputs.quotes["BTCUSDT"].ask)


def _paid(inputs: AllocateInputs) -> float:
    bought = answer_of(inputs).table(PURCHASES)
    assert bought is not None
    return float(bought.values[0, 1] / bought.values[0, 0])


async def test_a_past_moment_has_no_quotes(exchange: BinanceAggregator) -> None:
    sources = Sources(exchange, History(exchange, lambda: None))
    request = asked_of(COINS, "1d", exchange.market_time_ms() - 3 * DAY)
    inputs = await fetch(sources, await resolve_listing(sources, request), request, CONFIG)
    assert not inputs.quotes
    assert inputs.missing["quotes"].code == "no_history"


async def test_an_unknown_coin_is_left_out_and_named(exchange: BinanceAggregator) -> None:
    mixed = Basket((*COINS.members, Instrument("spot", "NOSUCHUSDT")))
    inputs = await inputs_of(exchange, mixed)
    assert len(inputs.members) == 3
    assert any("NOSUCHUSDT" in note.text for note in inputs.notes)


async def test_all_bars_down_is_the_exchange_s_error(
    sandbox: ExchangeSandbox, exchange: BinanceAggregator
) -> None:
    await break_path(sandbox.spot_url, "/api/v3/klines")
    with pytest.raises(SourceError):
        await inputs_of(exchange)
