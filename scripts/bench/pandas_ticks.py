"""What modules D and H measure of ticks, from pandas frames of the last 15 minutes, anew each second."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
import pandas as pd

from scripts.bench.messages import is_snapshot
from utils.binance_api.book.book import OrderBook
from utils.binance_api.book.state import BookState
from utils.binance_api.streams.decode import Frame, FrameDecoder
from utils.binance_api.streams.events import AggTrade, BookTickerUpdate, DepthSnapshot, DepthUpdate

WINDOW_MS: Final = 900_000
WINDOWS_S: Final = (60, 300, 900)
LATER_MS: Final = (5_000, 30_000)
FLOW_TAU_MS: Final = 10_000.0
LEVELS: Final = 10
STATES: Final = 10
MEDIAN: Final = 0.5
TOP_COLUMNS: Final = [
    f"{side}_{what}_{level}"
    for side in ("bid", "ask")
    for level in range(LEVELS)
    for what in ("price", "size")
]
_SNAPSHOT = msgspec.json.Decoder(DepthSnapshot, strict=False)


@dataclass(frozen=True, eq=False)
class Frames:
    """Trades (``time``, ``price``, ``quantity``, ``side``), quotes, and the ten best levels after each update.

    A column of ``tops`` is named by what it holds (price or size), its side and level.
    """

    trades: pd.DataFrame
    quotes: pd.DataFrame
    tops: pd.DataFrame

    @staticmethod
    def of(messages: Iterable[bytes]) -> "Frames":
        """Read the messages; not measured."""
        trades, quotes, tops = (list[tuple[float, ...]]() for _ in range(3))
        book, decoder = OrderBook("BTCUSDT", "futures"), FrameDecoder(spot=False)
        for raw in messages:
            if is_snapshot(raw):
                body = _SNAPSHOT.decode(raw)
                book.snapshot(body.bids, body.asks, body.last_update_id)
                continue
            frame = decoder.decode(raw)
            match frame.data if isinstance(frame, Frame) else None:
                case AggTrade() as trade:
                    side = -1.0 if trade.buyer_is_maker else 1.0
                    trades.append((trade.trade_ms, trade.price, trade.quantity, side))
                case BookTickerUpdate() as quote:
                    touch = quote.touch
                    sizes = touch.bid_quantity, touch.ask_quantity
                    quotes.append((quote.transaction_ms or 0, touch.bid, sizes[0], touch.ask, sizes[1]))
                case DepthUpdate() as update:
                    book.feed(update)
                    if book.state is BookState.SYNCED:
                        tops.append(
                            (update.event_ms, *(x for side in book.top(LEVELS) for row in side for x in row))
                        )
        return Frames(
            pd.DataFrame(trades, columns=["time", "price", "quantity", "side"]),
            pd.DataFrame(quotes, columns=["time", "bid", "bid_size", "ask", "ask_size"]),
            pd.DataFrame(tops, columns=["time", *TOP_COLUMNS]),
        )

    def every_second(self) -> None:
        """Compute everything anew at each full second of the recording, on the last 15 minutes up to it."""
        times = self.quotes["time"].to_numpy()
        for now in np.arange(times[0] // 1000 + 1, times[-1] // 1000 + 1) * 1000:
            trades, quotes, tops = (_last(one, now) for one in (self.trades, self.quotes, self.tops))
            metrics(trades, quotes, now)
            level_flow(tops)


def _last(frame: pd.DataFrame, now: float) -> pd.DataFrame:
    time = frame["time"].to_numpy()
    first, stop = np.searchsorted(time, (now - WINDOW_MS, now))
    return frame.iloc[first:stop]


def metrics(trades: pd.DataFrame, quotes: pd.DataFrame, now: float) -> dict[str, float]:
    """Return the values at ``now`` (UTC ms)."""
    notional = trades["price"] * trades["quantity"]
    signed = notional * trades["side"]
    cvd = (trades["quantity"] * trades["side"]).sum()
    found: dict[str, float] = {"cvd": cvd, "cvd_share": cvd / trades["quantity"].sum()}
    orders = trades.groupby([trades["time"], trades["side"]], sort=False).ngroups
    found["direction"] = trades["side"].sum() / max(orders, 1)
    for seconds in WINDOWS_S:
        inside = trades["time"] >= now - 1000 * seconds
        bought = notional[inside & (trades["side"] > 0)].sum()
        found[f"dominance_{seconds}"] = bought / notional[inside].sum()
        root = np.sqrt(notional[inside]) * trades["side"][inside]
        found[f"root_{seconds}"] = root.sum()
    weight = np.exp((trades["time"] - now) / FLOW_TAU_MS)
    found["delayed"] = (weight * signed).sum() / (weight * notional).sum()
    return found | _of_quotes(quotes, now) | _lives(quotes) | _of_both(trades, quotes, signed)


def level_flow(tops: pd.DataFrame) -> pd.Series | None:
    """Return the first component of the ten levels' order flow by second, each over its level's mean depth."""
    before, flows = tops.shift(1), {}
    for level in range(LEVELS):
        bid, ask = tops[f"bid_price_{level}"], tops[f"ask_price_{level}"]
        bid_was, ask_was = before[f"bid_price_{level}"], before[f"ask_price_{level}"]
        flow = tops[f"bid_size_{level}"].where(bid >= bid_was, 0.0)
        flow -= before[f"bid_size_{level}"].where(bid <= bid_was, 0.0)
        flow -= tops[f"ask_size_{level}"].where(ask <= ask_was, 0.0)
        flow += before[f"ask_size_{level}"].where(ask >= ask_was, 0.0)
        flows[level] = flow / (tops[f"bid_size_{level}"] + tops[f"ask_size_{level}"]).mean()
    by_second = pd.DataFrame(flows).groupby(tops["time"] // 1000).sum()
    if len(by_second) <= LEVELS:
        return None
    _, vectors = np.linalg.eigh(by_second.cov().to_numpy())
    return pd.Series(by_second.to_numpy() @ vectors[:, -1], index=by_second.index)


def _lives(quotes: pd.DataFrame) -> dict[str, float]:
    """Return the Kaplan-Meier median life of best bids and asks (ms), and how fair prices moved by state."""
    found: dict[str, float] = {}
    for side in ("bid", "ask"):
        changed = quotes[side] != quotes[side].shift(1)
        life = quotes["time"][changed].diff().shift(-1).dropna()
        ended = life.value_counts().sort_index()
        at_risk = ended[::-1].cumsum()[::-1]
        survival = (1 - ended / at_risk).cumprod()
        reached = survival[survival <= MEDIAN]
        found[f"life_{side}"] = float(reached.index[0]) if len(reached) else np.nan
    sizes = quotes["bid_size"] + quotes["ask_size"]
    state = (quotes["bid_size"] / sizes * STATES).astype(int).clip(upper=STATES - 1)
    moves = ((quotes["bid"] + quotes["ask"]) / 2).diff().shift(-1)
    table = pd.crosstab(state, state.shift(-1).fillna(0).astype(int), normalize="index")
    means = moves.groupby(state).mean().reindex(table.index).fillna(0.0)
    found["microprice"] = float(
        means.to_numpy()[-1] + (table.to_numpy() @ means.reindex(table.columns).fillna(0.0))[-1]
    )
    return found


def _of_quotes(quotes: pd.DataFrame, now: float) -> dict[str, float]:
    before = quotes.shift(1)
    gained = quotes["bid_size"].where(quotes["bid"] >= before["bid"], 0.0)
    gained -= before["bid_size"].where(quotes["bid"] <= before["bid"], 0.0)
    gained -= quotes["ask_size"].where(quotes["ask"] <= before["ask"], 0.0)
    gained += before["ask_size"].where(quotes["ask"] >= before["ask"], 0.0)
    held = quotes["time"].shift(-1).fillna(now) - quotes["time"]
    sizes = quotes["bid_size"] + quotes["ask_size"]
    mid = (quotes["bid"] + quotes["ask"]) / 2
    changed = (quotes["bid"] != before["bid"]) | (quotes["ask"] != before["ask"])
    life = quotes["time"][changed].diff()
    return {
        "ofi": gained.sum(),
        "imbalance": ((quotes["bid_size"] - quotes["ask_size"]) / sizes * held).sum() / held.sum(),
        "spread_bps": ((quotes["ask"] - quotes["bid"]) / mid * 1e4 * held).sum() / held.sum(),
        "weighted_mid": (
            (quotes["bid"] * quotes["ask_size"] + quotes["ask"] * quotes["bid_size"]) / sizes
        ).iloc[-1],
        "flicker": changed.sum() / max((now - quotes["time"].iloc[0]) / 1000, 1.0),
        "life": life.median(),
    }


def _of_both(trades: pd.DataFrame, quotes: pd.DataFrame, signed: pd.Series) -> dict[str, float]:
    mids = pd.DataFrame({"time": quotes["time"], "mid": (quotes["bid"] + quotes["ask"]) / 2})
    paired = pd.merge_asof(trades, mids, on="time", allow_exact_matches=False)
    found = {"effective_bps": (2 * paired["side"] * (paired["price"] / paired["mid"] - 1) * 1e4).mean()}
    for later in LATER_MS:
        asked = paired.assign(time=paired["time"] + later)[["time", "price", "side"]]
        then = pd.merge_asof(asked, mids, on="time")
        found[f"realised_{later}_bps"] = (2 * then["side"] * (then["price"] / then["mid"] - 1) * 1e4).mean()
    flow = signed.groupby(trades["time"] // 1000).sum()
    change = np.log(mids.groupby(mids["time"] // 1000)["mid"].last()).diff() * 1e4
    both = pd.concat([flow, change], axis=1, keys=["flow", "change"]).dropna()
    found["lambda"] = both["flow"].cov(both["change"]) / both["flow"].var() if len(both) > 2 else np.nan
    found["z"] = float(
        (flow.iloc[-1] - flow.median()) / (1.4826 * (flow - flow.median()).abs().median() + 1e-12)
    )
    return found
