"""What an account's risk is made of, frozen; none of these types shows its numbers in ``repr``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from analysis.account.holdings import HeldCoin, HeldPosition
from analysis.framework.reasons import Reason
from analysis.framework.result import Scalar

Method = Literal["historical", "filtered"]
Horizon = Literal["bar", "day"]


@dataclass(frozen=True, slots=True, repr=False)
class AccountLoss:
    """One value-at-risk with its expected shortfall (USDT, positive), or ``None`` with the reason.

    ``left_out`` names what had too few bars and is not in it.
    """

    method: Method
    horizon: Horizon
    confidence: float
    value_at_risk: float | None
    expected_shortfall: float | None
    left_out: tuple[str, ...] = ()
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, repr=False)
class AccountCrash:
    """One crash: the worst loss on the way (USDT, positive), when (UTC ms), and how many positions are closed.

    ``by_beta`` names what did not trade then and was moved by its beta to bitcoin.
    """

    id: str
    title: str
    loss: float | None
    at: int | None
    liquidations: int | None
    by_beta: tuple[str, ...] = ()
    reason: Reason | None = None


@dataclass(frozen=True, slots=True, repr=False)
class PositionRisk:
    """A position with what follows from it.

    ``leverage`` is its notional over the account's equity; ``distance`` to the exchange's liquidation price as a
    fraction of the mark price, ``distance_atr`` in average true ranges of the asked interval; ``share`` of the
    filtered day's expected shortfall 99 % (negative where it hedges). ``reasons`` by name for what is ``None``.
    """

    held: HeldPosition
    leverage: float | None
    distance: float | None
    distance_atr: float | None
    share: float | None
    reasons: Mapping[str, Reason]


@dataclass(frozen=True, slots=True, repr=False)
class CoinRisk:
    """A spot coin with its share of the filtered day's expected shortfall 99 %; ``None`` where it has none."""

    held: HeldCoin
    share: float | None


@dataclass(frozen=True, slots=True, repr=False)
class AccountRisk:
    """The account at ``as_of`` (UTC ms, exchange time), read on bars of ``interval``; amounts in USDT.

    ``equity`` is the futures margin balance, ``wealth`` that and the spot coins. ``gross`` and ``net`` are the
    positions' notional, ``leverage`` gross over equity, ``margin_ratio`` maintenance margin over equity (the exchange
    liquidates at 1). ``nearest`` is the smallest liquidation distance in daily true ranges, ``risk`` the level in
    [0, 1]. ``reasons`` by name for what is ``None``; ``unread`` for what could not be read and is missing everywhere.
    ``unpriced`` is held and counted nowhere.
    """

    as_of: int
    interval: str
    equity: float | None
    wealth: float | None
    gross: float | None
    net: float | None
    leverage: float | None
    margin_ratio: float | None
    nearest: float | None
    risk: float | None
    positions: tuple[PositionRisk, ...]
    coins: tuple[CoinRisk, ...]
    losses: tuple[AccountLoss, ...]
    crashes: tuple[AccountCrash, ...]
    unpriced: tuple[str, ...]
    scalar: Scalar
    reasons: Mapping[str, Reason]
    unread: Mapping[str, Reason]
