"""Composite scores as built by hand: what their cards, charts and commands are tested with."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from analysis.allocate.table_specs import BAND, BY_METHOD
from analysis.arrays import Floats
from analysis.features.allocation_methods import ALLOCATION_METHODS
from analysis.framework.question import Basket, Instrument, PriceChanges, Request, SourceStamp
from analysis.framework.reasons import Message, Reason
from analysis.framework.result import Table
from composite.declared import BY_NAME, SCORES
from composite.ranking import RankedScore, Ranking
from composite.record import Measurement, TrackRecord
from composite.result import (
    Composite,
    Contribution,
    Event,
    Gate,
    Multiplier,
    Part,
    Step,
)
from tests.handlers.sample import AS_OF, BAR_CLOSE
from utils.binance_api.intervals import SHORTEST_MS

ROWS = 160
NO_FLOW = Reason("no_live", {"what": "order flow"})
FRAGILE = Reason("beyond_book", {"notional": 10_000})
COINS = ("BTC", "ETH", "SOL", "XRP")


def contribution(
    name: str, group: str, value: float | None, added: float = 0.0, **changes: Any
) -> Contribution:
    """One input; without a value it is missing for want of order flow."""
    reason = NO_FLOW if value is None else None
    effective = 0.0 if value is None else 0.31
    module = name.partition(".")[0]
    made = Contribution(
        name, module, group, value, 0.4, 0.9, 1.0, 1.0, effective, added, ("klines.4h",), BAR_CLOSE, reason
    )
    return replace(made, **changes)


def past(name: str, interval: str, score: float | None) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """The series of score and raw score, and the candles, both ending with the sample's last bar."""
    rng = np.random.default_rng(len(name))
    length = SHORTEST_MS[interval]
    opens = np.arange(BAR_CLOSE + 1 - ROWS * length, BAR_CLOSE + 1, length, dtype=np.float64)
    walk = np.tanh(np.cumsum(rng.normal(0, 0.12, ROWS))) / 2 + 0.5
    series = {"time": opens + length - 1, "score": walk, "raw": 0.5 + (walk - 0.5) * 0.6}
    if score is not None:
        series["score"] = walk + (score - walk[-1]) * np.linspace(0, 1, ROWS) ** 4
    series["score"] = np.clip(series["score"], 0.0, 1.0)
    close = 50_412.31 * np.exp(np.cumsum(rng.normal(0, 0.006, ROWS)))
    close *= 50_412.31 / close[-1]
    first = np.concatenate(([close[0]], close[:-1]))
    spread = np.abs(rng.normal(0, 0.004, ROWS)) * close
    bars = {"time": opens, "open": first, "close": close}
    bars |= {"high": np.maximum(first, close) + spread, "low": np.minimum(first, close) - spread}
    return series, bars


