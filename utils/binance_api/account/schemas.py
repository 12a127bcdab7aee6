"""Rows of the own account; amounts in the asset of the row, times in ms."""

from utils.binance_api.wire import Amount, Signed, WireStruct, reads, reads_rows


class SpotBalance(WireStruct, frozen=True):
    """One asset of the spot account."""

    asset: str
    free: Amount
    locked: Amount

    @property
    def total(self) -> float:
        """Free and locked together."""
        return self.free + self.locked


class CommissionRates(WireStruct, frozen=True):
    """Fees as fractions of the traded amount."""

    maker: Amount
    taker: Amount


class SpotAccount(WireStruct, frozen=True):
    """``/api/v3/account`` without the assets that are zero."""

    balances: tuple[SpotBalance, ...]
    update_time: int
    can_trade: bool
    can_withdraw: bool
    permissions: tuple[str, ...] = ()
    commission_rates: CommissionRates | None = None


class FuturesAsset(WireStruct, frozen=True):
    """One margin asset of the futures account."""

    asset: str
    wallet_balance: Signed
    unrealized_profit: Signed
    margin_balance: Signed
    maint_margin: Amount
    initial_margin: Amount
    available_balance: Signed
    update_time: int = 0


class FuturesAccount(WireStruct, frozen=True):
    """``/fapi/v3/account``: totals in USD; positions come from ``positions``, which has more fields."""

    total_wallet_balance: Signed
    total_unrealized_profit: Signed
    total_margin_balance: Signed
    total_initial_margin: Amount
    total_maint_margin: Amount
    available_balance: Signed
    max_withdraw_amount: Signed = 0.0
    assets: tuple[FuturesAsset, ...] = ()


class FuturesBalance(WireStruct, frozen=True):
    """One row of ``/fapi/v3/balance``."""

    asset: str
    balance: Signed
    cross_wallet_balance: Signed
    cross_un_pnl: Signed
    available_balance: Signed
    max_withdraw_amount: Signed = 0.0
    margin_available: bool = True
    update_time: int = 0


class Position(WireStruct, frozen=True):
    """One row of ``/fapi/v3/positionRisk``: ``position_amt`` in base units, negative when short.

    ``notional`` is signed alike, in quote units; ``liquidation_price`` 0 means that there is none. Leverage and
    margin type are not included but in ``symbol_configs``.
    """

    symbol: str
    position_side: str
    position_amt: Signed
    entry_price: Amount
    mark_price: Amount
    un_realized_profit: Signed
    liquidation_price: Amount
    notional: Signed
    update_time: int
    break_even_price: Signed = 0.0
    isolated_margin: Signed = 0.0
    isolated_wallet: Signed = 0.0
    margin_asset: str = ""
    initial_margin: Amount = 0.0
    maint_margin: Amount = 0.0


class FuturesAccountConfig(WireStruct, frozen=True):
    """``/fapi/v1/accountConfig``."""

    fee_tier: int
    can_trade: bool
    dual_side_position: bool = False
    multi_assets_margin: bool = False
    update_time: int = 0


class SymbolConfig(WireStruct, frozen=True):
    """``/fapi/v1/symbolConfig``: ``margin_type`` is ``CROSSED`` or ``ISOLATED``."""

    symbol: str
    margin_type: str
    leverage: int
    max_notional_value: Amount
    is_auto_add_margin: bool = False


class Bracket(WireStruct, frozen=True):
    """One step of a symbol's margin table: notional from floor to cap in quote units, ``cum`` its deduction."""

    bracket: int
    initial_leverage: int
    notional_cap: Amount
    notional_floor: Amount
    maint_margin_ratio: Amount
    cum: Signed = 0.0


class SymbolBrackets(WireStruct, frozen=True):
    """``leverageBracket`` of one symbol; ``notional_coef`` multiplies its caps where the account has special ones."""

    symbol: str
    brackets: tuple[Bracket, ...]
    notional_coef: Amount = 1.0


class OwnLiquidation(WireStruct, frozen=True):
    """An order by which the exchange closed a position of this account."""

    order_id: int
    symbol: str
    side: str
    position_side: str
    status: str
    orig_qty: Amount
    executed_qty: Amount
    price: Amount
    avg_price: Amount
    time: int
    update_time: int = 0


spot_account = reads(SpotAccount)
futures_account = reads(FuturesAccount)
futures_balances = reads(list[FuturesBalance])
positions = reads(list[Position])
account_config = reads(FuturesAccountConfig)
symbol_configs = reads(list[SymbolConfig])
brackets = reads_rows(SymbolBrackets, lone=True)
own_liquidations = reads(list[OwnLiquidation])
