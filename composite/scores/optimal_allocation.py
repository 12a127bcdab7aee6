"""Score 6: the weights that module I recommends, with the whole held down once to a target volatility.

gross exposure = min(1, target / forecast). The forecast is the volatility of the recommended mix by its own covariance,
times how much more or less volatile the coin that module G was asked of is forecast to be than that covariance says.
What is not invested is USDT. Volatility has set the weights already, so nothing else is multiplied with. Bands of the
weights are held down with them. Turnover and cost lead to the weights from equal shares in the same coins: what
somebody really holds is the account's, and nothing of it enters here.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from analysis.allocate.inputs import CASH
from analysis.allocate.specs import CAP, FEE, PENALTY
from analysis.allocate.table_specs import BAND, BY_METHOD, COINS, CORRELATIONS, WEIGHTS
from analysis.framework.reasons import Message, Reason
from analysis.framework.result import Analysis, Table
from composite.asked import ScoreContext, Surroundings
from composite.declared import BY_NAME
from composite.input_rows import missing_reason
from composite.panel import Panel
from composite.result import Composite, Multiplier, Part
from config.c_composite import CompositeSpec
from utils.binance_api.intervals import SHORTEST_MS

ALLOCATE: Final = "allocate"
RISK: Final = "risk"
DAY_AHEAD: Final = "vol_day"
"""The metric with the forecast volatility of the next day, % a year."""
STABILITY: Final = "stability"
"""The metric with the money that estimates 90 days apart put in the same coins."""
CONCENTRATION: Final = "corr.concentration"
MOST_VOLATILE: Final = 5.0
TRADING: Final = (FEE, PENALTY, CAP)
"""What trades to the weights rest on."""
SHOWN: Final = frozenset({BY_METHOD, COINS, CORRELATIONS})
"""The tables that hold of the weights before they are held down as well as after."""


def allocation(
    spec: CompositeSpec,
    answers: Mapping[str, Analysis],
    panel: Panel,
    context: ScoreContext,
    around: Surroundings,
) -> Composite:
    """Return the weights from the answers of modules by id; none with the reasons where module I has none."""
    declared, main = BY_NAME[spec.name], answers.get(ALLOCATE)
    recommended = {} if main is None else recommended_weights(main)
    forecast = None if main is None else mix_forecast(main, answers.get(RISK))
    gross = None if forecast is None else min(1.0, (spec.target_volatility or np.inf) / forecast)
    weights = recommended if gross is None else held_down(recommended, gross)
    no_forecast = None if gross is not None else panel.absent.get(RISK) or Reason("no_part")
    notes = () if main is None else main.notes
    if weights and no_forecast is not None:
        notes = (*notes, Message("not_held_down", because=no_forecast))
    return Composite(
        name=spec.name,
        score_name=declared.score_name,
        symbol=context.symbol,
        market=context.market,
        interval=context.interval,
        horizon_s=spec.horizon(SHORTEST_MS[context.interval] / 1000),
        as_of=around.as_of,
        bar_close=around.bar_close,
        is_final=around.is_final,
        price=None,
        changes=around.changes,
        score=None,
        raw=None,
        low=declared.low,
        high=declared.high,
        neutral=declared.neutral,
        uncertainty=None,
        percentile=None,
        method=spec.method,
        coverage=1.0 if weights else 0.0,
        min_coverage=spec.min_coverage,
        groups_present=0,
        min_groups=spec.min_groups,
        contributions=(),
        config_hash=spec.digest,
        multipliers=(Multiplier("gross", gross, no_forecast),),
        parts=(
            Part("gross", gross, 0.0, 1.0, 1.0, no_forecast),
            Part("volatility", forecast, 0.0, MOST_VOLATILE, 0.0, no_forecast),
            Part("target_volatility", spec.target_volatility, 0.0, MOST_VOLATILE, 0.0),
            _concentration(panel),
            _stability(main, panel),
            *_rebalancing(main, weights),
        ),
        null_reasons=() if weights else _null_reasons(main, panel),
        notes=notes,
        verdict=None if main is None else main.verdict,
        weights=weights,
        curves={} if main is None else {name: main.curves[name] for name in TRADING if name in main.curves},
        tables=() if main is None else _tables(main, 1.0 if gross is None else gross),
        events=around.events,
        sources=around.sources,
        basket=around.basket,
        computed_at=around.computed_at,
    )


def recommended_weights(answer: Analysis) -> dict[str, float]:
    """Return the recommended share of each coin and of USDT, none where module I gives none."""
    table = answer.table(WEIGHTS)
    return {} if table is None else {name: float(share) for name, share in table.column("").items()}


def mix_forecast(answer: Analysis, risk: Analysis | None) -> float | None:
    """Return the forecast volatility of the recommended mix, a share a year; ``None`` where something is not known."""
    coins, correlations, shares = (answer.table(name) for name in (COINS, CORRELATIONS, WEIGHTS))
    day = None if risk is None else _metric(risk, DAY_AHEAD)
    if coins is None or correlations is None or shares is None or risk is None or day is None:
        return None
    deviations, weights = coins.column("volatility"), shares.column("")
    now = deviations.get(coin_name(risk), np.nan)
    held = np.array([weights[name] * deviations[name] for name in correlations.rows])
    moving = np.isfinite(held)
    held, matrix = held[moving], correlations.values[np.ix_(moving, moving)]
    forecast = float(np.sqrt(held @ matrix @ held)) * day / 100 / now
    return forecast if np.isfinite(forecast) and forecast > 0 else None


def coin_name(answer: Analysis) -> str:
    """Return what module I calls the coin of an answer."""
    return answer.symbol.removesuffix(CASH) + (".P" if answer.market == "futures" else "")


def held_down(weights: Mapping[str, float], gross: float) -> dict[str, float]:
    """Return the weights with all coins times ``gross`` and the rest in USDT."""
    coins = {name: gross * share for name, share in weights.items() if name != CASH}
    return coins | {CASH: 1.0 - sum(coins.values())} if weights else {}


def turnover_from_equal(weights: Mapping[str, float]) -> float | None:
    """Return what is bought and sold, a multiple of the money, to come to weights from equal shares in their coins."""
    coins = [share for name, share in weights.items() if name != CASH]
    return sum(abs(share - 1 / len(coins)) for share in coins) if coins else None


def _tables(main: Analysis, gross: float) -> tuple[Table, ...]:
    """Return the tables that an answer shows, the bands held down as the weights are."""
    band = main.table(BAND)
    held = () if band is None else (replace(band, values=gross * band.values),)
    return (*held, *(table for table in main.tables if table.id in SHOWN))


def _metric(answer: Analysis, name: str) -> float | None:
    return next((metric.value for metric in answer.metrics if metric.id == name), None)


def _concentration(panel: Panel) -> Part:
    column = panel.columns.get(CONCENTRATION)
    value = np.nan if column is None else float(column.values[-1])
    if np.isfinite(value):
        return Part("concentration", value, 0.0, 1.0, 0.5)
    return Part("concentration", None, 0.0, 1.0, 0.5, missing_reason(CONCENTRATION, panel))


def _stability(main: Analysis | None, panel: Panel) -> Part:
    metric = None if main is None else next((one for one in main.metrics if one.id == STABILITY), None)
    if metric is None:
        return Part(STABILITY, None, 0.0, 1.0, 1.0, panel.absent.get(ALLOCATE) or Reason("no_part"))
    return Part(STABILITY, metric.value, 0.0, 1.0, 1.0, metric.reason)


def _rebalancing(main: Analysis | None, weights: Mapping[str, float]) -> tuple[Part, ...]:
    """Return what leads to the weights from equal weight, its cost, and the fee that the cost rests on."""
    turnover = turnover_from_equal(weights)
    fee = None if main is None or FEE not in main.curves else float(main.curves[FEE][0])
    cost = None if turnover is None or fee is None else fee * turnover
    found = (("turnover", turnover, 2.0), ("cost", cost, 1.0), ("fee", fee, 1.0))
    return tuple(
        Part(name, value, 0.0, high, 0.0, Reason("no_part") if value is None else None)
        for name, value, high in found
    )


def _null_reasons(main: Analysis | None, panel: Panel) -> tuple[Reason, ...]:
    """Return why there are no weights."""
    if main is None:
        return (panel.absent.get(ALLOCATE) or Reason("no_part"),)
    absent = tuple(metric.reason for metric in main.missing if metric.reason is not None)
    return main.null_reasons or absent[:1] or (Reason("no_part"),)
