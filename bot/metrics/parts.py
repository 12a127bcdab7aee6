"""What the running parts can tell about themselves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, get_args

from analysis.framework.result import Origin
from analysis.framework.runner import Runner
from bot.metrics.registry import PartMetric
from bot.publishing import ScorePublisher
from bot.readiness import Readiness
from bot.telegram.receive.update_receiver import UpdateReceiver
from bot.turns import PeopleFirst
from handlers.registry import Registry
from utils.binance_api import urls
from utils.binance_api.binance_a import BinanceAggregator
from utils.onchain_api.reader import OnchainReader
from utils.options_api.deribit import Deribit
from utils.providers import WatchedSource

OUTCOMES: Final = ("ok", "retryable", "unavailable", "rejected", "misconfigured")

Numbers = Mapping[tuple[str, ...], float]


@dataclass(frozen=True, slots=True)
class MeasuredParts:
    """The parts that are read."""

    exchange: BinanceAggregator
    deribit: Deribit
    onchain: OnchainReader
    runner: Runner
    registry: Registry
    answers: PeopleFirst
    fits: PeopleFirst
    receiver: UpdateReceiver
    readiness: Readiness
    publisher: ScorePublisher


def part_metrics(parts: MeasuredParts) -> Sequence[PartMetric]:
    """Return what is read from the parts."""
    return (
        PartMetric(
            "bot_source_requests",
            "requests sent, by source and outcome",
            ("source", "outcome"),
            lambda: _requests(parts.exchange, parts.deribit, parts.onchain),
            is_counter=True,
        ),
        PartMetric(
            "bot_exchange_weight_used",
            "request weight used in the running window, by pool",
            ("pool",),
            lambda: {(pool,): used for pool, (used, _) in parts.exchange.weight_used().items()},
        ),
        PartMetric(
            "bot_exchange_weight_limit",
            "request weight that the exchange allows in a window, by pool",
            ("pool",),
            lambda: {(pool,): limit for pool, (_, limit) in parts.exchange.weight_used().items()},
        ),
        PartMetric(
            "bot_answers",
            "answers of modules, by where they came from",
            ("module", "origin"),
            lambda: _answers(parts.registry, parts.runner),
            is_counter=True,
        ),
        PartMetric(
            "bot_queue_length",
            "what waits for its turn",
            ("queue",),
            lambda: _queues(parts),
        ),
        PartMetric(
            "bot_kept",
            "what is kept in memory",
            ("what",),
            lambda: {(what,): parts.exchange.kept[what] for what in ("rows", "answers")},
        ),
        PartMetric(
            "bot_ready",
            "whether a part is ready (1) or not (0)",
            ("part",),
            lambda: {(part,): float(why is None) for part, why in parts.readiness.checks().items()},
        ),
        PartMetric(
            "bot_updates_failed",
            "updates of Telegram whose handling failed",
            (),
            lambda: {(): parts.receiver.failed},
            is_counter=True,
        ),
    )


def _requests(*sources: WatchedSource) -> Numbers:
    """Return requests by source and outcome, zero for what has not happened yet."""
    known = [one.source for one in vars(urls).values() if isinstance(one, urls.Endpoint)]
    zero: dict[tuple[str, ...], float] = {pair: 0.0 for pair in product(known, OUTCOMES)}
    for source in sources:
        zero.update({pair: float(count) for pair, count in source.requests.items()})
    return zero


def _answers(registry: Registry, runner: Runner) -> Numbers:
    zero: dict[tuple[str, ...], float] = {
        pair: 0.0 for pair in product(registry.module_ids, get_args(Origin))
    }
    return zero | dict(runner.answers)


def _queues(parts: MeasuredParts) -> Numbers:
    return {
        ("answers",): parts.answers.waiting,
        ("fits",): parts.fits.waiting,
        ("updates",): parts.receiver.waiting,
        ("scores",): parts.publisher.waiting,
    }
