"""The parts of an evaluation: which scores on which recordings, and over which spans."""

import pickle
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from composite.evidence.nulls import NULLS
from composite.evidence.trials import TrialRegistry
from scripts.bench.recorded_bars import recorded_bars
from scripts.evaluation.baskets import measured_baskets
from scripts.evaluation.cases import AFTER, CLAIMS, SPANS, Case, case_of, day_start
from scripts.evaluation.daily import (
    CHAIN,
    FUNDING,
    recorded_funding,
    recorded_topics,
    with_backdrop,
    with_funding,
)
from scripts.evaluation.ensembles import trained_ensemble
from scripts.evaluation.evaluate import evaluated, null_coefficients, reported
from scripts.evaluation.markets import REPLAYED, Markets, RecordedMarket, market_of
from scripts.evaluation.results import EnsembleResult, Measured, ScoreResult
from scripts.evaluation.streams import measured_streams
from scripts.evaluation.study import Span
from scripts.evaluation.universe import universe_bars
from utils.binance_api.bars import Bars

Found = Iterator[ScoreResult | Measured]
SYMBOLS: Final = ("BTCUSDT", "ETHUSDT", "BNBUSDT", "SOLUSDT")
INTERVALS: Final = ("4h", "1h")
BITCOIN: Final = "BTCUSDT"
LONG, DAY, HOUR = "4h", "1d", "1h"
OF_DAYS: Final = "macro_sentiment"
ON_BARS: Final = tuple(name for name in CLAIMS if name != OF_DAYS)
OF_FUNDING: Final = ("trend_strength", "buy_opportunity", "anomaly_alert")
NULL_SEED: Final = 5
EARLY: Final = Span("2018-2023", day_start("2018-01-01"), day_start("2024-01-01"))


@dataclass(frozen=True, slots=True)
class Work:
    """What is evaluated: recordings below ``data``, symbols, intervals and scores; ``cache`` keeps what is costly."""

    data: Path
    cache: Path
    registry: TrialRegistry
    symbols: tuple[str, ...]
    intervals: tuple[str, ...]
    scores: tuple[str, ...]
    nulls: bool = False

    def bars(self, symbol: str, interval: str) -> Bars:
        """Return recorded spot bars; ``FileNotFoundError`` where there are none."""
        found = recorded_bars(self.data, "spot", interval, symbol)
        if found is None:
            raise FileNotFoundError(
                f"no {symbol} {interval} bars in {self.data}; name the recordings with --data"
            )
        return found

    def asked(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of some scores that are asked for."""
        return tuple(name for name in names if name in self.scores)


def of_bars(work: Work) -> Found:
    """Yield every score that bars suffice for, on the recorded spot markets; variants are tried on long bars alone."""
    for interval in work.intervals:
        members = tuple(market_of(work.bars(one, interval), REPLAYED, work.cache) for one in work.symbols)
        markets = Markets(interval, members)
        for name in work.asked(ON_BARS):
            case = case_of(name, markets)
            yield (
                on_long_bars(work, case)
                if interval == LONG
                else reported(case, work.registry, SPANS, each=True)
            )


def on_long_bars(work: Work, case: Case) -> ScoreResult:
    """Evaluate a score with all its variants, its ensemble and, where asked for, on markets without a forecast."""
    made = null_markets(work, case.markets) if work.nulls else []
    nulls = null_coefficients(case.base.name, made)
    return evaluated(case, work.registry, nulls, cache=work.cache, trained=partial(kept_ensemble, work.cache))


def null_markets(work: Work, markets: Markets) -> list[tuple[str, Markets]]:
    """Return the first market made over by each null, with every module walked along it."""
    first = markets.members[0].bars
    return [
        (name, Markets(markets.interval, (market_of(made(first, NULL_SEED), REPLAYED, work.cache),)))
        for name, made in NULLS.items()
    ]


def kept_ensemble(cache: Path, case: Case) -> EnsembleResult | None:
    """Return how the ensemble did, from the folder ``cache`` where an earlier piece of the run has left it."""
    file = cache / f"ensemble-{case.base.digest}-{case.markets.digest[:16]}.pickle"
    if not file.exists():
        found = trained_ensemble(case)
        file.write_bytes(pickle.dumps(found))
    kept: EnsembleResult | None = pickle.loads(file.read_bytes())  # noqa: S301 - made above
    return kept


def with_funding_alone(work: Work) -> Found:
    """Yield the scores that read positioning, with bitcoin's settled funding as all there is of it."""
    settled = recorded_funding(work.data / FUNDING)
    market = with_funding(market_of(work.bars(BITCOIN, LONG), REPLAYED, work.cache), settled, LONG)
    for name in work.asked(OF_FUNDING):
        yield reported(case_of(name, Markets(LONG, (market,)), "BTCUSDT alone"), work.registry, SPANS)


def of_days(work: Work) -> Found:
    """Yield score 4 on bitcoin's days: with the backdrop alone, and with funding beside it."""
    if OF_DAYS not in work.scores:
        return
    market = with_backdrop(days_of(work), recorded_topics(work.data / CHAIN))
    alone = case_of(OF_DAYS, Markets(DAY, (market,)))
    yield evaluated(alone, work.registry, spans=(EARLY, AFTER))
    both = with_funding(market, recorded_funding(work.data / FUNDING), HOUR)
    yield evaluated(case_of(OF_DAYS, Markets(DAY, (both,)), "BTCUSDT alone"), work.registry)


def days_of(work: Work) -> RecordedMarket:
    """Return bitcoin's daily bars."""
    return market_of(work.bars(BITCOIN, DAY), (), work.cache)


def of_streams(work: Work) -> Found:
    """Yield score 5 on the raw streams."""
    yield measured_streams(work.data)


def of_baskets(work: Work) -> Found:
    """Yield score 6 on recorded days."""
    yield measured_baskets(work.data)


def of_universe(work: Work) -> Found:
    """Yield the scores as they stand on the recorded universe, all of them survivors of its year."""
    members = tuple(market_of(bars, REPLAYED, work.cache) for bars in universe_bars(work.data))
    markets = Markets(LONG, members)
    label = f"{len(members)} surviving perpetuals"
    for name in work.asked(ON_BARS):
        yield reported(case_of(name, markets, label), work.registry, (AFTER,))
