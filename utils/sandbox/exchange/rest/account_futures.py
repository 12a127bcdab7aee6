"""The signed futures account (`/fapi`), spec/binance.md section 6, and listen keys (section 7.1)."""

from decimal import Decimal

from utils.sandbox.exchange.account.model import Account, Position
from utils.sandbox.exchange.rest.endpoint import Endpoint, Json, Question
from utils.sandbox.exchange.rest.security import KEYED, SIGNED
from utils.sandbox.exchange.rest.weights import one_or_all

ZERO = Decimal(0)
STABLE_ASSETS = frozenset({"USDT", "USDC"})


def account(question: Question) -> Json:
    """Totals, assets, and positions that are open."""
    holder = question.caller
    marks = _marks(question, holder)
    profit, initial, maintenance = _sums(holder, marks)
    wallet = sum((a for asset, a in holder.wallets.items() if asset in STABLE_ASSETS), ZERO)
    margin = wallet + profit
    available = max(margin - initial, ZERO)
    return {
        "totalInitialMargin": _eight(initial),
        "totalMaintMargin": _eight(maintenance),
        "totalWalletBalance": _eight(wallet),
        "totalUnrealizedProfit": _eight(profit),
        "totalMarginBalance": _eight(margin),
        "totalPositionInitialMargin": _eight(initial),
        "totalOpenOrderInitialMargin": _eight(ZERO),
        "totalCrossWalletBalance": _eight(wallet),
        "totalCrossUnPnl": _eight(profit),
        "availableBalance": _eight(available),
        "maxWithdrawAmount": _eight(available),
        "assets": [_asset(holder, asset, profit, initial, maintenance) for asset in holder.wallets],
        "positions": [_account_position(holder, one, marks[one.symbol]) for one in _open(holder)],
    }


def balance(question: Question) -> Json:
    """One row per asset."""
    holder = question.caller
    profit, initial, _ = _sums(holder, _marks(question, holder))
    rows: list[object] = []
    for asset, wallet in holder.wallets.items():
        own = profit if asset == "USDT" else ZERO
        free = max(wallet + own - (initial if asset == "USDT" else ZERO), ZERO)
        rows.append(
            {
                "accountAlias": "SgsR",
                "asset": asset,
                "balance": _eight(wallet),
                "crossWalletBalance": _eight(wallet),
                "crossUnPnl": _eight(own),
                "availableBalance": _eight(free),
                "maxWithdrawAmount": _eight(free),
                "marginAvailable": True,
                "updateTime": holder.updated_ms,
            }
        )
    return rows


def position_risk(question: Question) -> Json:
    """Open positions with their liquidation prices."""
    holder, symbol = question.caller, question.params.text("symbol")
    marks = _marks(question, holder)
    wanted = [one for one in _open(holder) if symbol in {None, one.symbol}]
    return [_risk(holder, one, marks) for one in wanted]


def account_config(question: Question) -> Json:
    """Fee tier and modes."""
    hedged = any(one.side != "BOTH" for one in question.caller.positions)
    return {
        "feeTier": 0,
        "canTrade": False,
        "canDeposit": False,
        "canWithdraw": False,
        "dualSidePosition": hedged,
        "updateTime": 0,
        "multiAssetsMargin": False,
        "tradeGroupId": -1,
    }


def symbol_config(question: Question) -> Json:
    """Leverage and margin type per symbol."""
    holder, symbol = question.caller, question.params.text("symbol")
    own = {one.symbol: one for one in holder.positions}
    symbols = [symbol] if symbol else list(question.listed)
    rows: list[object] = []
    for name in symbols:
        question.digits(name)
        held = own.get(name, Position(name, ZERO, ZERO))
        bracket = next((b for b in holder.brackets_of(name)[::-1] if b.leverage >= held.leverage), None)
        rows.append(
            {
                "symbol": name,
                "marginType": "ISOLATED" if held.isolated else "CROSSED",
                "isAutoAddMargin": False,
                "leverage": held.leverage,
                "maxNotionalValue": "0" if bracket is None else f"{bracket.cap:f}",
            }
        )
    return rows


def leverage_bracket(question: Question) -> Json:
    """Notional and leverage brackets."""
    symbol = question.params.text("symbol")
    rows: list[object] = []
    for name in [symbol] if symbol else list(question.listed):
        question.digits(name)
        rows.append({"symbol": name, "brackets": _bracket_rows(question.caller, name)})
    return rows


def force_orders(question: Question) -> Json:
    """The caller's own forced orders: none, as the sandbox liquidates no accounts."""
    question.params.limit(50, 100, clamp=False)
    return []


def open_listen_key(question: Question) -> Json:
    """A listen key, the same one as long as it lives."""
    return {"listenKey": question.accounts.listen_key(question.caller, question.now_ms).text}


def extend_listen_key(question: Question) -> Json:
    """Sixty minutes more."""
    return {"listenKey": question.accounts.extend(question.caller, question.now_ms).text}


def close_listen_key(question: Question) -> Json:
    """The listen key ends."""
    question.accounts.close(question.caller)
    return {}


def _open(holder: Account) -> list[Position]:
    return [one for one in holder.positions if one.amount]


