"""The named alternatives for module A's indicators and chart."""

import io
import time
import warnings

import numpy as np
import pandas as pd
import talib

from scripts.bench.series import Series, random_walk

CANDLES = 120  # as many as our chart shows
MPLFINANCE = "mplfinance, bars, lines and panels of the chart of A"


def bare_talib(bars: Series) -> None:
    """The classic indicators of module A as bare TA-Lib calls, nothing around them."""
    close, high, low = bars.close, bars.high, bars.low
    for period in (20, 50, 200):
        talib.EMA(close, period)
    talib.RSI(close, 14)
    talib.MACD(close, 12, 26, 9)
    talib.BBANDS(close, 20, 2, 2)
    talib.ATR(high, low, close, 14)
    talib.ADX(high, low, close, 14)
    talib.PLUS_DI(high, low, close, 14)
    talib.MINUS_DI(high, low, close, 14)
    talib.STOCHRSI(close, 14, 14, 3)
    talib.MOM(close, 10)
    talib.ROC(close, 10)
    talib.HT_TRENDLINE(close)
    talib.HT_DCPERIOD(close)
    talib.HT_DCPHASE(close)


def pandas_ta(bars: Series) -> None:
    """The same indicators from pandas-ta-classic, as far as it has them."""
    import pandas_ta_classic as ta  # noqa: PLC0415  a peer only the benchmark needs

    close, high, low = (pd.Series(values) for values in (bars.close, bars.high, bars.low))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for period in (20, 50, 200):
            ta.ema(close, length=period)
        ta.rsi(close, length=14)
        ta.macd(close)
        ta.bbands(close, length=20)
        ta.atr(high, low, close, length=14)
        ta.adx(high, low, close, length=14)
        ta.stochrsi(close)
        ta.mom(close, length=10)
        ta.roc(close, length=10)


def mplfinance_chart(bars: Series) -> bytes:
    """The same kind of chart from mplfinance: candles, EMAs, bands, volume, RSI, MACD and ADX panels."""
    import matplotlib as mpl  # noqa: PLC0415

    mpl.use("Agg")
    import matplotlib.pyplot as plt  # noqa: PLC0415
    import mplfinance as mpf  # noqa: PLC0415

    extra = [mpf.make_addplot(line[-CANDLES:], panel=panel) for line, panel in _lines(bars)]
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mpf.plot(_frame(bars), type="candle", volume=True, addplot=extra, figsize=(10.8, 13.5), savefig=out)
    plt.close("all")
    return out.getvalue()


def mplfinance_ms() -> float:
    """Return ms of one chart of 1,500 bars; picklable, for a process of its own."""
    bars = random_walk(1_500)
    start = time.perf_counter()
    mplfinance_chart(bars)
    return (time.perf_counter() - start) * 1000


def _frame(bars: Series) -> pd.DataFrame:
    columns = {
        name: values[-CANDLES:]
        for name, values in zip(
            ("Open", "High", "Low", "Close", "Volume"),
            (bars.open, bars.high, bars.low, bars.close, bars.volume),
            strict=True,
        )
    }
    index = pd.to_datetime(bars.open_time[-CANDLES:], unit="ms")
    return pd.DataFrame(columns, index=index)


def _lines(bars: Series) -> list[tuple[np.ndarray, int]]:
    close = bars.close
    upper, middle, lower = talib.BBANDS(close, 20, 2, 2)
    line, signal, _ = talib.MACD(close, 12, 26, 9)
    overlays = [(talib.EMA(close, period), 0) for period in (20, 50, 200)]
    overlays += [(upper, 0), (middle, 0), (lower, 0), (talib.RSI(close, 14), 2), (line, 3), (signal, 3)]
    return [*overlays, (talib.ADX(bars.high, bars.low, close, 14), 4)]
