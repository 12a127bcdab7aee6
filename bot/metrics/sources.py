"""What is measured of the exchange and the other sources: requests, limits, breakers, streams."""

from collections import Counter
from collections.abc import Sequence
from itertools import product
from typing import Final, get_args

from bot.administration.notices import OK
from bot.metrics.registry import Numbers, PartMetric
from utils.binance_api import urls
from utils.binance_api.binance_a import BinanceAggregator
from utils.binance_api.streams.names import Product
from utils.binance_api.streams.subscription import StreamState
from utils.http.errors import FAULTS
from utils.onchain_api.reader import NAME as ONCHAIN
from utils.onchain_api.reader import OnchainReader
from utils.options_api.deribit import METHODS, Deribit
from utils.options_api.deribit_client import NAME as DERIBIT
from utils.options_api.deribit_client import source_of

OUTCOMES: Final = (OK, *FAULTS)
EXCHANGE: Final = "exchange"


def source_metrics(
    exchange: BinanceAggregator, deribit: Deribit, onchain: OnchainReader
) -> Sequence[PartMetric]:
    """Return what is read from the sources."""
    return (
        PartMetric(
            "bot_source_requests",
            "requests sent, by outcome and by endpoint; those to on-chain providers by provider",
            ("source", "outcome"),
            lambda: _requests(exchange, deribit, onchain),
            is_counter=True,
        ),
        PartMetric(
            "bot_sources_failing",
            "endpoints and streams whose last call failed, by whose they are",
            ("provider",),
            lambda: {
                (EXCHANGE,): len(exchange.failing),
                (DERIBIT,): len(deribit.failing),
                (ONCHAIN,): len(onchain.failing),
            },
        ),
        PartMetric(
            "bot_breaker_open",
            "whether requests to an interface are held back (1): it has forbidden them, or its host is silent",
            ("api", "why"),
            lambda: {
                key: float(held)
                for source in (exchange, deribit, onchain)
                for key, held in source.held_back.items()
            },
        ),
        *_weights(exchange),
        PartMetric(
            "bot_streams",
            "subscribed streams, by their state",
            ("product", "state"),
            lambda: _streams(exchange),
        ),
        PartMetric(
            "bot_exchange_clock_offset_seconds",
            "exchange time minus the time of this machine; missing until it was measured",
            (),
            lambda: {} if exchange.clock_offset_ms is None else {(): exchange.clock_offset_ms / 1000},
        ),
        PartMetric(
            "bot_kept",
            "what is kept in memory: rows of bars, and responses",
            ("what",),
            lambda: {(what,): exchange.kept[what] for what in ("rows", "answers")},
        ),
        PartMetric(
            "bot_response_reads",
            "reads of the responses kept: found there, or to be requested",
            ("outcome",),
            lambda: {(found,): exchange.kept.get(found, 0) for found in ("hit", "miss")},
            is_counter=True,
        ),
    )


def _weights(exchange: BinanceAggregator) -> Sequence[PartMetric]:
    return (
        PartMetric(
            "bot_exchange_weight_used",
            "request weight used in the running window, by pool",
            ("pool",),
            lambda: {(pool,): used for pool, (used, _) in exchange.weight_used().items()},
        ),
        PartMetric(
            "bot_exchange_weight_limit",
            "request weight that the exchange allows an address in a window, by pool",
            ("pool",),
            lambda: {(pool,): limit for pool, (_, limit) in exchange.weight_used().items()},
        ),
        PartMetric(
            "bot_exchange_weight_budget",
            "request weight that this process uses at most in a window, by pool",
            ("pool",),
            lambda: {(pool,): most for pool, most in exchange.weight_ceilings().items()},
        ),
    )


def _requests(exchange: BinanceAggregator, deribit: Deribit, onchain: OnchainReader) -> Numbers:
    """Return requests by source and outcome, zero for what has not happened yet."""
    known = [one.source for one in vars(urls).values() if isinstance(one, urls.Endpoint)]
    known += [source_of(method) for method in METHODS]
    known += [f"{ONCHAIN}.{provider.name}" for provider in onchain.providers]
    found: dict[tuple[str, ...], float] = {pair: 0.0 for pair in product(known, OUTCOMES)}
    for source in (exchange, deribit):
        found.update({pair: float(count) for pair, count in source.requests.items()})
    for provider in onchain.providers:
        for (_, outcome), count in provider.client.requests.items():
            found[f"{ONCHAIN}.{provider.name}", outcome] += count
    return found


def _streams(exchange: BinanceAggregator) -> Numbers:
    counts = Counter((one.product, one.state) for one in exchange.streams.status())
    return {
        (kind, state.value): float(counts[kind, state])
        for kind, state in product(get_args(Product), StreamState)
    }