def _marks(question: Question, holder: Account) -> dict[str, Decimal]:
    symbols = {one.symbol for one in _open(holder)}
    return {s: Decimal(f"{question.market.premium(s, question.now_ms).mark:.8f}") for s in symbols}


def _sums(holder: Account, marks: dict[str, Decimal]) -> tuple[Decimal, Decimal, Decimal]:
    """Unrealised profit, initial margin and maintenance margin of all open positions."""
    held = _open(holder)
    return (
        sum((one.profit(marks[one.symbol]) for one in held), ZERO),
        sum((one.initial_margin(marks[one.symbol]) for one in held), ZERO),
        sum((holder.maintenance(one, marks[one.symbol]) for one in held), ZERO),
    )


def _asset(
    holder: Account, asset: str, profit: Decimal, initial: Decimal, maintenance: Decimal
) -> dict[str, object]:
    wallet, is_settled = holder.wallets[asset], asset == "USDT"
    own, margin = (profit, initial) if is_settled else (ZERO, ZERO)
    free = max(wallet + own - margin, ZERO)
    return {
        "asset": asset,
        "walletBalance": _eight(wallet),
        "unrealizedProfit": _eight(own),
        "marginBalance": _eight(wallet + own),
        "maintMargin": _eight(maintenance if is_settled else ZERO),
        "initialMargin": _eight(margin),
        "positionInitialMargin": _eight(margin),
        "openOrderInitialMargin": _eight(ZERO),
        "crossWalletBalance": _eight(wallet),
        "crossUnPnl": _eight(own),
        "availableBalance": _eight(free),
        "maxWithdrawAmount": _eight(free),
        "updateTime": holder.updated_ms,
    }


def _account_position(holder: Account, one: Position, mark: Decimal) -> dict[str, object]:
    return {
        "symbol": one.symbol,
        "positionSide": one.side,
        "positionAmt": f"{one.amount:f}",
        "unrealizedProfit": _eight(one.profit(mark)),
        "isolatedMargin": _eight(_isolated(one) + one.profit(mark) if one.isolated else ZERO),
        "notional": _eight(one.amount * mark),
        "isolatedWallet": _eight(_isolated(one)),
        "initialMargin": _eight(one.initial_margin(mark)),
        "maintMargin": _eight(holder.maintenance(one, mark)),
        "updateTime": holder.updated_ms,
    }


def _risk(holder: Account, one: Position, marks: dict[str, Decimal]) -> dict[str, object]:
    mark = marks[one.symbol]
    told = _account_position(holder, one, mark)
    del told["unrealizedProfit"]
    return told | {
        "entryPrice": f"{one.entry:f}",
        "breakEvenPrice": f"{one.entry:f}",
        "markPrice": _eight(mark),
        "unRealizedProfit": _eight(one.profit(mark)),
        "liquidationPrice": _eight(_liquidation_price(holder, one, marks)),
        "marginAsset": "USDT",
        "positionInitialMargin": told["initialMargin"],
        "openOrderInitialMargin": "0",
        "adl": 1,
        "bidNotional": "0",
        "askNotional": "0",
    }


def _liquidation_price(holder: Account, one: Position, marks: dict[str, Decimal]) -> Decimal:
    if one.isolated:
        return holder.liquidation_price(one, _isolated(one))
    others = [other for other in _open(holder) if other is not one and not other.isolated]
    burden = sum(
        (
            holder.maintenance(other, marks[other.symbol]) - other.profit(marks[other.symbol])
            for other in others
        ),
        ZERO,
    )
    return holder.liquidation_price(one, holder.wallets.get("USDT", ZERO), burden)


def _isolated(one: Position) -> Decimal:
    """The margin set aside for an isolated position when it was opened."""
    return abs(one.amount) * one.entry / one.leverage if one.isolated else ZERO


def _bracket_rows(holder: Account, symbol: str) -> list[dict[str, object]]:
    return [
        {
            "bracket": one.number,
            "initialLeverage": one.leverage,
            "notionalCap": int(one.cap),
            "notionalFloor": int(one.floor),
            "maintMarginRatio": float(one.ratio),
            "cum": float(one.cum),
        }
        for one in holder.brackets_of(symbol)
    ]


def _eight(value: Decimal) -> str:
    return f"{value:.8f}"


_LISTEN_KEY = "/fapi/v1/listenKey"

FUTURES_ACCOUNT_ENDPOINTS = (
    Endpoint("/fapi/v3/account", account, 5, security=SIGNED),
    Endpoint("/fapi/v3/balance", balance, 5, security=SIGNED),
    Endpoint("/fapi/v3/positionRisk", position_risk, 5, security=SIGNED),
    Endpoint("/fapi/v1/accountConfig", account_config, 5, security=SIGNED),
    Endpoint("/fapi/v1/symbolConfig", symbol_config, 5, security=SIGNED),
    Endpoint("/fapi/v1/leverageBracket", leverage_bracket, 1, security=SIGNED),
    Endpoint("/fapi/v1/forceOrders", force_orders, one_or_all(20, 50), security=SIGNED),
    Endpoint(_LISTEN_KEY, open_listen_key, 1, security=KEYED, method="POST"),
    Endpoint(_LISTEN_KEY, extend_listen_key, 1, security=KEYED, method="PUT"),
    Endpoint(_LISTEN_KEY, close_listen_key, 1, security=KEYED, method="DELETE"),
)
