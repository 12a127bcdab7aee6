"""How risky an account is: leverage, liquidation distances, losses, crashes, and one number from 0 to 1.

Computed beside the market's analysis and never part of it, so that nothing which is cached, drawn, shared or logged
can hold it.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Final

from analysis.account.fits import FitMemory, Recursions
from analysis.account.holdings import HeldCoin, HeldPosition
from analysis.account.inputs import AccountInputs, largest
from analysis.account.losses import Losses, account_losses
from analysis.account.result import AccountLoss, AccountRisk, CoinRisk, PositionRisk
from analysis.account.stress import account_crashes
from analysis.features.bands import atr
from analysis.framework.look_back import day_bars
from analysis.framework.question import Instrument
from analysis.framework.reasons import Reason
from analysis.framework.result import Scalar
from config.c_account import AccountConfig
from utils.binance_api.bars import Bars

SCALAR: Final = "risk.account"
HORIZON_S: Final = 86_400.0
HALF_LIFE_S: Final = 3600.0
"""An hour: what is held may change at any moment, and nothing of it is kept; composites read it anew."""
PARENTS: Final = ("account.futures", "account.positions", "account.spot", "klines")


class Assessor:
    """Assesses accounts and keeps the fits it makes: they depend on bars alone."""

    def __init__(self) -> None:
        self._fits = FitMemory()

    def __call__(self, inputs: AccountInputs, config: AccountConfig) -> AccountRisk:
        """Return the account's risk, fitting what was not fitted yet."""
        recursions = self._fits.recursions(inputs.bars, config)
        if day_bars(inputs.interval) == 1:  # then days are what a day is drawn from
            recursions |= self._fits.recursions(inputs.daily, config)
        return assess(inputs, recursions, config)


def assess(inputs: AccountInputs, recursions: Recursions, config: AccountConfig) -> AccountRisk:
    """Return the account's risk, its bars filtered by these recursions. Pure."""
    equity = None if inputs.futures is None else inputs.futures.total_margin_balance
    wealth = _wealth(equity, inputs)
    losses = account_losses(inputs.exposures, inputs.bars, inputs.daily, inputs.interval, recursions, config)
    nearest = nearest_liquidation(inputs.positions or (), inputs.daily, config.atr_period)
    day = losses.find("filtered", "day", 0.99)
    risk = _level(inputs, wealth, day, nearest, config)
    gross = None if inputs.positions is None else sum(abs(held.notional) for held in inputs.positions)
    maintenance = None if inputs.futures is None else inputs.futures.total_maint_margin
    leverage, margin_ratio = _over(gross, equity), _over(maintenance, equity)
    totals = {"equity": equity, "wealth": wealth, "leverage": leverage, "margin_ratio": margin_ratio}
    reasons = {name: _missing(inputs) for name, value in totals.items() if value is None}
    if isinstance(risk, Reason):
        reasons["risk"] = risk
    level = None if isinstance(risk, Reason) else risk
    return AccountRisk(
        as_of=inputs.as_of,
        interval=inputs.interval,
        equity=equity,
        wealth=wealth,
        gross=gross,
        net=None if inputs.positions is None else sum(held.notional for held in inputs.positions),
        leverage=leverage,
        margin_ratio=margin_ratio,
        nearest=nearest,
        risk=level,
        positions=tuple(_position(held, equity, inputs, losses, config) for held in inputs.positions or ()),
        coins=tuple(_coin(held, losses) for held in inputs.coins or ()),
        losses=losses.rows,
        crashes=account_crashes(_simulated(inputs, config), inputs.positions or (), equity, inputs.crashes),
        unpriced=inputs.unpriced,
        scalar=_scalar(inputs.as_of, level, reasons.get("risk")),
        reasons=reasons,
        unread=inputs.reasons,
    )


