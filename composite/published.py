"""The row that the database keeps of a composite score: pure, and without the account."""

import math
from collections.abc import Iterable
from typing import Final

from analysis.framework.question import Market, Request
from analysis.framework.reasons import Reason
from composite.result import Composite, Contribution
from utils.store.scores import PublishedScore, ScoreSeries
from utils.units import MINUTE_MS

PERPETUAL_SUFFIX: Final = ".P"


def published(composite: Composite, asked: Request) -> PublishedScore:
    """Return the row of a score; of a closed bar there is one, of a running one at most one a minute.

    It stands under the symbol and market that were asked for, whichever its modules read.
    """
    series = series_of(composite.name, asked)
    moment = composite.bar_close if composite.is_final else composite.as_of // MINUTE_MS * MINUTE_MS
    return PublishedScore(
        composite=series.composite,
        subject=series.subject,
        market=series.market,
        interval=series.interval,
        ts=moment,
        config_hash=composite.config_hash,
        as_of=composite.as_of,
        bar_close=composite.bar_close,
        horizon_s=composite.horizon_s,
        score=_finite(composite.score),
        raw=_finite(composite.raw),
        uncertainty=_finite(composite.uncertainty),
        coverage=composite.coverage,
        method=composite.method,
        inputs=_inputs(composite),
    )


def series_of(name: str, request: Request) -> ScoreSeries:
    """Return the series of a score that a question is about."""
    return ScoreSeries(name, subject(request), request.market, request.interval)


def subject(request: Request) -> str:
    """Return what a question is about in one word: the symbol or a basket's members, perpetuals with ``.P``."""
    if request.basket is None:
        return _word(request.symbol, request.market)
    return ",".join(_word(member.symbol, member.market) for member in request.basket.members)


def _word(symbol: str, market: Market) -> str:
    return symbol + PERPETUAL_SUFFIX if market == "futures" else symbol


def _inputs(composite: Composite) -> dict[str, object]:
    return {
        "price": _finite(composite.price),
        "percentile": _finite(composite.percentile),
        "contributions": [_contribution(one) for one in composite.contributions],
        "multipliers": {one.name: _finite(one.value) for one in composite.multipliers},
        "steps": {one.id: _finite(one.contribution) for one in composite.steps},
        "gates": [
            {"name": one.name, "value": _finite(one.value), "limit": one.limit, "closed": one.closed}
            for one in composite.gates
        ],
        "parts": {one.name: _finite(one.value) for one in composite.parts},
        "weights": {coin: _finite(share) for coin, share in composite.weights.items()},
        "null_reasons": _codes(composite.null_reasons),
    }


def _contribution(one: Contribution) -> dict[str, object]:
    return {
        "input": one.input,
        "group": one.group,
        "value": _finite(one.value),
        "weight": one.weight,
        "horizon_match": one.horizon_match,
        "staleness": one.staleness,
        "quality": one.quality,
        "effective": one.effective,
        "contribution": one.contribution,
        "as_of": one.as_of,
        "reason": None if one.reason is None else one.reason.code,
    }


def _codes(reasons: Iterable[Reason]) -> list[str]:
    return [reason.code for reason in reasons]


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)