def composite(name: str = "trend_strength", request: Request | None = None, **changes: Any) -> Composite:
    """Return a sample of one score for a request: whole, with all that it may have."""
    asked = request or Request("BTCUSDT", "4h", AS_OF)
    declared, given = BY_NAME[name], SAMPLES[name]
    score = given.get("score")
    series, candles = past(name, asked.interval, score)
    made = Composite(
        name=name,
        score_name=declared.score_name,
        symbol=asked.symbol,
        market=asked.market,
        interval=asked.interval,
        horizon_s=14_400.0,
        as_of=AS_OF if asked.as_of is None else asked.as_of,
        bar_close=BAR_CLOSE
        if asked.as_of is None
        else min(BAR_CLOSE, asked.as_of // 14_400_000 * 14_400_000 - 1),
        is_final=True,
        price=50_412.31,
        score=score,
        raw=score,
        low=declared.low,
        high=declared.high,
        neutral=declared.neutral,
        uncertainty=0.09,
        percentile=0.64,
        method="weighted_mean",
        coverage=1.0,
        min_coverage=0.6,
        groups_present=2,
        min_groups=2,
        contributions=(),
        config_hash="9f3c2a71b0de",
        tick_size=0.01,
        changes=PriceChanges(-0.0312, 0.0145),
        sources=(SourceStamp("binance.spot.klines", BAR_CLOSE, AS_OF, 1000),),
        series=series,
        candles=candles,
        computed_at=AS_OF,
    )
    return replace(made, **(given | {"basket": asked.basket} | changes))


_BANDS = Table(
    BAND, COINS, ("low", "high"), np.array([[0.31, 0.44], [0.2, 0.33], [0.12, 0.22], [0.05, 0.13]])
)
_METHODS = Table(
    BY_METHOD,
    (*COINS, "USDT"),
    ALLOCATION_METHODS,
    np.array(
        [
            np.linspace(0.3, 0.5, len(ALLOCATION_METHODS)),
            np.linspace(0.3, 0.2, len(ALLOCATION_METHODS)),
            np.linspace(0.2, 0.15, len(ALLOCATION_METHODS)),
            np.linspace(0.1, 0.05, len(ALLOCATION_METHODS)),
            np.linspace(0.1, 0.1, len(ALLOCATION_METHODS)),
        ]
    ),
)
SAMPLES: dict[str, dict[str, Any]] = {
    "trend_strength": {
        "score": 0.68,
        "raw": 0.68,
        "contributions": (
            contribution("trend.direction", "trend", 0.42, 0.121),
            contribution("flow.bar_imbalance", "trend", 0.11, 0.012),
            contribution("sentiment.tilt", "positioning", 0.36, 0.068),
            contribution("trend.slow", "trend", -0.2, -0.021),
        ),
        "multipliers": (Multiplier("trend.strength", 0.71), Multiplier("regime.p_trend", 0.62)),
        "parts": (Part("direction", 0.54, -1.0, 1.0, 0.0), Part("strength", 0.66, 0.0, 1.0, 0.0)),
        "events": (Event("fomc-2024-08", "FOMC decision", AS_OF + 7_200_000, "federalreserve.gov"),),
    },
    "buy_opportunity": {
        "score": 0.57,
        "raw": 0.57,
        "neutral": 0.5,
        "coverage": 0.85,
        "contributions": (
            contribution("trend.pullback", "trend", 0.62, 0.094),
            contribution("flow.absorption", "flow", None),
            contribution("sentiment.crowding", "positioning", 0.12, -0.024),
        ),
        "parts": (Part("short_side", 0.31, 0.0, 1.0, 0.5),),
        "gates": (
            Gate("fragile_book", 0.41, 0.9, closed=False),
            Gate("stressed_regime", 0.2, 0.9, closed=False),
        ),
    },
    "risk_exposure": {
        "score": 0.91,
        "raw": 0.74,
        "contributions": (
            contribution("regime.vol_percentile", "volatility", 0.88, 0.13),
            contribution("risk.tail", "tail", 0.79, 0.09),
            contribution("redet.surprise", "surprise", 0.0004, 0.03),
            contribution("macro.backdrop", "slow", 0.2, -0.01),
        ),
        "steps": (Step("rank", 0.17),),
        "verdict": Message("riskier_than", {"share": "91%", "days": 365}),
    },
    "macro_sentiment": {
        "score": 0.44,
        "raw": 0.44,
        "contributions": (
            contribution("macro.backdrop", "slow", -0.3, -0.08),
            contribution("sentiment.crowding", "positioning", -0.05, 0.02),
        ),
        "parts": (Part("slow", -0.3, -1.0, 1.0, 0.0), Part("positioning", None, -1.0, 1.0, 0.0, NO_FLOW)),
    },
    "liquidity_pressure": {
        "score": None,
        "raw": None,
        "uncertainty": None,
        "percentile": None,
        "coverage": 0.0,
        "groups_present": 0,
        "min_groups": 1,
        "contributions": (
            contribution("flow.pressure", "flow", None),
            contribution("micro.alpha", "micro", None),
        ),
        "null_reasons": (Reason("low_coverage", {"has": "0%", "needs": "60%"}), NO_FLOW),
    },
    "optimal_allocation": {
        "score": None,
        "raw": None,
        "uncertainty": None,
        "percentile": None,
        "price": None,
        "weights": {"BTC": 0.38, "ETH": 0.27, "SOL": 0.17, "XRP": 0.08, "USDT": 0.1},
        "verdict": Message("recommended_method", {"method": "equal risk contributions"}),
        "tables": (_BANDS, _METHODS),
        "parts": (
            Part("gross", 0.9, 0.0, 1.0, 1.0),
            Part("volatility", 0.667, 0.0, 5.0, 0.0),
            Part("target_volatility", 0.6, 0.0, 5.0, 0.0),
            Part("concentration", 0.71, 0.0, 1.0, 0.5),
            Part("stability", 0.93, 0.0, 1.0, 1.0),
            Part("turnover", 0.42, 0.0, 2.0, 0.0),
            Part("cost", 0.00042, 0.0, 1.0, 0.0),
            Part("fee", 0.001, 0.0, 1.0, 0.0),
        ),
        "notes": (Message("none_beats", {"days": 365, "p": "0.42"}),),
        "series": {},
        "candles": {},
    },
    "anomaly_alert": {
        "score": 0.12,
        "raw": 0.12,
        "contributions": (contribution("redet.surprise", "surprise", 0.38, 0.12),),
        "verdict": Message("ordinary_bar"),
    },
}
BASKET = Basket(tuple(Instrument("spot", f"{coin}USDT") for coin in COINS))
WITHHELD: dict[str, Any] = {
    "score": None,
    "uncertainty": None,
    "percentile": None,
    "null_reasons": (FRAGILE,),
    "gates": (
        Gate("fragile_book", 0.97, 0.9, closed=True, reason=FRAGILE),
        Gate("stale_data", None, 0.4, closed=True, reason=NO_FLOW),
    ),
}
"""What a score is that a gate withholds; its raw value is known."""
RECORD = TrackRecord(
    composite="trend_strength",
    tier="full",
    variant="trend_strength[A,B,D-spot]",
    symbol="BTCUSDT",
    interval="4h",
    horizon_s=14_400.0,
    since=1_577_836_800_000,
    until=1_703_980_800_000,
    rows=8760,
    independent=1460,
    measurements=(
        Measurement("rank_ic", -0.031, -0.052, -0.01, -0.002, -0.04),
        Measurement("hit_rate", 0.492, 0.481, 0.503, 0.5),
        Measurement("mean_spread_bps", 4.2, -3.1, 11.5),
        Measurement("qlike", None, reason=Reason("no_data", {"what": "forecast"})),
    ),
    verdict=Reason("no_edge_measured"),
    untested=("flow.absorption", "sentiment.tilt"),
)


def all_scores(request: Request | None = None) -> tuple[Composite, ...]:
    """Return the scores that a question about one symbol has, and weights beside them."""
    return tuple(composite(score.name, request) for score in SCORES)


def ranking(
    name: str = "trend_strength", count: int = 20, request: Request | None = None, **changes: Any
) -> Ranking:
    """Return a sample ranking, two of its symbols without a score."""
    asked = request or Request("BTCUSDT", "4h", AS_OF)
    scored = [
        RankedScore(f"C{place:02}USDT", "spot", 0.93 - 0.8 * place / count, 0.08, 1.0, 0.031 - 0.004 * place)
        for place in range(count - 2)
    ]
    without = [RankedScore(f"N{place}USDT", "spot", None, None, 0.2, reason=NO_FLOW) for place in range(2)]
    as_of = AS_OF if asked.as_of is None else asked.as_of
    rows = (*scored, *without)
    made = Ranking(name, asked.interval, as_of, BAR_CLOSE, count, 0.0, 1.0, BY_NAME[name].neutral, rows)
    return replace(made, **changes)


@dataclass
class ScriptedComposites:
    """Returns the samples; ``change`` alters each score, ``error`` is raised instead if there is one."""

    asked: list[tuple[str, Request]] = field(default_factory=list)
    records: tuple[TrackRecord, ...] = (RECORD,)
    error: Exception | None = None
    change: Callable[[Composite], Composite] = field(default=lambda result: result)
    quote: str | None = None

    def _ask(self, name: str, request: Request) -> None:
        self.asked.append((name, request))
        if self.error is not None:
            raise self.error

    async def score(self, name: str, request: Request) -> Composite:
        self._ask(name, request)
        return self.change(composite(name, request))

    async def all(self, request: Request) -> tuple[Composite, ...]:
        self._ask("all", request)
        return tuple(map(self.change, all_scores(request)))

    async def evidence(self, name: str, request: Request) -> tuple[TrackRecord, ...]:
        self._ask(f"evidence {name}", request)
        return self.records

    async def scan(
        self, name: str, count: int, request: Request, *, quote: str, progress: Callable[[int, int], None]
    ) -> Ranking:
        self.quote = quote
        self._ask(f"scan {count} {name}", request)
        progress(count, count)
        return replace(ranking(name, count, request), basket=request.basket)
