"""The recorded Deribit chains: hourly tickers on BTC with their volatilities, one book summary on ETH with prices."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from analysis.arrays import Floats, Times
from analysis.features.black76 import price, years_to_expiry
from analysis.features.gamma_exposure import OpenOptions
from utils.option_chain import OptionChain

EXPIRY_HOUR_MS = 8 * 3_600_000
BTC_FILE = "options/deribit_btc_chain_hourly.csv.gz"
ETH_FILE = "options/deribit_eth_book_summary_2024-01-08.csv.gz"


def btc_chains(folder: Path) -> dict[int, pd.DataFrame]:
    """Return what is alive at each hour (UTC ms), with ``expiry_ms``; volatilities are percent."""
    frame = pd.read_csv(folder / BTC_FILE)
    frame["expiry_ms"] = _ms(frame["expiry_date"]) + EXPIRY_HOUR_MS
    frame["is_call"] = frame["type"] == "call"
    moments = _ms(frame["date"])
    alive = frame["expiry_ms"] > moments
    return {int(moment): frame[alive & (moments == moment)] for moment in np.unique(moments)}


def implied_forwards(chain: pd.DataFrame, now: int) -> Floats:
    """Return each option's forward, the median over its expiry of what the published deltas say.

    d1 follows from delta, and F = K exp(d1 total - total^2 / 2); only deltas between 0.1 and 0.9 are precise enough.
    An expiry without any has the spot price.
    """
    years = years_to_expiry(expiry=chain["expiry_ms"].to_numpy(np.int64), now=now)
    total = chain["mark_iv"].to_numpy(np.float64) / 100 * np.sqrt(years)
    delta = chain["delta"].to_numpy(np.float64) + np.where(chain["is_call"], 0.0, 1.0)
    forward = chain["strike"].to_numpy(np.float64) * np.exp(ndtri(delta) * total - total**2 / 2)
    sure = pd.Series(np.where((delta > 0.1) & (delta < 0.9), forward, np.nan), index=chain.index)
    found = sure.groupby(chain["expiry_ms"]).transform("median")
    return found.fillna(chain["spot_open_binance"]).to_numpy(np.float64)


def open_options(chain: pd.DataFrame, now: int) -> OpenOptions:
    """Return one hour's options; a contract is one coin."""
    return OpenOptions(
        forward=implied_forwards(chain, now),
        strike=chain["strike"].to_numpy(np.float64),
        years=years_to_expiry(expiry=chain["expiry_ms"].to_numpy(np.int64), now=now),
        volatility=chain["mark_iv"].to_numpy(np.float64) / 100,
        is_call=chain["is_call"].to_numpy(np.bool_),
        coins=chain["open_interest"].to_numpy(np.float64),
    )


def btc_chain(frame: pd.DataFrame, now: int) -> OptionChain:
    """Return one hour's tickers as a chain; mark prices are those of the mark volatilities, quotes are volatilities."""
    options = open_options(frame, now)
    columns = {
        name: frame[name].to_numpy(np.float64) for name in ("bid_iv", "ask_iv", "delta", "gamma", "volume")
    }
    blank = np.full(len(frame), np.nan)
    spot = float(frame["spot_open_binance"].iloc[0])
    return OptionChain(
        underlying="BTC",
        index_price=spot,
        index_at=now,
        open_interest_at=now,
        missing=(),
        symbols=tuple(frame["instrument_name"]),
        expiry=frame["expiry_ms"].to_numpy(np.int64),
        strike=options.strike,
        is_call=options.is_call,
        unit=np.ones(len(frame)),
        underlying_price=options.forward,
        mark_price=price(
            forward=options.forward,
            strike=options.strike,
            years=options.years,
            volatility=options.volatility,
            is_call=options.is_call,
        ),
        mark_iv=options.volatility,
        bid_iv=np.where(columns["bid_iv"] > 0, columns["bid_iv"] / 100, np.nan),
        ask_iv=np.where(columns["ask_iv"] > 0, columns["ask_iv"] / 100, np.nan),
        delta=columns["delta"],
        gamma=columns["gamma"],
        theta=blank,
        vega=blank,
        open_interest=options.coins,
        open_interest_usd=options.coins * spot,
        bid_price=blank,
        ask_price=blank,
        volume=columns["volume"],
    )


@dataclass(frozen=True, slots=True, eq=False)
class Quotes:
    """Options with both quotes, in coins."""

    forward: Floats
    strike: Floats
    years: Floats
    is_call: NDArray[np.bool_]
    bid: Floats
    ask: Floats


class Pairs(NamedTuple):
    """Rows of the call and of the put of one expiry and strike."""

    call: NDArray[np.int64]
    put: NDArray[np.int64]


def eth_quotes(folder: Path) -> Quotes:
    """Return the options of the ETH summary that have a bid and an ask."""
    frame = pd.read_csv(folder / ETH_FILE).dropna(subset=["bid_price", "ask_price"])
    expiry = _ms(pd.to_datetime(frame["expire_date"], format="%d%b%y")) + EXPIRY_HOUR_MS
    return Quotes(
        forward=frame["underlying_price"].to_numpy(np.float64),
        strike=frame["strike_price"].to_numpy(np.float64),
        years=years_to_expiry(expiry=expiry, now=int(frame["creation_timestamp"].max())),
        is_call=(frame["option_type"] == "C").to_numpy(np.bool_),
        bid=frame["bid_price"].to_numpy(np.float64),
        ask=frame["ask_price"].to_numpy(np.float64),
    )


def pairs(*, expiry: NDArray[Any], strike: Floats, is_call: NDArray[np.bool_]) -> Pairs:
    """Return the rows whose expiry and strike have a call and a put."""
    row: dict[tuple[Any, float, bool], int] = {
        key: at for at, key in enumerate(zip(expiry.tolist(), strike.tolist(), is_call.tolist(), strict=True))
    }
    calls = [key for key in row if key[2] and (key[0], key[1], False) in row]
    return Pairs(
        np.array([row[key] for key in calls], np.int64),
        np.array([row[key[0], key[1], False] for key in calls], np.int64),
    )


def eth_rows(folder: Path) -> list[dict[str, Any]]:
    """Return the rows of the book summary as the wire has them: missing prices are ``None``."""
    frame = pd.read_csv(folder / ETH_FILE).drop(
        columns=["expire_date", "strike_price", "option_type", "currency"]
    )
    return [
        {str(name): None if pd.isna(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]


def eth_body(folder: Path) -> bytes:
    """Return the book summary as the answer that Deribit sends."""
    return json.dumps({"jsonrpc": "2.0", "result": eth_rows(folder)}).encode()


def _ms(dates: "pd.Series[Any]") -> Times:
    moments: NDArray[np.datetime64] = pd.to_datetime(dates).to_numpy("datetime64[ms]")
    return moments.astype(np.int64)
