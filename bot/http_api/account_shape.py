"""The exchange account as JSON, only for requests with the token. Amounts are in USDT, shares are of one."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from analysis.account.result import AccountCrash, AccountLoss, AccountRisk, CoinRisk, PositionRisk
from analysis.framework.reasons import Reason
from bot.http_api.shapes import ReasonShape, ScalarShape, finite, reason_shape, scalar_shape
from bot.http_api.times import rfc3339

ACCOUNT_KEYS = ("account_risk", "account", "account_reason")


class PositionShape(Struct, frozen=True):
    """A futures position; ``share`` of the simulated day's expected shortfall 99 %, ``distance`` to liquidation."""

    symbol: str
    side: str
    amount: float
    notional: float
    entry: float
    mark: float
    profit: float
    isolated: bool
    leverage: float | None
    leverage_setting: float | None
    liquidation_price: float | None
    distance: float | None
    distance_atr: float | None
    share: float | None
    reasons: dict[str, ReasonShape] | UnsetType = UNSET


class CoinShape(Struct, frozen=True):
    """A spot coin, valued at the last price of ``symbol``; stablecoins at one."""

    asset: str
    amount: float
    value: float
    symbol: str | None
    share: float | None


class LossShape(Struct, frozen=True):
    """Value-at-risk and expected shortfall of everything held; a loss is positive."""

    method: str
    horizon: str
    confidence: float
    value_at_risk: float | None
    expected_shortfall: float | None
    left_out: tuple[str, ...]
    reason: ReasonShape | UnsetType = UNSET


class CrashShape(Struct, frozen=True):
    """A named crash: the worst loss on the way, when, and how many positions are liquidated."""

    id: str
    title: str
    loss: float | None
    at: str | None
    liquidations: int | None
    by_beta: tuple[str, ...]
    reason: ReasonShape | UnsetType = UNSET


class AccountShape(Struct, frozen=True):
    """The account as it is now; ``unread`` says what could not be read and is missing in everything."""

    as_of: str
    interval: str
    equity: float | None
    wealth: float | None
    gross: float | None
    net: float | None
    leverage: float | None
    margin_ratio: float | None
    nearest_daily_atr: float | None
    positions: tuple[PositionShape, ...]
    coins: tuple[CoinShape, ...]
    unpriced: tuple[str, ...]
    losses: tuple[LossShape, ...]
    crashes: tuple[CrashShape, ...]
    scalar: ScalarShape
    reasons: dict[str, ReasonShape]
    unread: dict[str, ReasonShape]


def account_answer(account: AccountRisk | Reason) -> dict[str, Any]:
    """Return the additional keys of an owner's answer: the account, or why there is none. Pure."""
    if isinstance(account, Reason):
        why = msgspec.to_builtins(reason_shape(account))
        return {"account_risk": None, "account": None, "account_reason": why}
    shape = msgspec.to_builtins(_shape(account))
    return {"account_risk": finite(account.risk), "account": shape}


def _shape(a: AccountRisk) -> AccountShape:
    return AccountShape(
        as_of=rfc3339(a.as_of),
        interval=a.interval,
        equity=finite(a.equity),
        wealth=finite(a.wealth),
        gross=finite(a.gross),
        net=finite(a.net),
        leverage=finite(a.leverage),
        margin_ratio=finite(a.margin_ratio),
        nearest_daily_atr=finite(a.nearest),
        positions=tuple(map(_position, a.positions)),
        coins=tuple(map(_coin, a.coins)),
        unpriced=a.unpriced,
        losses=tuple(map(_loss, a.losses)),
        crashes=tuple(map(_crash, a.crashes)),
        scalar=scalar_shape(a.scalar),
        reasons=_reasons(a.reasons),
        unread=_reasons(a.unread),
    )


def _reasons(reasons: Mapping[str, Reason]) -> dict[str, ReasonShape]:
    return {name: reason_shape(reason) for name, reason in reasons.items()}


def _position(row: PositionRisk) -> PositionShape:
    held = row.held
    return PositionShape(
        symbol=held.symbol,
        side=held.side,
        amount=held.amount,
        notional=held.notional,
        entry=held.entry,
        mark=held.mark,
        profit=held.profit,
        isolated=held.isolated,
        leverage=finite(row.leverage),
        leverage_setting=held.setting,
        liquidation_price=held.liquidation,
        distance=finite(row.distance),
        distance_atr=finite(row.distance_atr),
        share=finite(row.share),
        reasons=_reasons(row.reasons) or UNSET,
    )


def _coin(row: CoinRisk) -> CoinShape:
    held = row.held
    return CoinShape(held.asset, held.amount, held.value, held.symbol, finite(row.share))


def _loss(row: AccountLoss) -> LossShape:
    return LossShape(
        method=row.method,
        horizon=row.horizon,
        confidence=row.confidence,
        value_at_risk=finite(row.value_at_risk),
        expected_shortfall=finite(row.expected_shortfall),
        left_out=row.left_out,
        reason=UNSET if row.reason is None else reason_shape(row.reason),
    )


def _crash(row: AccountCrash) -> CrashShape:
    return CrashShape(
        id=row.id,
        title=row.title,
        loss=finite(row.loss),
        at=None if row.at is None else rfc3339(row.at),
        liquidations=row.liquidations,
        by_beta=row.by_beta,
        reason=UNSET if row.reason is None else reason_shape(row.reason),
    )