def risk_level(
    shortfall: float, wealth: float, nearest: float | None, half_loss: float, half_distance: float
) -> float:
    """Return 1 - (1 - a)(1 - b) in [0, 1].

    a = x / (x + half_loss), x the expected shortfall 99 % of a day over wealth (1 where there is a loss and no
    wealth); b = half_distance / (half_distance + d), d the nearest liquidation in daily true ranges, 0 without one.
    Rises with the shortfall, falls with wealth and distance; 0.5 for either half alone.
    """
    loss = max(0.0, shortfall)
    spot = loss / (loss + half_loss * wealth) if wealth > 0 else float(loss > 0)
    margin = 0.0 if nearest is None else half_distance / (half_distance + max(0.0, nearest))
    return 1 - (1 - spot) * (1 - margin)


def nearest_liquidation(
    positions: tuple[HeldPosition, ...], daily: Mapping[Instrument, Bars], period: int
) -> float | None:
    """Return the smallest distance to a liquidation price in daily true ranges, ``None`` where none is known."""
    known = [in_ranges(held, daily.get(Instrument("futures", held.symbol)), period) for held in positions]
    return min((distance for distance in known if distance is not None), default=None)


def in_ranges(held: HeldPosition, bars: Bars | None, period: int) -> float | None:
    """Return a position's liquidation distance in average true ranges of these bars."""
    if held.distance is None or bars is None or len(bars) <= period:
        return None
    size = float(atr(bars.high, bars.low, bars.close, period)[-1])
    return held.distance * held.mark / size if isfinite(size) and size > 0 else None


def _simulated(inputs: AccountInputs, config: AccountConfig) -> dict[Instrument, float]:
    return {one: inputs.exposures[one] for one in largest(inputs.exposures, config)}


def _wealth(equity: float | None, inputs: AccountInputs) -> float | None:
    if equity is None or inputs.coins is None:
        return None
    return equity + sum(coin.value for coin in inputs.coins)


def _over(part: float | None, equity: float | None) -> float | None:
    if part is None or equity is None:
        return None
    if equity > 0:
        return part / equity
    return 0.0 if part == 0 else None


def _missing(inputs: AccountInputs) -> Reason:
    """Why a figure of the whole account is missing: what was not read, else that there is no equity."""
    for name in ("futures", "positions", "spot"):
        if name in inputs.reasons:
            return inputs.reasons[name]
    return Reason("no_equity")


def _level(
    inputs: AccountInputs,
    wealth: float | None,
    day: AccountLoss,
    nearest: float | None,
    config: AccountConfig,
) -> float | Reason:
    if wealth is None or inputs.positions is None:
        return _missing(inputs)
    if day.expected_shortfall is None:
        return day.reason or Reason("no_data", {"what": "bars"})
    if nearest is None and any(held.liquidation is not None for held in inputs.positions):
        return Reason("no_data", {"what": "daily bars"})
    return risk_level(day.expected_shortfall, wealth, nearest, config.half_loss, config.half_distance)


def _position(
    held: HeldPosition, equity: float | None, inputs: AccountInputs, losses: Losses, config: AccountConfig
) -> PositionRisk:
    leverage = _over(abs(held.notional), equity)
    ranges = in_ranges(held, inputs.bars.get(Instrument("futures", held.symbol)), config.atr_period)
    reasons: dict[str, Reason] = {} if leverage is not None else {"leverage": _missing(inputs)}
    if held.distance is None:
        reasons |= dict.fromkeys(("distance", "distance_atr"), Reason("no_own_liquidation"))
    elif ranges is None:
        reasons["distance_atr"] = Reason("no_data", {"what": "bars"})
    if held.setting is None:
        reasons["setting"] = inputs.reasons.get("leverage", Reason("no_data", {"what": "leverage setting"}))
    share = losses.shares.get(Instrument("futures", held.symbol))
    return PositionRisk(held, leverage, held.distance, ranges, share, reasons)


def _coin(held: HeldCoin, losses: Losses) -> CoinRisk:
    return CoinRisk(held, None if held.symbol is None else losses.shares.get(Instrument("spot", held.symbol)))


def _scalar(as_of: int, level: float | None, reason: Reason | None) -> Scalar:
    return Scalar(
        name=SCALAR,
        kind="intensity",
        polarity="risk",
        value=level,
        horizon_s=HORIZON_S,
        half_life_s=HALF_LIFE_S,
        quality=1.0,
        se=None,
        parents=PARENTS,
        as_of=as_of,
        is_final=False,
        period_s=0.0,
        reason=reason,
    )
