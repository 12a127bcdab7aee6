"""Rows of ``futures/data``; ``timestamp`` is text in the documentation and a number on the wire, both are read."""

from msgspec import field

from utils.binance_api.wire import Amount, Signed, WireStruct, reads_rows


class StatisticRow(WireStruct, frozen=True):
    """What all rows share, ms."""

    timestamp: int


class OpenInterestRow(StatisticRow, frozen=True):
    """``openInterestHist``."""

    sum_open_interest: Amount
    sum_open_interest_value: Amount
    supply: Amount | None = field(name="CMCCirculatingSupply", default=None)


class RatioRow(StatisticRow, frozen=True):
    """``globalLongShortAccountRatio``, ``topLongShortAccountRatio``, ``topLongShortPositionRatio``."""

    long_short_ratio: Amount
    long_account: Amount
    short_account: Amount


class TakerRow(StatisticRow, frozen=True):
    """``takerlongshortRatio``."""

    buy_sell_ratio: Amount
    buy_vol: Amount
    sell_vol: Amount


class BasisRow(StatisticRow, frozen=True):
    """``basis``; its annualised rate is blank for perpetuals and is not read."""

    index_price: Amount
    futures_price: Amount
    basis: Signed
    basis_rate: Signed


open_interest = reads_rows(OpenInterestRow)
ratio = reads_rows(RatioRow)
taker = reads_rows(TakerRow)
basis = reads_rows(BasisRow)
